package session

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// A question waits for a session that is coming up, 15 s at most, and fails at once if none can.
func TestAskingWithoutASession(t *testing.T) {
	took := func(r *rig, q vital.Query) (time.Duration, error) {
		began := time.Now()
		_, err := r.manager.Ask(r.t.Context(), q)
		return time.Since(began), err
	}
	for name, prepare := range map[string]func(r *rig){
		"stopped":     func(r *rig) { r.must(r.manager.Stop(r.t.Context(), 1)) },
		"in error":    func(r *rig) { r.bring(1).fail(vital.ReasonLoggedOut) },
		"deleted":     func(r *rig) { r.must(r.manager.Delete(r.t.Context(), 1)) },
		"another":     func(*rig) {},
		"the breaker": func(r *rig) { r.bring(1); r.trip() },
	} {
		t.Run(name, func(t *testing.T) {
			inFleet(t, 1, func(t *testing.T, r *rig) {
				prepare(r)
				q := query()
				if name == "another" {
					q.Sessions = []vital.SessionID{4711}
				}
				if d, err := took(r, q); !errors.Is(err, ErrNoSession) || d != 0 {
					t.Errorf("after %v: %v", d, err)
				}
				q.Patient = true
				if name == "the breaker" {
					r.conn().set(func(c *fakeConn) { c.rtt = 50 * time.Millisecond })
					if d, err := took(r, q); err != nil || d < 59*time.Second {
						t.Errorf("a patient one after %v: %v", d, err)
					}
				} else if d, err := took(r, q); !errors.Is(err, ErrNoSession) || d != 0 {
					t.Errorf("a patient one after %v: %v", d, err)
				}
			})
		})
	}
	inFleet(t, 1, func(t *testing.T, r *rig) {
		if d, err := took(r, query()); !errors.Is(err, ErrNoSession) || d != comingUp {
			t.Errorf("after %v: %v", d, err)
		}
		if r.state(1) != vital.StateConnecting {
			t.Error("the idle one was not started")
		}
		end := begin(func() error { _, err := r.manager.Ask(t.Context(), query()); return err })
		pass(14 * time.Second)
		r.conn().up()
		if err := <-end; err != nil {
			t.Error(err)
		}
		r.conn().fail(vital.ReasonServerClosed)
		q := query()
		q.Patient = true
		end = begin(func() error { _, err := r.manager.Ask(t.Context(), q); return err })
		for range 20 { // attempts fail for hours
			pass(time.Minute)
			r.conn().fail(vital.ReasonDNS)
		}
		pass(time.Minute)
		r.conn().up()
		if err := <-end; err != nil {
			t.Error(err)
		}
		r.conn().fail(vital.ReasonServerClosed)
		end = begin(func() error { _, err := r.manager.Ask(t.Context(), q); return err })
		r.must(r.manager.Stop(t.Context(), 1)) // now none can come up any more
		if err := <-end; !errors.Is(err, ErrNoSession) {
			t.Errorf("got %v", err)
		}
	})
}

// With a session that is connected a question has 12 s, however busy that is.
func TestAskingABusySession(t *testing.T) {
	inFleet(t, 1, func(t *testing.T, r *rig) {
		c := r.bring(1)
		c.works(silent)
		var held []*Held
		for range resilience.DefaultInFlight {
			held = append(held, r.take(anyFor(vital.OpSend)))
		}
		began := time.Now()
		if _, err := r.manager.Ask(t.Context(), query()); !errors.Is(err, ErrNoSession) || time.Since(began) != 12*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		began = time.Now()
		end := begin(func() error { _, err := r.manager.Ask(t.Context(), query()); return err })
		pass(7 * time.Second)
		held[0].Release()
		if err := <-end; !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 12*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

// A session that goes away between the choice and the question is no reason not to ask another; what has left is not asked again.
func TestAskingASessionThatGoesAway(t *testing.T) {
	inFleet(t, 2, func(t *testing.T, r *rig) {
		first, second := r.bring(1), r.bring(2)
		first.works(taking(20 * time.Second))
		for range resilience.DefaultInFlight { // so that the question waits within the session
			begin(func() error { _, err := r.manager.Contacts(t.Context(), 1); return err })
		}
		q := query()
		q.Sessions = []vital.SessionID{1}
		end := begin(func() error { _, err := r.manager.Ask(t.Context(), q); return err })
		first.fail(vital.ReasonServerClosed)
		pass(2 * time.Second)
		r.conn().up()
		if err := <-end; err != nil || len(first.called(vital.OpCheck)) != 0 || len(r.conn().called(vital.OpCheck)) != 1 {
			t.Errorf("asked %d times: %v", len(r.conn().called(vital.OpCheck)), err)
		}
		second.works(silent)
		q.Sessions = []vital.SessionID{2}
		end = begin(func() error { _, err := r.manager.Ask(t.Context(), q); return err })
		second.fail(vital.ReasonServerClosed)
		var failed *OperationError
		if err := <-end; !errors.Is(err, ErrNotConnected) || !errors.As(err, &failed) || failed.Attempt != 1 {
			t.Errorf("got %v", err)
		}
	})
}

// A file that is asked patiently leaves places and turns for who wants to know one number.
func TestAFileHoldsNobodyUp(t *testing.T) {
	inFleet(t, 1, func(t *testing.T, r *rig) {
		c := r.bring(1)
		c.works(taking(300 * time.Millisecond))
		ctx, cancel := context.WithCancel(t.Context())
		var ends []<-chan error
		for range 20 {
			ends = append(ends, begin(func() error {
				for ctx.Err() == nil {
					_, _ = r.manager.Ask(ctx, vital.Query{Numbers: []string{"+491512345678"}, Patient: true})
				}
				return nil
			}))
		}
		pass(time.Minute)
		for range 10 {
			began := time.Now()
			if _, err := r.manager.Ask(t.Context(), vital.Query{Numbers: []string{"+491512345678"}}); err != nil || time.Since(began) > 4*time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
			pass(5 * time.Second)
		}
		if asked := len(c.called(vital.OpCheck)); asked < 100 || asked > int(time.Since(c.began)/time.Second)+2 {
			t.Errorf("asked %d times in %v", asked, time.Since(c.began))
		}
		cancel()
		for _, end := range ends {
			<-end
		}
	})
}

// A query that may have as many as the guard lets is not held back, and half open trials are.
func TestPlacesForAFile(t *testing.T) {
	inFleet(t, 1, func(t *testing.T, r *rig) {
		c := r.bring(1)
		c.works(silent)
		ctx, cancel := context.WithCancel(t.Context())
		q := query()
		q.Patient = true
		var ends []<-chan error
		for range 20 {
			ends = append(ends, begin(func() error { _, err := r.manager.Ask(ctx, q); return err }))
		}
		if n := len(c.called(vital.OpCheck)); n != resilience.DefaultInFlight {
			t.Errorf("%d in flight", n)
		}
		cancel()
		for _, end := range ends {
			if err := <-end; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}
	})
}

// Who only wants to know whether one can ask waits as a question does.
func TestAwaitingASession(t *testing.T) {
	inFleet(t, 1, func(t *testing.T, r *rig) {
		began := time.Now()
		if err := r.manager.Await(t.Context(), nil); !errors.Is(err, ErrNoSession) || time.Since(began) != comingUp {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		end := begin(func() error { return r.manager.Await(t.Context(), []vital.SessionID{1}) })
		pass(time.Second)
		r.conn().up()
		if err := <-end; err != nil {
			t.Error(err)
		}
		began = time.Now()
		if err := r.manager.Await(t.Context(), []vital.SessionID{4711}); !errors.Is(err, ErrNoSession) || time.Since(began) != 0 {
			t.Errorf("for one that does not exist, after %v: %v", time.Since(began), err)
		}
		r.must(r.manager.Stop(t.Context(), 1))
		if err := r.manager.Await(t.Context(), nil); !errors.Is(err, ErrNoSession) || time.Since(began) > time.Second {
			t.Errorf("stopped, after %v: %v", time.Since(began), err)
		}
	})
}
