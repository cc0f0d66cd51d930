package record

import (
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// moment puts together what was known at t.
type moment struct {
	*Record
	t      time.Time
	events []vital.Event // up to t
	snap   vital.Snapshot

	transitions, samples int // how many there were up to t
	dial                 int // the last that had begun; -1 for none
}

// state is where the session stood, by its last transition.
func (m *moment) state() {
	last := m.last
	m.snap = vital.Snapshot{
		ID: last.ID, Name: last.Name, Created: last.Created, Identity: last.Identity, Wanted: last.Wanted, Stored: true, Ready: vital.ReadyClosed,
	}
	all := m.Record.transitions
	m.transitions = upTo(len(all), m.t, func(i int) time.Time { return all[i].Time })
	switch {
	case m.transitions > 0:
		t := all[m.transitions-1]
		m.snap.State, m.snap.Since, m.snap.Reason, m.snap.Failure = t.To, m.since[m.transitions-1], t.Reason, t.Failure
		m.snap.Attempt = t.Attempt
		if t.To == vital.StateReconnecting && t.Cause != vital.CauseReconnect {
			m.snap.Attempt++ // the one that follows the failure
		}
	case len(all) > 0: // before the first that is known
		m.snap.State, m.snap.Since = all[0].From, m.last.Created
	default:
		m.snap.State, m.snap.Since, m.snap.Reason, m.snap.Failure = last.State, last.Since, last.Reason, last.Failure
	}
	if !last.LastErrorAt.IsZero() && !last.LastErrorAt.After(m.t) {
		m.snap.LastError, m.snap.LastErrorAt = last.LastError, last.LastErrorAt
	}
	for i := m.transitions - 1; i >= 0; i-- {
		if t := all[i]; t.Failure.Reason != vital.ReasonNone {
			m.snap.LastError, m.snap.LastErrorAt = t.Failure.String(), t.Time
			break
		}
	}
	m.wanted()
}

// wanted is whether the operator wanted the session up, as far as its state says so.
func (m *moment) wanted() {
	switch {
	case m.snap.State == vital.StateConnected || m.snap.State == vital.StateReconnecting:
		m.snap.Wanted = true
	case m.snap.Reason == vital.ReasonStopped || m.snap.Reason == vital.ReasonLoggedOutHere || m.snap.Reason == vital.ReasonNew:
		m.snap.Wanted = false
	}
}

// connection is how far the socket was, by the state and the waterfall of the last attempt.
func (m *moment) connection() {
	m.dial = upTo(len(m.dials), m.t, func(i int) time.Time { return m.dials[i].Trace.Began }) - 1
	if m.dial >= 0 {
		m.snap.Dial = traceAt(m.dials[m.dial].Trace, m.t)
	}
	switch m.snap.State {
	case vital.StateConnected:
		m.snap.Ready, m.snap.Listening = vital.ReadyOpen, true
	case vital.StateConnecting, vital.StateReconnecting:
		m.attempt()
	}
}

// attempt is the state of an attempt to connect, or how long the next is away.
func (m *moment) attempt() {
	if m.isDialling() {
		d := m.snap.Dial
		m.snap.Ready = vital.ReadyConnecting
		if len(d.Phases) > 0 {
			m.snap.Phase = d.Phases[len(d.Phases)-1].Phase
		}
		if m.snap.Phase >= vital.PhaseNoise {
			m.snap.Ready, m.snap.Listening = vital.ReadyOpen, true
		}
		return
	}
	if next := m.dial + 1; next < len(m.dials) && !m.endsBefore(m.dials[next].Trace.Began) {
		m.snap.NextTry = m.dials[next].Trace.Began
		return
	}
	for i := m.diagnosed() - 1; i >= 0 && m.snap.NextTry.IsZero(); i-- {
		d := m.diagnoses[i]
		if d.Pattern || d.Session == 0 {
			continue
		}
		if d.Diagnosis.At.After(m.t) && !d.Last.After(m.t) && m.snap.State == vital.StateReconnecting {
			m.snap.NextTry = d.Diagnosis.At
		}
		return
	}
}

// diagnosed is how many diagnoses there were up to t.
func (m *moment) diagnosed() int {
	return upTo(len(m.diagnoses), m.t, func(i int) time.Time { return m.diagnoses[i].End.At })
}

// patterns are those that the ends so far make, and the one of all sessions until this one is up again.
func (m *moment) patterns() {
	n := upTo(len(m.ends), m.t, func(i int) time.Time { return m.ends[i].At })
	m.snap.Patterns, _ = vital.Patterns(m.ends[max(0, n-vital.EndsKept):n], m.snap.State, m.snap.Since, m.t)
	if m.snap.State != vital.StateReconnecting {
		return
	}
	for i := m.diagnosed() - 1; i >= 0; i-- {
		if d := m.diagnoses[i]; d.Session == 0 {
			if after := d.End.At.Sub(m.lostAt()); after >= 0 && after <= vital.TogetherWithin {
				m.snap.Patterns = append(m.snap.Patterns, d.Diagnosis)
			}
			return
		}
	}
}

// lostAt is when the session was CONNECTED for the last time before t.
func (m *moment) lostAt() time.Time {
	for i := m.transitions - 1; i >= 0; i-- {
		if t := m.Record.transitions[i]; t.From == vital.StateConnected {
			return t.Time
		}
	}
	return m.t
}

// isDialling says whether the last attempt that began is the one that the present state is about.
func (m *moment) isDialling() bool {
	if m.dial < 0 {
		return false
	}
	began := m.dials[m.dial].Trace.Began
	return m.transitions == 0 || !began.Before(m.Record.transitions[m.transitions-1].Time)
}

// endsBefore says whether the present state, or attempt, ended before then.
func (m *moment) endsBefore(then time.Time) bool {
	return m.transitions < len(m.Record.transitions) && m.Record.transitions[m.transitions].Time.Before(then)
}

// traceAt is as much of a waterfall as was known at t.
func traceAt(d vital.DialTrace, t time.Time) vital.DialTrace {
	passed := t.Sub(d.Began)
	if d.Total() <= passed {
		return d
	}
	phases := d.Phases
	d.Phases = nil
	for _, p := range phases {
		if p.Start > passed {
			break
		}
		p.Duration = min(p.Duration, passed-p.Start)
		d.Phases = append(d.Phases, p)
	}
	return d
}

// identity is who the session was: what a pairing brought was not known before it, and what a logout took was.
func (m *moment) identity() {
	who := &m.snap.Identity
	paired, lost := time.Time{}, time.Time{}
	for _, e := range m.Record.events[len(m.events):] {
		if e.Kind == vital.KindPair && e.Field("platform") != "" {
			paired = e.Time
			break
		}
	}
	for _, t := range m.Record.transitions[m.transitions:] {
		if t.Reason.CredentialsGone() {
			lost = t.Time
			break
		}
	}
	switch {
	case !paired.IsZero() && (lost.IsZero() || paired.Before(lost)):
		*who = vital.Identity{}
	case !lost.IsZero() && who.JID == "" && who.Phone != "":
		who.JID = who.Phone + "@s.whatsapp.net" // its device is not known any more
	}
}

// pairing is which code was shown. The code itself is in no bundle.
func (m *moment) pairing() {
	if m.snap.State != vital.StateConnecting || m.snap.Identity.Paired() {
		return
	}
	for i := len(m.events) - 1; i >= 0 && !m.events[i].Time.Before(m.snap.Since); i-- {
		if e := m.events[i]; e.Kind == vital.KindQR {
			m.snap.Pairing = &vital.Pairing{Index: count(e.Field("index")), Total: count(e.Field("total"))}
			return
		}
	}
}

// breakerStep is a change of the breaker.
type breakerStep struct {
	at       time.Time
	from, to vital.BreakerState
}

func breakerSteps(events []vital.Event) []breakerStep {
	var steps []breakerStep
	for _, e := range events {
		if e.Kind != vital.KindBreaker {
			continue
		}
		from, errFrom := vital.ParseBreakerState(e.Field("from"))
		to, errTo := vital.ParseBreakerState(e.Field("to"))
		if errFrom == nil && errTo == nil {
			steps = append(steps, breakerStep{e.Time, from, to})
		}
	}
	return steps
}

// breaker is its state by the steps around t; an open one goes half open when the next step says so.
func (m *moment) breaker() {
	b := &m.snap.Breaker
	n := upTo(len(m.breakers), m.t, func(i int) time.Time { return m.breakers[i].at })
	switch {
	case n > 0:
		b.State = m.breakers[n-1].to
	case len(m.breakers) > 0:
		b.State = m.breakers[0].from
	default:
		b.State = m.last.Breaker.State
	}
	if b.State == vital.BreakerClosed {
		return // how many failures there were in a row, no event tells
	}
	b.Threshold = m.last.Breaker.Threshold
	if b.State != vital.BreakerOpen {
		return
	}
	if n < len(m.breakers) {
		b.RetryAt = m.breakers[n].at
	} else {
		b.RetryAt = m.last.Breaker.RetryAt
	}
}

// restrictionStep is what the server said of the account at a time.
type restrictionStep struct {
	at  time.Time
	now vital.Restriction
}

func restrictionSteps(events []vital.Event) []restrictionStep {
	var steps []restrictionStep
	for _, e := range events {
		switch {
		case e.Kind != vital.KindLog:
		case e.Field("restricted") == "true":
			until, _ := time.Parse(time.RFC3339, e.Field("until")) // the server may not have said
			steps = append(steps, restrictionStep{e.Time, vital.Restriction{Active: true, Kind: e.Field("type"), Until: until}})
		case e.Field("restricted") == "false":
			steps = append(steps, restrictionStep{at: e.Time})
		}
	}
	return steps
}

// restriction is what the server had said last.
func (m *moment) restriction() {
	n := upTo(len(m.restrictions), m.t, func(i int) time.Time { return m.restrictions[i].at })
	switch {
	case n > 0:
		m.snap.Restriction = m.restrictions[n-1].now
	case len(m.restrictions) == 0:
		m.snap.Restriction = m.last.Restriction
	}
}
