package resilience

import (
	"math/rand/v2"
	"time"
)

// Chance gives numbers from 0 up to 1, by which what many do is spread over time. It may be called from any goroutine. nil: those of math/rand.
type Chance func() float64

// spread is a time from 0 up to most.
func (c Chance) spread(most time.Duration) time.Duration {
	if c == nil {
		c = rand.Float64
	}
	return time.Duration(c() * float64(most))
}

// Around is d, more or less by up to that much.
func (c Chance) Around(d, by time.Duration) time.Duration { return d - by + c.spread(2*by) }
