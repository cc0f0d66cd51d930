package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// dawdling is work that takes a while to notice that it is not wanted any more, and notes when it returns.
func dawdling(d time.Duration, returned *atomic.Pointer[time.Time]) func(context.Context, vital.Operation) error {
	return func(ctx context.Context, _ vital.Operation) error {
		<-ctx.Done()
		<-time.After(d)
		now := time.Now()
		returned.Store(&now)
		return ctx.Err()
	}
}

// endings are the ways in which an operator ends a session's connection.
func endings() map[string]func(r *rig) error {
	return map[string]func(r *rig) error{
		"stop":      func(r *rig) error { return r.manager.Stop(r.t.Context(), one) },
		"logout":    func(r *rig) error { return r.manager.Logout(r.t.Context(), one) },
		"delete":    func(r *rig) error { return r.manager.Delete(r.t.Context(), one) },
		"reconnect": func(r *rig) error { return r.manager.Reconnect(r.t.Context(), one) },
		"close":     func(r *rig) error { return r.manager.Close(r.t.Context()) },
	}
}

// No operation outlives its session: whatever ends it cancels those under way and those that wait, and is done when they have returned.
func TestNoOperationOutlivesItsSession(t *testing.T) {
	for name, end := range endings() {
		t.Run(name, func(t *testing.T) {
			inBubble(t, true, func(t *testing.T, r *rig) {
				r.connected()
				pass(time.Second)
				var returned atomic.Pointer[time.Time]
				r.conn().works(dawdling(300*time.Millisecond, &returned))
				running := begin(func() error { _, err := r.manager.Contacts(t.Context(), one); return err })
				r.conn().works(silent)
				var waiting []<-chan error
				for range resilience.DefaultInFlight + 2 {
					waiting = append(waiting, begin(func() error { _, err := r.manager.Send(t.Context(), one, vital.Outgoing{}); return err }))
				}
				sub := r.hub.Subscribe()
				defer sub.Close()
				began := time.Now()
				ended := begin(func() error { return end(r) })
				select {
				case err := <-ended:
					t.Errorf("done with operations under way: %v", err)
				default:
				}
				for _, w := range waiting {
					if err := <-w; !errors.Is(err, ErrNotConnected) || !strings.Contains(err.Error(), "ended meanwhile") {
						t.Errorf("one that waited: %v", err)
					}
					if time.Since(began) != 0 {
						t.Errorf("one that waited ended after %v", time.Since(began))
					}
				}
				if err := <-ended; err != nil {
					t.Error(err)
				}
				if at := returned.Load(); at == nil || !time.Now().Equal(*at) {
					t.Errorf("done at %v, the last operation returned at %v", time.Now(), at)
				}
				if err := <-running; !errors.Is(err, ErrNotConnected) {
					t.Errorf("got %v", err)
				}
				if got := r.told(sub, "stopped"); name != "delete" && len(got) != len(waiting)+1 {
					t.Errorf("%d events", len(got))
				}
				if s, ok := r.manager.Snapshot(one); ok && s.Breaker.Failures != 0 {
					t.Errorf("the breaker blames the server: %+v", s.Breaker)
				}
				if len(r.measured(vital.OpSend)) != 0 {
					t.Error("what was stopped was measured")
				}
			})
		})
	}
}

// A client that never returns holds nobody up for longer than closeDeadline.
func TestAClientThatDoesNotReturn(t *testing.T) {
	for name, end := range endings() {
		t.Run(name, func(t *testing.T) {
			inBubble(t, true, func(t *testing.T, r *rig) {
				r.connected()
				release := make(chan struct{})
				r.conn().works(func(context.Context, vital.Operation) error { <-release; return errFake })
				stuck := begin(func() error { _, err := r.manager.Contacts(t.Context(), one); return err })
				began := time.Now()
				if err := end(r); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took != closeDeadline {
					t.Errorf("it took %v", took)
				}
				if !strings.Contains(r.log.String(), "does not return") {
					t.Error("the log says nothing of it")
				}
				close(release)
				if err := <-stuck; !errors.Is(err, errFake) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// The actor never waits for operations: while some drain, it goes on.
func TestASessionComesBackWhileOperationsDrain(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		var returned atomic.Pointer[time.Time]
		r.conn().works(dawdling(time.Second, &returned))
		running := begin(func() error { _, err := r.manager.Contacts(t.Context(), one); return err })
		asked := begin(func() error { return r.manager.Reconnect(t.Context(), one) })
		r.conn().up()
		r.in(vital.StateConnected, vital.ReasonAuthenticated)
		if _, err := r.manager.Contacts(t.Context(), one); err != nil || returned.Load() != nil {
			t.Errorf("the new connection: %v", err)
		}
		if err := <-asked; err != nil || returned.Load() == nil {
			t.Errorf("got %v, before the operation returned", err)
		}
		if err := <-running; !errors.Is(err, ErrNotConnected) {
			t.Errorf("got %v", err)
		}
	})
}

// A connection that the peer loses ends its operations, which say so; the breaker hears of it once.
func TestTheConnectionIsLostMeanwhile(t *testing.T) {
	for name, lose := range map[string]func(r *rig){
		"the connection says so": func(r *rig) { r.conn().fail(vital.ReasonServerClosed) },
		"the client sees it first": func(r *rig) {
			r.conn().works(nil)
			close(r.lostNow)
			synctest.Wait()
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, true, func(t *testing.T, r *rig) {
				r.lostNow = make(chan struct{})
				r.connected()
				pass(time.Second)
				sub := r.hub.Subscribe()
				defer sub.Close()
				r.conn().works(func(ctx context.Context, _ vital.Operation) error {
					select {
					case <-ctx.Done():
						return ctx.Err()
					case <-r.lostNow:
						return fmt.Errorf("ask: %w", ErrNotConnected)
					}
				})
				var ends []<-chan error
				for range 6 {
					ends = append(ends, begin(func() error { _, err := r.manager.Contacts(t.Context(), one); return err }))
				}
				lose(r)
				for _, end := range ends {
					if err := <-end; !errors.Is(err, ErrNotConnected) || !strings.Contains(err.Error(), "ended meanwhile") {
						t.Errorf("got %v", err)
					}
				}
				if got := r.told(sub, "connection lost"); len(got) != 6 || !strings.Contains(got[0].Field("trigger"), "socket lost meanwhile") {
					t.Errorf("told %+v", got)
				}
				if b := r.snap().Breaker; b.Failures != 1 {
					t.Errorf("%d failures for one lost connection", b.Failures)
				}
				if s := r.stat(vital.OpContacts); s.Failed != 6 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// A caller who gives up is nobody's failure.
func TestCancelling(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		pass(time.Second)
		r.conn().works(silent)
		ctx, cancel := context.WithCancel(t.Context())
		end := begin(func() error { _, err := r.manager.Contacts(ctx, one); return err })
		sub := r.hub.Subscribe()
		defer sub.Close()
		cancel()
		if err := <-end; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got := r.told(sub, "cancelled"); len(got) != 1 || got[0].Level != vital.LevelInfo {
			t.Errorf("told %+v", got)
		}
		if s := r.snap(); s.Breaker.Failures != 0 || r.stat(vital.OpContacts).Count != 0 {
			t.Errorf("%+v", s.Breaker)
		}
	})
}

// A panic in the client is an error for who asked, the end of that connection and of nothing else.
func TestAPanicInAnOperation(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.withMedia()
		for op, do := range r.ops() {
			if op == vital.OpPing {
				r.conn().set(func(c *fakeConn) { c.panics = "Ping" })
			}
			r.conn().works(func(context.Context, vital.Operation) error { panic("a fault of the client") })
			if err := do(t.Context()); err == nil || !strings.Contains(err.Error(), "fault") {
				t.Errorf("%s: %v", op, err)
			}
			r.in(vital.StateReconnecting, vital.ReasonInternal)
			if b := r.snap().Breaker; b.State != vital.BreakerClosed || b.Failures != 0 {
				t.Errorf("%s: the breaker blames the server: %+v", op, b)
			}
			r.reconnect()
			r.conn().up()
			r.in(vital.StateConnected, vital.ReasonAuthenticated)
		}
	})
}

// Slow and late operations name what they most likely suffered from.
func TestTriggers(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(r *rig)
		takes   time.Duration
		speed   vital.Speed
		want    string
	}{
		"fast":         {func(*rig) {}, 2900 * time.Millisecond, vital.Fast, ""},
		"no reason":    {func(*rig) {}, 5 * time.Second, vital.Slow, "the server was slow with it: ping p95 50 ms"},
		"very slow":    {func(*rig) {}, 11 * time.Second, vital.VerySlow, "the server was slow with it"},
		"no answer":    {func(*rig) {}, time.Hour, vital.TimedOut, "the server was slow with it"},
		"high latency": {func(r *rig) { r.conn().set(func(c *fakeConn) { c.rtt = 2 * time.Second }); pass(time.Minute) }, 5 * time.Second, vital.Slow, "latency high before it: ping p95 2,000 ms"},
		"ping missed":  {func(r *rig) { r.conn().set(func(c *fakeConn) { c.rtt = -1 }); pass(26 * time.Second) }, 5 * time.Second, vital.Slow, "ping dead too: 1 unanswered"},
		"ping silent":  {func(r *rig) { r.conn().set(func(c *fakeConn) { c.rtt = -1 }); pass(12 * time.Second) }, 7 * time.Second, vital.Slow, "ping dead too: unanswered for"},
		"overload": {func(r *rig) {
			for range resilience.DefaultInFlight {
				begin(func() error { _, err := r.manager.Download(r.t.Context(), one, "M1", &strings.Builder{}); return err })
			}
		}, 4 * time.Second, vital.Slow, "too many in flight: waited 4,000 ms of 8,000 ms for one of 8 places"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, true, func(t *testing.T, r *rig) {
				r.connected()
				r.withMedia()
				pass(time.Second)
				r.conn().works(taking(c.takes))
				c.prepare(r)
				_, _ = r.manager.Contacts(t.Context(), one)
				s := r.stat(vital.OpContacts)
				if s.Count != 1 || s.BySpeed[c.speed] != 1 || !strings.HasPrefix(s.LastSlow, c.want) || (c.want == "") != s.LastSlowAt.IsZero() {
					t.Errorf("%+v", s)
				}
				for _, e := range r.store.events {
					if e.Kind == vital.KindOperation && e.Field("operation") == "contacts" && e.Field("trigger") != s.LastSlow {
						t.Errorf("told %+v", e)
					}
				}
			})
		})
	}
	inBubble(t, true, func(t *testing.T, r *rig) { // the budget
		r.connected()
		q := query()
		q.Rate = 0.25
		for range 2 {
			if err := r.onOne(t.Context(), q); err != nil {
				t.Error(err)
			}
		}
		if s := r.stat(vital.OpCheck); !strings.HasPrefix(s.LastSlow, "rate limit: waited 4") {
			t.Errorf("%+v", s)
		}
	})
}

// A connect that is slow or late names the phase that it spent its time in.
func TestTriggersOfConnects(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.start()
		pass(4 * time.Second)
		r.conn().sink(Dialled{vital.DialTrace{Phases: []vital.DialPhase{{Phase: vital.PhaseTCP, Duration: time.Second}, {Phase: vital.PhaseTLS, Duration: 3 * time.Second}}}})
		r.conn().up()
		if s := r.stat(vital.OpConnect); s.BySpeed[vital.Slow] != 1 || s.LastSlow != "TLS took 3,000 ms of 4,000 ms" || s.P50 != 4*time.Second {
			t.Errorf("%+v", s)
		}
		r.conn().fail(vital.ReasonServerClosed)
		pass(2 * time.Second)
		r.conn().sink(PhaseReached{vital.PhaseNoise})
		pass(attemptDeadline)
		if s := r.stat(vital.OpConnect); s.BySpeed[vital.TimedOut] != 1 || s.LastSlow != "Noise did not come to its end" {
			t.Errorf("%+v", s)
		}
	})
}
