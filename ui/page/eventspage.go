package page

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// Events is the page of the stream of events: what a filter lets through, live or from the stored ones, and one of them open.
type Events struct {
	Still
	Theme    *widget.Theme
	Sessions *SessionList
	Log      *EventLog
	HasStore bool // older ones than what is remembered can be read

	clock func() time.Time // filters tell of ages

	list   eventList
	text   string // the filter's
	filter vital.Filter

	types   eventsTyping
	field   Field
	kept    string // the filter before one typed
	problem string // with what is typed

	jump        time.Time // where the list is to go once that is read
	reading     *EventsRead
	readProblem string

	open bool
	wide bool // the window, when it was drawn last
	json openEvent

	head, width int // lines above the list, and its width, when it was drawn last
}

// eventsTyping is what is typed now.
type eventsTyping uint8

const (
	typesNothing eventsTyping = iota
	typesFilter
	typesTime
)

// maxFilterTyped is how much is taken of a filter, in characters.
const maxFilterTyped = 1000

// NewEvents returns the page without a filter of a person's: all but details.
func NewEvents(theme *widget.Theme, sessions *SessionList, log *EventLog, clock func() time.Time, hasStore bool) *Events {
	e := &Events{Theme: theme, Sessions: sessions, Log: log, HasStore: hasStore, clock: clock}
	e.apply("")
	return e
}

// apply lists what a filter in words lets through, the newest in sight; without a level in it, all but details. False means that it is none.
func (e *Events) apply(text string) bool {
	filter, err := vital.ParseFilter("level:info "+text, e.clock()) // of two levels, the later counts
	if err != nil {
		e.problem = widget.Clean(err.Error())
		return false
	}
	e.text, e.filter, e.problem, e.readProblem, e.reading, e.jump = text, filter, "", "", nil, time.Time{}
	e.list.renew(e.Log.Passing(filter))
	e.list.complete = !e.HasStore
	return true
}

// Title is the page's.
func (e *Events) Title() string { return "Events" }

// Put takes news.
func (e *Events) Put(news News) {
	passing := news.Events[:0:0]
	for i := range news.Events {
		if e.filter.Match(news.Events[i]) {
			passing = append(passing, news.Events[i])
		}
	}
	e.list.add(passing)
}

// Move moves the line that keys act on. Below the newest there is none: the stream is followed again.
func (e *Events) Move(by int) {
	if by < 0 {
		e.readProblem = "" // it is tried again
	}
	if by > 0 && by >= e.list.length() {
		e.Follow()
		return
	}
	e.list.move(by)
	e.open = e.open && e.list.picked >= 0
}

// Length is how many lines there are.
func (e *Events) Length() int { return e.list.length() }

// Follow shows the newest as they come.
func (e *Events) Follow() {
	e.open, e.jump = false, time.Time{}
	if e.reading != nil && e.reading.Way == EventsAround {
		e.reading = nil // nobody wants to go there any more
	}
	if !e.list.live {
		e.list.renew(e.Log.Passing(e.filter))
		e.reading = nil
	}
	e.list.follow()
}

// Pause lets the list stand still, or follow again.
func (e *Events) Pause() {
	if e.list.paused {
		e.Follow()
		return
	}
	e.list.pause()
}

// Open shows the picked event as a whole, or the newest if none is, or closes it.
func (e *Events) Open() {
	if e.list.picked < 0 {
		e.list.move(-1)
	}
	e.open = !e.open && e.list.picked >= 0 && !e.wide
}

// CanOpen says whether there is something to open, or to close. In wide windows the picked event is open anyway.
func (e *Events) CanOpen() bool { return len(e.list.lines) > 0 && !(e.wide && e.list.picked >= 0) }

// Picked is the event that keys act on. False means that there is none.
func (e *Events) Picked() (vital.Event, bool) {
	if e.list.picked < 0 || e.list.picked >= len(e.list.lines) {
		return vital.Event{}, false
	}
	return e.list.lines[e.list.picked], true
}

// Filter is the filter in its words, and as it is understood.
func (e *Events) Filter() (string, vital.Filter) { return e.text, e.filter }

// Lines are a copy of all that is listed, with what the screen remembers if the list does not reach that far: what is known besides the stored ones.
func (e *Events) Lines() []vital.Event {
	if !e.list.live {
		return e.Log.Passing(e.filter)
	}
	return append([]vital.Event(nil), e.list.lines...)
}

// ask makes keys text: of the filter, or of a time to go to.
func (e *Events) ask(what eventsTyping, label, value string) {
	e.types, e.problem, e.field = what, "", NewField(label, maxFilterTyped)
	e.field.SetValue(value)
}

// AskFilter makes keys the filter's text.
func (e *Events) AskFilter() {
	e.ask(typesFilter, "Filter", e.text)
	e.kept = e.text
}

// AskTime makes keys the text of a time to go to.
func (e *Events) AskTime() { e.ask(typesTime, "Go to", "") }

// Types says whether keys are text now.
func (e *Events) Types() bool { return e.types != typesNothing }

// Full says whether what is typed has no place left.
func (e *Events) Full() bool { return e.Types() && e.field.Full() }

// Key gives the field a key to type: the filter holds at once, and of both is said what cannot be understood.
func (e *Events) Key(key tea.KeyMsg) {
	e.field.Key(key)
	e.problem = ""
	switch e.types {
	case typesFilter:
		if text := e.field.Value(); text != e.text {
			e.apply(text)
		}
	case typesTime:
		if _, err := e.timeTyped(); e.field.Value() != "" && err != nil {
			e.problem = widget.Clean(err.Error())
		}
	case typesNothing:
	}
}

// timeTyped is the moment that was typed; an age may have a minus before it.
func (e *Events) timeTyped() (time.Time, error) {
	return vital.ParseWhen(strings.TrimPrefix(strings.TrimSpace(e.field.Value()), "-"), e.clock().Local())
}

// Accept takes what was typed. What cannot be understood stays there, with why.
func (e *Events) Accept() {
	switch e.types {
	case typesFilter:
		if text := e.field.Value(); text != e.text && !e.apply(text) {
			return
		}
	case typesTime:
		at, err := e.timeTyped()
		if err != nil {
			e.problem = widget.Clean(err.Error())
			return
		}
		e.goTo(at)
	case typesNothing:
	}
	e.types, e.problem = typesNothing, ""
}

// Back ends typing, as if nothing was typed, closes the open event, takes the filter away; false means that there was none of it.
func (e *Events) Back() bool {
	switch {
	case e.types != typesNothing:
		if e.types == typesFilter && e.text != e.kept {
			e.apply(e.kept)
		}
		e.types, e.problem = typesNothing, ""
	case e.open:
		e.open = false
	case e.text != "":
		e.apply("")
	default:
		return false
	}
	return true
}

// Wording says what keys do now.
func (e *Events) Wording(action string) string {
	switch {
	case action == "pause" && e.list.paused:
		return "follow"
	case action == "open" && e.open:
		return "close"
	case action == "accept" && e.types == typesTime:
		return "go there"
	case action == "back" && e.types != typesNothing:
		return "as before"
	case action == "back" && e.open:
		return "close"
	case action == "back" && e.text != "" && e.types == typesNothing:
		return "no filter"
	default:
		return ""
	}
}

// Click picks the event of that line; the picked one it opens.
func (e *Events) Click(column, line int) (does string, ok bool) {
	row := line - 1 - e.head
	i := e.list.top + row
	switch {
	case row < 0 || row >= e.list.shown || i >= len(e.list.lines) || e.width > 0 && column >= e.width:
		return "", false
	case i == e.list.picked:
		return "open", true
	}
	e.list.pick(i)
	return "", true
}

// Wheel scrolls.
func (e *Events) Wheel(_, by int) {
	e.list.scroll(by)
	if by < 0 {
		e.readProblem = ""
	}
}
