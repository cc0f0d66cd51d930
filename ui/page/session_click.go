package page

import (
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// pastArea is where the panel of the past was drawn last, for the mouse: its first line, and how many lines the chart and what is under it take. Without a
// height it was not.
type pastArea struct {
	top, height, rows int
	window            window
}

// viewPastAt is viewPast in a place.
func (p *Session) viewPastAt(s *vital.Snapshot, width, top, height int, now time.Time) string {
	view := p.viewPast(s, width, height, now)
	p.past.top = top
	return view
}

// Click puts the cursor into the chart, or looks back over the span in that place; on the first line it turns to the next section.
func (p *Session) Click(column, line int) (does string, ok bool) {
	row := line - p.past.top - 1
	switch {
	case line == 0 && p.Divided():
		return "section", true
	case p.past.height == 0 || row < 0:
		return "", false
	case row == 0:
		return p.clickSpan(column)
	}
	at := column - 1 - widget.ScaleWidth
	if row > p.past.rows || at < 0 || at >= p.plot {
		return "", false
	}
	cell := p.past.window.column(at, p.plot)
	p.cursor = cell.from.Add(cell.length() / 2)
	return "", true
}

func (p *Session) clickSpan(column int) (does string, ok bool) {
	from := 2
	for s := range timeSpans {
		over := from + widget.Width("["+s.title(p.theme)+"]")
		if column >= from && column < over {
			return s.Action(), true
		}
		from = over + 1
	}
	return "", false
}
