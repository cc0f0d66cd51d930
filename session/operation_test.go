package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// onOne asks the session itself, without the pool.
func (r *rig) onOne(ctx context.Context, q vital.Query) error {
	_, err := r.manager.actors[one].check(ctx, q, vital.OpCheck.Timeout())
	return err
}

// withMedia is a rig whose session has seen a message with media.
func (r *rig) withMedia() {
	r.conn().sink(MediaSeen{vital.Media{MessageID: "M1", MIME: "image/png"}})
	synctest.Wait()
}

func TestOperations(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.withMedia()
		pass(time.Second)
		sub := r.hub.Subscribe()
		defer sub.Close()
		r.conn().works(taking(200 * time.Millisecond))

		reply, err := r.manager.Ask(t.Context(), query())
		if err != nil || reply.Session != one || reply.Name != "sales" || reply.Latency != 200*time.Millisecond || len(reply.Answers) != 2 ||
			!reply.AskedAt.Equal(time.Now().Add(-200*time.Millisecond)) {
			t.Errorf("check: %+v, %v", reply, err)
		}
		if rtt, err := r.manager.Ping(t.Context(), one); err != nil || rtt != 50*time.Millisecond {
			t.Errorf("ping: %v, %v", rtt, err)
		}
		sent, err := r.manager.Send(t.Context(), one, vital.Outgoing{To: "+491512345678", Text: "a secret"})
		if err != nil || !regexp.MustCompile(`^3EB0[0-9A-F]{18}$`).MatchString(sent.ID) {
			t.Errorf("send: %+v, %v", sent, err)
		}
		if again, err := r.manager.Send(t.Context(), one, vital.Outgoing{ID: sent.ID, To: "+491512345678"}); err != nil || again.ID != sent.ID {
			t.Errorf("send again: %+v, %v", again, err)
		}
		if contacts, err := r.manager.Contacts(t.Context(), one); err != nil || len(contacts) != 1 {
			t.Errorf("contacts: %+v, %v", contacts, err)
		}
		var file bytes.Buffer
		if media, err := r.manager.Download(t.Context(), one, "M1", &file); err != nil || media.MessageID != "M1" || file.String() != "image/png" {
			t.Errorf("download: %+v, %q, %v", media, file.String(), err)
		}
		if _, err := r.manager.Download(t.Context(), one, "M2", &file); !errors.Is(err, ErrNoMedia) {
			t.Errorf("download of nothing: %v", err)
		}

		levels := map[string]vital.Level{"check": vital.LevelDebug, "ping": vital.LevelDebug, "send": vital.LevelInfo, "contacts": vital.LevelInfo, "download": vital.LevelInfo}
		events := r.told(sub)
		if len(events) != 6 {
			t.Errorf("%d events", len(events))
		}
		for _, e := range events {
			op := e.Field("operation")
			if e.Level != levels[op] || e.Field("outcome") != "ok" || e.Field("attempt") != "1" {
				t.Errorf("told %+v", e)
			}
			if op == "check" && (e.Field("numbers") != "2" || e.Field("ms") != "200" || e.Text != "check 2 → 200 ms") {
				t.Errorf("told %+v", e)
			}
			if told := fmt.Sprint(e); strings.Contains(told, "1512345") || strings.Contains(told, "secret") {
				t.Errorf("told a secret: %s", told)
			}
		}
		for op, want := range map[vital.Operation]uint64{vital.OpCheck: 1, vital.OpSend: 2, vital.OpContacts: 1, vital.OpDownload: 1, vital.OpConnect: 1} {
			s := r.stat(op)
			if s.Count != want || s.BySpeed[vital.Fast] != want || s.LastSlow != "" {
				t.Errorf("%s: %+v", op, s)
			}
			if got := r.measured(op); uint64(len(got)) != want || !got[0].OK {
				t.Errorf("%s: measured %+v", op, got)
			}
		}
		if s := r.stat(vital.OpCheck); s.P50 != 200*time.Millisecond || s.P99 != 200*time.Millisecond {
			t.Errorf("percentiles %+v", s)
		}
		if s := r.stat(vital.OpPing); s.Count < 2 { // the timed one, too
			t.Errorf("pings: %+v", s)
		}
	})
}

// What is not healthy is refused at once, with what is wrong, and never reaches the client.
func TestTheHealthCheck(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(r *rig)
		want    error
		state   vital.State
		breaker vital.BreakerState
	}{
		"down":         {func(*rig) {}, ErrNotConnected, vital.StateDisconnected, vital.BreakerClosed},
		"connecting":   {func(r *rig) { r.start() }, ErrNotConnected, vital.StateConnecting, vital.BreakerClosed},
		"reconnecting": {func(r *rig) { r.lost() }, ErrNotConnected, vital.StateReconnecting, vital.BreakerClosed},
		"refused":      {func(r *rig) { r.refused() }, ErrNotConnected, vital.StateError, vital.BreakerClosed},
		"closing": {func(r *rig) { r.connected(); r.conn().sink(ReadyChanged{vital.ReadyClosing, true}) },
			ErrNotConnected, vital.StateConnected, vital.BreakerClosed},
		"breaker open": {func(r *rig) { r.connected(); r.trip() }, ErrBreakerOpen, vital.StateConnected, vital.BreakerOpen},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, true, func(t *testing.T, r *rig) {
				r.store.media = map[string]vital.Media{"M1": {}}
				c.prepare(r)
				synctest.Wait()
				ops := r.ops()
				ops[vital.OpCheck] = func(ctx context.Context) error { return r.onOne(ctx, query()) }
				sub := r.hub.Subscribe()
				defer sub.Close()
				began := time.Now()
				for op, do := range ops {
					err := do(t.Context())
					var failed *OperationError
					if !errors.Is(err, c.want) || !errors.As(err, &failed) {
						t.Fatalf("%s: %v", op, err)
					}
					if failed.Attempt != 0 || failed.Operation != op || failed.Session != "sales" || failed.State != c.state || failed.Breaker != c.breaker {
						t.Errorf("%s: %+v", op, failed)
					}
				}
				if time.Since(began) != 0 {
					t.Errorf("it took %v", time.Since(began))
				}
				if got := r.told(sub, "refused"); len(got) != len(ops) {
					t.Errorf("told %+v", got)
				}
				if len(r.measured(vital.OpSend)) != 0 || r.stat(vital.OpSend).Count != 0 {
					t.Error("what was refused was measured")
				}
			})
		})
	}
}

// trip opens the breaker.
func (r *rig) trip() {
	a := r.manager.actors[one]
	a.post(func() {
		for range resilience.FailuresToOpen {
			a.breaker.Observe()(resilience.Failed)
		}
		a.noteBreaker()
	})
	synctest.Wait()
}

func TestNothingIsAskedOfWhatIsNotThere(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		if _, err := r.manager.Ping(t.Context(), 4711); !errors.Is(err, ErrNoSuchSession) {
			t.Errorf("got %v", err)
		}
		r.close()
		if _, err := r.manager.Ping(t.Context(), one); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
		if _, err := r.manager.Ask(t.Context(), query()); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

// Each operation ends at its time-out, which is told, counted, stored, and a failure for the breaker.
func TestTimeouts(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.withMedia()
		pass(time.Second)
		r.conn().works(silent)
		r.conn().set(func(c *fakeConn) { c.lost = true }) // so that pings say nothing to the breaker
		sub := r.hub.Subscribe()
		defer sub.Close()
		for op, do := range r.ops() {
			if op == vital.OpPing {
				continue
			}
			sub.Take()
			before, timeouts := r.snap().Breaker.Failures, r.snap().Counters.Timeouts
			end := begin(func() error { return do(t.Context()) })
			pass(op.Timeout() - time.Millisecond)
			select {
			case err := <-end:
				t.Fatalf("%s ended early: %v", op, err)
			default:
			}
			pass(time.Millisecond)
			var failed *OperationError
			if err := <-end; !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &failed) || failed.Attempt != 1 || failed.Elapsed != op.Timeout() {
				t.Errorf("%s: %v", op, err)
			}
			if got := r.told(sub, "time-out"); len(got) != 1 || got[0].Level != vital.LevelWarn || got[0].Field("trigger") == "" {
				t.Errorf("%s: told %+v", op, got)
			}
			if s := r.stat(op); s.Count != 1 || s.BySpeed[vital.TimedOut] != 1 || s.Failed != 0 || s.LastSlow == "" || s.P50 != 0 {
				t.Errorf("%s: %+v", op, s)
			}
			if l := r.measured(op); len(l) != 1 || l[0].OK {
				t.Errorf("%s: stored %+v", op, l)
			}
			if r.snap().Counters.Timeouts != timeouts+1 {
				t.Errorf("%s: %d time-outs, %d before", op, r.snap().Counters.Timeouts, timeouts)
			}
			if failures := r.snap().Breaker.Failures; failures != before+1 {
				t.Errorf("%s: %d failures, %d before", op, failures, before)
			}
		}
	})
}

func TestRetriesAreTold(t *testing.T) {
	broken := &ServerError{Code: 500, Text: "of +491512345678"}
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.withMedia()
		sub := r.hub.Subscribe()
		defer sub.Close()
		for op, do := range r.ops() {
			if op == vital.OpPing {
				continue
			}
			sub.Take()
			r.conn().set(func(c *fakeConn) { c.calls = nil })
			r.conn().works(script(broken, broken, broken, broken))
			err := do(t.Context())
			var failed *OperationError
			if !errors.Is(err, broken) || !errors.As(err, &failed) || failed.Attempt != op.Attempts() {
				t.Errorf("%s: %v", op, err)
			}
			calls, retries := r.conn().called(op), r.told(sub, "retry")
			if len(calls) != op.Attempts() || len(retries) != len(calls)-1 {
				t.Fatalf("%s: %d calls and %d retries", op, len(calls), len(retries))
			}
			for i, e := range retries {
				delay, err := time.ParseDuration(e.Field("delay"))
				gap := calls[i+1].at.Sub(calls[i].at)
				if err != nil || e.Field("attempt") != fmt.Sprint(i+1) || (gap-delay).Abs() > time.Millisecond {
					t.Errorf("%s: told %+v, and it came after %v", op, e, gap)
				}
				if strings.Contains(fmt.Sprint(e), "1512345") {
					t.Errorf("told a number: %s", e.Text)
				}
			}
		}
	})
}

// What counts for the breaker, and what does not.
func TestWhatTheBreakerHears(t *testing.T) {
	for name, c := range map[string]struct {
		err      error
		failures int
	}{
		"500":               {&ServerError{Code: 500}, 2},
		"503":               {&ServerError{Code: 503}, 2},
		"the socket gone":   {ErrNotConnected, 2},
		"400":               {&ServerError{Code: 400}, 0},
		"404":               {&ServerError{Code: 404}, 0},
		"429":               {&ServerError{Code: 429}, 1},
		"nobody there":      {ErrNotOnWhatsApp, 0},
		"cancelled":         {context.Canceled, 1},
		"something of ours": {errFake, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, true, func(t *testing.T, r *rig) {
				r.connected()
				pass(time.Second)
				a := r.manager.actors[one]
				a.breaker.Observe()(resilience.Failed) // so that a success would be seen
				r.conn().works(script(c.err))
				if _, err := r.manager.Send(t.Context(), one, vital.Outgoing{}); !errors.Is(err, c.err) {
					t.Errorf("got %v", err)
				}
				if b := r.snap().Breaker; b.Failures != c.failures {
					t.Errorf("%d failures, want %d", b.Failures, c.failures)
				}
			})
		})
	}
}

// The log has what surrounded a failure in fields of its own.
func TestAFailureIsLoggedWithWhatSurroundedIt(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		pass(time.Second)
		r.conn().works(script(&ServerError{Code: 500}))
		if _, err := r.manager.Send(t.Context(), one, vital.Outgoing{}); err == nil {
			t.Fatal("no error")
		}
		synctest.Wait()
		for line := range strings.Lines(r.log.String()) {
			if !strings.Contains(line, "an operation failed") {
				continue
			}
			for _, field := range []string{"session=sales", "operation=send", "attempt=1", "elapsed=", "state=CONNECTED", "ws=OPEN", "breaker=CLOSED", "cause="} {
				if !strings.Contains(line, field) {
					t.Errorf("no %s in %s", field, line)
				}
			}
			return
		}
		t.Errorf("not logged: %s", r.log)
	})
}

// 500s open the breaker; then nothing reaches the client for a minute; two that go well close it.
func TestOperationsAndTheBreaker(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.conn().set(func(c *fakeConn) { c.rtt = 9 * time.Second }) // no ping disturbs
		r.conn().works(func(context.Context, vital.Operation) error { return &ServerError{Code: 500} })
		send := func() error { _, err := r.manager.Send(t.Context(), one, vital.Outgoing{}); return err }
		for range resilience.FailuresToOpen {
			if err := send(); errors.Is(err, ErrBreakerOpen) {
				t.Fatal("it opened too early")
			}
		}
		if err := send(); !errors.Is(err, ErrBreakerOpen) {
			t.Fatalf("got %v", err)
		}
		if _, err := r.manager.Ask(t.Context(), query()); !errors.Is(err, ErrNoSession) || !errors.Is(err, ErrBreakerOpen) {
			t.Errorf("asked: %v", err)
		}
		if b := r.snap().Breaker; b.State != vital.BreakerOpen {
			t.Errorf("%+v", b)
		}
		r.conn().set(func(c *fakeConn) { c.calls = nil; c.rtt = -1; c.lost = true })
		pass(resilience.OpenFor + time.Second)
		r.conn().works(taking(time.Second))
		var ends []<-chan error
		for range 5 {
			ends = append(ends, begin(send))
		}
		refused := 0
		for _, end := range ends {
			if err := <-end; errors.Is(err, ErrBreakerOpen) {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		}
		if refused != 3 || len(r.conn().called(vital.OpSend)) != 2 {
			t.Errorf("%d refused, %d came through", refused, len(r.conn().called(vital.OpSend)))
		}
		if b := r.snap().Breaker; b.State != vital.BreakerClosed {
			t.Errorf("%+v", b)
		}
	})
}
