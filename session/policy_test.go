package session

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// The delays double with a jitter of half, from a second to a minute at most, and begin anew after 30 s of calm.
func TestBackoffOfASession(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.conn().fail(vital.ReasonServerClosed)
		nominal := resilience.FirstDelay
		for attempt := 1; attempt <= 12; attempt++ {
			s := r.snap()
			delay := time.Until(s.NextTry)
			if delay < nominal/2 || delay > min(nominal*3/2, resilience.MaxDelay) {
				t.Errorf("attempt %d in %v, want about %v", attempt, delay, nominal)
			}
			if s.Attempt != attempt {
				t.Errorf("attempt %d is shown as %d", attempt, s.Attempt)
			}
			before := r.dials()
			pass(delay - time.Millisecond)
			if r.dials() != before {
				t.Fatalf("attempt %d came too early", attempt)
			}
			pass(2 * time.Millisecond)
			if r.dials() != before+1 {
				t.Fatalf("attempt %d did not come", attempt)
			}
			r.conn().fail(vital.ReasonTCP)
			nominal = min(2*nominal, resilience.MaxDelay)
		}
		pass(resilience.MaxDelay)
		r.conn().up()
		r.conn().fail(vital.ReasonServerClosed) // at once: no calm
		if delay := time.Until(r.snap().NextTry); delay < resilience.MaxDelay/2 {
			t.Errorf("%v after a connection that did not last", delay)
		}
		pass(resilience.MaxDelay)
		r.conn().up()
		pass(calmAfter + time.Second)
		r.conn().fail(vital.ReasonServerClosed)
		if delay := time.Until(r.snap().NextTry); delay > resilience.FirstDelay*3/2 {
			t.Errorf("%v after 30 s of calm", delay)
		}
	})
}

func TestNeverRetried(t *testing.T) {
	for _, reason := range []vital.Reason{
		vital.ReasonLoggedOut, vital.ReasonDeviceRemoved, vital.ReasonReplaced, vital.ReasonBanned, vital.ReasonOutdated, vital.ReasonMainDeviceGone,
		vital.ReasonUnknownLogout, vital.ReasonRefused, vital.ReasonCorruptCredentials,
	} {
		inBubble(t, true, func(t *testing.T, r *rig) {
			r.connected()
			r.conn().fail(reason)
			r.in(vital.StateError, reason)
			pass(24 * time.Hour)
			if r.dials() != 1 {
				t.Errorf("%s: dialled %d times", reason, r.dials())
			}
		})
	}
}

func TestAnAttemptHasADeadline(t *testing.T) {
	for phase, want := range map[vital.Phase]vital.Reason{
		vital.PhaseTCP: vital.ReasonConnectTimeout, vital.PhaseNoise: vital.ReasonConnectTimeout,
		vital.PhaseLogin: vital.ReasonLoginTimeout, vital.PhaseReady: vital.ReasonLoginTimeout,
	} {
		inBubble(t, true, func(t *testing.T, r *rig) {
			r.start()
			r.conn().sink(PhaseReached{phase})
			pass(attemptDeadline - time.Millisecond)
			r.in(vital.StateConnecting, vital.ReasonStarted)
			pass(2 * time.Millisecond)
			r.in(vital.StateReconnecting, want)
			if s := r.snap(); s.Failure.Phase != phase || s.Counters.Timeouts != 1 {
				t.Errorf("failure %+v, %d timeouts", s.Failure, s.Counters.Timeouts)
			}
		})
	}
}

// Start while it waits tries at once; so does the reconnect key.
func TestTheOperatorNeedNotWait(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.start()
		for range 6 {
			r.conn().fail(vital.ReasonDNS)
			r.must(r.manager.Reconnect(t.Context(), one))
		}
		if r.dials() != 7 {
			t.Errorf("%d dials", r.dials())
		}
	})
}

// No more than a few sessions dial at once; the others follow as these get through.
func TestStartIsStaggered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var records []Record
		for i := range 10 {
			rec := record(true)
			rec.ID, rec.Name = vital.SessionID(i+1), fmt.Sprintf("session %d", i)
			records = append(records, rec)
		}
		r := newRig(t, records...)
		defer r.close()
		r.manager.StartWanted()
		for done := 0; done < 10; done++ {
			if got, want := r.dials(), min(10, done+DefaultMaxDials); got != want {
				t.Fatalf("%d dials when %d are through, want %d", got, done, want)
			}
			r.devices.conns[done].sink(PhaseReached{vital.PhaseLogin})
		}
		waiting := 0
		for _, s := range r.manager.Snapshots() {
			if s.State != vital.StateConnecting {
				waiting++
			}
		}
		if waiting != 0 {
			t.Errorf("%d sessions are not CONNECTING", waiting)
		}
	})
}

// A session that stops while it waits for its turn gives its place up.
func TestStoppedWhileWaitingToDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second, third := record(true), record(true), record(true)
		second.ID, second.Name = 2, "second"
		third.ID, third.Name = 3, "third"
		r := newRig(t, first, second, third)
		defer r.close()
		r.manager.gate.free = 1
		for _, id := range []vital.SessionID{1, 2, 3} {
			r.must(r.manager.Start(t.Context(), id))
		}
		if r.dials() != 1 {
			t.Fatalf("%d dials, want one at a time", r.dials())
		}
		r.must(r.manager.Stop(t.Context(), 2))
		r.conn().up()
		if r.dials() != 2 {
			t.Fatalf("%d dials, want that of the third", r.dials())
		}
		r.conn().up()
		if s, _ := r.manager.Snapshot(3); s.State != vital.StateConnected {
			t.Errorf("the third is %s", s.State)
		}
	})
}

// Failures of connects and pings open the breaker; it is seen, and stops nobody.
func TestBreakerOfASession(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.start()
		for range resilience.FailuresToOpen {
			r.conn().fail(vital.ReasonTCP)
			r.must(r.manager.Reconnect(t.Context(), one))
		}
		b := r.snap().Breaker
		if b.State != vital.BreakerOpen || time.Until(b.RetryAt) != resilience.OpenFor {
			t.Fatalf("%+v after five failures", b)
		}
		r.conn().up() // was not refused, and does not count
		pass(time.Second)
		if b := r.snap().Breaker; b.State != vital.BreakerOpen {
			t.Errorf("%+v", b)
		}
		pass(resilience.OpenFor)
		if b := r.snap().Breaker; b.State != vital.BreakerHalfOpen && b.State != vital.BreakerClosed {
			t.Errorf("%+v after a minute", b)
		}
		pass(3 * pingEvery)
		if b := r.snap().Breaker; b.State != vital.BreakerClosed {
			t.Errorf("%+v after two answered pings", b)
		}
		changes := 0
		for _, e := range r.store.events {
			if e.Kind == vital.KindBreaker {
				changes++
			}
		}
		if changes != 3 {
			t.Errorf("%d events of the breaker, want open, half open, closed", changes)
		}
	})
}

// What an operator stops says nothing about the server.
func TestStoppingIsNoFailure(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		for range 2 * resilience.FailuresToOpen {
			r.start()
			r.must(r.manager.Stop(t.Context(), one))
		}
		if b := r.snap().Breaker; b.State != vital.BreakerClosed || b.Failures != 0 {
			t.Errorf("%+v", b)
		}
	})
}

func TestNames(t *testing.T) {
	long := ""
	for range 300 {
		long += "x"
	}
	inBubble(t, true, func(t *testing.T, r *rig) {
		for _, bad := range []string{"", " ", " x", "x ", long, "a\nb", "a\x1bb", "\xff"} {
			if _, err := r.manager.Create(t.Context(), bad); err == nil {
				t.Errorf("%q was taken", bad)
			}
			if err := r.manager.Rename(t.Context(), one, bad); err == nil {
				t.Errorf("renamed to %q", bad)
			}
		}
		if _, err := r.manager.Create(t.Context(), "sales"); err == nil {
			t.Error("a name that is taken was taken again")
		}
		id, err := r.manager.Create(t.Context(), "ร้านค้า 🛒")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.manager.Rename(t.Context(), id, "sales"); err == nil {
			t.Error("renamed to a name that is taken")
		}
		r.must(r.manager.Rename(t.Context(), one, "first"))
		if r.snap().Name != "first" || r.store.records[0].Name != "first" {
			t.Error("the new name is not everywhere")
		}
		r.must(r.manager.Delete(t.Context(), id))
		if _, ok := r.manager.Snapshot(id); ok || len(r.store.records) != 1 {
			t.Error("the deleted session is still there")
		}
		if err := r.manager.Start(t.Context(), id); err == nil {
			t.Error("a deleted session was started")
		}
	})
}

func TestDeleteTakesTheCredentials(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		sub := r.hub.Subscribe()
		defer sub.Close()
		sub.Take()
		conn := r.conn()
		r.must(r.manager.Delete(t.Context(), one))
		if r.devices.deleted != 1 || len(r.store.records) != 0 || !conn.closed {
			t.Errorf("deleted %d, %d records, closed %v", r.devices.deleted, len(r.store.records), conn.closed)
		}
		if batch := sub.Take(); len(batch.Snapshots) != 1 || !batch.Snapshots[0].Removed {
			t.Errorf("readers were told %+v", batch.Snapshots)
		}
	})
}

func TestLogout(t *testing.T) {
	for name, c := range map[string]struct {
		server  func(*fakeConn) error
		wantErr bool
		state   vital.State
		reason  vital.Reason
	}{
		"answered": {func(*fakeConn) error { return nil }, false, vital.StateDisconnected, vital.ReasonLoggedOutHere},
		"ended instead": {func(c *fakeConn) error {
			c.end(vital.Failure{Reason: vital.ReasonDeviceRemoved})
			<-c.done
			return errFake
		}, false, vital.StateDisconnected, vital.ReasonLoggedOutHere},
		"refused": {func(*fakeConn) error { return errFake }, true, vital.StateConnected, vital.ReasonAuthenticated},
		"line lost meanwhile": {func(c *fakeConn) error {
			c.end(vital.Failure{Reason: vital.ReasonServerClosed})
			<-c.done
			return errFake
		}, true, vital.StateReconnecting, vital.ReasonServerClosed},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, true, func(t *testing.T, r *rig) {
				r.connected()
				r.conn().logout = c.server
				err := r.manager.Logout(t.Context(), one)
				if (err != nil) != c.wantErr {
					t.Errorf("error %v, want one: %v", err, c.wantErr)
				}
				r.in(c.state, c.reason)
				if gone := !r.snap().Identity.Paired(); gone == c.wantErr {
					t.Errorf("credentials gone: %v", gone)
				}
				if r.snap().Pending != "" {
					t.Errorf("still %q", r.snap().Pending)
				}
			})
		})
	}
	inBubble(t, true, func(t *testing.T, r *rig) {
		if err := r.manager.Logout(t.Context(), one); err == nil {
			t.Error("a session that is down was logged out")
		}
	})
}

// The reconnect key gives a new socket at once, whatever the present attempt is waiting for, and the delays begin anew.
func TestReconnectKeyDuringAnAttempt(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		for range 6 {
			r.conn().fail(vital.ReasonServerClosed)
			pass(time.Until(r.snap().NextTry) + time.Millisecond) // the next attempt has just begun
		}
		hanging, dials := r.conn(), r.dials()
		r.must(r.manager.Reconnect(t.Context(), one))
		if r.dials() != dials+1 || !hanging.wasClosed() {
			t.Fatalf("%d dials, want one more than %d, and the last one closed", r.dials(), dials)
		}
		hanging.sink(Ready{}) // too late
		r.in(vital.StateReconnecting, vital.ReasonServerClosed)
		r.conn().up()
		r.conn().fail(vital.ReasonServerClosed)
		if delay := time.Until(r.snap().NextTry); delay > resilience.FirstDelay*3/2 {
			t.Errorf("the next try is in %v", delay)
		}
	})
}
