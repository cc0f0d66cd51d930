package page

import (
	"time"

	"github.com/charmbracelet/lipgloss"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// maxEvents is how many events the screen remembers, with details and without.
const maxEvents = 5000

// EventLog is the newest events, newest last. The root model fills it, pages read it. Details are kept apart: however many there are, they push nothing out
// that matters more.
type EventLog struct {
	all  []vital.Event
	told []vital.Event // without details

	above int // lines of told that the panel of the dashboard is scrolled up from the newest; 0 follows
}

// Add appends events.
func (l *EventLog) Add(events []vital.Event) {
	l.all = append(l.all, events[max(0, len(events)-maxEvents):]...)
	before := len(l.told)
	for i := range events {
		if events[i].Level > vital.LevelDebug {
			l.told = append(l.told, events[i])
		}
	}
	if l.above > 0 { // what one reads stays where it is
		l.above += len(l.told) - before
	}
	l.all, l.told = newestOf(l.all, maxEvents), newestOf(l.told, maxEvents)
	l.above = min(l.above, max(0, len(l.told)-1))
}

// Scroll moves the panel of the dashboard by lines, up with a positive number.
func (l *EventLog) Scroll(by int) { l.above = min(max(0, l.above+by), max(0, len(l.told)-1)) }

// newestOf cuts a list down to its newest once it is a quarter too long, so that most additions move nothing.
func newestOf(list []vital.Event, most int) []vital.Event {
	if len(list) <= most+most/4 {
		return list
	}
	return dropFront(list, len(list)-most)
}

// dropFront takes events off the front of a list, in its place.
func dropFront(list []vital.Event, n int) []vital.Event {
	left := copy(list, list[n:])
	clear(list[left:])
	return list[:left]
}

// of are those that a level may concern.
func (l *EventLog) of(level vital.Level) []vital.Event {
	if level > vital.LevelDebug {
		return l.told
	}
	return l.all
}

// Passing are those that a filter wants.
func (l *EventLog) Passing(f vital.Filter) []vital.Event {
	var list []vital.Event
	for _, e := range l.of(f.Level) {
		if f.Match(e) {
			list = append(list, e)
		}
	}
	return list
}

// view draws the newest that fit, without details.
func (l *EventLog) view(t *widget.Theme, width, height int, now time.Time) string {
	end := len(l.told) - l.above
	lines := make([]string, 0, height)
	for _, e := range l.told[max(0, end-max(0, height-2)):end] {
		lines = append(lines, eventLine(t, e, width-2, now, false))
	}
	title := "Events"
	if l.above > 0 {
		title += " (paused, " + widget.Count(uint64(l.above)) + " newer)"
	}
	return t.Panel(title, "", lines, width, height)
}

// MediaOf is the ID of the message that an event tells of, if it has media that can be downloaded; "" if not.
func MediaOf(e vital.Event) string {
	if e.Kind != vital.KindMessagesUpsert || e.Field("media") == "" {
		return ""
	}
	return e.Field("id")
}

const (
	eventNameWidth = 10
	eventKindWidth = 17
)

func eventLine(t *widget.Theme, e vital.Event, width int, now time.Time, picked bool) string {
	look, mark := plainly, " "
	if picked {
		look, mark = t.OnSelected, "▸"
	}
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
