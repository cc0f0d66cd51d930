package page

import (
	"slices"
	"time"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// window is the time that a chart, a bar or one of their columns shows.
type window struct{ from, to time.Time }

func (w window) length() time.Duration { return w.to.Sub(w.from) }

// column is the time of one of so many columns.
func (w window) column(i, columns int) window {
	at := func(i int) time.Time { return w.from.Add(w.length() * time.Duration(i) / time.Duration(columns)) }
	return window{at(i), at(i + 1)}
}

// columnOf is in which of so many columns a moment is; -1 for none.
func (w window) columnOf(t time.Time, columns int) int {
	if !w.has(t) {
		return -1
	}
	return w.nearestColumn(t, columns)
}

// nearestColumn is columnOf, or the first or the last column for a moment outside.
func (w window) nearestColumn(t time.Time, columns int) int {
	switch {
	case columns < 1 || !t.After(w.from) || w.length() <= 0:
		return 0
	case !t.Before(w.to):
		return columns - 1
	}
	return int(int64(columns) * int64(t.Sub(w.from)) / int64(w.length()))
}

func (w window) has(t time.Time) bool { return !t.Before(w.from) && t.Before(w.to) }

// within are the parts of stretches, which are in the order of time, that are in a window.
func (w window) within(list []history.Stretch) []history.Stretch {
	var parts []history.Stretch
	first, _ := slices.BinarySearchFunc(list, w.from, func(one history.Stretch, t time.Time) int { return one.To.Compare(t) })
	for _, one := range list[first:] {
		if !one.From.Before(w.to) {
			break
		}
		if one.From.Before(w.from) {
			one.From = w.from
		}
		if one.To.After(w.to) {
			one.To = w.to
		}
		if one.From.Before(one.To) {
			parts = append(parts, one)
		}
	}
	return parts
}

// rankOf is how bad a stretch is: the worst in a column is the one that it shows.
func rankOf(s history.Stretch) int {
	switch {
	case !s.Known:
		return 0
	case s.Up():
		return 1
	case !s.Running:
		return 2
	case s.State == vital.StateDisconnected:
		return 3
	case s.State == vital.StateConnecting:
		return 4
	case s.State == vital.StateReconnecting:
		return 5
	default:
		return 6
	}
}

// stretchCell is the look of a stretch in the bar of states.
func stretchCell(t *widget.Theme, s history.Stretch) widget.Cell {
	switch rankOf(s) {
	case 0:
		return widget.Cell{Text: " ", Style: &t.Text}
	case 1:
		return widget.Cell{Text: "█", Style: &t.Healthy}
	case 2:
		return widget.Cell{Text: "╌", Style: &t.Muted}
	case 3:
		return widget.Cell{Text: "░", Style: &t.Off}
	case 4, 5:
		return widget.Cell{Text: "▒", Style: &t.Working}
	default:
		return widget.Cell{Text: "✖", Style: &t.Broken}
	}
}

// stateCells are the bar of states of a window, one for each of its columns: stretches tells what was in one. It shows the worst, so that a short failure is
// not lost in a long day. A column in which the session was up for most of the time and not all of it has the colour of what else it was, and half its height.
func stateCells(t *widget.Theme, w window, columns int, stretches func(c window) []history.Stretch) []widget.Cell {
	cells := make([]widget.Cell, columns)
	for i := range cells {
		c := w.column(i, columns)
		var worst history.Stretch
		var up time.Duration
		for _, one := range stretches(c) {
			if one.Known && one.Up() {
				up += one.Length()
			}
			if rankOf(one) > rankOf(worst) {
				worst = one
			}
		}
		cells[i] = stretchCell(t, worst)
		if rankOf(worst) > 1 && 2*up >= c.length() {
			cells[i].Text = "▄"
		}
	}
	return cells
}
