package widget

import (
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// Stretch is a time in which a session was in one state, or nobody knows in which.
type Stretch struct {
	From, To time.Time
	State    vital.State
	Known    bool
	Running  bool // wapulse ran
}

// Timeline draws what a session went through from one moment to another, a cell for as much time as fits. A cell in which several things were shows the
// worst: a short failure is not lost in a long day. Stretches are in the order of time; what none covers is not known, and blank.
func (t *Theme) Timeline(stretches []Stretch, from, to time.Time, width int) string {
	var b strings.Builder
	for cell := range max(0, width) {
		began, over := TimeOfCell(cell, from, to, width), TimeOfCell(cell+1, from, to, width)
		worst, rank := Stretch{}, -1
		for _, s := range stretches {
			if s.From.Before(over) && s.To.After(began) && badness(s) > rank {
				worst, rank = s, badness(s)
			}
		}
		b.WriteString(t.stretchCell(worst))
	}
	return b.String()
}

// CellOf is the cell of a timeline that a moment falls into.
func CellOf(at, from, to time.Time, width int) int {
	if !to.After(from) || width < 1 {
		return 0
	}
	return min(max(0, int(float64(at.Sub(from))/float64(to.Sub(from))*float64(width))), width-1)
}

// TimeOfCell is when a timeline's cell begins.
func TimeOfCell(cell int, from, to time.Time, width int) time.Time {
	return from.Add(time.Duration(float64(to.Sub(from)) * float64(cell) / float64(max(1, width))))
}

func badness(s Stretch) int {
	switch {
	case !s.Known:
		return 0
	case !s.Running:
		return 1
	case s.State == vital.StateConnected:
		return 2
	case s.State == vital.StateDisconnected:
		return 3
	case s.State == vital.StateError:
		return 5
	default:
		return 4
	}
}

// stretchCell has a shape of its own for every state, for eyes and terminals without colour.
func (t *Theme) stretchCell(s Stretch) string {
	switch {
	case !s.Known:
		return " "
	case !s.Running:
		return t.Muted.Render("·")
	case s.State == vital.StateConnected:
		return t.Healthy.Render("█")
	case s.State == vital.StateDisconnected:
		return t.Off.Render("▁")
	case s.State == vital.StateError:
		return t.Broken.Render("✖")
	default:
		return t.Working.Render("▄")
	}
}
