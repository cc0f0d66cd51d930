package vital

import (
	"fmt"
	"slices"
	"time"
)

// What makes a phase slow.
const (
	slowPhase    = time.Second            // the longest phase beyond this is slow whatever is usual
	slowerThan   = 3                      // times the median of the earlier ones
	slowAtLeast  = 100 * time.Millisecond // more than usual: less is nobody's trouble
	earlierAtAll = 3                      // earlier ones to know what is usual from
)

// SlowPhase is the phase of an attempt that took too long.
type SlowPhase struct {
	Phase    Phase
	Duration time.Duration
	Usual    time.Duration // the median of the earlier ones; 0 if there are too few
	Why      string        // for a person
}

// SlowPhaseOf says which phase of an attempt is the slow one, and why: the one that took the most above what is usual for it, if that is far above; else the
// longest, if it is long by any measure. Earlier are attempts before it, in any order. False: none is slow.
func SlowPhaseOf(trace DialTrace, earlier []DialTrace) (SlowPhase, bool) {
	var unusual, longest SlowPhase
	for _, p := range trace.Phases {
		s := SlowPhase{Phase: p.Phase, Duration: p.Duration, Usual: usual(p.Phase, earlier)}
		if s.Duration > longest.Duration {
			longest = s
		}
		far := s.Usual > 0 && s.Duration >= slowerThan*s.Usual && s.Duration-s.Usual >= slowAtLeast
		if far && (unusual.Phase == PhaseNone || s.Duration-s.Usual > unusual.Duration-unusual.Usual) {
			unusual = s
		}
	}
	switch {
	case unusual.Phase != PhaseNone:
		unusual.Why = fmt.Sprintf("%s took %s, usually %s", unusual.Phase, RTTText(unusual.Duration), RTTText(unusual.Usual))
		return unusual, true
	case longest.Duration >= slowPhase:
		longest.Why = fmt.Sprintf("%s took %s, the longest of all", longest.Phase, RTTText(longest.Duration))
		return longest, true
	}
	return SlowPhase{}, false
}

// usual is the median of a phase over attempts; 0 if it is in too few of them. The last phase of an attempt may have been cut short: a median bears that.
func usual(phase Phase, earlier []DialTrace) time.Duration {
	var all []time.Duration
	for _, t := range earlier {
		for _, p := range t.Phases {
			if p.Phase == phase {
				all = append(all, p.Duration)
			}
		}
	}
	if len(all) < earlierAtAll {
		return 0
	}
	slices.Sort(all)
	return max(all[len(all)/2], 1)
}
