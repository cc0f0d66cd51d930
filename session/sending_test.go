package session

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// The server wants to be left alone: for as long as it says, or from 5 s on; nobody asks before, and patient queries go on then.
func TestRateLimits(t *testing.T) {
	for backoff, want := range map[time.Duration]time.Duration{0: resilience.FirstPause, 30 * time.Second: 30 * time.Second} {
		t.Run(backoff.String(), func(t *testing.T) {
			inBubble(t, true, func(t *testing.T, r *rig) {
				r.connected()
				refusal := &ServerError{Code: CodeRateLimit, Text: "rate-overlimit", Backoff: backoff}
				r.conn().works(script(refusal))
				began := time.Now()
				for range 2 { // the second meets the pause
					_, err := r.manager.Ask(t.Context(), query())
					var limit *RateLimitError
					if !errors.As(err, &limit) || !limit.Until.Equal(began.Add(want)) || !errors.Is(err, refusal) || time.Since(began) != 0 {
						t.Fatalf("after %v: %v", time.Since(began), err)
					}
					if !strings.Contains(err.Error(), "rate limit until "+limit.Until.Local().Format("15:04:05")) {
						t.Errorf("says %q", err)
					}
				}
				if calls := r.conn().called(vital.OpCheck); len(calls) != 1 {
					t.Errorf("asked %d times", len(calls))
				}
				patient := query()
				patient.Patient = true
				end := begin(func() error { _, err := r.manager.Ask(t.Context(), patient); return err })
				pass(publishEvery)
				if s := r.snap(); !s.Load.PausedUntil.Equal(began.Add(want)) || s.Load.Waiting != 1 || s.Breaker.Failures != 0 {
					t.Errorf("shown %+v, %+v", s.Load, s.Breaker)
				}
				pass(want)
				if err := <-end; err != nil {
					t.Error(err)
				}
				pass(publishEvery)
				if s := r.snap(); !s.Load.PausedUntil.IsZero() || s.Load.Waiting != 0 {
					t.Errorf("shown %+v", s.Load)
				}
			})
		})
	}
}

// A query of a file that is refused in the middle waits, is told to, and goes on.
func TestAPatientQueryIsRefused(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		sub := r.hub.Subscribe()
		defer sub.Close()
		r.conn().works(script(&ServerError{Code: 429, Backoff: time.Minute}, &ServerError{Code: 500}))
		q := query()
		q.Patient = true
		began := time.Now()
		if _, err := r.manager.Ask(t.Context(), q); err != nil || time.Since(began) < time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if retries := r.told(sub, "retry"); len(retries) != 2 || retries[0].Field("delay") != "1m0s" {
			t.Errorf("told %+v", retries)
		}
	})
}

// With more operations than places the others wait, and that is seen; it is not published for each of them.
func TestTheLoadIsSeen(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		pass(time.Second)
		r.conn().works(taking(10 * time.Second))
		before := r.snap().Version
		var ends []<-chan error
		for range resilience.DefaultInFlight + 3 {
			ends = append(ends, begin(func() error { _, err := r.manager.Contacts(t.Context(), one); return err }))
		}
		pass(publishEvery)
		s := r.snap()
		if want := (vital.Load{InFlight: resilience.DefaultInFlight, Waiting: 3, Limit: resilience.DefaultInFlight}); s.Load != want {
			t.Errorf("shown %+v", s.Load)
		}
		if s.Version > before+2 {
			t.Errorf("%d snapshots for %d operations", s.Version-before, len(ends))
		}
		for _, end := range ends {
			if err := <-end; err != nil {
				t.Error(err)
			}
		}
		pass(publishEvery)
		if l := r.snap().Load; l.InFlight != 0 || l.Waiting != 0 {
			t.Errorf("afterwards %+v", l)
		}
	})
}

// A message is sent once, and its error tells the ID with which to try again.
func TestSendingIsNotRetried(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.conn().works(script(&ServerError{Code: 503}))
		_, err := r.manager.Send(t.Context(), one, vital.Outgoing{To: "+491512345678"})
		var unsent *SendError
		if !errors.As(err, &unsent) || !strings.HasPrefix(unsent.ID, "3EB0") {
			t.Fatalf("got %v", err)
		}
		if sent, err := r.manager.Send(t.Context(), one, vital.Outgoing{ID: unsent.ID}); err != nil || sent.ID != unsent.ID {
			t.Errorf("sent %+v, %v", sent, err)
		}
		if calls := r.conn().called(vital.OpSend); len(calls) != 2 || calls[0].id != unsent.ID || calls[1].id != unsent.ID {
			t.Errorf("called %+v", calls)
		}
		r.stop()
		if _, err := r.manager.Send(t.Context(), one, vital.Outgoing{ID: "X"}); !errors.As(err, &unsent) || unsent.ID != "X" || !errors.Is(err, ErrNotConnected) {
			t.Errorf("got %v", err)
		}
	})
}

// brokenPipe takes the first bytes only.
type brokenPipe struct{ taken int }

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.taken > 0 {
		return 0, errFake
	}
	b.taken = 3
	return 3, &ServerError{Code: 500}
}

// What has been written in part is not written again.
func TestAHalfWrittenFileIsNotBegunAgain(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.withMedia()
		if _, err := r.manager.Download(t.Context(), one, "M1", &brokenPipe{}); err == nil {
			t.Error("no error")
		}
		if calls := r.conn().called(vital.OpDownload); len(calls) != 1 {
			t.Errorf("%d attempts", len(calls))
		}
	})
}

// Media are kept one batch after the other, and a store in trouble is told of.
func TestMediaAreKept(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		for n := range 2 * maxPendingMedia {
			r.conn().sink(MediaSeen{vital.Media{MessageID: fmt.Sprint(n), Key: []byte("a secret")}})
			if n%100 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		if len(r.store.media) < maxPendingMedia {
			t.Errorf("%d are kept", len(r.store.media))
		}
		r.store.refuse("SaveMedia", errFake)
		r.withMedia()
		for _, e := range r.store.events {
			if strings.Contains(fmt.Sprint(e), "a secret") {
				t.Errorf("told %+v", e)
			}
		}
		if last := r.store.events[len(r.store.events)-1]; last.Level != vital.LevelError || !strings.Contains(last.Text, "keep") {
			t.Errorf("told %+v", last)
		}
	})
}
