package resilience

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errBroken  = errors.New("the peer is broken")
	errNo      = errors.New("the peer says no")
	errStopped = errors.New("somebody stopped it")
)

// busy is how a test's peer says that it wants to be left alone; zero: without saying how long.
type busy time.Duration

func (b busy) Error() string { return "busy for " + time.Duration(b).String() }

func judged(err error) Judgement {
	var pause busy
	switch {
	case errors.As(err, &pause):
		return Judgement{Outcome: Abandoned, Pause: true, PauseFor: time.Duration(pause)}
	case errors.Is(err, errBroken), errors.Is(err, context.DeadlineExceeded):
		return Judgement{Outcome: Failed, Transient: true}
	case errors.Is(err, errNo):
		return Judgement{Outcome: Succeeded}
	default:
		return Judgement{Outcome: Abandoned}
	}
}

func newGuard(perSecond float64) *Guard {
	return NewGuard(Rules{Rate: perSecond, Breaker: NewBreaker(), Judge: judged})
}

func check() Call { return Call{Timeout: 12 * time.Second, Attempts: 3, Spends: true} }

// peer answers calls by a script; after its end all is well.
type peer struct {
	mu     sync.Mutex
	takes  time.Duration
	script []error
	calls  []time.Time
	now    int
	most   int
}

func (p *peer) ask(ctx context.Context) error {
	p.mu.Lock()
	p.calls = append(p.calls, time.Now())
	p.now++
	p.most = max(p.most, p.now)
	takes := p.takes
	var answer error
	if len(p.script) > 0 {
		answer, p.script = p.script[0], p.script[1:]
	}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.now--
	}()
	if _, err := sleep(ctx, takes, nil); err != nil {
		return err
	}
	return answer
}

func (p *peer) times() []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// begin lets do run beside the test and returns where its error comes.
func begin(do func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	return done
}

func TestTransientErrorsAreRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, p := newGuard(-1), &peer{script: []error{errBroken, errBroken}}
		var delays []time.Duration
		c := check()
		c.Retrying = func(attempt int, delay time.Duration, err error) {
			if attempt != len(delays)+1 || !errors.Is(err, errBroken) {
				t.Errorf("retry after attempt %d for %v", attempt, err)
			}
			delays = append(delays, delay)
		}
		report, err := g.Do(t.Context(), c, p.ask)
		if err != nil || report.Attempts != 3 || len(delays) != 2 {
			t.Fatalf("%v after %+v, delays %v", err, report, delays)
		}
		calls := p.times()
		for i, delay := range delays {
			nominal := FirstDelay << i
			if delay < nominal/2 || delay > nominal*3/2 || calls[i+1].Sub(calls[i]) != delay {
				t.Errorf("told %v, came after %v, want about %v", delay, calls[i+1].Sub(calls[i]), nominal)
			}
		}
		if v := g.rules.Breaker.View(); v.Failures != 0 {
			t.Errorf("a success in the end left %+v", v)
		}
	})
}

func TestNoMoreAttemptsThanAllowed(t *testing.T) {
	for name, c := range map[string]struct {
		attempts int
		err      error
		want     int
		failures int
	}{
		"transient, three":   {3, errBroken, 3, 1}, // one operation is one failure
		"transient, one":     {1, errBroken, 1, 1},
		"transient, unsaid":  {0, errBroken, 1, 1},
		"an answer":          {3, errNo, 1, 0},
		"stopped":            {3, errStopped, 1, 0},
		"a pause, unending":  {3, busy(0), 1, 0},
		"a pause of seconds": {3, busy(7 * time.Second), 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, p := newGuard(-1), &peer{script: []error{c.err, c.err, c.err, c.err}}
				report, err := g.Do(t.Context(), Call{Timeout: 30 * time.Second, Attempts: c.attempts}, p.ask)
				if !errors.Is(err, c.err) || report.Attempts != c.want {
					t.Errorf("%v after %d attempts, want %d", err, report.Attempts, c.want)
				}
				if v := g.rules.Breaker.View(); v.Failures != c.failures {
					t.Errorf("%d failures for the breaker, want %d", v.Failures, c.failures)
				}
			})
		})
	}
}

// The time-out bounds everything: an attempt, a retry's delay, waiting for a place, waiting for the budget.
func TestTheDeadlineBoundsEverything(t *testing.T) {
	for name, prepare := range map[string]func(g *Guard, p *peer){
		"an attempt": func(_ *Guard, p *peer) { p.takes = time.Hour },
		"retries": func(_ *Guard, p *peer) {
			p.takes = 5500 * time.Millisecond
			p.script = []error{errBroken, errBroken, errBroken}
		},
		"a place": func(g *Guard, _ *peer) {
			g.places.TryAcquire(DefaultInFlight)
		},
		"the budget": func(g *Guard, _ *peer) {
			for range 20 {
				g.budget.limiter(DefaultRate, time.Now()).Reserve()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, p := newGuard(0), &peer{}
				prepare(g, p)
				began := time.Now()
				_, err := g.Do(t.Context(), check(), p.ask)
				if err == nil || time.Since(began) > 12*time.Second {
					t.Errorf("%v after %v", err, time.Since(began))
				}
				if name != "retries" && (!errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 12*time.Second) {
					t.Errorf("%v after %v", err, time.Since(began))
				}
				if l := g.Load(); l.InFlight != 0 || l.Waiting != 0 {
					t.Errorf("left %+v", l)
				}
			})
		})
	}
}

// The stages come in their order: who waits for a place has spent nothing, who waits for the budget is no trial of the breaker, and what the breaker
// refuses is never asked.
func TestTheOrderOfTheStages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, p := newGuard(0), &peer{}
		g.places.TryAcquire(DefaultInFlight)
		ctx, cancel := context.WithCancel(t.Context())
		first := begin(func() error { _, err := g.Do(ctx, check(), p.ask); return err })
		synctest.Wait()
		if l := g.Load(); l.Waiting != 1 || l.InFlight != 0 {
			t.Errorf("waiting for a place: %+v", l)
		}
		if g.BudgetIn(0) != 0 {
			t.Error("the budget was spent before there was a place")
		}
		cancel()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		g.places.Release(DefaultInFlight)

		for range FailuresToOpen {
			g.rules.Breaker.Observe()(Failed)
		}
		report, err := g.Do(t.Context(), check(), p.ask)
		if !errors.Is(err, ErrOpen) || report.Attempts != 0 || len(p.times()) != 0 {
			t.Errorf("open: %v after %+v", err, report)
		}
		if g.BudgetIn(0) == 0 {
			t.Error("the breaker was asked before the budget")
		}
	})
}

func TestHalfOpenLetsTwoTrialsThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, p := newGuard(-1), &peer{takes: time.Second}
		for range FailuresToOpen {
			if _, err := g.Do(t.Context(), Call{Timeout: time.Minute}, func(context.Context) error { return errBroken }); !errors.Is(err, errBroken) {
				t.Fatal(err)
			}
		}
		<-time.After(OpenFor + time.Millisecond)
		var ends []<-chan error
		for range 5 {
			ends = append(ends, begin(func() error { _, err := g.Do(t.Context(), check(), p.ask); return err }))
		}
		through, refused := 0, 0
		for _, end := range ends {
			switch err := <-end; {
			case err == nil:
				through++
			case errors.Is(err, ErrOpen):
				refused++
			}
		}
		if through != SuccessesToClose || refused != 3 {
			t.Errorf("%d came through and %d were refused", through, refused)
		}
		if v := g.rules.Breaker.View(); v.State != Closed {
			t.Errorf("%+v after two successes", v)
		}
	})
}

// A breaker that opens while an operation waits for its next attempt ends it.
func TestNoRetryIntoAnOpenBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, p := newGuard(-1), &peer{script: []error{errBroken, errBroken, errBroken}}
		end := begin(func() error { _, err := g.Do(t.Context(), check(), p.ask); return err })
		synctest.Wait()
		for range FailuresToOpen {
			g.rules.Breaker.Observe()(Failed)
		}
		if err := <-end; !errors.Is(err, errBroken) || len(p.times()) != 1 {
			t.Errorf("%v after %d attempts", err, len(p.times()))
		}
	})
}

func TestAPanicLeavesNothingBehind(t *testing.T) {
	g := newGuard(-1)
	for range 2 * FailuresToOpen {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_, _ = g.Do(t.Context(), check(), func(context.Context) error { panic("a fault") })
		}()
	}
	if l, v := g.Load(), g.rules.Breaker.View(); l.InFlight != 0 || v.Failures != 0 || !g.places.TryAcquire(DefaultInFlight) {
		t.Errorf("left %+v, %+v", l, v)
	}
}

// The budget spaces queries, retries too; a rate of the call's own overrides it, and a negative one takes it away.
func TestTheBudget(t *testing.T) {
	for name, c := range map[string]struct {
		own, call float64
		interval  time.Duration
	}{
		"the default":    {0, 0, time.Second},
		"the guard's":    {4, 0, time.Second / 4},
		"the call's":     {0, 10, time.Second / 10},
		"none":           {-1, 0, 0},
		"none, for once": {0, -1, 0},
		"once, though":   {-1, 2, time.Second / 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, p := newGuard(c.own), &peer{}
				var ends []<-chan error
				for range 6 {
					call := check()
					call.Rate = c.call
					ends = append(ends, begin(func() error { _, err := g.Do(t.Context(), call, p.ask); return err }))
				}
				for _, end := range ends {
					if err := <-end; err != nil {
						t.Error(err)
					}
				}
				calls := p.times()
				for i, at := range calls {
					slot := time.Duration(i) * c.interval
					if after := at.Sub(calls[0]); after < slot || after > slot+c.interval/jitterShare {
						t.Errorf("query %d came after %v", i, after)
					}
				}
			})
		})
	}
}

func TestARetrySpendsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, p := newGuard(0.25), &peer{script: []error{errBroken}}
		if _, err := g.Do(t.Context(), check(), p.ask); err != nil {
			t.Fatal(err)
		}
		if calls := p.times(); calls[1].Sub(calls[0]) < 4*time.Second {
			t.Errorf("the retry came after %v", calls[1].Sub(calls[0]))
		}
	})
}

// A wait that is given up gives its turn back.
func TestATurnThatIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, p := newGuard(0), &peer{}
		if _, err := g.Do(t.Context(), check(), p.ask); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		end := begin(func() error { _, err := g.Do(ctx, check(), p.ask); return err })
		synctest.Wait()
		cancel()
		if err := <-end; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if in := g.BudgetIn(0); in > time.Second {
			t.Errorf("the next turn is in %v", in)
		}
	})
}

// A pause ends those who wait impatiently, at once and with its end; patient ones wait it out, without keeping places, and go on one by one.
func TestAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, p := newGuard(0), &peer{takes: 100 * time.Millisecond, script: []error{nil, busy(20 * time.Second)}}
		began := time.Now()
		until := func(err error) time.Duration {
			var paused *PausedError
			if !errors.As(err, &paused) {
				t.Fatalf("got %v", err)
			}
			return paused.Until.Sub(began).Round(time.Second)
		}
		ask := func(patient bool) <-chan error {
			c := check()
			c.Patient = patient
			return begin(func() error { _, err := g.Do(t.Context(), c, p.ask); return err })
		}
		if err := <-ask(false); err != nil {
			t.Fatal(err)
		}
		refused := ask(false) // at second 1
		synctest.Wait()
		waiting := ask(false) // would go at second 2
		synctest.Wait()
		patient := []<-chan error{ask(true), ask(true)}
		if got := until(<-refused); got != 21*time.Second {
			t.Errorf("refused until %v", got)
		}
		if got := until(<-waiting); got != 21*time.Second || time.Since(began) > 1500*time.Millisecond {
			t.Errorf("told %v after %v", got, time.Since(began))
		}
		if got := until(<-ask(false)); got != 21*time.Second || time.Since(began) > 1500*time.Millisecond {
			t.Errorf("who came later was told %v after %v", got, time.Since(began))
		}
		synctest.Wait()
		if l := g.Load(); l.Waiting != 2 || l.InFlight != 0 || l.PausedUntil.IsZero() || !g.places.TryAcquire(DefaultInFlight) {
			t.Errorf("while it is paused: %+v", l)
		}
		g.places.Release(DefaultInFlight)
		for _, end := range patient {
			if err := <-end; err != nil {
				t.Error(err)
			}
		}
		calls := p.times()
		if len(calls) != 4 || calls[2].Sub(began) < 21*time.Second || calls[3].Sub(calls[2]) < 700*time.Millisecond {
			t.Errorf("asked at %v", calls)
		}
		if l := g.Load(); !l.PausedUntil.IsZero() || l.Waiting != 0 {
			t.Errorf("afterwards: %+v", l)
		}
	})
}

// What a patient call was refused with does not count among its attempts, and its time-out is each attempt's.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, p := newGuard(-1), &peer{script: []error{busy(0), errBroken, busy(time.Minute), errBroken, nil}}
		c := check()
		c.Patient = true
		var delays []time.Duration
		c.Retrying = func(_ int, delay time.Duration, _ error) { delays = append(delays, delay) }
		report, err := g.Do(t.Context(), c, p.ask)
		if err != nil || report.Attempts != 5 || len(delays) != 4 || delays[0] != FirstPause || delays[2] != time.Minute {
			t.Errorf("%v after %+v, delays %v", err, report, delays)
		}
		if report.Throttled != FirstPause+time.Minute {
			t.Errorf("throttled for %v", report.Throttled)
		}
		p.takes = time.Hour
		began := time.Now()
		report, err = g.Do(t.Context(), c, p.ask)
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || report.Attempts != 3 || took < 36*time.Second || took > 41*time.Second {
			t.Errorf("%v after %d attempts and %v", err, report.Attempts, took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		g.budget.pause(time.Hour, errNo)
		if _, err := g.Do(ctx, c, p.ask); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("its context ended: %v", err)
		}
	})
}

// Pauses without a length double, begin anew after a success, and refusals that come while it is paused belong to the one that began it.
func TestPausesOfOurOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(-1, nil)
		want := FirstPause
		for range 10 {
			until := b.pause(0, errNo)
			if got := time.Until(until); got != want {
				t.Errorf("paused for %v, want %v", got, want)
			}
			if again := b.pause(0, errNo); !again.Equal(until) {
				t.Error("a second refusal of the same moment made it longer")
			}
			b.calm() // of something that began before
			<-time.After(time.Until(until))
			want = min(2*want, MaxPause)
		}
		b.calm()
		if got := time.Until(b.pause(0, errNo)); got != FirstPause {
			t.Errorf("after a success it is paused for %v", got)
		}
		if got := time.Until(b.pause(time.Second, errNo)); got != FirstPause {
			t.Errorf("a shorter one made it %v", got)
		}
		if got := time.Until(b.pause(1<<62, errNo)); got != longestAsk {
			t.Errorf("the longest is %v", got)
		}
	})
}

func TestRatesOfTheirOwnAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(0, nil)
		for n := range 1000 {
			if err := b.take(t.Context(), float64(n+1), func(int) {}); err != nil {
				t.Fatal(err)
			}
			<-time.After(2 * time.Second)
		}
		if len(b.limiters) > fewLimiters {
			t.Errorf("%d limiters are kept", len(b.limiters))
		}
	})
}

// Whatever comes: never more in flight than places, nobody waits beyond the time-out, and all places are free in the end.
func TestTheBulkheadAgainstAnything(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		places := rapid.IntRange(1, 4).Draw(r, "places")
		steps := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 30).Draw(r, "steps")
		synctest.Test(t, func(t *testing.T) {
			g := NewGuard(Rules{InFlight: places, Rate: -1, Breaker: NewBreaker(), Judge: judged})
			p := &peer{}
			var ends []<-chan error
			for n, step := range steps {
				p.mu.Lock()
				p.takes = time.Duration(step) * 3 * time.Second
				p.script = append(p.script, []error{nil, errBroken, errNo, errStopped, nil}[(n+step)%5])
				p.mu.Unlock()
				ends = append(ends, begin(func() error {
					began := time.Now()
					_, err := g.Do(t.Context(), check(), p.ask)
					if took := time.Since(began); took > 12*time.Second {
						return fmt.Errorf("took %v: %w", took, err)
					}
					return nil
				}))
				<-time.After(time.Duration(step) * 100 * time.Millisecond)
			}
			for _, end := range ends {
				if err := <-end; err != nil {
					r.Fatal(err)
				}
			}
			if p.most > places {
				r.Fatalf("%d in flight with %d places", p.most, places)
			}
			if l := g.Load(); l.InFlight != 0 || l.Waiting != 0 || !g.places.TryAcquire(int64(places)) {
				r.Fatalf("left %+v", l)
			}
		})
	})
}

// BenchmarkGuard is what all rules cost together: the budget is never empty, the breaker closed.
func BenchmarkGuard(b *testing.B) {
	g := newGuard(1e9)
	ctx := b.Context()
	c := check()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Do(ctx, c, func(context.Context) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
