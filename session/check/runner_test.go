package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// plant is a Runner with its surroundings, in a bubble of fake time.
type plant struct {
	t      *testing.T
	a      *asker
	m      *memory
	r      *Runner
	room   Room
	noRoom error
}

func newPlant(t *testing.T) *plant {
	p := &plant{t: t, a: &asker{delay: 100 * time.Millisecond}, m: &memory{}, room: Room{Ready: 1, InFlight: 4, Rate: 1}}
	p.r = NewRunner(RunnerOptions{Asker: p.a, Store: p.m, Room: func([]string) (Room, error) { return p.room, p.noRoom }})
	return p
}

func inPlant(t *testing.T, test func(t *testing.T, p *plant)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newPlant(t)) })
}

// job imports inputs: numbers of the tests, or text that is none.
func (p *plant) job(s Settings, inputs ...any) Job {
	p.t.Helper()
	var texts []string
	for _, in := range inputs {
		if n, ok := in.(int); ok {
			in = number(n)
		}
		texts = append(texts, fmt.Sprint(in))
	}
	j, err := Import(p.t.Context(), p.m, "test", s, ItemsOf(texts, ""))
	if err != nil {
		p.t.Fatal(err)
	}
	return j
}

func upTo(n int) []any {
	inputs := make([]any, n)
	for i := range inputs {
		inputs[i] = i
	}
	return inputs
}

// run runs a job and returns its results.
func (p *plant) run(ctx context.Context, id int64, ordered bool) ([]Result, Summary, error) {
	var results []Result
	s, err := p.r.Run(ctx, id, ordered, func(r Result) { results = append(results, r) }, nil)
	return results, s, err
}

func inputsOf(results []Result) string {
	var b strings.Builder
	for _, r := range results {
		fmt.Fprintf(&b, "%s:%s ", strings.TrimPrefix(strings.TrimLeft(r.Input, "+62810"), "0"), r.Verdict[:1])
	}
	return strings.TrimSpace(b.String())
}

// A job tells everything once: invalid inputs, duplicates with their own input, what is known, and what is asked.
func TestRunTellsEverything(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		inPlant(t, func(t *testing.T, p *plant) {
			_ = p.m.SaveResults(t.Context(), []Result{{E164: number(4), Verdict: vital.VerdictRegistered, AskedAt: time.Now()}})
			j := p.job(Settings{Batch: 2}, 2, "hello", 3, "62 81000000002", 4, 5, 3, 4)
			plan, err := p.r.Plan(t.Context(), 0)
			if err != nil || plan.Job.ID != j.ID || plan.Read != 8 || plan.Invalid != 1 || plan.Duplicates != 3 || plan.Cached != 1 || plan.Answered != 0 || plan.ToAsk != 3 || plan.Queries != 2 || plan.Sessions != 1 || plan.ETA != time.Second || plan.Rate != 1 {
				t.Fatalf("%+v, %v", plan, err)
			}
			got, s, err := p.run(t.Context(), j.ID, ordered)
			if err != nil || len(got) != 8 || s.Results != 8 || s.Asked != 3 || s.Cached != 2 || s.Verdicts[vital.VerdictRegistered] != 4 || s.Verdicts[vital.VerdictNotRegistered] != 3 || s.Verdicts[vital.VerdictInvalid] != 1 || ExitCode(s, err) != 0 {
				t.Fatalf("%s, %+v, %v", inputsOf(got), s, err)
			}
			if ordered {
				for i, want := range []string{number(2), "hello", number(3), "62 81000000002", number(4), number(5), number(3), number(4)} {
					if got[i].Input != want {
						t.Errorf("result %d is of %s, want %s", i, got[i].Input, want)
					}
				}
			}
			for _, r := range got {
				if r.Cached != (r.E164 == number(4)) {
					t.Errorf("%+v", r)
				}
			}
			if len(p.a.counts) != 3 || p.a.counts[number(2)] != 1 || p.m.saves != 1+2 {
				t.Errorf("asked %v, %d saves", p.a.counts, p.m.saves)
			}
			for _, q := range p.a.queries {
				if !q.Patient {
					t.Errorf("%+v", q)
				}
			}
			done, _ := p.m.Job(t.Context(), j.ID)
			if done.Finished.IsZero() || done.Answered != 8 {
				t.Errorf("%+v", done)
			}
			again, s, err := p.run(t.Context(), 0, ordered)
			if err != nil || len(again) != 8 || len(p.a.queries) != 2 || ExitCode(s, err) != 0 {
				t.Errorf("again: %d results, %d queries, %v", len(again), len(p.a.queries), err)
			}
		})
	}
}

func TestRunOfNothing(t *testing.T) {
	inPlant(t, func(t *testing.T, p *plant) {
		j := p.job(Settings{}, "x", "y")
		empty := p.job(Settings{})
		got, s, err := p.run(t.Context(), j.ID, false)
		if err != nil || len(got) != 2 || len(p.a.queries) != 0 || ExitCode(s, err) != 0 {
			t.Errorf("all invalid: %v, %v", got, err)
		}
		if got, _, err := p.run(t.Context(), empty.ID, true); err != nil || got != nil {
			t.Errorf("empty: %v, %v", got, err)
		}
		if _, _, err := p.run(t.Context(), 99, true); !errors.Is(err, ErrNoSuchJob) {
			t.Error(err)
		}
		p.noRoom = errors.New("there is no session \"x\"")
		if _, _, err := p.run(t.Context(), j.ID, true); !errors.Is(err, p.noRoom) {
			t.Error(err)
		}
	})
}

// Queries go side by side as far as the sessions have room, and more when they get more; what the job runs with is in each.
func TestRunSideBySide(t *testing.T) {
	inPlant(t, func(t *testing.T, p *plant) {
		p.room = Room{Ready: 1, InFlight: 2, Sessions: []vital.SessionID{7}, Rate: 1}
		p.a.delay = 2500 * time.Millisecond
		j := p.job(Settings{Batch: 3, Rate: 9, Fresh: true, Sessions: []string{"x"}}, upTo(60)...)
		p.a.answer = func(ctx context.Context, q vital.Query) (vital.Reply, error) {
			if q.Rate != 9 || !slices.Equal(q.Sessions, []vital.SessionID{7}) || len(q.Numbers) != 3 {
				t.Errorf("%+v", q)
			}
			err := sleep(ctx, p.a.delay)
			return truth(q), err
		}
		var seen []int
		_, err := p.r.Run(t.Context(), j.ID, false, func(Result) {}, func(pr Progress) {
			seen = append(seen, pr.InFlight)
			if pr.Asked == 9 {
				p.room.InFlight = 6
			}
		})
		if err != nil || p.a.most != 9 || slices.Max(seen[:4]) != 3 {
			t.Errorf("%d at once, %v, %v", p.a.most, seen, err)
		}
	})
}

// What the progress says adds up, and tells of pauses.
func TestProgress(t *testing.T) {
	inPlant(t, func(t *testing.T, p *plant) {
		_ = p.m.SaveResults(t.Context(), []Result{{E164: number(0), Verdict: vital.VerdictRegistered, AskedAt: time.Now()}})
		j := p.job(Settings{Batch: 5}, append(upTo(101), "x", 0)...)
		p.room.InFlight = 1
		p.a.delay = time.Second
		start := time.Now()
		var limited atomic.Bool
		p.a.answer = func(ctx context.Context, q vital.Query) (vital.Reply, error) {
			if time.Since(start) > 3*time.Second && limited.CompareAndSwap(false, true) {
				return vital.Reply{}, &session.RateLimitError{Until: time.Now().Add(time.Minute), Err: &session.ServerError{Code: 429}}
			}
			return truth(q), sleep(ctx, p.a.delay)
		}
		var all []Progress
		if _, err := p.r.Run(t.Context(), j.ID, true, func(Result) {}, func(pr Progress) { all = append(all, pr) }); err != nil {
			t.Fatal(err)
		}
		first, last := all[0], all[len(all)-1]
		if first.Total != 103 || first.Done != 3 || first.ToAsk != 100 || first.Asked != 0 || first.ETA != 19*time.Second || first.Sessions != 1 || first.InFlight != 2 {
			t.Errorf("first: %+v", first)
		}
		if last.Done != 103 || last.Asked != 100 || last.ETA != 0 || last.InFlight != 0 {
			t.Errorf("last: %+v", last)
		}
		paused := 0
		for i, pr := range all[1:] {
			if pr.Done < all[i].Done || pr.Asked > pr.ToAsk || pr.Done > pr.Total {
				t.Errorf("%+v after %+v", pr, all[i])
			}
			if !pr.PausedUntil.IsZero() {
				paused++
			}
		}
		if paused == 0 {
			t.Error("nobody was told of the pause")
		}
	})
}

// Without a session that can ask, the job stops; the rest is unverified, and asked the next time.
func TestRunWithoutSessions(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		for _, after := range []int{0, 3} {
			inPlant(t, func(t *testing.T, p *plant) {
				j := p.job(Settings{Batch: 2}, append(upTo(30), "x", 1, 29)...)
				p.a.answer = func(_ context.Context, q vital.Query) (vital.Reply, error) {
					time.Sleep(time.Second)
					if len(p.a.sizes()) > after {
						return vital.Reply{}, fmt.Errorf("%w: sales is in ERROR", session.ErrNoSession)
					}
					return truth(q), nil
				}
				p.room.InFlight = 1
				got, s, err := p.run(t.Context(), j.ID, ordered)
				want := ExitNoSession
				if s.Asked > 0 {
					want = ExitUnanswered
				}
				if !errors.Is(err, session.ErrNoSession) || len(got) != 33 || ExitCode(s, err) != want || s.Asked > 0 != (after > 0) {
					t.Errorf("after %d: %s, %+v, %v", after, inputsOf(got), s, err)
				}
				for _, r := range got {
					if r.Verdict == vital.VerdictUnverified && !strings.Contains(r.Reason, "sales is in ERROR") {
						t.Errorf("%+v", r)
					}
				}
				if stored, _ := p.m.Job(t.Context(), j.ID); !stored.Finished.IsZero() {
					t.Error("finished")
				}
				p.a.answer = nil
				got, s, err = p.run(t.Context(), j.ID, ordered)
				if err != nil || len(got) != 33 || s.Unanswered() != 0 {
					t.Errorf("later: %s, %+v, %v", inputsOf(got), s, err)
				}
			})
		}
	}
}

// A batch is asked three times in all, by whoever; then it is what it is, and asked again when the job is run again.
func TestBatchesThatFail(t *testing.T) {
	late := func(attempt int) error {
		return &session.OperationError{Session: "sales", Attempt: attempt, Elapsed: 12 * time.Second, Err: context.DeadlineExceeded}
	}
	for name, c := range map[string]struct {
		errs    []error
		asked   int
		verdict vital.Verdict
	}{
		"drop, then an answer":          {[]error{session.ErrNotConnected}, 2, vital.VerdictNotRegistered},
		"two drops":                     {[]error{session.ErrNotConnected, session.ErrNotConnected}, 3, vital.VerdictNotRegistered},
		"three drops":                   {[]error{session.ErrNotConnected, session.ErrNotConnected, session.ErrNotConnected}, 3, vital.VerdictUnverified},
		"time-outs of a single attempt": {[]error{late(1), late(1), late(1)}, 3, vital.VerdictUnverified},
		"a time-out after three":        {[]error{late(3)}, 1, vital.VerdictUnverified},
		"server faults":                 {[]error{&session.ServerError{Code: 500}, &session.ServerError{Code: 500}, &session.ServerError{Code: 500}}, 3, vital.VerdictError},
		"refused":                       {[]error{&session.ServerError{Code: 403}}, 1, vital.VerdictError},
		"limited, then an answer":       {[]error{&session.RateLimitError{}}, 2, vital.VerdictNotRegistered},
		"breaker, then an answer":       {[]error{session.ErrBreakerOpen, session.ErrBreakerOpen}, 3, vital.VerdictNotRegistered},
		"session stopped":               {[]error{context.Canceled}, 2, vital.VerdictNotRegistered},
		"something else":                {[]error{errors.New("odd")}, 1, vital.VerdictError},
	} {
		inPlant(t, func(t *testing.T, p *plant) {
			j := p.job(Settings{}, 1)
			errs := c.errs
			p.a.answer = func(_ context.Context, q vital.Query) (vital.Reply, error) {
				if len(errs) == 0 {
					return truth(q), nil
				}
				err := errs[0]
				errs = errs[1:]
				var limit *session.RateLimitError
				if errors.As(err, &limit) {
					limit.Until = time.Now().Add(time.Hour)
				}
				return vital.Reply{}, err
			}
			got, s, err := p.run(t.Context(), j.ID, false)
			if err != nil || len(got) != 1 || got[0].Verdict != c.verdict || len(p.a.queries) != c.asked {
				t.Errorf("%s: %+v, %v, asked %d times", name, got, err, len(p.a.queries))
			}
			finished, _ := p.m.Job(t.Context(), j.ID)
			if finished.Finished.IsZero() != (s.Unanswered() > 0) {
				t.Errorf("%s: finished at %v with %+v", name, finished.Finished, s)
			}
			errs = nil
			got, _, err = p.run(t.Context(), j.ID, false)
			if err != nil || len(got) != 1 || got[0].Verdict != vital.VerdictNotRegistered {
				t.Errorf("%s, run again: %+v, %v", name, got, err)
			}
		})
	}
}

// The run stops when answers cannot be stored, and asks nothing more.
func TestStoreFailsInARun(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		inPlant(t, func(t *testing.T, p *plant) {
			j := p.job(Settings{Batch: 1}, upTo(30)...)
			p.a.answer = func(ctx context.Context, q vital.Query) (vital.Reply, error) {
				if slices.Contains(q.Numbers, number(9)) {
					p.m.mu.Lock()
					p.m.failing = errors.New("disk full")
					p.m.mu.Unlock()
				}
				return truth(q), sleep(ctx, time.Second)
			}
			got, s, err := p.run(t.Context(), j.ID, ordered)
			if err == nil || !strings.Contains(err.Error(), "disk full") || ExitCode(s, err) != ExitFailed || len(p.a.queries) > 12 {
				t.Errorf("%s, %v, %d queries", inputsOf(got), err, len(p.a.queries))
			}
			p.m.failing, p.a.answer = nil, nil
			if got, _, err := p.run(t.Context(), j.ID, ordered); err != nil || len(got) != 30 {
				t.Errorf("later: %s, %v", inputsOf(got), err)
			}
		})
	}
}

// Numbers that somebody waits for are asked once: no pause is waited out, and no batch is asked again.
func TestAHastyJobWaitsForNothing(t *testing.T) {
	inPlant(t, func(t *testing.T, p *plant) {
		begun := time.Now()
		limit := &session.RateLimitError{Until: begun.Add(time.Hour), Err: &session.ServerError{Code: 429}}
		p.a.answer = func(context.Context, vital.Query) (vital.Reply, error) { return vital.Reply{}, limit }
		p.job(Settings{Hasty: true}, 2)
		got, s, err := p.run(t.Context(), 0, false)
		if err != nil || len(got) != 1 || got[0].Verdict != vital.VerdictError || ExitCode(s, err) != ExitUnanswered {
			t.Errorf("%+v, %v", got, err)
		}
		if len(p.a.queries) != 1 || p.a.queries[0].Patient || time.Since(begun) > time.Second {
			t.Errorf("%d queries, the first %+v, in %v", len(p.a.queries), p.a.queries[0], time.Since(begun))
		}
	})
}
