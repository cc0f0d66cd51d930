package resilience

import (
	"context"
	"maps"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The rules of a budget.
const (
	DefaultRate = 1.0             // queries a second
	FirstPause  = 5 * time.Second // after a refusal that says nothing of its length; doubling with each further one
	MaxPause    = 5 * time.Minute
	longestAsk  = 24 * time.Hour // for which a peer can silence us: a slip of its units should not do so for good
	jitterShare = 4              // a wait is longer by up to this part of the interval
	fewLimiters = 8              // above so many, idle ones are forgotten
)

// PausedError says that the peer wants to be left alone.
type PausedError struct {
	Until time.Time
	Err   error // the refusal that began the pause
}

func (e *PausedError) Error() string { return "paused until " + e.Until.Format(time.RFC3339) }

// Unwrap returns the refusal that began the pause.
func (e *PausedError) Unwrap() error { return e.Err }

// budget spaces what a peer must not be asked too often, and keeps silent while the peer wants to be left alone. A rate that a call asks for has
// a budget of its own, shared by all calls of that rate, so that neither a slow job holds up the others nor a fast one is held up by them.
type budget struct {
	own    float64 // queries a second; negative: no limit
	chance Chance

	mu       sync.Mutex
	limiters map[float64]*rate.Limiter
	until    time.Time
	cause    error
	began    chan struct{} // closed when a pause begins, and made anew
	next     time.Duration // the length of the next pause that the peer does not give one
}

func newBudget(own float64, chance Chance) *budget {
	if own == 0 {
		own = DefaultRate
	}
	return &budget{own: own, chance: chance, limiters: map[float64]*rate.Limiter{}, began: make(chan struct{}), next: FirstPause}
}

// pace is the rate that a call goes at; zero stands for the budget's own.
func (b *budget) pace(perSecond float64) float64 {
	if perSecond > 0 || perSecond < 0 {
		return perSecond
	}
	return b.own
}

// limiter of a rate. The caller holds mu.
func (b *budget) limiter(perSecond float64, now time.Time) *rate.Limiter {
	if l, ok := b.limiters[perSecond]; ok {
		return l
	}
	if len(b.limiters) >= fewLimiters {
		maps.DeleteFunc(b.limiters, func(_ float64, l *rate.Limiter) bool { return l.TokensAt(now) >= 1 })
	}
	l := rate.NewLimiter(rate.Limit(perSecond), 1)
	b.limiters[perSecond] = l
	return l
}

// pauseNow is the pause under way, or nil, and what is closed when another begins.
func (b *budget) pauseNow(now time.Time) (*PausedError, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Before(b.until) {
		return &PausedError{b.until, b.cause}, b.began
	}
	return nil, b.began
}

// take waits for its turn. A pause, under way or beginning meanwhile, ends it with a PausedError.
func (b *budget) take(ctx context.Context, perSecond float64, waiting func(int)) error {
	now := time.Now()
	paused, began := b.pauseNow(now)
	if paused != nil {
		return paused
	}
	perSecond = b.pace(perSecond)
	if perSecond < 0 {
		return nil
	}
	b.mu.Lock()
	place := b.limiter(perSecond, now).ReserveN(now, 1)
	b.mu.Unlock()
	delay := place.DelayFrom(now)
	if delay == 0 {
		return nil
	}
	if interval := time.Duration(float64(time.Second) / perSecond / jitterShare); interval > 0 {
		delay += b.chance.spread(interval)
	}
	waiting(1)
	defer waiting(-1)
	woken, err := sleep(ctx, delay, began)
	if err != nil || woken {
		place.Cancel()
	}
	if woken {
		if paused, _ := b.pauseNow(time.Now()); paused != nil {
			return paused
		}
		return b.take(ctx, perSecond, func(int) {}) // the pause was over before we looked
	}
	return err
}

// outwait returns when no pause is under way.
func (b *budget) outwait(ctx context.Context, waiting func(int)) error {
	paused, began := b.pauseNow(time.Now())
	if paused == nil {
		return nil
	}
	waiting(1)
	defer waiting(-1)
	for paused != nil {
		if _, err := sleep(ctx, time.Until(paused.Until), began); err != nil {
			return err
		}
		paused, began = b.pauseNow(time.Now())
	}
	return nil
}

// pause begins a pause, or lengthens the one under way, and returns when it ends. Zero stands for a length that doubles each time; refusals that
// come while it is paused already belong to what began the pause.
func (b *budget) pause(length time.Duration, cause error) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if length <= 0 {
		if now.Before(b.until) {
			return b.until
		}
		length = b.next
		b.next = min(2*b.next, MaxPause)
	}
	if until := now.Add(min(length, longestAsk)); until.After(b.until) {
		b.until, b.cause = until, cause
		close(b.began)
		b.began = make(chan struct{})
	}
	return b.until
}

// calm notes a success: the lengths begin anew, unless it began before the pause.
func (b *budget) calm() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != FirstPause && !time.Now().Before(b.until) {
		b.next = FirstPause
	}
}

// pausedUntil is zero without a pause.
func (b *budget) pausedUntil() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Now().Before(b.until) {
		return b.until
	}
	return time.Time{}
}

// left says how long a call of that rate would wait now, without a pause.
func (b *budget) left(perSecond float64) time.Duration {
	perSecond = b.pace(perSecond)
	b.mu.Lock()
	defer b.mu.Unlock()
	l, ok := b.limiters[perSecond]
	if !ok {
		return 0
	}
	missing := 1 - l.Tokens()
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing / perSecond * float64(time.Second))
}

// sleep waits for d, and says whether it was woken before.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) (woken bool, err error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false, nil
	case <-wake:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
