package page

import (
	"slices"
	"time"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// Recording is what happened to one session in a span of time. *record.Record implements it.
type Recording interface {
	Span() (from, to time.Time)
	// At is what was true at t, and the events so far.
	At(t time.Time) (*vital.Snapshot, []vital.Event)
	Events() []vital.Event
	Transitions() []vital.Transition
	Diagnoses() []vital.Diagnosed
}

// Replay shows a recording at one moment of it, which a person moves. All clocks on it are of that moment. Nothing on it reaches a session.
type Replay struct {
	Still
	Theme *widget.Theme

	recording Recording
	from, to  time.Time
	at        time.Time
	stretches []history.Stretch
	marks     []replayMark

	snapshot *vital.Snapshot // at at, and
	events   EventLog        // up to it

	plays bool
	speed int // place in replaySpeeds

	top, width int // of the panel with the time line, as it was drawn last
}

// replayMark is a moment that is worth a look.
type replayMark struct {
	at        time.Time
	text      string
	diagnosed bool
}

// replaySpeeds are how fast a recording can be played.
func replaySpeeds() []int { return []int{1, 10, 60} }

// replayedEvents is how many events a person can see on the largest window.
const replayedEvents = 200

// NewReplay opens a recording at its end: that is where the trouble is that it was made for.
func NewReplay(theme *widget.Theme, recording Recording) *Replay {
	r := &Replay{Theme: theme, recording: recording}
	r.from, r.to = recording.Span()
	r.mark()
	r.JumpTo(r.to)
	return r
}

// Title is the page's.
func (r *Replay) Title() string { return "Replay" }

// Plays says whether the moment moves by itself.
func (r *Replay) Plays() bool { return r.plays }

// Play begins to play or stops; from the end it begins anew.
func (r *Replay) Play() {
	if r.plays = !r.plays; r.plays && !r.at.Before(r.to) {
		r.JumpTo(r.from)
	}
}

// Faster takes the next speed, the slowest after the fastest.
func (r *Replay) Faster() { r.speed = (r.speed + 1) % len(replaySpeeds()) }

// Advance lets time go by while it plays. At the end it stops.
func (r *Replay) Advance(elapsed time.Duration) {
	if !r.plays {
		return
	}
	r.JumpTo(r.at.Add(elapsed * time.Duration(replaySpeeds()[r.speed])))
	r.plays = r.at.Before(r.to)
}

// JumpTo shows another moment, within the span.
func (r *Replay) JumpTo(t time.Time) {
	if t.Before(r.from) {
		t = r.from
	}
	if t.After(r.to) {
		t = r.to
	}
	r.at = t
	snapshot, events := r.recording.At(t)
	r.snapshot, r.events = snapshot, EventLog{}
	r.events.Add(events[max(0, len(events)-replayedEvents):])
}

// Slide moves by a time.
func (r *Replay) Slide(by time.Duration) { r.JumpTo(r.at.Add(by)) }

// Start and End are the ends of the slider.
func (r *Replay) Start() { r.JumpTo(r.from) }

// End is the last moment.
func (r *Replay) End() { r.JumpTo(r.to) }

// NextEvent goes to the nearest event, forward with a positive direction; to the end of the span if there is none.
func (r *Replay) NextEvent(direction int) {
	r.next(direction, len(r.recording.Events()), func(i int) time.Time { return r.recording.Events()[i].Time })
}

// NextMark goes to the nearest transition or diagnosis, as NextEvent does.
func (r *Replay) NextMark(direction int) {
	r.next(direction, len(r.marks), func(i int) time.Time { return r.marks[i].at })
}

func (r *Replay) next(direction, n int, when func(i int) time.Time) {
	if direction > 0 {
		for i := range n {
			if when(i).After(r.at) {
				r.JumpTo(when(i))
				return
			}
		}
		r.JumpTo(r.to)
		return
	}
	for i := n - 1; i >= 0; i-- {
		if when(i).Before(r.at) {
			r.JumpTo(when(i))
			return
		}
	}
	r.JumpTo(r.from)
}

// mark finds what the bar of states and the marks under it show.
func (r *Replay) mark() {
	transitions := r.recording.Transitions()
	for i, t := range transitions {
		over := r.to
		if i+1 < len(transitions) {
			over = transitions[i+1].Time
		}
		r.stretches = append(r.stretches, history.Stretch{
			From: t.Time, To: over, State: t.To, Reason: t.Reason, Failure: t.Failure,
			Known: true, Running: !t.Reason.WapulseEnded(), // a session that wapulse takes down with itself is where it was until the next run
		})
		text := t.From.String() + " → " + t.To.String()
		if t.From == t.To {
			text = "still " + t.To.String()
		}
		if failure := widget.Clean(t.Failure.String()); failure != "" {
			text += ": " + failure
		}
		r.addMark(replayMark{at: t.Time, text: text})
	}
	for _, d := range r.recording.Diagnoses() {
		r.addMark(replayMark{at: d.End.At, text: widget.Clean(d.Diagnosis.What), diagnosed: true})
	}
	slices.SortStableFunc(r.marks, func(a, b replayMark) int { return a.at.Compare(b.at) })
}

func (r *Replay) addMark(m replayMark) {
	if !m.at.Before(r.from) && !m.at.After(r.to) {
		r.marks = append(r.marks, m)
	}
}

// Wording says what the keys do now.
func (r *Replay) Wording(action string) string {
	if action == "play" && r.plays {
		return "pause"
	}
	return ""
}
