package page

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// wideEvents is the width from which the open event stands beside the list.
const wideEvents = 160

// openEvent is the open event as it was drawn last, and how far it is scrolled.
type openEvent struct {
	of    eventKey
	width int
	lines []string
	top   int
	rows  int
}

// Redraw draws the open event anew.
func (e *Events) Redraw() { e.json = openEvent{} }

// View draws the page. In wide windows the picked event is open beside the list.
func (e *Events) View(width, height int, now time.Time) string {
	picked, ok := e.Picked()
	e.wide = width >= wideEvents
	e.open = e.open && !e.wide
	switch {
	case ok && e.wide:
		left := width * 11 / 20
		list := e.viewList(left, height, now)
		return widget.Beside(list, e.viewOpen(picked, width-left, height))
	case ok && e.open && height >= 12:
		above := max(6, height*2/5)
		list := e.viewList(width, above, now)
		return list + "\n" + e.viewOpen(picked, width, height-above)
	case ok && e.open:
		return e.viewOpen(picked, width, height)
	default:
		return e.viewList(width, height, now)
	}
}

func (e *Events) viewList(width, height int, now time.Time) string {
	inner := width - 2
	lines := e.headLines(inner, max(0, height-5), now)
	e.head, e.width = len(lines), width
	from, to := e.list.window(height - 2 - e.head)
	for i := from; i < to; i++ {
		lines = append(lines, eventLine(e.Theme, e.list.lines[i], inner, now, i == e.list.picked))
	}
	if from == to {
		lines = append(lines, " "+e.Theme.Muted.Render(e.nothing()))
	}
	hint := ""
	switch {
	case e.reading != nil:
		hint = "reading what is stored…"
	case e.filter.Level == vital.LevelInfo:
		hint = "without details"
	}
	return e.Theme.Panel(e.listTitle(), hint, lines, width, height)
}

func (e *Events) nothing() string {
	switch {
	case e.reading != nil:
		return "…"
	case e.text != "":
		return "No event passes the filter. " + e.Theme.KeyOf("back") + " takes it away."
	default:
		return "Nothing has happened yet."
	}
}

// listTitle tells whether the list stands still, and what came meanwhile.
func (e *Events) listTitle() string {
	l := &e.list
	if !l.paused {
		return "Events"
	}
	title := "Events (paused"
	if l.came > 0 {
		title += ", " + widget.Count(l.came) + " new"
	}
	if l.lost > 0 {
		title += ", " + widget.Count(l.lost) + " lost"
	}
	return title + ")"
}

// headLines are those above the list, most of them at most: the filter, what is wrong, whose frames are told.
func (e *Events) headLines(width, most int, now time.Time) []string {
	t := e.Theme
	var lines []string
	e.field.Most = width
	switch {
	case e.types != typesNothing:
		lines = append(lines, " "+e.field.View(t, width-2))
		if e.types == typesTime && e.problem == "" {
			lines = append(lines, " "+t.Muted.Render("14:02, 14:02:11, -2h, 3d, 2026-08-22, 2026-08-22T14:02"))
		}
	case e.text != "":
		lines = append(lines, " "+t.Muted.Render("Filter  ")+widget.Clean(e.text))
	}
	for _, problem := range []string{e.problem, e.readProblem} {
		if problem != "" {
			for _, line := range widget.Wrap("✖ "+problem, width-2, 3) {
				lines = append(lines, " "+t.Broken.Render(line))
			}
		}
	}
	var framed []string
	for _, s := range e.Sessions.Sessions() {
		if !s.FramesUntil.IsZero() {
			framed = append(framed, widget.Clean(s.Name)+" until "+clockText(s.FramesUntil, now))
		}
	}
	if len(framed) > 0 {
		text := "frames of " + strings.Join(framed, ", ")
		if e.filter.Level > vital.LevelDebug {
			text += "; to see them: " + t.KeyOf("filter") + " level:debug"
		}
		lines = append(lines, " "+t.Working.Render(text))
	}
	return lines[:min(len(lines), most)]
}

// viewOpen draws an event as a whole.
func (e *Events) viewOpen(picked vital.Event, width, height int) string {
	j := &e.json
	if key := keyOf(&picked); j.of != key || j.width != width {
		*j = openEvent{of: key, width: width, lines: jsonLines(e.Theme, picked, width-4)}
	}
	j.rows = max(0, height-2)
	j.top = min(j.top, max(0, len(j.lines)-j.rows))
	hint := ""
	if len(j.lines) > j.rows {
		hint = fmt.Sprintf("lines %d–%d of %d", j.top+1, min(j.top+j.rows, len(j.lines)), len(j.lines))
	}
	title := picked.Time.Local().Format("15:04:05.000") + " " + string(picked.Kind)
	if picked.Name != "" {
		title += " of " + widget.TruncateMiddle(widget.Clean(picked.Name), 24)
	}
	return e.Theme.Panel(title, hint, j.lines[j.top:min(j.top+j.rows, len(j.lines))], width, height)
}

// jsonLines are an event's JSON, what is long broken where it must be.
func jsonLines(t *widget.Theme, e vital.Event, width int) []string {
	var lines []string
	for _, line := range strings.Split(string(e.IndentedJSON()), "\n") {
		text := strings.TrimLeft(line, " ")
		indent := strings.Repeat(" ", len(line)-len(text))
		room := max(8, width-len(indent))
		for i, part := range strings.Split(ansi.Wrap(widget.Clean(text), room, ""), "\n") {
			if key, value, ok := strings.Cut(part, `": `); ok && i == 0 {
				part = t.Muted.Render(key+`": `) + value
			}
			lines = append(lines, " "+indent+part)
		}
	}
	return lines
}

// ScrollOpen moves within the open event.
func (e *Events) ScrollOpen(by int) { e.json.top = max(0, e.json.top+by) }

// HasMore says whether the open event does not fit.
func (e *Events) HasMore() bool {
	_, ok := e.Picked()
	return ok && (e.open || e.wide) && len(e.json.lines) > e.json.rows
}
