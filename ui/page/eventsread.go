package page

import (
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// EventsAtOnce is how many stored events are read at a time.
const EventsAtOnce = 200

// journalLag is how far behind the events the stored ones may be, and more.
const journalLag = 5 * time.Second

// EventsRead is what the page wants of the stored events: around a moment, or before or after a place.
type EventsRead struct {
	Filter vital.Filter
	Way    EventsWay
	From   vital.EventPlace // in the first case only its time counts
}

// EventsWay is which events are wanted.
type EventsWay uint8

// The ways.
const (
	EventsOlder EventsWay = iota
	EventsNewer
	EventsAround
)

// Wants returns what is to be read now, nil for nothing. It is under way until Came is called with it.
func (e *Events) Wants() *EventsRead {
	if e.types != typesNothing || e.reading != nil || e.readProblem != "" {
		return nil
	}
	older, newer := e.list.near()
	switch {
	case !e.jump.IsZero():
		e.reading = &EventsRead{e.filter, EventsAround, vital.EventPlace{Time: e.jump}}
	case older:
		e.reading = &EventsRead{e.filter, EventsOlder, e.list.before}
	case newer:
		e.reading = &EventsRead{e.filter, EventsNewer, e.list.after}
	}
	return e.reading
}

// Came takes what was read, index being that of the first at or after the moment; or why it could not be. What nobody wants any more is dropped.
func (e *Events) Came(read *EventsRead, stored []vital.StoredEvent, index int, problem string) {
	if e.reading != read {
		return
	}
	e.reading = nil
	if problem != "" {
		e.readProblem, e.jump = problem, time.Time{}
		return
	}
	switch read.Way {
	case EventsOlder:
		e.list.prepend(stored, EventsAtOnce)
	case EventsNewer:
		e.list.extend(stored, EventsAtOnce)
	case EventsAround:
		e.jump = time.Time{}
		e.arrive(stored, index)
	}
	if !e.list.live && e.list.ended {
		e.join()
	}
}

// arrive shows what is around a moment.
func (e *Events) arrive(stored []vital.StoredEvent, index int) {
	if len(stored) == 0 { // nothing that is stored passes the filter; what is remembered may
		e.list.pick(0)
		return
	}
	lines := make([]vital.Event, len(stored))
	for i := range stored {
		lines[i] = stored[i].Event
	}
	l := &e.list
	came, lost := l.came, l.lost
	l.renew(lines)
	l.live, l.paused, l.came, l.lost = false, true, came, lost
	l.before, l.after = stored[0].Place(), stored[len(stored)-1].Place()
	l.ended = index == len(stored)
	l.top = max(0, index-l.shown/2)
	l.pick(index)
}

// join lets the list go on with the newest, if nothing can be missing in between: what is remembered reaches back to its end, or so far that all of it before
// is stored by now.
func (e *Events) join() {
	remembered := e.Log.of(e.filter.Level)
	if len(remembered) > 0 && len(e.list.lines) > 0 {
		first := remembered[0].Time
		if last := e.list.lines[len(e.list.lines)-1].Time; first.After(last) && e.clock().Sub(first) < journalLag {
			return
		}
	}
	e.list.join(e.Log.Passing(e.filter))
}

// goTo shows the first event at or after a moment.
func (e *Events) goTo(at time.Time) {
	if remembered := e.Log.of(e.filter.Level); !e.HasStore || len(remembered) > 0 && !remembered[0].Time.After(at) {
		e.reading = nil
		e.list.renew(e.Log.Passing(e.filter))
		e.list.pick(indexAt(e.list.lines, at))
		return
	}
	e.list.pause()
	e.jump, e.reading, e.readProblem = at, nil, ""
}

// indexAt is that of the first line at or after a moment, or of the last. Lines may be a little out of their order in time.
func indexAt(lines []vital.Event, at time.Time) int {
	for i := range lines {
		if !lines[i].Time.Before(at) {
			return i
		}
	}
	return len(lines) - 1
}
