package history

import (
	"slices"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// Run is an interval in which wapulse is known to have run: from its begin to its last sign of life.
type Run struct {
	ID          int64
	Began, Seen time.Time
	Resumed     bool // the same process as the run before, which was not heard of for a while: its sessions are where they were
}

// Past is what is stored of where a session stood.
type Past struct {
	Created     time.Time          // of the session
	FirstRun    time.Time          // since when runs are noted: what was before is not known; zero if none ever was
	Transitions []vital.Transition // in the order in which they happened, with the last one before the span that is asked for
	Runs        []Run              // in their order, those that reach into the span
}

// Stretch is a time in which nothing changed. Stretches have no length below zero, and follow each other without a hole.
type Stretch struct {
	From, To time.Time
	Known    bool // false: the session was not there yet, or wapulse did not note yet when it ran
	Running  bool // wapulse ran; otherwise nothing was up, whatever the session's state was to be
	State    vital.State
	Reason   vital.Reason
	Failure  vital.Failure
}

// Up says whether the session was connected.
func (s Stretch) Up() bool { return s.Running && s.State == vital.StateConnected }

// Length of a stretch.
func (s Stretch) Length() time.Duration { return s.To.Sub(s.From) }

// Stretches divides the time from from to to by where a session stood. They are exactly as long as the span together; an empty or negative span has none.
//
// Clocks that were set back: what was noted later is believed, so an entry with a later time than its successor counts from its successor's time on.
func Stretches(p Past, from, to time.Time) []Stretch {
	if !from.Before(to) {
		return nil
	}
	moves, runs := orderedMoves(p.Transitions, to), orderedRuns(p.Runs, to)
	cuts := []time.Time{from, to, p.Created, p.FirstRun}
	for _, m := range moves {
		cuts = append(cuts, m.Time)
	}
	for _, r := range runs {
		cuts = append(cuts, r.Began, r.Seen)
	}
	cuts = slices.DeleteFunc(cuts, func(t time.Time) bool { return t.Before(from) || t.After(to) })
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	var list []Stretch
	w := walk{past: p, moves: moves, runs: runs}
	for i := 1; i < len(cuts); i++ {
		s := w.at(cuts[i-1])
		s.To = cuts[i]
		if n := len(list); n > 0 && list[n-1].same(s) {
			list[n-1].To = s.To
		} else {
			list = append(list, s)
		}
	}
	return list
}

func (s Stretch) same(o Stretch) bool {
	return s.Known == o.Known && s.Running == o.Running && s.State == o.State && s.Reason == o.Reason && s.Failure == o.Failure
}

// walk goes through the past in the order of time.
type walk struct {
	past  Past
	moves []vital.Transition
	runs  []Run
	now   Stretch
}

// at is the stretch that begins at t, which is later than in the call before.
func (w *walk) at(t time.Time) Stretch {
	for {
		moveDue := len(w.moves) > 0 && !w.moves[0].Time.After(t)
		runDue := len(w.runs) > 0 && !w.runs[0].Began.After(t)
		switch {
		case runDue && (!moveDue || !w.moves[0].Time.Before(w.runs[0].Began)):
			w.begin()
		case moveDue:
			m := w.moves[0]
			w.moves = w.moves[1:]
			w.now.State, w.now.Reason, w.now.Failure = m.To, m.Reason, m.Failure
		default:
			if !w.now.To.After(t) { // the run's last sign of life is in To meanwhile
				w.now.Running = false
			}
			s := w.now
			s.From, s.Known = t, !t.Before(w.past.Created) && !w.past.FirstRun.IsZero() && !t.Before(w.past.FirstRun)
			return s
		}
	}
}

// begin is a new run: nothing is up at its begin, and only ERROR outlives a process.
func (w *walk) begin() {
	r := w.runs[0]
	w.now.Running, w.now.To = true, r.Seen
	w.runs = w.runs[1:]
	if !r.Resumed && w.now.State != vital.StateError && w.now.State != vital.StateDisconnected {
		w.now.State, w.now.Reason, w.now.Failure = vital.StateDisconnected, vital.ReasonKilled, vital.Failure{}
	}
}

// orderedMoves are transitions with times that never go back, none later than to.
func orderedMoves(list []vital.Transition, to time.Time) []vital.Transition {
	list = slices.Clone(list)
	for i := len(list) - 1; i >= 0; i-- {
		list[i].Time = earlier(list[i].Time, to)
		to = list[i].Time
	}
	return list
}

// orderedRuns are runs that do not overlap and end by to.
func orderedRuns(list []Run, to time.Time) []Run {
	list = slices.Clone(list)
	for i := len(list) - 1; i >= 0; i-- {
		r := &list[i]
		r.Seen = earlier(r.Seen, to)
		r.Began = earlier(r.Began, r.Seen)
		to = r.Began
	}
	return list
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Uptime is how long a session was connected within a span. Times that nothing is known of are no part of Known.
type Uptime struct {
	Known, Up time.Duration
}

// UptimeOf adds up stretches.
func UptimeOf(list []Stretch) Uptime {
	var u Uptime
	for _, s := range list {
		if s.Known {
			u.Known += s.Length()
			if s.Up() {
				u.Up += s.Length()
			}
		}
	}
	return u
}

// Percent of the known time; false if nothing is known.
func (u Uptime) Percent() (float64, bool) {
	if u.Known <= 0 {
		return 0, false
	}
	return 100 * float64(u.Up) / float64(u.Known), true
}

// Plus is that of several sessions together.
func (u Uptime) Plus(o Uptime) Uptime { return Uptime{u.Known + o.Known, u.Up + o.Up} }
