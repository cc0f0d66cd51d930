package page

import (
	"slices"
	"strings"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// Click selects the session in that line of the list, and opens the one that is selected. Where marks stand it marks; the titles of columns sort, and what is
// below opens: the vitals and the events.
func (d *Dashboard) Click(column, line int) (does string, ok bool) {
	if len(d.sessions) == 0 {
		return "", false
	}
	row := line - d.area.top
	i := d.offset + row
	switch {
	case row == -1:
		return "", d.sortBy(d.area.layout.titleAt(column - 1))
	case row >= 0 && row < d.area.rows && i < len(d.listed) && column-1 == markCells-1:
		d.selectAt(i)
		d.turnMark(d.listed[i].ID)
	case row >= 0 && row < d.area.rows && i < len(d.listed) && i == d.index():
		return "open", true
	case row >= 0 && row < d.area.rows && i < len(d.listed):
		d.selectAt(i)
	case line >= d.area.bottom && line >= d.area.eventsTop && column >= d.area.eventsLeft:
		return "events", true
	case d.area.troublesTop > 0 && line >= d.area.troublesTop:
		return "", d.selectTrouble(line - d.area.troublesTop - 1)
	case line >= d.area.bottom:
		return "open", true
	default:
		return "", false
	}
	return "", true
}

// selectTrouble selects the session of which a line of the box of troubles tells.
func (d *Dashboard) selectTrouble(line int) bool {
	if line < 0 || line >= len(d.area.troubles) {
		return false
	}
	i := slices.IndexFunc(d.listed, func(s *vital.Snapshot) bool { return s.ID == d.area.troubles[line] })
	if i >= 0 {
		d.selectAt(i)
	}
	return i >= 0
}

// markCells is what a row begins with: the sign of the selected one, and the mark.
const markCells = 2

// sortBy takes the order of the column of that title; the one that it has already it takes back. False means that there is none.
func (d *Dashboard) sortBy(title string) bool {
	order, ok := map[string]sessionOrder{"name": byName, "state": byTrouble, pingTitle: byPing}[title]
	if !ok {
		return false
	}
	if d.order == order {
		order = byCreation
	}
	d.order = order
	d.relist()
	return true
}

// pingTitle stands for what the column of pings is called, which depends on its width.
const pingTitle = "ping"

// titleIn is the title that stands in a column of a row of titles, which have two blanks between them; "" for none.
func titleIn(titles string, column int) string {
	left := 0
	for _, part := range strings.SplitAfter(titles, "  ") {
		title := strings.TrimSpace(part)
		begins := left + len(part) - len(strings.TrimLeft(part, " "))
		if title != "" && column >= begins && column < begins+widget.Width(title) {
			return title
		}
		left += widget.Width(part)
	}
	return ""
}

// titleAt is the title of the column of a row's cell; "" for none.
func (l tableLayout) titleAt(cell int) string {
	from := markCells
	for _, c := range l.columns {
		if cell >= from && cell < from+c.width {
			return c.title
		}
		from += c.width + 1
	}
	if title := from + l.ping - widget.Width(l.pingTitle()); cell >= title && cell < from+l.ping {
		return pingTitle
	}
	return ""
}
