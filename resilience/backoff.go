package resilience

import (
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// The delays of a Backoff.
const (
	FirstDelay = time.Second
	MaxDelay   = 60 * time.Second
)

// Backoff gives the delays between attempts: doubling from FirstDelay, with a jitter of half either way, never over MaxDelay. It is not safe
// for use by several goroutines at once.
type Backoff struct {
	delays *backoff.ExponentialBackOff
	chance Chance
}

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

// NewBackoff returns a Backoff at its beginning.
func NewBackoff(chance Chance) *Backoff {
	b := &Backoff{delays: backoff.NewExponentialBackOff(), chance: chance}
	b.delays.InitialInterval = FirstDelay
	b.delays.MaxInterval = MaxDelay
	b.delays.Multiplier = 2
	b.delays.RandomizationFactor = 0 // Next does it
	b.delays.Reset()
	return b
}

// Next returns how long to wait before the next attempt.
func (b *Backoff) Next() time.Duration {
	delay := b.delays.NextBackOff()
	return min(b.chance.Around(delay, delay/2), MaxDelay)
}

// Reset begins anew, after things have been calm for a while.
func (b *Backoff) Reset() { b.delays.Reset() }
