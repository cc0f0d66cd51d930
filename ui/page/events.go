package page

import (
	"fmt"
	"time"

	"github.com/charmbracelet/lipgloss"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// maxEvents is how many events the screen remembers.
const maxEvents = 2000

// EventLog is the stream of events, newest last.
type EventLog struct {
	lines []loggedEvent
	lost  uint64 // that the reader was too slow for
	above int    // lines scrolled up from the newest; 0 follows, unless a line is picked
	picks bool   // keys act on a line, which stands still with all others
	shown int    // lines, when it was drawn last
	below int    // lines that are newer than the picked one
}

// loggedEvent is an event, or a gap of as many.
type loggedEvent struct {
	event vital.Event
	gap   uint64
}

// Add appends events after a gap of that many.
func (l *EventLog) Add(gap uint64, events []vital.Event) {
	before := len(l.lines)
	if gap > 0 {
		l.lost += gap
		l.lines = append(l.lines, loggedEvent{gap: gap})
	}
	for _, e := range events {
		l.lines = append(l.lines, loggedEvent{event: e})
	}
	if l.above > 0 || l.picks { // paused: what one reads stays where it is
		l.above += len(l.lines) - before
		l.below += len(l.lines) - before
	}
	if over := len(l.lines) - maxEvents; over > 0 {
		l.lines = append([]loggedEvent(nil), l.lines[over:]...)
	}
	l.above = min(l.above, max(0, len(l.lines)-1))
	l.below = min(l.below, max(0, len(l.lines)-1))
}

// Pick moves the line that keys act on, up with a positive number, from the lowest shown if there is none yet. Below the newest line there is none: it
// follows again.
func (l *EventLog) Pick(by int) {
	switch {
	case len(l.lines) == 0:
		return
	case !l.picks && by < 0 && l.above == 0:
		return
	case !l.picks && by < 0:
		l.picks, l.below, by = true, l.above, by+1
	case !l.picks:
		l.picks, l.below, by = true, l.above, by-1
	}
	if l.below+by < 0 {
		l.Follow()
		return
	}
	l.below = min(l.below+by, len(l.lines)-1)
}

// PickShown picks the line that stands in that row, and says whether there is one.
func (l *EventLog) PickShown(row int) bool {
	end := len(l.lines) - l.above
	i := max(0, end-l.shown) + row
	if row < 0 || row >= l.shown || i >= end {
		return false
	}
	l.picks, l.below = true, len(l.lines)-1-i
	return true
}

// Picked is the event that keys act on. False means that there is none.
func (l *EventLog) Picked() (vital.Event, bool) {
	if !l.picks || len(l.lines) == 0 {
		return vital.Event{}, false
	}
	line := l.lines[len(l.lines)-1-l.below]
	return line.event, line.gap == 0
}

// MediaOf is the ID of the message that an event tells of, if it has media that can be downloaded; "" if not.
func MediaOf(e vital.Event) string {
	if e.Kind != vital.KindMessagesUpsert || e.Field("media") == "" {
		return ""
	}
	return e.Field("id")
}

// Scroll moves by lines, up with a positive number.
func (l *EventLog) Scroll(by int) {
	l.above = min(max(0, l.above+by), max(0, len(l.lines)-1))
	if l.picks {
		l.below = min(max(l.below, l.above), max(0, l.above+l.shown-1), len(l.lines)-1)
	}
}

// Follow goes back to the newest.
func (l *EventLog) Follow() { l.above, l.below, l.picks = 0, 0, false }

// Len is how many lines there are.
func (l *EventLog) Len() int { return len(l.lines) }

// Title tells how much is there, and whether it stands still.
func (l *EventLog) Title() string {
	title := "Events"
	if l.above > 0 {
		title += fmt.Sprintf(" (paused, %d newer)", l.above)
	} else if l.picks {
		title += " (paused)"
	}
	if l.lost > 0 {
		title += fmt.Sprintf(" (%d not shown)", l.lost)
	}
	return title
}

// Reach scrolls as little as brings the picked line into as many lines as are shown.
func (l *EventLog) Reach(height int) {
	if l.shown = height; l.picks {
		l.above = min(max(l.above, l.below-height+1), l.below)
	}
}

func (l *EventLog) view(t *widget.Theme, width, height int, now time.Time) string {
	return t.Panel(l.Title(), "", l.Lines(t, width-2, height-2, now), width, height)
}

// Lines draws the newest that fit, or those scrolled to.
func (l *EventLog) Lines(t *widget.Theme, width, height int, now time.Time) []string {
	end := len(l.lines) - l.above
	start := max(0, end-height)
	lines := make([]string, 0, height)
	for i, entry := range l.lines[start:max(start, end)] {
		lines = append(lines, eventLine(t, entry, width, now, l.picks && start+i == len(l.lines)-1-l.below))
	}
	return lines
}

const (
	eventNameWidth = 10
	eventKindWidth = 17
)

func eventLine(t *widget.Theme, entry loggedEvent, width int, now time.Time, picked bool) string {
	look, mark := plainly, " "
	if picked {
		look, mark = t.OnSelected, "▸"
	}
	if entry.gap > 0 {
		text := fmt.Sprintf("%s… %d events came faster than they could be shown", mark, entry.gap)
		return look(t.Working).Render(rest(text, width, picked))
	}
	e := entry.event
	at, short := "15:04:05.000", "15:04:05"
	if e.Time.Local().Format(time.DateOnly) != now.Local().Format(time.DateOnly) {
		at, short = "01-02 15:04 ", "01-02   "
	}
	name := widget.Pad(widget.TruncateMiddle(widget.Clean(e.Name), eventNameWidth), eventNameWidth)
	kind := widget.Pad(string(e.Kind), eventKindWidth)
	text := widget.Clean(e.Text)
	if width < 70 {
		at, kind = short, ""
	}
	at = e.Time.Local().Format(at)
	room := max(0, width-widget.Width(" "+at+" "+name+" "+kind+gapAfter(kind)))
	text = rest(widget.Truncate(text, room), room, picked)
	if picked {
		return look(t.Strong).Render(mark) + look(t.Muted).Render(at) + look(t.Text).Render(" "+name+" ") + look(t.Muted).Render(kind+gapAfter(kind)) + look(eventStyle(t, e)).Render(text)
	}
	return " " + t.Muted.Render(at) + " " + name + " " + t.Muted.Render(kind) + gapAfter(kind) + eventStyle(t, e).Render(text)
}

func plainly(style lipgloss.Style) lipgloss.Style { return style }

// rest fills the line of a picked event, whose background shows how long it is.
func rest(text string, width int, picked bool) string {
	if !picked {
		return text
	}
	return widget.Pad(text, width)
}

func gapAfter(kind string) string {
	if kind == "" {
		return ""
	}
	return " "
}

func eventStyle(t *widget.Theme, e vital.Event) lipgloss.Style {
	switch {
	case e.Level == vital.LevelError:
		return t.Broken
	case e.Level == vital.LevelWarn:
		return t.Working
	case e.Kind == vital.KindConnectionOpen:
		return t.Healthy
	case e.Level == vital.LevelDebug:
		return t.Muted
	default:
		return t.Text
	}
}
