package cli

import (
	"fmt"
	"time"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
)

// status is how all sessions are at one moment.
type status struct {
	at       time.Time
	runs     bool      // a wapulse runs the sessions
	since    time.Time // when it began, if it runs
	lastRan  time.Time // when it was last heard of, if it does not; zero if that is not known
	worst    vital.Health
	all      figures
	sessions []sessionStatus
}

// figures are what is told of a session, and of all together.
type figures struct {
	counts  history.Counts
	uptimes [4]history.Uptime
	active  int           // connected now
	up      time.Duration // connected without a break, or, of all together, since wapulse began
	error   string        // the last one
	errorAt time.Time
}

// sessionStatus is how one session is.
type sessionStatus struct {
	figures
	snap   *vital.Snapshot
	health vital.Assessment
}

func newStatus(runs bool, at time.Time) *status { return &status{runs: runs, at: at} }

// add takes a session up.
func (s *status) add(snap *vital.Snapshot, f history.Figures) {
	one := sessionStatus{snap: snap, health: snap.Assess(s.at)}
	one.counts, one.uptimes = f.Total, f.Uptimes
	one.error, one.errorAt = f.Failure.Failure.String(), f.Failure.Time
	if snap.LastErrorAt.After(one.errorAt) {
		one.error, one.errorAt = snap.LastError, asStored(snap.LastErrorAt)
	}
	switch {
	case !s.runs && snap.Wanted:
		one.health = notRun(f, one.health)
	case s.runs && snap.State == vital.StateConnected:
		one.active, one.up = 1, max(0, s.at.Sub(snap.Since))
	}
	if snap.Wanted {
		s.worst = max(s.worst, one.health.Health)
	}
	s.sessions = append(s.sessions, one)
}

// asStored is a time as fine as the database keeps it: the same moment is told alike by who saw it and by who reads it.
func asStored(t time.Time) time.Time { return t.Truncate(time.Microsecond) }

// notRun is the health of a session that is to be up where no wapulse runs: whatever is said of its connection is beside the point.
func notRun(f history.Figures, known vital.Assessment) vital.Assessment {
	text := "no wapulse runs, so it is not connected"
	if !f.LastRun.Seen.IsZero() {
		text += fmt.Sprintf("; when one was last heard of, %s, it was %s", shownTime(f.LastRun.Seen), f.LastState)
	}
	a := vital.Assessment{Health: vital.Unhealthy, Findings: []vital.Finding{{Health: vital.Unhealthy, Name: "not_running", Text: text}}}
	for _, finding := range known.Findings {
		if finding.Name != "down" {
			a.Findings = append(a.Findings, finding)
		}
	}
	return a
}

// total adds up the sessions, and what belongs to none.
func (s *status) total(nobodys history.Counts) {
	s.all.counts = nobodys
	for i := range s.sessions {
		one := &s.sessions[i]
		s.all.counts = s.all.counts.Plus(one.counts)
		s.all.active += one.active
		for j, u := range one.uptimes {
			s.all.uptimes[j] = s.all.uptimes[j].Plus(u)
		}
		if one.errorAt.After(s.all.errorAt) {
			s.all.error, s.all.errorAt = one.error, one.errorAt
		}
	}
	if s.runs {
		s.all.up = max(0, s.at.Sub(s.since))
	}
}
