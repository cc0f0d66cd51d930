package vital

import (
	"fmt"
	"slices"
	"time"
)

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

// From where on something is wrong.
const (
	slowFrom        = 3 * time.Second // of a p95
	slowFor         = 15 * time.Minute
	timeoutsOver    = 0.01 // of operations and pings of the last hour
	leastTimeouts   = 2
	leastOperations = 20
	upWithin        = 5 * time.Minute  // that connecting may take
	receiptsWithin  = 10 * time.Minute // that the first receipt of a message may take
	leastReceipts   = 3                // messages without any, before that says something
)

// rule is a row of the table of health.
type rule struct {
	name   string
	health Health
	holds  func(s *Snapshot, now time.Time) bool
	text   func(s *Snapshot, now time.Time) string
}

// rules is the table of health. Findings of the same weight are listed in this order.
func rules() []rule {
	return slices.Concat(stateRules(), linkRules(), pathRules(), accountRules(), patternsRules())
}

// Assess judges a session as it is known at now. A session that the operator has stopped is judged, too: whether that counts is the caller's affair.
func (s *Snapshot) Assess(now time.Time) Assessment {
	var a Assessment
	for _, r := range rules() {
		if r.holds(s, now) {
			a.Findings = append(a.Findings, Finding{r.health, r.name, r.text(s, now)})
			a.Health = max(a.Health, r.health)
		}
	}
	slices.SortStableFunc(a.Findings, func(f, g Finding) int { return int(g.Health) - int(f.Health) })
	return a
}

func says(text string) func(*Snapshot, time.Time) string {
	return func(*Snapshot, time.Time) string { return text }
}

// stateRules are about where the session stands.
func stateRules() []rule {
	in := func(states ...State) func(*Snapshot, time.Time) bool {
		return func(s *Snapshot, _ time.Time) bool { return slices.Contains(states, s.State) }
	}
	failed := func(reason Reason) func(*Snapshot, time.Time) bool {
		return func(s *Snapshot, _ time.Time) bool { return s.State == StateError && s.Failure.Reason == reason }
	}
	comingUp := func(s *Snapshot) bool {
		return (s.State == StateConnecting || s.State == StateReconnecting) && s.Pairing == nil
	}
	return []rule{
		{"banned", Unhealthy, failed(ReasonBanned), func(s *Snapshot, now time.Time) string {
			return s.Diagnosis().Meaning + untilText(s.Failure.Until, now)
		}},
		{"outdated", Unhealthy, failed(ReasonOutdated), func(s *Snapshot, _ time.Time) string { return s.Failure.String() }},
		{"error", Unhealthy, func(s *Snapshot, _ time.Time) bool {
			return s.State == StateError && s.Failure.Reason != ReasonBanned && s.Failure.Reason != ReasonOutdated
		}, func(s *Snapshot, _ time.Time) string { return s.Failure.String() }},
		{"down", Unhealthy, in(StateDisconnected), says("it has no connection")},
		{"not_coming_up", Unhealthy, func(s *Snapshot, now time.Time) bool { return comingUp(s) && now.Sub(s.Since) > upWithin },
			func(s *Snapshot, now time.Time) string {
				return fmt.Sprintf("it has had no connection for %s, after %d attempts", roughly(now.Sub(s.Since)), s.Attempt)
			}},
		{"connecting", Degraded, func(s *Snapshot, now time.Time) bool {
			return s.State == StateConnecting && (!comingUp(s) || now.Sub(s.Since) <= upWithin)
		}, func(s *Snapshot, _ time.Time) string {
			if s.Pairing != nil {
				return "it waits for a phone"
			}
			return "it has no connection yet"
		}},
		{"reconnecting", Degraded, func(s *Snapshot, now time.Time) bool {
			return s.State == StateReconnecting && now.Sub(s.Since) <= upWithin
		},
			func(s *Snapshot, _ time.Time) string {
				return withCause("it lost its connection and comes back by itself", s.Failure)
			}},
		{"not_stored", Degraded, func(s *Snapshot, _ time.Time) bool { return !s.Stored }, says("the database does not take what happens to it")},
	}
}

// linkRules are about whether the connection is alive.
func linkRules() []rule {
	connected := func(s *Snapshot) bool { return s.State == StateConnected }
	silent := func(s *Snapshot, now time.Time, last time.Time) bool {
		return connected(s) && !within(now, later(last, s.Since), FreshWithin)
	}
	return []rule{
		{"no_answer", Unhealthy, func(s *Snapshot, now time.Time) bool { return silent(s, now, s.Ladder.ServerAnswers) },
			func(s *Snapshot, now time.Time) string { return "the server does not answer: " + s.serverEvidence(now) }},
		{"pings_missed", Degraded, func(s *Snapshot, now time.Time) bool {
			return connected(s) && s.Ping.Missed > 0 && !silent(s, now, s.Ladder.ServerAnswers)
		}, func(s *Snapshot, now time.Time) string { return s.serverEvidence(now) }},
		{"stale", Degraded, func(s *Snapshot, now time.Time) bool { return silent(s, now, s.Ladder.DataFresh) },
			func(s *Snapshot, now time.Time) string { return "nothing comes: " + s.dataEvidence(now) }},
		{"receipts_missing", Degraded, func(s *Snapshot, now time.Time) bool {
			r := s.Receipts
			return connected(s) && r.Missing >= leastReceipts && r.LastAt.Before(r.Oldest) && now.Sub(r.Oldest) > receiptsWithin
		}, func(s *Snapshot, now time.Time) string {
			return fmt.Sprintf("no receipt for any of %d messages since %s ago", s.Receipts.Missing, roughly(now.Sub(s.Receipts.Oldest)))
		}},
	}
}

// pathRules are about how well it works.
func pathRules() []rule {
	return []rule{
		{"slow", Degraded, func(s *Snapshot, now time.Time) bool { return s.slowText(now) != "" },
			func(s *Snapshot, now time.Time) string { return s.slowText(now) }},
		{"timeouts", Degraded, func(s *Snapshot, _ time.Time) bool {
			t := s.LastHour
			return t.Timeouts >= leastTimeouts && t.Operations >= leastOperations && float64(t.Timeouts) > timeoutsOver*float64(t.Operations)
		}, func(s *Snapshot, _ time.Time) string {
			t := s.LastHour
			return fmt.Sprintf("%.1f %% time-outs: %d of %d operations and pings of the last hour", 100*float64(t.Timeouts)/float64(t.Operations), t.Timeouts, t.Operations)
		}},
		{"breaker", Degraded, func(s *Snapshot, _ time.Time) bool { return s.Breaker.State != BreakerClosed },
			func(s *Snapshot, now time.Time) string {
				return "the breaker is " + s.Breaker.State.String() + untilText(s.Breaker.RetryAt, now)
			}},
		{"paused", Degraded, func(s *Snapshot, now time.Time) bool { return s.Load.PausedUntil.After(now) },
			func(s *Snapshot, now time.Time) string {
				return "the server asked for a pause (429)" + untilText(s.Load.PausedUntil, now)
			}},
	}
}

// accountRules are about the account, its phone and this program.
func accountRules() []rule {
	unseen := func(s *Snapshot, now time.Time) time.Duration {
		if s.Ladder.PhoneSeen.IsZero() || !s.Identity.Paired() {
			return 0
		}
		return now.Sub(s.Ladder.PhoneSeen)
	}
	return []rule{
		{"phone_gone", Unhealthy, func(s *Snapshot, now time.Time) bool { return unseen(s, now) > PhoneWithin },
			func(s *Snapshot, now time.Time) string {
				return fmt.Sprintf("the phone was not seen for %s: WhatsApp unlinks devices after 14 days; open WhatsApp on it now", roughly(unseen(s, now)))
			}},
		{"phone_unseen", Degraded, func(s *Snapshot, now time.Time) bool {
			return unseen(s, now) >= PhoneWarning && unseen(s, now) <= PhoneWithin
		},
			func(s *Snapshot, now time.Time) string {
				return fmt.Sprintf("the phone was not seen for %s of 14 days: open WhatsApp on it", roughly(unseen(s, now)))
			}},
		{"restricted", Degraded, func(s *Snapshot, now time.Time) bool { return s.Restriction.Holds(now) },
			func(s *Snapshot, now time.Time) string {
				return "WhatsApp does not let this account begin new chats" + untilText(s.Restriction.Until, now)
			}},
		{"outdated_client", Degraded, func(s *Snapshot, _ time.Time) bool { return s.Client.Outdated },
			func(s *Snapshot, _ time.Time) string {
				return fmt.Sprintf("WhatsApp's own client is %s, this one says that it is %s: update wapulse before it is refused (405)", s.Client.Latest, s.Client.Version)
			}},
	}
}

// patternsRules are about what the last ends of connections have in common: each pattern that holds is one finding, under the pattern's own name.
func patternsRules() (list []rule) {
	of := func(s *Snapshot, name string) (Diagnosis, bool) {
		i := slices.IndexFunc(s.Patterns, func(d Diagnosis) bool { return d.Name == name })
		if i < 0 {
			return Diagnosis{}, false
		}
		return s.Patterns[i], true
	}
	for _, name := range []string{PatternAllDown, PatternPolicy, PatternReplaced, PatternFlapping} {
		list = append(list, rule{
			name, Degraded,
			func(s *Snapshot, _ time.Time) bool { _, holds := of(s, name); return holds },
			func(s *Snapshot, _ time.Time) string { d, _ := of(s, name); return d.What + ": " + d.Meaning },
		})
	}
	return list
}

// slowText says what is slow; "" for nothing. Percentiles of operations are over a long time, so one counts only if it was slow lately.
func (s *Snapshot) slowText(now time.Time) string {
	if s.State == StateConnected && s.Ping.P95 > slowFrom {
		return "slow: ping p95 " + RTTText(s.Ping.P95)
	}
	for _, o := range s.Operations {
		lately := within(now, o.LastSlowAt, slowFor)
		if o.Operation != OpPing && o.Operation != OpDownload && o.P95 > slowFrom && lately {
			return fmt.Sprintf("slow: %s p95 %s", o.Operation, RTTText(o.P95))
		}
	}
	return ""
}

func untilText(until, now time.Time) string {
	if until.IsZero() || !until.After(now) {
		return ""
	}
	return fmt.Sprintf(", %s left", roughly(until.Sub(now)))
}

func withCause(text string, f Failure) string {
	if what := f.String(); what != "" {
		return text + ": " + what
	}
	return text
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
