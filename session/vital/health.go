package vital

import "time"

// Health is the judgement of a session in one word, the better the smaller.
type Health uint8

// The healths.
const (
	Healthy   Health = iota // alive, and nothing to complain of
	Degraded                // alive, or coming back by itself, with something wrong
	Unhealthy               // of no use until it changes
)

func (h Health) String() string {
	return [...]string{"HEALTHY", "DEGRADED", "UNHEALTHY"}[h]
}

// Finding is one reason for a health that is not HEALTHY.
type Finding struct {
	Health Health // that it leads to by itself
	Name   string // in one word, for scripts; never changes
	Text   string // for a person
}

// Assessment is the health of a session with every reason for it, the worst first.
type Assessment struct {
	Health   Health
	Findings []Finding
}

// Assess judges a session as it is known at now. A session that the operator has stopped is judged, too: whether that counts is the caller's affair.
func (s *Snapshot) Assess(now time.Time) Assessment {
	var a Assessment
	if s.State == StateReconnecting || s.State == StateConnecting {
		a.Findings = append(a.Findings, Finding{Degraded, "connecting", "it has no connection yet"})
	} else if s.State != StateConnected {
		a.Findings = append(a.Findings, Finding{Unhealthy, "down", "it has no connection"})
	}
	for _, f := range a.Findings {
		a.Health = max(a.Health, f.Health)
	}
	return a
}
