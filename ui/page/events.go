package page

import (
	"fmt"
	"strings"
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
	above int    // lines scrolled up from the newest; 0 follows
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
	if l.above > 0 { // paused: what one reads stays where it is
		l.above += len(l.lines) - before
	}
	if over := len(l.lines) - maxEvents; over > 0 {
		l.lines = append([]loggedEvent(nil), l.lines[over:]...)
	}
	l.above = min(l.above, max(0, len(l.lines)-1))
}

// Scroll moves by lines, up with a positive number.
func (l *EventLog) Scroll(by int) { l.above = min(max(0, l.above+by), max(0, len(l.lines)-1)) }

// Follow goes back to the newest.
func (l *EventLog) Follow() { l.above = 0 }

// Len is how many lines there are.
func (l *EventLog) Len() int { return len(l.lines) }

// Title tells how much is there, and whether it stands still.
func (l *EventLog) Title() string {
	title := "Events"
	if l.above > 0 {
		title += fmt.Sprintf(" (paused, %d newer)", l.above)
	}
	if l.lost > 0 {
		title += fmt.Sprintf(" (%d not shown)", l.lost)
	}
	return title
}

// Lines draws the newest that fit, or those scrolled to.
func (l *EventLog) Lines(t *widget.Theme, width, height int, now time.Time) []string {
	end := len(l.lines) - l.above
	start := max(0, end-height)
	lines := make([]string, 0, height)
	for _, entry := range l.lines[start:max(start, end)] {
		lines = append(lines, eventLine(t, entry, width, now))
	}
	return lines
}

const (
	eventNameWidth = 10
	eventKindWidth = 17
)

func eventLine(t *widget.Theme, entry loggedEvent, width int, now time.Time) string {
	if entry.gap > 0 {
		return t.Working.Render(fmt.Sprintf(" … %d events came faster than they could be shown", entry.gap))
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
	prefix := " " + strings.TrimRight(at+" "+name+" "+kind, " ") + " "
	room := max(0, width-widget.Width(prefix))
	return " " + t.Muted.Render(at) + " " + name + " " + t.Muted.Render(kind) + gapAfter(kind) + eventStyle(t, e).Render(widget.Truncate(text, room))
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
