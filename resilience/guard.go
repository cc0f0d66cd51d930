package resilience

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// DefaultInFlight is how many operations a Guard lets run at once if nothing else is said.
const DefaultInFlight = 8

// ErrOpen is returned for what a Breaker does not let through: it is open, or half open with enough trials under way.
var ErrOpen = errors.New("the breaker is open")

// Judgement is what an error of an operation means.
type Judgement struct {
	Outcome   Outcome       // for the Breaker
	Transient bool          // another attempt may succeed
	Pause     bool          // the peer wants to be left alone
	PauseFor  time.Duration // so long; 0 if it did not say
}

// Rules are what a Guard works by.
type Rules struct {
	InFlight int     // operations at once; 0 means DefaultInFlight
	Rate     float64 // queries a second; 0 means DefaultRate, a negative one no limit
	Breaker  *Breaker
	Judge    func(err error) Judgement // of an error that is not nil
	Changed  func()                    // called after the Load has changed, from any goroutine; must not block
	Chance   Chance                    // by which waits are spread
}

// Guard is the one way through which operations reach a peer. In this order: a deadline bounds all that follows; a bulkhead lets only so many run
// at once, the others wait in the order in which they came; a rate budget spaces the queries; a Breaker refuses while the peer is not trusted;
// transient errors are retried. It is safe for use by several goroutines and starts none.
type Guard struct {
	rules    Rules
	places   *semaphore.Weighted
	budget   *budget
	inFlight atomic.Int64
	waiting  atomic.Int64
}

// Call is one operation on its way through a Guard.
type Call struct {
	Timeout  time.Duration // bounds everything, waits and retries included; of a patient call each attempt
	Attempts int           // at most; less than two means one
	Spends   bool          // from the rate budget, with each attempt
	Rate     float64       // queries a second; 0 for the Guard's own, negative for no limit
	// Patient calls wait out what the peer asks for. Their waits are bounded by the context alone.
	Patient bool
	// Retrying, if not nil, is told of each attempt, from 1, that another follows, with its error and the delay until then.
	Retrying func(attempt int, delay time.Duration, err error)
}

// Report is what an operation has been through.
type Report struct {
	Attempts  int           // begun
	Queued    time.Duration // waiting for a place
	Throttled time.Duration // waiting for the budget, pauses included
}

// Load is what a Guard is busy with.
type Load struct {
	InFlight, Waiting, Limit int
	PausedUntil              time.Time // zero without a pause
}

// NewGuard returns a Guard.
func NewGuard(rules Rules) *Guard {
	if rules.InFlight <= 0 {
		rules.InFlight = DefaultInFlight
	}
	if rules.Changed == nil {
		rules.Changed = func() {}
	}
	return &Guard{rules: rules, places: semaphore.NewWeighted(int64(rules.InFlight)), budget: newBudget(rules.Rate, rules.Chance)}
}

// Load returns what the Guard is busy with now.
func (g *Guard) Load() Load {
	return Load{InFlight: int(g.inFlight.Load()), Waiting: int(g.waiting.Load()), Limit: g.rules.InFlight, PausedUntil: g.budget.pausedUntil()}
}

// Pace is the rate that a Call with that rate goes at; negative for no limit.
func (g *Guard) Pace(perSecond float64) float64 { return g.budget.pace(perSecond) }

// BudgetIn says how long a Call of that rate would wait for the budget now; a pause comes on top.
func (g *Guard) BudgetIn(perSecond float64) time.Duration { return g.budget.left(perSecond) }

// Do runs an operation. Its error is that of the last attempt, ErrOpen, a *PausedError, or the context's.
func (g *Guard) Do(ctx context.Context, c Call, do func(ctx context.Context) error) (Report, error) {
	if !c.Patient {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Timeout)
		defer cancel()
	}
	p := passage{guard: g, call: c, do: do}
	for {
		err := p.pass(ctx)
		var paused *PausedError
		if err == nil || !c.Patient || !errors.As(err, &paused) {
			return p.report, err
		}
		if p.refused {
			p.retrying(time.Until(paused.Until), err)
			p.refused = false
		}
	}
}

// passage is one operation on its way.
type passage struct {
	guard   *Guard
	call    Call
	do      func(ctx context.Context) error
	report  Report
	failed  int  // attempts that count against those the call has
	refused bool // the last attempt has begun a pause, or met one
	delays  *Backoff
}

// pass goes through all stages once. A pause ends it without its place being kept: what waits for a peer should not keep others from it.
func (p *passage) pass(ctx context.Context) error {
	g := p.guard
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.call.Patient {
		if err := p.timed(&p.report.Throttled, func() error { return g.budget.outwait(ctx, g.wait) }); err != nil {
			return err
		}
	}
	if err := p.takePlace(ctx); err != nil {
		return err
	}
	defer g.places.Release(1)
	if err := p.spend(ctx); err != nil {
		return err
	}
	g.inFlight.Add(1)
	g.rules.Changed()
	defer func() {
		g.inFlight.Add(-1)
		g.rules.Changed()
	}()
	end, err := g.rules.Breaker.Allow()
	if err != nil {
		return err
	}
	outcome := Abandoned
	defer func() { end(outcome) }()
	return p.attempts(ctx, &outcome)
}

func (p *passage) takePlace(ctx context.Context) error {
	g := p.guard
	if g.places.TryAcquire(1) {
		return nil
	}
	g.wait(1)
	defer g.wait(-1)
	return p.timed(&p.report.Queued, func() error { return g.places.Acquire(ctx, 1) })
}

func (p *passage) spend(ctx context.Context) error {
	if !p.call.Spends {
		return nil
	}
	return p.timed(&p.report.Throttled, func() error { return p.guard.budget.take(ctx, p.call.Rate, p.guard.wait) })
}

func (p *passage) timed(sum *time.Duration, wait func() error) error {
	began := time.Now()
	err := wait()
	*sum += time.Since(began)
	return err
}

func (g *Guard) wait(n int) {
	g.waiting.Add(int64(n))
	g.rules.Changed()
}

// attempts tries until it succeeds, must not be tried again, or no time is left. Outcome is what the breaker hears.
func (p *passage) attempts(ctx context.Context, outcome *Outcome) error {
	for {
		err := p.attempt(ctx)
		if err == nil {
			*outcome = Succeeded
			p.guard.budget.calm()
			return nil
		}
		j := p.guard.rules.Judge(err)
		*outcome = j.Outcome
		if j.Pause {
			p.refused = true
			until := p.guard.budget.pause(j.PauseFor, err)
			p.guard.rules.Changed()
			return &PausedError{until, err}
		}
		p.failed++
		if !j.Transient || p.failed >= p.call.Attempts {
			return err
		}
		if end := p.beforeNext(ctx, err); end != nil {
			return end
		}
	}
}

func (p *passage) attempt(ctx context.Context) error {
	p.report.Attempts++
	if p.call.Patient {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.call.Timeout)
		defer cancel()
	}
	return p.do(ctx)
}

// beforeNext waits until the next attempt may begin. Its error is how the operation ends instead: the last one, if there is no time for another
// attempt or the peer is not trusted any more.
func (p *passage) beforeNext(ctx context.Context, last error) error {
	if p.delays == nil {
		p.delays = NewBackoff(p.guard.rules.Chance)
	}
	delay := p.delays.Next()
	if at, ok := ctx.Deadline(); ok && time.Until(at) <= delay {
		return last
	}
	p.retrying(delay, last)
	if _, err := sleep(ctx, delay, nil); err != nil {
		return err
	}
	if p.guard.rules.Breaker.View().State == Open {
		return last
	}
	err := p.spend(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return last
	}
	return err
}

func (p *passage) retrying(delay time.Duration, err error) {
	if p.call.Retrying != nil {
		p.call.Retrying(p.report.Attempts, delay, err)
	}
}
