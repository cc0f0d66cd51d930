package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// inFleet runs a test with so many paired sessions, 1 to n, that the operator wants up.
func inFleet(t *testing.T, n int, test func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { withFleet(t, Config{}, n, test) })
}

func withFleet(t *testing.T, config Config, n int, test func(t *testing.T, r *rig)) {
	var records []Record
	for i := range n {
		rec := record(true)
		rec.ID, rec.Name = vital.SessionID(i+1), fmt.Sprintf("session %d", i+1)
		records = append(records, rec)
	}
	r := newRigWith(t, config, records...)
	defer r.close()
	test(t, r)
}

// bring brings a session up and returns its connection.
func (r *rig) bring(id vital.SessionID) *fakeConn {
	r.t.Helper()
	r.must(r.manager.Start(r.t.Context(), id))
	c := r.conn()
	c.up()
	pass(100 * time.Millisecond)
	return c
}

func (r *rig) state(id vital.SessionID) vital.State {
	synctest.Wait()
	s, _ := r.manager.Snapshot(id)
	return s.State
}

func anyFor(op vital.Operation, ids ...vital.SessionID) Need {
	return Need{Operation: op, Sessions: ids}
}

// acquire takes a place beside the test.
func (r *rig) acquire(need Need) (<-chan *Held, <-chan error) {
	got, failed := make(chan *Held, 1), make(chan error, 1)
	go func() {
		if held, err := r.manager.Acquire(context.Background(), need); err != nil {
			failed <- err
		} else {
			got <- held
		}
	}()
	synctest.Wait()
	return got, failed
}

func (r *rig) take(need Need) *Held {
	r.t.Helper()
	held, err := r.manager.Acquire(r.t.Context(), need)
	if err != nil {
		r.t.Fatal(err)
	}
	return held
}

// The best is who is healthy, can ask soonest, has the least to do, answers fastest.
func TestThePoolChoosesTheBest(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(r *rig, first *fakeConn)
		op      vital.Operation
	}{
		"missed pings": {func(_ *rig, c *fakeConn) { c.set(func(c *fakeConn) { c.rtt = -1 }); pass(27 * time.Second) }, vital.OpSend},
		"load": {func(r *rig, c *fakeConn) {
			c.works(taking(time.Minute))
			begin(func() error { _, err := r.manager.Contacts(r.t.Context(), 1); return err })
		}, vital.OpSend},
		"places":  {func(r *rig, _ *fakeConn) { r.take(anyFor(vital.OpSend, 1)) }, vital.OpSend},
		"latency": {func(_ *rig, c *fakeConn) { c.set(func(c *fakeConn) { c.rtt = time.Second }); pass(10 * time.Minute) }, vital.OpSend},
		"budget": {func(r *rig, _ *fakeConn) {
			if _, err := r.manager.Ask(r.t.Context(), vital.Query{Sessions: []vital.SessionID{1}}); err != nil {
				r.t.Error(err)
			}
		}, vital.OpCheck},
		"a pause": {func(r *rig, c *fakeConn) {
			c.works(script(&ServerError{Code: 429, Backoff: time.Hour}))
			_, _ = r.manager.Send(r.t.Context(), 1, vital.Outgoing{})
		}, vital.OpCheck},
		"half open": {func(r *rig, _ *fakeConn) {
			r.trip()
			r.must(r.manager.Reconnect(r.t.Context(), 2))
			pass(resilience.OpenFor)
			r.conn().up()
		}, vital.OpSend},
		"the breaker": {func(r *rig, _ *fakeConn) { r.trip() }, vital.OpSend},
		"its end":     {func(_ *rig, c *fakeConn) { c.fail(vital.ReasonReplaced) }, vital.OpSend},
	} {
		t.Run(name, func(t *testing.T) {
			inFleet(t, 2, func(t *testing.T, r *rig) {
				first := r.bring(1)
				r.bring(2)
				if held := r.take(anyFor(c.op)); held.Session != 1 {
					t.Errorf("of two alike it is %d", held.Session)
				} else {
					held.Release()
				}
				c.prepare(r, first)
				held := r.take(anyFor(c.op))
				if held.Session != 2 {
					t.Errorf("got session %d", held.Session)
				}
				held.Release()
				held.Release() // a second time changes nothing
				if n := r.manager.pool.members[2].held; n != 0 {
					t.Errorf("%d places are held", n)
				}
			})
		})
	}
}

// Without a healthy one the pool starts one that is idle, one after the other, and none that was stopped, is not paired, or is one too many.
func TestThePoolStartsWhatIsIdle(t *testing.T) {
	inFleet(t, 4, func(t *testing.T, r *rig) {
		r.must(r.manager.Stop(t.Context(), 1))
		got, _ := r.acquire(anyFor(vital.OpSend))
		other, _ := r.acquire(anyFor(vital.OpSend))
		if r.state(1) != vital.StateDisconnected || r.state(2) != vital.StateConnecting || r.state(3) != vital.StateDisconnected {
			t.Fatalf("%s, %s, %s", r.state(1), r.state(2), r.state(3))
		}
		r.conn().fail(vital.ReasonReplaced) // then the next
		if r.state(3) != vital.StateConnecting || r.state(4) != vital.StateDisconnected {
			t.Fatalf("%s, %s", r.state(3), r.state(4))
		}
		r.conn().up()
		for _, place := range []<-chan *Held{got, other} {
			if held := <-place; held.Session != 3 {
				t.Errorf("got session %d", held.Session)
			}
		}
		if r.state(4) != vital.StateDisconnected {
			t.Error("one more was started")
		}
	})
	synctest.Test(t, func(t *testing.T) { withFleet(t, Config{MaxUp: 1}, 3, oneIsEnough) })
}

func oneIsEnough(t *testing.T, r *rig) {
	r.must(r.manager.Start(t.Context(), 1))
	_, failed := r.acquire(anyFor(vital.OpSend, 2, 3))
	if r.state(2) != vital.StateDisconnected {
		t.Error("one too many was started")
	}
	began := time.Now()
	err := <-failed
	if !errors.Is(err, ErrNoSession) || time.Since(began) != acquireWithin || !strings.Contains(err.Error(), "session 2: DISCONNECTED; session 3: DISCONNECTED") {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

// Who waits is served in the order in which they came, as places become free, and is told after 30 s what each session is busy with.
func TestThePoolsQueue(t *testing.T) {
	inFleet(t, 2, func(t *testing.T, r *rig) {
		r.bring(1)
		var held []*Held
		for range resilience.DefaultInFlight {
			held = append(held, r.take(anyFor(vital.OpSend)))
		}
		first, _ := r.acquire(anyFor(vital.OpSend))
		elsewhere, _ := r.acquire(anyFor(vital.OpSend, 2)) // need not wait for the first
		second, _ := r.acquire(anyFor(vital.OpSend))
		r.conn().up()
		if h := <-elsewhere; h.Session != 2 {
			t.Errorf("got session %d", h.Session)
		}
		if h := <-first; h.Session != 2 {
			t.Errorf("the first got session %d", h.Session)
		}
		if h := <-second; h.Session != 2 {
			t.Errorf("the second got session %d", h.Session)
		}
		r.must(r.manager.Stop(t.Context(), 2))
		_, failed := r.acquire(anyFor(vital.OpSend))
		began := time.Now()
		err := <-failed
		if !errors.Is(err, ErrNoSession) || time.Since(began) != acquireWithin ||
			!strings.Contains(err.Error(), "session 1: CONNECTED, 8 of 8 places taken; session 2: DISCONNECTED, stopped") {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		third, _ := r.acquire(anyFor(vital.OpSend))
		held[0].Release()
		if h := <-third; h.Session != 1 {
			t.Errorf("got session %d", h.Session)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.manager.Acquire(ctx, anyFor(vital.OpSend)); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrNoSession) {
			t.Errorf("got %v", err)
		}
		_, failed = r.acquire(anyFor(vital.OpSend))
		r.close()
		if err := <-failed; !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
		if _, err := r.manager.Acquire(t.Context(), anyFor(vital.OpSend)); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

// Whatever comes and goes: no session is over its limit, everybody is answered within the bound, those who want the same are served in their order, and all
// places are free in the end.
func TestThePoolAgainstAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sessions := rapid.IntRange(1, 3).Draw(rt, "sessions")
		steps := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 40).Draw(rt, "steps")
		synctest.Test(t, func(t *testing.T) {
			withFleet(t, Config{InFlight: 2, MaxUp: 2}, sessions, func(t *testing.T, r *rig) { churn(t, r, rt, sessions, steps) })
		})
	})
}

// customer is somebody who has asked the pool.
type customer struct {
	n       int
	asked   time.Time
	done    time.Time
	holding time.Duration
	err     error
}

func churn(t *testing.T, r *rig, rt *rapid.T, sessions int, steps []int) {
	ends := make(chan *customer, len(steps))
	came := 0
	for n, step := range steps {
		id := vital.SessionID(n%sessions + 1)
		switch step {
		case 0:
			r.must(r.manager.Start(t.Context(), id))
		case 1:
			withConn(func(c *fakeConn) { c.up() })(r)
		case 2:
			withConn(func(c *fakeConn) { c.fail(vital.ReasonServerClosed) })(r)
		case 3:
			r.must(r.manager.Stop(t.Context(), id))
		case 4:
			pass(5 * time.Second)
		default:
			came++
			c := &customer{n: n, asked: time.Now(), holding: time.Duration(step) * time.Second}
			go func() {
				held, err := r.manager.Acquire(context.Background(), anyFor(vital.OpSend))
				c.err, c.done = err, time.Now()
				if err == nil {
					<-time.After(c.holding)
					held.Release()
				}
				ends <- c
			}()
			synctest.Wait()
		}
		r.manager.pool.mu.Lock()
		for id, m := range r.manager.pool.members {
			if m.held > 2 || m.held < 0 {
				rt.Fatalf("session %d: %d places of 2 are held", id, m.held)
			}
		}
		r.manager.pool.mu.Unlock()
	}
	customers := make([]*customer, len(steps))
	for range came {
		c := <-ends
		customers[c.n] = c
		if took := c.done.Sub(c.asked); took > acquireWithin || c.err != nil && (took != acquireWithin || !errors.Is(c.err, ErrNoSession)) {
			rt.Fatalf("customer %d was answered after %v: %v", c.n, took, c.err)
		}
	}
	var last *customer
	for _, c := range customers {
		if c == nil || c.err != nil {
			continue
		}
		if last != nil && c.done.Before(last.done) {
			rt.Fatalf("customer %d was served before customer %d", c.n, last.n)
		}
		last = c
	}
	for id, m := range r.manager.pool.members {
		if m.held != 0 {
			rt.Fatalf("session %d: %d places are still held", id, m.held)
		}
	}
}
