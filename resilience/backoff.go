package resilience

import (
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
