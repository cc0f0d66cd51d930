package page

import (
	"strconv"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// What the list of the events page holds at most, and how far from what is looked at it is cut while paused.
const (
	mostListed = 20_000
	listMargin = 500
)

// eventList is what the filter lets through, newest last, and the part of it that is looked at. It follows the newest, or stands still: what comes then is
// added out of sight, and if that is too much, the list ends where it is full, and goes on from the stored ones when one comes there.
type eventList struct {
	lines  []vital.Event
	top    int // of the shown ones
	shown  int // how many, when it was drawn last
	picked int // the line that keys act on; -1 for none
	paused bool
	live   bool // its end is where the newest come
	came   uint64
	lost   uint64 // both while paused

	before   vital.EventPlace // where the older ones are
	after    vital.EventPlace // where the newer ones are, unless it is live
	complete bool             // nothing older is stored
	ended    bool             // nothing newer is stored, but newer ones may be on their way there
}

// renew makes it a list of other lines, which follows.
func (l *eventList) renew(lines []vital.Event) {
	*l = eventList{lines: lines, picked: -1, live: true, shown: l.shown}
	l.setBefore()
}

// setBefore has the older ones read from the first on: those of the same microsecond too, of which the list may have some.
func (l *eventList) setBefore() {
	l.before, l.complete = vital.EventPlace{}, false
	if len(l.lines) > 0 {
		l.before = vital.EventPlace{Time: l.lines[0].Time.Add(time.Microsecond)}
	}
}

// add takes new events.
func (l *eventList) add(events []vital.Event) {
	for i := range events {
		if l.paused {
			l.count(&events[i])
		}
		if l.live && !l.joinGap(events[i]) {
			l.lines = append(l.lines, events[i])
		}
	}
	l.bound()
}

func (l *eventList) count(e *vital.Event) {
	if e.Kind != vital.KindGap {
		l.came++
		return
	}
	l.lost += gapCount(*e)
}

func gapCount(e vital.Event) uint64 {
	n, err := strconv.ParseUint(e.Field("count"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// joinGap makes one of two gaps that nothing stands between. False means that there are no two.
func (l *eventList) joinGap(e vital.Event) bool {
	if !isOurGap(e) || len(l.lines) == 0 || !isOurGap(l.lines[len(l.lines)-1]) {
		return false
	}
	last := &l.lines[len(l.lines)-1]
	*last = NewGap(last.Time, gapCount(*last)+gapCount(e))
	return true
}

const tooFast = "events came too fast to be shown"

// NewGap tells that the screen was too slow for so many events.
func NewGap(at time.Time, count uint64) vital.Event { return vital.NewGap(at, count, tooFast) }

func isOurGap(e vital.Event) bool {
	return e.Kind == vital.KindGap && e.Session == 0 && e.Text == e.Field("count")+" "+tooFast
}

// bound cuts the list once it is a quarter too long: from its front, but nothing of what is looked at; then from its end.
func (l *eventList) bound() {
	over := len(l.lines) - mostListed
	if over <= mostListed/4 {
		return
	}
	if l.paused {
		seen := l.top
		if l.picked >= 0 {
			seen = min(seen, l.picked)
		}
		over = min(over, max(0, seen-listMargin))
	}
	if over > 0 {
		l.lines = dropFront(l.lines, over)
		l.top -= over
		if l.picked >= 0 {
			l.picked -= over
		}
		l.setBefore()
	}
	l.cutEnd()
}

// cutEnd cuts what is too much off the end.
func (l *eventList) cutEnd() {
	if len(l.lines) <= mostListed {
		return
	}
	clear(l.lines[mostListed:])
	l.lines = l.lines[:mostListed]
	l.live, l.ended, l.after = false, false, vital.EventPlace{Time: l.lines[mostListed-1].Time}
}

// pause makes the list stand still.
func (l *eventList) pause() {
	if !l.paused {
		l.paused, l.came, l.lost = true, 0, 0
		l.top = max(0, len(l.lines)-l.shown)
	}
}

// follow goes to the newest, if the list has them.
func (l *eventList) follow() {
	l.paused, l.picked = false, -1
}

// pick makes keys act on a line.
func (l *eventList) pick(i int) {
	l.pause()
	l.picked = min(max(0, i), len(l.lines)-1)
	l.reach()
}

// reach scrolls as little as brings the picked line into sight, with its neighbours.
func (l *eventList) reach() {
	if l.picked < 0 || l.shown == 0 {
		return
	}
	beside := l.beside()
	l.top = min(max(l.top, l.picked+beside-l.shown+1), l.picked-beside)
	l.top = max(0, min(l.top, len(l.lines)-l.shown))
}

// beside is how many neighbours the picked line has in sight on either side, where there are so many.
func (l *eventList) beside() int { return min(2, (l.shown-1)/3) }

// move moves the picked line, up with a negative number, from the lowest shown if there is none yet. Below the newest the list follows again.
func (l *eventList) move(by int) {
	if len(l.lines) == 0 || l.picked < 0 && by > 0 && !l.paused {
		return
	}
	from := l.picked
	if from < 0 {
		from = l.bottom() - 1
		if by < 0 {
			by++
		} else {
			by--
		}
	}
	if from+by >= len(l.lines) && l.live {
		l.follow()
		return
	}
	l.ended = l.ended && by < 0
	l.pick(from + by)
}

// bottom is the line after the lowest shown.
func (l *eventList) bottom() int {
	if !l.paused || l.shown == 0 {
		return len(l.lines)
	}
	return min(l.top+l.shown, len(l.lines))
}

// scroll moves what is looked at. At its end, with no line picked, the list follows again.
func (l *eventList) scroll(by int) {
	l.pause()
	end := max(0, len(l.lines)-l.shown)
	l.top = min(max(0, l.top+by), end)
	l.ended = l.ended && by < 0
	switch {
	case l.picked >= 0:
		above, below := l.beside(), l.beside()
		if l.top == 0 {
			above = 0
		}
		if l.top == end {
			below = 0
		}
		l.picked = min(max(l.picked, l.top+above), max(l.top+above, l.bottom()-1-below))
	case l.live && l.top == end:
		l.follow()
	}
}

// window tells which lines are shown of so many rows.
func (l *eventList) window(rows int) (from, to int) {
	l.shown = max(0, rows)
	end := max(0, len(l.lines)-l.shown)
	if !l.paused {
		l.top = end
	} else {
		l.reach()
		l.top = min(l.top, end)
	}
	return l.top, min(l.top+l.shown, len(l.lines))
}

// near says whether older or newer lines than there are will soon be looked at.
func (l *eventList) near() (older, newer bool) {
	rows := l.shown
	if rows == 0 {
		rows = 50 // it was never drawn
	}
	top := l.top
	if !l.paused {
		top = len(l.lines) - rows
	}
	return top < rows && !l.complete, !l.live && !l.ended && top+2*rows >= len(l.lines)
}

// eventKey tells events apart: the stored ones have lost what is less than a microsecond.
type eventKey struct {
	session vital.SessionID
	seq     uint64
	at      int64
	text    string
}

// keyOf is what an event has in common with itself as it is stored.
func keyOf(e *vital.Event) eventKey { return eventKey{e.Session, e.Seq, e.Time.UnixMicro(), e.Text} }

func keysOf(lines []vital.Event) map[eventKey]bool {
	keys := make(map[eventKey]bool, len(lines))
	for i := range lines {
		keys[keyOf(&lines[i])] = true
	}
	return keys
}

// prepend takes older stored events; fewer than were asked for are all that there are.
func (l *eventList) prepend(stored []vital.StoredEvent, asked int) {
	l.complete = len(stored) < asked
	if len(stored) == 0 {
		return
	}
	l.before = stored[0].Place()
	have := keysOf(l.lines[:min(len(l.lines), 2*asked)])
	lines := make([]vital.Event, 0, len(stored)+len(l.lines))
	for i := range stored {
		if !have[keyOf(&stored[i].Event)] {
			lines = append(lines, stored[i].Event)
		}
	}
	n := len(lines)
	l.lines = append(lines, l.lines...)
	l.top += n
	if l.picked >= 0 {
		l.picked += n
	}
	if l.paused {
		l.cutEnd()
	}
}

// extend takes newer stored events. At the end of them the list may go on with those that the screen remembers.
func (l *eventList) extend(stored []vital.StoredEvent, asked int) {
	l.ended = len(stored) < asked
	if len(stored) == 0 {
		return
	}
	l.after = stored[len(stored)-1].Place()
	have := keysOf(l.lines[max(0, len(l.lines)-2*asked):])
	for i := range stored {
		if !have[keyOf(&stored[i].Event)] {
			l.lines = append(l.lines, stored[i].Event)
		}
	}
	if over := min(len(l.lines)-mostListed, l.top-listMargin); over > 0 {
		l.lines = dropFront(l.lines, over)
		l.top, l.picked = l.top-over, max(-1, l.picked-over)
		l.setBefore()
	}
}

// join appends what the screen remembers, from the last line on, and is live again.
func (l *eventList) join(recent []vital.Event) {
	have := keysOf(l.lines[max(0, len(l.lines)-2*maxEvents):])
	var last time.Time
	if len(l.lines) > 0 {
		last = l.lines[len(l.lines)-1].Time.Truncate(time.Microsecond)
	}
	for i := range recent {
		if !recent[i].Time.Before(last) && !have[keyOf(&recent[i])] {
			l.lines = append(l.lines, recent[i])
		}
	}
	l.live = true
}

// length is how many lines there are.
func (l *eventList) length() int { return len(l.lines) }

// EventSet knows events again, as they were or as they are stored.
type EventSet struct{ keys map[eventKey]bool }

// NewEventSet is that of some events.
func NewEventSet(events []vital.Event) EventSet { return EventSet{keysOf(events)} }

// Has says whether an event is among them.
func (s EventSet) Has(e *vital.Event) bool { return s.keys[keyOf(e)] }

// Take is Has for an event that comes once: it is not among them any more.
func (s EventSet) Take(e *vital.Event) bool {
	key := keyOf(e)
	has := s.keys[key]
	delete(s.keys, key)
	return has
}
