package check

import (
	"context"
	"errors"
	"strings"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// Summary counts results.
type Summary struct {
	Results  int64
	Verdicts map[vital.Verdict]int64 // those that occurred
	Cached   int64
	Asked    int64 // a session asked for them, in this run
}

// Add counts a result that was not stored before.
func (s *Summary) Add(r Result) {
	s.count(r)
	if !r.Cached && wasAsked(r) {
		s.Asked++
	}
}

func (s *Summary) count(r Result) {
	if s.Verdicts == nil {
		s.Verdicts = make(map[vital.Verdict]int64)
	}
	s.Results++
	s.Verdicts[r.Verdict]++
	if r.Cached {
		s.Cached++
	}
}

// Join adds the counts of other results.
func (s *Summary) Join(other Summary) {
	if s.Verdicts == nil && len(other.Verdicts) > 0 {
		s.Verdicts = make(map[vital.Verdict]int64)
	}
	for v, n := range other.Verdicts {
		s.Verdicts[v] += n
	}
	s.Results += other.Results
	s.Cached += other.Cached
	s.Asked += other.Asked
}

// Unanswered is how many have no answer that can be relied on.
func (s *Summary) Unanswered() int64 {
	n := int64(0)
	for v, count := range s.Verdicts {
		if !v.Answered() {
			n += count
		}
	}
	return n
}

// String names the verdicts that occurred and how often.
func (s *Summary) String() string {
	parts := []string{Count(s.Results) + " checked"}
	for _, v := range vital.Verdicts() {
		if n := s.Verdicts[v]; n > 0 {
			parts = append(parts, Count(n)+" "+strings.ReplaceAll(string(v), "_", " "))
		}
	}
	if s.Cached > 0 {
		parts = append(parts, Count(s.Cached)+" of them known before")
	}
	return strings.Join(parts, ", ")
}

// The exit codes of a check. 2 is for wrong usage, which is found before anything is checked.
const (
	ExitAnswered    = 0   // every number is answered; that it is invalid is an answer
	ExitFailed      = 1   // the check itself failed
	ExitUnanswered  = 3   // some are not answered
	ExitNoSession   = 4   // there was something to ask and no session that could
	ExitInterrupted = 130 // by the operator
)

// ExitCode says how a check ended that came to this summary and this error.
func ExitCode(s Summary, err error) int {
	nobody := s.Asked == 0 && s.Verdicts[vital.VerdictUnverified] > 0
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, session.ErrClosed):
		return ExitInterrupted
	case errors.Is(err, session.ErrNoSession) && s.Asked == 0:
		return ExitNoSession
	case errors.Is(err, session.ErrNoSession):
		return ExitUnanswered
	case err != nil:
		return ExitFailed
	case nobody:
		return ExitNoSession
	case s.Unanswered() > 0:
		return ExitUnanswered
	}
	return ExitAnswered
}
