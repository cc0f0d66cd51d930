package whatsapp

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

// nothingKnown is a store of checks in which nothing is.
type nothingKnown struct{ check.Store }

func (nothingKnown) Known(context.Context, []string, time.Time, time.Time) (map[string]check.Result, error) {
	return nil, nil
}
func (nothingKnown) SaveResults(context.Context, []check.Result) error { return nil }

// chain is everything between a number that somebody checks and the server: the checker, the manager with one session, the client, the simulator.
type chain struct {
	*world
	manager *session.Manager
	checker *check.Checker
	updates *session.Subscription
}

func newChain(t *testing.T) *chain {
	t.Helper()
	w := newPipeWorld(t)
	_, identity := w.pair(alice)
	record := session.Record{ID: 1, Name: "sales", Identity: identity, Wanted: true}
	c := &chain{world: w, manager: session.NewManager(session.Config{Store: forgetful{records: []session.Record{record}}, Devices: w.devices, Hub: session.NewHub()})}
	if err := c.manager.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.updates = c.manager.Hub().Subscribe()
	c.checker = check.New(check.Options{Asker: c.manager, Store: nothingKnown{}})
	t.Cleanup(func() {
		c.checker.Close()
		if err := c.manager.Close(context.Background()); err != nil {
			t.Error(err)
		}
		c.updates.Close()
	})
	if err := c.manager.Start(t.Context(), record.ID); err != nil {
		t.Fatal(err)
	}
	c.await(func(s *vital.Snapshot) bool { return s.State == vital.StateConnected })
	return c
}

// await waits until the session is as it is wanted.
func (c *chain) await(is func(*vital.Snapshot) bool) *vital.Snapshot {
	c.t.Helper()
	limit := time.NewTimer(10 * time.Minute) // of the fake clock
	defer limit.Stop()
	for {
		if s, known := c.manager.Snapshot(1); known && is(s) {
			return s
		}
		select {
		case <-c.updates.Wake():
			c.updates.Take()
		case <-limit.C:
			s, _ := c.manager.Snapshot(1)
			c.t.Fatalf("it never came to be: %+v", s)
		}
	}
}

// check asks one number, and says how long the answer took.
func (c *chain) check(number string) (r check.Result, took time.Duration) {
	c.t.Helper()
	began := time.Now()
	item := check.ItemOf(number, "")
	if err := c.checker.Check(c.t.(*testing.T).Context(), []check.Item{item}, true, func(got check.Result) { r = got }); err != nil {
		c.t.Fatal(err)
	}
	synctest.Wait()
	return r, time.Since(began)
}

func (c *chain) breaker() vital.Breaker {
	s, _ := c.manager.Snapshot(1)
	return s.Breaker
}

// TestTheBreakerOverTheWholeChain: a server that answers 500 to five checks, and pings as ever, is asked no more; the next number is unverified at once, with the reason; after
// a minute two answers are trusted again.
func TestTheBreakerOverTheWholeChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newChain(t)
		c.faults(func(f *simulator.Faults) { f.IQError = &simulator.IQError{Code: 500, XMLNS: "usync"} })
		for i := 1; i <= 5; i++ {
			r, took := c.check(fmt.Sprintf("+62812602683%d2", i))
			if r.Verdict != vital.VerdictError || !strings.Contains(r.Reason, "500") || r.Session != "sales" {
				t.Errorf("number %d: %+v", i, r)
			}
			if took > 12*time.Second {
				t.Errorf("number %d took %v", i, took)
			}
		}
		open := c.breaker()
		if left := time.Until(open.RetryAt); open.State != vital.BreakerOpen || left <= 50*time.Second || left > time.Minute {
			t.Fatalf("after five failures: %+v, half open in %v", open, left)
		}
		asked := c.server.Stats()
		refused, took := c.check("+6281260268386")
		if refused.Verdict != vital.VerdictUnverified || !strings.Contains(refused.Reason, "breaker") || took > 0 {
			t.Errorf("while it is open, after %v: %+v", took, refused)
		}
		if now := c.server.Stats(); now.NumbersChecked != asked.NumbersChecked {
			t.Errorf("the server was asked all the same: %+v", now)
		}
		if room, err := check.RoomOf(c.manager.Snapshots(), nil, 1, time.Now()); err != nil || room.Ready != 0 || room.Paused != 1 || !room.PausedUntil.Equal(open.RetryAt) {
			t.Errorf("room while it is open: %+v, %v", room, err)
		}
		c.faults(func(f *simulator.Faults) { f.IQError = nil })
		if still, _ := c.check("+6281260268386"); still.Verdict != vital.VerdictUnverified {
			t.Errorf("the server has mended itself, and it is not a minute yet: %+v", still)
		}

		c.await(func(s *vital.Snapshot) bool { return s.Breaker.State == vital.BreakerHalfOpen })
		if late := time.Since(open.RetryAt); late < 0 || late > time.Second {
			t.Errorf("half open %v after its time", late)
		}
		if r, _ := c.check("+6281260268386"); r.Verdict != vital.VerdictRegistered || c.breaker().State != vital.BreakerHalfOpen {
			t.Errorf("after one success: %+v, %+v", r, c.breaker())
		}
		if r, _ := c.check("+6281260268388"); r.Verdict != vital.VerdictRegistered || c.breaker().State != vital.BreakerClosed {
			t.Errorf("after two: %+v, %+v", r, c.breaker())
		}
	})
}

// TestAFailureInHalfOpen: one more 500 closes the door for another minute.
func TestAFailureInHalfOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newChain(t)
		c.faults(func(f *simulator.Faults) { f.IQError = &simulator.IQError{Code: 503, XMLNS: "usync"} })
		for i := 1; i <= 5; i++ {
			c.check(fmt.Sprintf("+62812602683%d2", i))
		}
		open := c.await(func(s *vital.Snapshot) bool { return s.Breaker.State == vital.BreakerOpen }).Breaker
		c.await(func(s *vital.Snapshot) bool { return s.Breaker.State == vital.BreakerHalfOpen })
		r, _ := c.check("+6281260268386")
		again := c.breaker()
		if again.State != vital.BreakerOpen || again.RetryAt.Sub(open.RetryAt) < time.Minute || r.Verdict == vital.VerdictRegistered || r.Verdict == vital.VerdictNotRegistered {
			t.Errorf("%+v after %+v: %+v", again, open, r)
		}
	})
}
