package resilience

import (
	"errors"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// The rules of a Breaker.
const (
	FailuresToOpen   = 5 // in a row
	OpenFor          = 60 * time.Second
	SuccessesToClose = 2 // while half open; any failure then opens it again
)

// State is a Breaker's.
type State uint8

// The states of a Breaker.
const (
	Closed State = iota
	HalfOpen
	Open
)

// Outcome is how what a Breaker observes ended.
type Outcome uint8

// The outcomes.
const (
	Succeeded Outcome = iota
	Failed
	Abandoned // its end says nothing about the peer: somebody stopped it
)

var (
	errFailed    = errors.New("failed")
	errAbandoned = errors.New("abandoned")
)

// Breaker stops trusting a peer after failures in a row and tries again after a while. It is safe for use by several goroutines.
type Breaker struct {
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]

	mu      sync.Mutex // guards retryAt; gobreaker calls back under its own lock, so nothing of it is called with mu held
	retryAt time.Time
}

// View is a Breaker at one moment.
type View struct {
	State    State
	Failures int       // in a row, while closed
	RetryAt  time.Time // while open: when it goes half open
}

// NewBreaker returns a closed Breaker.
func NewBreaker() *Breaker {
	b := &Breaker{}
	b.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests: SuccessesToClose,
		Timeout:     OpenFor,
		IsExcluded:  func(err error) bool { return errors.Is(err, errAbandoned) },
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= FailuresToOpen },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.retryAt = time.Time{}
			if to == gobreaker.StateOpen {
				b.retryAt = time.Now().Add(OpenFor)
			}
		},
	})
	return b
}

// Allow begins something that must not happen while the peer is not trusted, and returns how to end it, which must be called once. ErrOpen while the
// Breaker is open, and half open while as many are under way, or have succeeded, as successes are needed.
func (b *Breaker) Allow() (end func(Outcome), err error) {
	done, err := b.breaker.Allow()
	if err != nil {
		return nil, ErrOpen
	}
	return func(o Outcome) {
		switch o {
		case Succeeded:
			done(nil)
		case Failed:
			done(errFailed)
		case Abandoned:
			done(errAbandoned)
		}
	}, nil
}

// Observe begins the observation of something that happens in any case, a ping or a connect, and returns how to end it, which must be called
// once: half open, there is room for as many observations as successes are needed. What began while the Breaker was open, or in an earlier
// state of it, does not count.
func (b *Breaker) Observe() (end func(Outcome)) {
	end, err := b.Allow()
	if err != nil {
		return func(Outcome) {}
	}
	return end
}

// View returns the state as it is now: time alone turns open to half open.
func (b *Breaker) View() View {
	state := b.breaker.State()
	failures := int(b.breaker.Counts().ConsecutiveFailures)
	b.mu.Lock()
	retryAt := b.retryAt
	b.mu.Unlock()
	switch state {
	case gobreaker.StateOpen:
		return View{State: Open, RetryAt: retryAt}
	case gobreaker.StateHalfOpen:
		return View{State: HalfOpen}
	default:
		return View{State: Closed, Failures: failures}
	}
}
