package check

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// checkAll checks and returns what it was told.
func checkAll(c *Checker, ctx context.Context, fresh bool, items ...Item) ([]Result, error) {
	var results []Result
	err := c.Check(ctx, items, fresh, func(r Result) { results = append(results, r) })
	return results, err
}

// bench is a Checker in a bubble of fake time.
func bench(t *testing.T, batch int, test func(t *testing.T, c *Checker, a *asker, m *memory)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, m := &asker{delay: time.Second}, &memory{}
		c := New(Options{Asker: a, Store: m, Batch: batch})
		test(t, c, a, m)
		c.Close()
	})
}

// One number leaves at once and answers in one round trip; it is stored, and known from then on.
func TestCheckOne(t *testing.T) {
	bench(t, 0, func(t *testing.T, c *Checker, a *asker, m *memory) {
		start := time.Now()
		got, err := checkAll(c, t.Context(), false, Item{Input: "0812", E164: number(2), Reason: "a warning"}, Item{Input: "x", Reason: "letters in it"})
		if err != nil || len(got) != 2 || time.Since(start) != time.Second {
			t.Fatalf("%+v, %v after %v", got, err, time.Since(start))
		}
		if got[0] != Invalid("x", "letters in it") {
			t.Errorf("invalid: %+v", got[0])
		}
		want := Result{Input: "0812", E164: number(2), Verdict: vital.VerdictRegistered, JID: number(2)[1:] + "@s.whatsapp.net", Session: "sales", LatencyMS: 1, AskedAt: time.Now()}
		if got[1] != want {
			t.Errorf("%+v, want %+v", got[1], want)
		}
		stored, _ := m.History(t.Context(), number(2), 9)
		if len(stored) != 1 || stored[0].Verdict != want.Verdict {
			t.Errorf("stored: %+v", stored)
		}
		got, _ = checkAll(c, t.Context(), false, item(2))
		want.Input, want.Cached = number(2), true
		if len(got) != 1 || got[0] != want || len(a.sizes()) != 1 {
			t.Errorf("from the store: %+v, queries %v", got, a.sizes())
		}
		got, _ = checkAll(c, t.Context(), true, item(2))
		if len(got) != 1 || got[0].Cached || len(a.sizes()) != 2 {
			t.Errorf("fresh: %+v, queries %v", got, a.sizes())
		}
		if got, err := checkAll(c, t.Context(), false); got != nil || err != nil {
			t.Errorf("nothing: %+v, %v", got, err)
		}
	})
}

// A yes is good for seven days, a no for one, and the rest for nothing.
func TestCacheAges(t *testing.T) {
	for _, v := range []struct {
		verdict vital.Verdict
		good    time.Duration
	}{
		{vital.VerdictRegistered, RegisteredFor}, {vital.VerdictNotRegistered, NotRegisteredFor}, {vital.VerdictNoAnswer, -time.Second}, {vital.VerdictError, -time.Second}, {vital.VerdictUnverified, -time.Second},
	} {
		for _, late := range []time.Duration{0, time.Second} {
			bench(t, 0, func(t *testing.T, c *Checker, a *asker, m *memory) {
				_ = m.SaveResults(t.Context(), []Result{{E164: number(1), Verdict: v.verdict, AskedAt: time.Now()}})
				time.Sleep(max(0, v.good) + late)
				got, _ := checkAll(c, t.Context(), false, item(1))
				if cached := late == 0 && v.good > 0; len(got) != 1 || got[0].Cached != cached || len(a.sizes()) == 0 != cached {
					t.Errorf("%s after %v and %v: %+v", v.verdict, v.good, late, got)
				}
			})
		}
	}
}

// Numbers that come while a query is in flight share the next one, but wait for it no longer than they linger.
func TestNumbersThatWaitTravelTogether(t *testing.T) {
	bench(t, 5, func(t *testing.T, c *Checker, a *asker, _ *memory) {
		var all sync.WaitGroup
		start := time.Now()
		check := func(n int) {
			all.Go(func() {
				if got, err := checkAll(c, t.Context(), false, item(n)); err != nil || len(got) != 1 || got[0].E164 != number(n) {
					t.Errorf("%d: %+v, %v", n, got, err)
				}
			})
			synctest.Wait()
		}
		check(0)
		for n := 1; n <= 3; n++ {
			check(n)
		}
		time.Sleep(linger + time.Millisecond)
		for n := 4; n <= 8; n++ { // a full one waits for nothing
			check(n)
		}
		all.Wait()
		if sizes := a.sizes(); !slices.Equal(sizes, []int{1, 3, 5}) {
			t.Errorf("queries of %v", sizes)
		}
		for i, want := range []time.Duration{0, linger, linger + time.Millisecond} {
			if at := a.at[i].Sub(start); at != want {
				t.Errorf("query %d left after %v, want %v", i, at, want)
			}
		}
	})
	bench(t, 5, func(t *testing.T, c *Checker, a *asker, _ *memory) {
		a.delay = linger / 2
		var all sync.WaitGroup
		for n := range 4 {
			all.Go(func() { _, _ = checkAll(c, t.Context(), true, item(n)) })
			synctest.Wait()
		}
		all.Wait()
		if sizes := a.sizes(); !slices.Equal(sizes, []int{1, 3}) || a.most != 1 {
			t.Errorf("queries of %v, %d at once", sizes, a.most)
		}
	})
	bench(t, 5, func(t *testing.T, c *Checker, a *asker, _ *memory) {
		var many []Item
		for n := range 112 {
			many = append(many, item(n))
		}
		got, err := checkAll(c, t.Context(), true, append(many, many[:3]...)...)
		if err != nil || len(got) != 115 || a.most != maxQueries || slices.Max(a.sizes()) != 5 || len(a.sizes()) != 23 {
			t.Errorf("%d results, %v; %d at once, of %v", len(got), err, a.most, a.sizes())
		}
	})
}

// The same number is asked once, whoever wants it meanwhile; who gives up cancels nothing for others, and what nobody wants is not asked.
func TestCallersShareAndLeave(t *testing.T) {
	bench(t, 5, func(t *testing.T, c *Checker, a *asker, _ *memory) {
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if got, err := checkAll(c, ctx, false, item(1), item(2)); !errors.Is(err, context.Canceled) || got != nil {
				t.Errorf("who left: %+v, %v", got, err)
			}
		})
		synctest.Wait()
		for _, fresh := range []bool{false, true} {
			all.Go(func() {
				if got, err := checkAll(c, t.Context(), fresh, item(1)); err != nil || len(got) != 1 || got[0].Verdict != vital.VerdictNotRegistered || got[0].Cached {
					t.Errorf("who stayed: %+v, %v", got, err)
				}
			})
		}
		all.Go(func() {
			if _, err := checkAll(c, ctx, false, item(3)); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait()
		cancel()
		all.Wait()
		if sizes := a.sizes(); !slices.Equal(sizes, []int{2}) {
			t.Errorf("queries of %v", sizes)
		}
		if got, err := checkAll(c, t.Context(), false, item(3)); err != nil || len(got) != 1 {
			t.Errorf("the one that was dropped, later: %+v, %v", got, err)
		}
		if len(c.flights) != 0 || len(c.queue) != 0 {
			t.Errorf("left behind: %v, %v", c.flights, c.queue)
		}
	})
}

// A fresh answer is a fresh one, even if somebody else is content with the stored one at the same moment.
func TestFreshBesideCached(t *testing.T) {
	bench(t, 5, func(t *testing.T, c *Checker, a *asker, m *memory) {
		_ = m.SaveResults(t.Context(), []Result{{E164: number(1), Verdict: vital.VerdictRegistered, AskedAt: time.Now()}})
		m.gate = make(chan struct{}) // the look into the store takes a while
		var all sync.WaitGroup
		for _, fresh := range []bool{false, true} {
			all.Go(func() {
				got, err := checkAll(c, t.Context(), fresh, item(1))
				if err != nil || len(got) != 1 || got[0].Cached {
					t.Errorf("fresh %v: %+v, %v", fresh, got, err)
				}
			})
			time.Sleep(time.Millisecond)
		}
		close(m.gate)
		all.Wait()
		if len(a.sizes()) != 1 {
			t.Errorf("queries of %v", a.sizes())
		}
	})
}

// A store in trouble keeps nobody from an answer, and the answer says so.
func TestStoreInTrouble(t *testing.T) {
	bench(t, 5, func(t *testing.T, c *Checker, a *asker, m *memory) {
		m.failing = errors.New("disk full")
		got, err := checkAll(c, t.Context(), false, Item{Input: "a", E164: number(1), Reason: "a warning"})
		if err != nil || len(got) != 1 || got[0].Verdict != vital.VerdictNotRegistered || got[0].Reason != "not stored: disk full" {
			t.Errorf("%+v, %v", got, err)
		}
		a.answer = func(context.Context, vital.Query) (vital.Reply, error) { return vital.Reply{Name: "sales"}, nil }
		got, _ = checkAll(c, t.Context(), false, item(1))
		if len(got) != 1 || got[0].Reason != "the server left it out; not stored: disk full" {
			t.Errorf("%+v", got)
		}
		a.answer = func(context.Context, vital.Query) (vital.Reply, error) { return vital.Reply{}, session.ErrNoSession }
		got, _ = checkAll(c, t.Context(), false, item(1))
		if len(got) != 1 || got[0].Reason != session.ErrNoSession.Error() {
			t.Errorf("%+v", got)
		}
	})
}

// What was not asked is no history.
func TestUnaskedIsNotStored(t *testing.T) {
	bench(t, 5, func(t *testing.T, c *Checker, a *asker, m *memory) {
		a.answer = func(context.Context, vital.Query) (vital.Reply, error) { return vital.Reply{}, session.ErrNoSession }
		got, err := checkAll(c, t.Context(), false, item(1))
		if err != nil || len(got) != 1 || got[0].Verdict != vital.VerdictUnverified || len(m.history) != 0 {
			t.Errorf("%+v, %v, stored %+v", got, err, m.history)
		}
		a.answer = func(context.Context, vital.Query) (vital.Reply, error) {
			return vital.Reply{}, &session.OperationError{Session: "sales", Attempt: 3, Elapsed: 12 * time.Second, Err: context.DeadlineExceeded}
		}
		got, _ = checkAll(c, t.Context(), false, item(1))
		if len(got) != 1 || got[0].Reason != "time-out after 12 s" || len(m.history) != 1 {
			t.Errorf("%+v, stored %+v", got, m.history)
		}
	})
}

// An Asker that never answers is left after a minute.
func TestAskingIsBounded(t *testing.T) {
	bench(t, 5, func(t *testing.T, c *Checker, a *asker, _ *memory) {
		a.delay = time.Hour
		start := time.Now()
		got, err := checkAll(c, t.Context(), false, item(1))
		if err != nil || len(got) != 1 || got[0].Verdict != vital.VerdictUnverified || got[0].Reason != "time-out" || time.Since(start) != askBound {
			t.Errorf("%+v, %v after %v", got, err, time.Since(start))
		}
	})
}

// Closing tells everybody that waits, whatever for, and waits for what runs.
func TestClose(t *testing.T) {
	bench(t, 1, func(t *testing.T, c *Checker, a *asker, m *memory) {
		a.delay = time.Hour
		var all sync.WaitGroup
		for n := range maxQueries + 3 {
			all.Go(func() {
				got, err := checkAll(c, t.Context(), false, item(n))
				if err != nil || len(got) != 1 || got[0].Verdict != vital.VerdictUnverified || got[0].Reason != session.ErrClosed.Error() {
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
		synctest.Wait()
		m.gate = make(chan struct{})
		all.Go(func() { // still looking into the store
			if got, err := checkAll(c, t.Context(), false, item(99)); err != nil || len(got) != 1 || got[0].Reason != session.ErrClosed.Error() {
				t.Errorf("%+v, %v", got, err)
			}
		})
		time.Sleep(time.Millisecond)
		go c.Close()
		time.Sleep(time.Millisecond)
		close(m.gate)
		all.Wait()
		if _, err := checkAll(c, t.Context(), false, item(1)); !errors.Is(err, session.ErrClosed) {
			t.Errorf("afterwards: %v", err)
		}
		if got, err := checkAll(c, t.Context(), false, Item{Input: "x", Reason: "why"}); err != nil || len(got) != 1 {
			t.Errorf("an invalid one afterwards: %+v, %v", got, err)
		}
		if len(m.history) != 0 {
			t.Errorf("stored: %+v", m.history)
		}
	})
}

// Whoever comes, wants the same, wants it fresh and leaves, in whatever order: everybody who stays is told the truth, each number once, and no query
// has a number twice or more than a batch.
func TestCallersAtRandom(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type caller struct {
			numbers []int
			fresh   bool
			at      time.Duration
			stays   time.Duration
		}
		ms := func(most int) *rapid.Generator[time.Duration] {
			return rapid.Map(rapid.IntRange(0, most), func(n int) time.Duration { return time.Duration(n) * time.Millisecond })
		}
		callers := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) caller {
			return caller{rapid.SliceOfN(rapid.IntRange(0, 9), 1, 6).Draw(t, "numbers"), rapid.Bool().Draw(t, "fresh"), ms(900).Draw(t, "at"), ms(3000).Draw(t, "stays")}
		}), 1, 12).Draw(rt, "callers")
		batch, delay := rapid.IntRange(1, 4).Draw(rt, "batch"), ms(500).Draw(rt, "delay")
		synctest.Test(t, func(t *testing.T) {
			a, m := &asker{delay: delay}, &memory{}
			c := New(Options{Asker: a, Store: m, Batch: batch})
			var all sync.WaitGroup
			for _, who := range callers {
				all.Go(func() {
					time.Sleep(who.at)
					ctx, cancel := context.WithTimeout(context.Background(), who.stays)
					defer cancel()
					var items []Item
					for _, n := range who.numbers {
						items = append(items, item(n))
					}
					got, err := checkAll(c, ctx, who.fresh, items...)
					if err == nil && len(got) != len(items) || err != nil && !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%+v: %+v, %v", who, got, err)
					}
					for _, r := range got {
						want := truth(vital.Query{Numbers: []string{r.E164}}).Answers[0].Verdict
						if r.Verdict != want || r.Input != r.E164 || who.fresh && r.Cached {
							t.Errorf("%+v: %+v", who, r)
						}
					}
				})
			}
			all.Wait()
			c.Close()
			for _, q := range a.queries {
				once := slices.Compact(slices.Sorted(slices.Values(q.Numbers)))
				if len(once) != len(q.Numbers) || len(once) > batch {
					t.Errorf("a query of %s", strings.Join(q.Numbers, " "))
				}
			}
			if len(c.flights) != 0 || a.most > maxQueries {
				t.Errorf("%d left behind, %d queries at once", len(c.flights), a.most)
			}
		})
		if t.Failed() {
			rt.FailNow()
		}
	})
}
