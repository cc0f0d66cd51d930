package page

import (
	"fmt"
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/ui/widget"
)

// sliderHeight is that of the panel with the time line.
const sliderHeight = 7

// View draws the session as it was. The clock on the wall does not matter.
func (r *Replay) View(width, height int, _ time.Time) string {
	rest := height - min(sliderHeight, height)
	r.top, r.width = rest, width
	slider := r.viewSlider(width, height-rest)
	if rest < 3 {
		return slider
	}
	if left := vitalsBeside(width); left > 0 {
		return widget.Beside(r.viewVitals(left, rest), r.events.view(r.Theme, width-left, rest, r.at)) + "\n" + slider
	}
	vitals := rest
	if rest >= 10 {
		vitals = min(rest-5, len(r.vitals(width, rest))+2)
	}
	view := r.viewVitals(width, vitals) + "\n"
	if rest-vitals >= 3 {
		view += r.events.view(r.Theme, width, rest-vitals, r.at) + "\n"
	}
	return view + slider
}

func (r *Replay) viewVitals(width, height int) string {
	return r.Theme.Panel(widget.Clean(r.snapshot.Name), "", r.vitals(width, height), width, height)
}

func (r *Replay) vitals(width, height int) []string {
	return pastVitalsLines(r.Theme, r.snapshot, width-2, height, r.at)
}

func (r *Replay) viewSlider(width, height int) string {
	inner := width - 4
	title := "Time: " + r.at.Local().Format("2006-01-02 15:04:05.000")
	hint := fmt.Sprintf("×%d", replaySpeeds()[r.speed])
	if r.plays {
		hint = "▶ " + hint
	}
	lines := []string{
		" " + r.stateLine(inner),
		" " + r.markLine(inner),
		" " + r.sliderLine(inner),
		" " + r.ends(inner),
		" " + r.markText(inner),
	}
	return r.Theme.Panel(title, hint, lines, width, height)
}

func (r *Replay) window() window { return window{r.from, r.to} }

// stateLine is the bar of states, as on the page of a session.
func (r *Replay) stateLine(width int) string {
	return widget.Cells(stateCells(r.Theme, r.window(), max(0, width), func(c window) []history.Stretch { return c.within(r.stretches) }))
}

// markLine has a sign in every cell in which something was diagnosed, ▲, or the state changed, ╵.
func (r *Replay) markLine(width int) string {
	cells := make([]rune, max(0, width))
	for i := range cells {
		cells[i] = ' '
	}
	for _, m := range r.marks {
		cell := r.window().nearestColumn(m.at, width)
		switch {
		case cell >= len(cells):
		case m.diagnosed:
			cells[cell] = '▲'
		case cells[cell] == ' ':
			cells[cell] = '╵'
		}
	}
	return r.Theme.Working.Render(string(cells))
}

func (r *Replay) sliderLine(width int) string {
	cell := r.window().nearestColumn(r.at, width)
	return r.Theme.Muted.Render(strings.Repeat("─", cell)) + r.Theme.Strong.Render("◆") + r.Theme.Muted.Render(strings.Repeat("─", max(0, width-cell-1)))
}

// ends tells the first and the last moment, and how far the one that is shown is from the end.
func (r *Replay) ends(width int) string {
	first, last := r.from.Local().Format(time.TimeOnly), r.to.Local().Format(time.TimeOnly)
	middle := widget.Age(r.to.Sub(r.at)) + " before the end"
	if !r.at.Before(r.to) {
		middle = "the end"
	}
	room := width - len(first) - len(last)
	if room < widget.Width(middle)+2 {
		return r.Theme.Muted.Render(widget.Truncate(middle, width))
	}
	left := (room - widget.Width(middle)) / 2
	return r.Theme.Muted.Render(first) + strings.Repeat(" ", left) + middle + strings.Repeat(" ", room-left-widget.Width(middle)) + r.Theme.Muted.Render(last)
}

// markText tells of the last mark so far.
func (r *Replay) markText(width int) string {
	text := "nothing was marked yet"
	for i, m := range r.marks {
		if !m.at.After(r.at) {
			text = fmt.Sprintf("mark %d of %d, %s: %s", i+1, len(r.marks), m.at.Local().Format(time.TimeOnly), m.text)
		}
	}
	if len(r.marks) == 0 {
		text = "no transitions and no diagnoses in this time"
	}
	return widget.Truncate(text, width)
}

// Click goes to the moment in that place of the time line.
func (r *Replay) Click(column, line int) (does string, ok bool) {
	const bar, slider = 1, 3
	cell, cells := column-2, r.width-4
	if line < r.top+bar || line > r.top+slider || cell < 0 || cell >= cells {
		return "", false
	}
	at := r.window().column(cell, cells)
	switch cell { // the ends are the ends
	case 0:
		r.Start()
	case cells - 1:
		r.End()
	default:
		r.JumpTo(at.from.Add(at.length() / 2))
	}
	return "", true
}

// Words explains the signs.
func (r *Replay) Words(t *widget.Theme) [][2]string {
	return [][2]string{
		{t.Healthy.Render("█"), "connected"},
		{t.Working.Render("▒"), "connecting or reconnecting"},
		{t.Broken.Render("✖"), "an error that somebody has to mend"},
		{t.Off.Render("░"), "disconnected"},
		{t.Muted.Render("╌"), "wapulse did not run; blank: nothing is known"},
		{t.Working.Render("▄"), "connected for most of the time that the sign stands for; the colour is of what else it was"},
		{t.Working.Render("╵ ▲"), "the state changed; something was diagnosed"},
		{t.Strong.Render("◆"), "the moment that is shown: ages and countdowns are as they were then"},
	}
}
