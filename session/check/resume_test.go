package check

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/session/vital"
)

// Interrupted or not, each mode and each ending: a run that is cancelled keeps what it has, and the next one goes on.
func TestRunIsInterruptedAndResumed(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		inPlant(t, func(t *testing.T, p *plant) {
			j := p.job(Settings{Batch: 2}, upTo(40)...)
			p.room.InFlight = 2
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Hour, nil)
			time.AfterFunc(250*time.Millisecond, cancel)
			got, s, err := p.run(ctx, j.ID, ordered)
			if !errors.Is(err, context.Canceled) || len(got) != 12 || s.Asked != 12 || ExitCode(s, err) != 130 {
				t.Errorf("%s, %+v, %v", inputsOf(got), s, err)
			}
			plan, err := p.r.Plan(t.Context(), 0)
			if err != nil || plan.Answered != 12 || plan.ToAsk != 28 || plan.Cached != 0 {
				t.Errorf("%+v, %v", plan, err)
			}
			got, s, err = p.run(t.Context(), 0, ordered)
			if err != nil || len(got) != 40 || s.Asked != 28 {
				t.Errorf("%s, %+v, %v", inputsOf(got), s, err)
			}
			for n, count := range p.a.counts {
				if count > 2 || count == 2 && (n < number(12) || n > number(17)) {
					t.Errorf("%s was asked %d times", n, count)
				}
			}
		})
	}
}

// An answer that comes with the interruption is kept.
func TestAnswersThatComeWithTheInterruption(t *testing.T) {
	inPlant(t, func(t *testing.T, p *plant) {
		j := p.job(Settings{}, 1)
		ctx, cancel := context.WithCancel(t.Context())
		p.a.answer = func(_ context.Context, q vital.Query) (vital.Reply, error) { cancel(); return truth(q), nil }
		got, _, err := p.run(ctx, j.ID, false)
		if !errors.Is(err, context.Canceled) || len(got) != 1 || len(p.m.history) != 1 {
			t.Errorf("%v, %v, stored %v", got, err, p.m.history)
		}
	})
}

// Killed at any moment and run again, as often as it takes, a job tells what an uninterrupted run tells; nothing is asked twice but what was in flight
// at a kill, and nothing is missing. Pages are bounded: memory does not grow with the job.
func TestKilledAtAnyMoment(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		inputs := rapid.SliceOfN(rapid.IntRange(-3, 60), 0, 150).Draw(rt, "inputs")
		batch, inFlight := rapid.IntRange(1, 9).Draw(rt, "batch"), rapid.IntRange(1, 4).Draw(rt, "in flight")
		kills := rapid.SliceOfN(rapid.IntRange(0, 4000), 0, 5).Draw(rt, "kills")
		soft, ordered := rapid.Bool().Draw(rt, "soft"), rapid.Bool().Draw(rt, "ordered")
		seed := rapid.IntRange(1, 1000).Draw(rt, "seed")
		synctest.Test(t, func(t *testing.T) {
			p := newPlant(t)
			p.room.InFlight = inFlight
			var texts []any
			for _, n := range inputs {
				if n < 0 {
					texts = append(texts, "no number")
				} else {
					texts = append(texts, n)
				}
			}
			j := p.job(Settings{Batch: batch}, texts...)
			var mu sync.Mutex
			flying := make(map[string]int) // numbers that have no stored answer when their query ends
			p.a.answer = func(ctx context.Context, q vital.Query) (vital.Reply, error) {
				delay := time.Duration(len(p.a.sizes())*seed%701) * time.Millisecond
				err := sleep(ctx, delay)
				if err != nil {
					mu.Lock()
					for _, n := range q.Numbers {
						flying[n]++
					}
					mu.Unlock()
					return vital.Reply{}, err
				}
				return truth(q), nil
			}
			for _, ms := range kills {
				ctx, cancel := context.WithCancel(t.Context())
				p.m.crashed = false
				timer := time.AfterFunc(time.Duration(ms)*time.Millisecond+time.Microsecond, func() {
					p.m.mu.Lock()
					p.m.crashed = !soft // nothing is stored after a kill; an interruption may store what came
					p.m.mu.Unlock()
					cancel()
				})
				told, _, err := p.run(ctx, j.ID, ordered)
				if err == nil && len(told) != len(inputs) {
					t.Errorf("%d told of %d", len(told), len(inputs))
				}
				timer.Stop()
				cancel()
			}
			p.m.crashed = false
			told, s, err := p.run(t.Context(), j.ID, ordered)
			if err != nil || len(told) != len(inputs) || s.Unanswered() != 0 {
				t.Errorf("at last %d told of %d, %+v, %v", len(told), len(inputs), s, err)
			}
			var want, got []string
			for _, text := range texts {
				if n, ok := text.(int); ok {
					want = append(want, number(n)+" "+string(truth(vital.Query{Numbers: []string{number(n)}}).Answers[0].Verdict))
				} else {
					want = append(want, "no number invalid")
				}
			}
			for _, r := range told {
				got = append(got, r.Input+" "+string(r.Verdict))
			}
			if !ordered {
				slices.Sort(want)
				slices.Sort(got)
			}
			if !slices.Equal(got, want) {
				t.Errorf("told %q, want %q", got, want)
			}
			for n, times := range p.a.counts {
				if times != 1+flying[n] {
					t.Errorf("%s was asked %d times and was in flight at %d kills", n, times, flying[n])
				}
			}
			if p.m.largest > page {
				t.Errorf("a page of %d", p.m.largest)
			}
		})
		if t.Failed() {
			rt.FailNow()
		}
	})
}
