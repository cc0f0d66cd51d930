package record

import (
	"slices"
	"sort"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// Record is a loaded bundle: what happened to a session, and at any moment of it what was known. Everything that it returns is read only.
type Record struct {
	about       About
	last        *vital.Snapshot // at the end
	events      []vital.Event
	transitions []vital.Transition
	since       []time.Time // of each transition, when the state that it leads to began
	pings       []ping
	breakers    []breakerStep

	restrictions []restrictionStep

	samples   []Sample
	dials     []vital.Dial
	diagnoses []vital.Diagnosed
	ends      []vital.End // of the session's diagnoses
}

// ping is an answered ping, or a missed one. Several in one sample are told by their median.
type ping struct {
	from time.Time // it was not before
	at   time.Time // when that was known
	rtt  time.Duration
	ok   bool
}

// arrange puts everything into the order of time and prepares what At looks for.
func (r *Record) arrange() {
	slices.SortStableFunc(r.events, func(a, b vital.Event) int { return a.Time.Compare(b.Time) })
	slices.SortStableFunc(r.transitions, func(a, b vital.Transition) int { return a.Time.Compare(b.Time) })
	slices.SortStableFunc(r.samples, func(a, b Sample) int { return a.over().Compare(b.over()) })
	slices.SortStableFunc(r.dials, func(a, b vital.Dial) int { return a.Trace.Began.Compare(b.Trace.Began) })
	slices.SortStableFunc(r.diagnoses, func(a, b vital.Diagnosed) int { return a.End.At.Compare(b.End.At) })
	r.since = make([]time.Time, len(r.transitions))
	for i, t := range r.transitions {
		r.since[i] = t.Time
		if t.From == t.To && i > 0 {
			r.since[i] = r.since[i-1]
		}
	}
	r.pings = pingsOf(r.samples, r.events)
	for _, d := range r.diagnoses {
		if !d.Pattern && d.Session != 0 && d.End.Counts() {
			r.ends = append(r.ends, d.End)
		}
	}
	r.breakers, r.restrictions = breakerSteps(r.events), restrictionSteps(r.events)
}

// over is when a sample was known.
func (s *Sample) over() time.Time { return s.At.Add(s.Span) }

// About is what the bundle says of itself.
func (r *Record) About() About { return r.about }

// Span is the time that the bundle is about.
func (r *Record) Span() (from, to time.Time) { return r.about.From, r.about.To }

// Events are all events, in the order of time.
func (r *Record) Events() []vital.Event { return r.events[:len(r.events):len(r.events)] }

// Transitions are all transitions, in the order of time. The first may be from before the span: it says where the session stood.
func (r *Record) Transitions() []vital.Transition {
	return r.transitions[:len(r.transitions):len(r.transitions)]
}

// Samples are the vitals over time.
func (r *Record) Samples() []Sample { return r.samples[:len(r.samples):len(r.samples)] }

// Dials are the attempts to connect that were kept, with their waterfalls.
func (r *Record) Dials() []vital.Dial { return r.dials[:len(r.dials):len(r.dials)] }

// Diagnoses are what each end of a connection was found to mean, and what several together. The first may be from before the span.
func (r *Record) Diagnoses() []vital.Diagnosed {
	return r.diagnoses[:len(r.diagnoses):len(r.diagnoses)]
}

// upTo is how many of n things in the order of time had happened at t.
func upTo(n int, t time.Time, at func(i int) time.Time) int {
	return sort.Search(n, func(i int) bool { return at(i).After(t) })
}

// At is what was true at t: the snapshot that the session would have had, and the events so far. What the record does not tell is zero, never guessed. At
// the end, and after it, the snapshot is the session's own. It is quick enough to follow a slider.
func (r *Record) At(t time.Time) (*vital.Snapshot, []vital.Event) {
	n := upTo(len(r.events), t, func(i int) time.Time { return r.events[i].Time })
	events := r.events[:n:n]
	if !t.Before(r.about.To) {
		return r.last, events
	}
	at := moment{Record: r, t: t, events: events}
	at.samples = upTo(len(r.samples), t, func(i int) time.Time { return r.samples[i].over() })
	at.state()
	at.connection()
	at.identity()
	at.ping()
	at.ladder()
	at.breaker()
	at.pairing()
	at.counters()
	at.operations()
	at.restriction()
	at.patterns()
	at.snap.Version = uint64(1 + n + at.transitions + at.samples)
	return &at.snap, events
}
