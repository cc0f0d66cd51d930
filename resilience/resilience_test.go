package resilience

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestBackoffDoublesUpToItsCap(t *testing.T) {
	b := NewBackoff(nil)
	base := FirstDelay
	for attempt := range 12 {
		got := b.Next()
		low, high := base/2, min(base+base/2, MaxDelay)
		if got < low || got > high {
			t.Errorf("attempt %d waits %v, want %v to %v", attempt+1, got, low, high)
		}
		base = min(2*base, MaxDelay)
	}
	b.Reset()
	if got := b.Next(); got > FirstDelay+FirstDelay/2 {
		t.Errorf("after a reset it waits %v", got)
	}
}

// By the same chance it is the same delays.
func TestBackoffGoesByItsChance(t *testing.T) {
	for chance, want := range map[float64][]time.Duration{
		0: {FirstDelay / 2, FirstDelay, 2 * FirstDelay}, 0.5: {FirstDelay, 2 * FirstDelay, 4 * FirstDelay},
	} {
		b := NewBackoff(func() float64 { return chance })
		for i, w := range want {
			if got := b.Next(); got != w {
				t.Errorf("chance %v, attempt %d: %v, want %v", chance, i+1, got, w)
			}
		}
	}
}

func TestBreakerOpensAfterFiveAndClosesAfterTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBreaker()
		for i := range FailuresToOpen {
			if v := b.View(); v.State != Closed || v.Failures != i {
				t.Fatalf("before failure %d: %+v", i+1, v)
			}
			b.Observe()(Failed)
		}
		opened := time.Now()
		if v := b.View(); v.State != Open || !v.RetryAt.Equal(opened.Add(OpenFor)) {
			t.Fatalf("after five failures: %+v", v)
		}
		b.Observe()(Succeeded)
		b.Observe()(Succeeded)
		if v := b.View(); v.State != Open {
			t.Fatalf("successes while open counted: %+v", v)
		}
		<-time.After(OpenFor + time.Millisecond)
		if v := b.View(); v.State != HalfOpen {
			t.Fatalf("after its time: %+v", v)
		}
		b.Observe()(Failed)
		if v := b.View(); v.State != Open {
			t.Fatalf("a failure while half open: %+v", v)
		}
		<-time.After(OpenFor + time.Millisecond)
		b.Observe()(Succeeded)
		if v := b.View(); v.State != HalfOpen {
			t.Fatalf("after one success: %+v", v)
		}
		b.Observe()(Succeeded)
		if v := b.View(); v.State != Closed || v.Failures != 0 {
			t.Fatalf("after two successes: %+v", v)
		}
	})
}

func TestWhatBeganBeforeItOpenedDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBreaker()
		early := b.Observe()
		for range FailuresToOpen {
			b.Observe()(Failed)
		}
		<-time.After(OpenFor + time.Millisecond)
		if v := b.View(); v.State != HalfOpen {
			t.Fatalf("%+v", v)
		}
		early(Failed)
		if v := b.View(); v.State != HalfOpen {
			t.Errorf("an old failure opened it again: %+v", v)
		}
	})
}

// What was abandoned leaves room for others, or a breaker that is half open would stay so for good.
func TestAbandonedObservationsLeaveRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBreaker()
		for range FailuresToOpen {
			b.Observe()(Failed)
		}
		<-time.After(OpenFor + time.Millisecond)
		for range 3 * SuccessesToClose {
			b.Observe()(Abandoned)
		}
		if v := b.View(); v.State != HalfOpen {
			t.Fatalf("%+v", v)
		}
		for range SuccessesToClose {
			b.Observe()(Succeeded)
		}
		if v := b.View(); v.State != Closed {
			t.Errorf("two successes did not close it: %+v", v)
		}
	})
}

// TestBreakerAgainstAModel drives it with random outcomes and waits, beside the plainest model of its rules.
func TestBreakerAgainstAModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		steps := rapid.SliceOf(rapid.IntRange(0, 4)).Draw(r, "steps")
		synctest.Test(t, func(*testing.T) {
			b := NewBreaker()
			state, failures, successes, opened := Closed, 0, 0, time.Time{}
			for _, step := range steps {
				if step == 4 {
					<-time.After(OpenFor/2 + time.Second)
				}
				if state == Open && time.Since(opened) > OpenFor {
					state, successes = HalfOpen, 0
				}
				if step < 4 {
					ok, outcome := step == 0, []Outcome{Succeeded, Failed, Failed, Failed}[step]
					b.Observe()(outcome)
					switch {
					case state == Closed && ok:
						failures = 0
					case state == Closed:
						if failures++; failures == FailuresToOpen {
							state, opened, failures = Open, time.Now(), 0
						}
					case state == HalfOpen && !ok:
						state, opened = Open, time.Now()
					case state == HalfOpen:
						if successes++; successes == SuccessesToClose {
							state, failures = Closed, 0
						}
					}
				}
				if v := b.View(); v.State != state || v.Failures != failures {
					r.Fatalf("breaker %+v, model %v with %d failures", v, state, failures)
				}
			}
		})
	})
}
