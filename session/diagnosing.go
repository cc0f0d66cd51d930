package session

import (
	"slices"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// attemptDial is the attempt under way as its record will be. All methods bear nil.
type attemptDial struct {
	attempt int
	began   time.Time
	trace   vital.DialTrace // as the connection told it; without Began if it has not
	reached []vital.DialPhase
}

// reach notes a phase by the actor's own clock: a connection that is cut does not tell its waterfall any more.
func (d *attemptDial) reach(p vital.Phase) {
	if d == nil {
		return
	}
	d.endPhase()
	d.reached = append(d.reached, vital.DialPhase{Phase: p, Start: time.Since(d.began)})
}

func (d *attemptDial) endPhase() {
	if n := len(d.reached); n > 0 {
		last := &d.reached[n-1]
		last.Duration = time.Since(d.began) - last.Start
	}
}

func (d *attemptDial) timed(t vital.DialTrace) {
	if d != nil {
		d.trace = t
	}
}

// waterfall is the connection's own, unless the actor has seen more of the attempt.
func (d *attemptDial) waterfall() vital.DialTrace {
	if len(d.trace.Phases) >= len(d.reached) && !d.trace.Began.IsZero() {
		return d.trace
	}
	d.endPhase()
	return vital.DialTrace{Began: d.began, Remote: d.trace.Remote, Phases: d.reached}
}

// diagnose adds to a transition what is to be stored with it: the diagnosis of the end that it is, the patterns that begin with it, and the attempt that
// it ends.
func (a *actor) diagnose(t *vital.Transition) {
	t.Dial = a.endedDial(t)
	why := t.Failure
	if why.Reason == vital.ReasonNone {
		if t.From != vital.StateConnected || !t.Reason.AskedFor() {
			return
		}
		why.Reason = t.Reason
	}
	end := vital.End{At: t.Time, Reason: why.Reason, Code: why.Code, Restricted: a.snap.Restriction.Active}
	if t.From == vital.StateConnected {
		end.Lived = max(t.Time.Sub(a.snap.Since), 1) // the clock may have been set back
	}
	t.Diagnoses = append(t.Diagnoses, vital.Diagnosed{
		Session: t.Session, End: end, Times: 1, Last: end.At, Diagnosis: diagnosisOf(t.To, why, a.next),
	})
	if !end.Counts() {
		return
	}
	list, _ := vital.Patterns(append(slices.Clone(a.ends), end), t.To, t.Time, t.Time)
	for _, d := range list {
		if !a.shows(d.Name) {
			t.Diagnoses = append(t.Diagnoses, vital.Diagnosed{
				Session: t.Session, End: vital.End{At: t.Time}, Pattern: true, Times: 1, Last: t.Time, Diagnosis: d,
			})
		}
	}
}

// diagnosisOf explains an end to whoever reads of it later.
func diagnosisOf(to vital.State, why vital.Failure, next time.Time) vital.Diagnosis {
	if why.Reason.AskedFor() {
		return vital.Diagnose(why)
	}
	return vital.DiagnoseNext(to, why, next)
}

// endedDial is the attempt that a transition ends.
func (a *actor) endedDial(t *vital.Transition) *vital.Dial {
	if a.dialled == nil {
		return nil
	}
	d := &vital.Dial{Session: t.Session, Attempt: a.dialled.attempt, Trace: a.dialled.waterfall(), Failure: t.Failure, EndedIn: t.Failure.Phase}
	switch {
	case t.Cause == vital.CauseAuthenticated:
		d.Outcome = vital.DialConnected
	case t.Cause == vital.CausePairRestart:
		d.Outcome = vital.DialPaired
	case t.Failure.Reason != vital.ReasonNone:
		d.Outcome = vital.DialFailed
	default:
		d.Outcome = vital.DialAbandoned
	}
	if n := len(d.Trace.Phases); n > 0 && d.EndedIn == vital.PhaseNone && (d.Outcome == vital.DialFailed || d.Outcome == vital.DialAbandoned) {
		d.EndedIn = d.Trace.Phases[n-1].Phase
	}
	a.dialled = nil
	return d
}

// diagnosed shows what was stored with a transition, and lets the others know what it means for them.
func (a *actor) diagnosed(t vital.Transition) {
	for _, d := range t.Diagnoses {
		if !d.Pattern && d.End.Counts() {
			a.ends = append(a.ends, d.End)
			if over := len(a.ends) - vital.EndsKept; over > 0 {
				a.ends = slices.Delete(a.ends, 0, over)
			}
		}
		if !d.End.Reason.AskedFor() {
			a.emitDiagnosis(d.Diagnosis, d.Pattern)
		}
	}
	a.outage.moved(a, t)
	a.lookForPatterns()
}

// emitDiagnosis tells a diagnosis as an event.
func (a *actor) emitDiagnosis(d vital.Diagnosis, pattern bool) {
	fields := []vital.Field{
		{Key: "name", Value: d.Name}, {Key: "what", Value: d.What}, {Key: "meaning", Value: d.Meaning}, {Key: "next", Value: d.Next},
	}
	if pattern {
		fields = append(fields, vital.Field{Key: "pattern", Value: "true"})
	}
	if !d.At.IsZero() {
		fields = append(fields, vital.Field{Key: "at", Value: d.At.UTC().Format(time.RFC3339Nano)})
	}
	fields = append(fields, vital.Field{Key: "action", Value: d.Action})
	a.emit(vital.KindDiagnosis, vital.LevelWarn, d.What+": "+d.Meaning, fields...)
}

// shows says whether a pattern is in the snapshot.
func (a *actor) shows(name string) bool {
	return slices.ContainsFunc(a.snap.Patterns, func(d vital.Diagnosis) bool { return d.Name == name })
}

// lookForPatterns brings the patterns that hold now into the snapshot, and looks again when that may change.
func (a *actor) lookForPatterns() {
	list, recheck := vital.Patterns(a.ends, a.snap.State, a.snap.Since, time.Now())
	if d, holds := a.outage.over(a.snap.ID); holds {
		if !a.shows(d.Name) {
			a.emitDiagnosis(d, true)
		}
		list = append(list, d)
	}
	a.due.patterns = recheck
	if len(list) == 0 && len(a.snap.Patterns) == 0 {
		return
	}
	a.snap.Patterns, a.changed = list, true
}
