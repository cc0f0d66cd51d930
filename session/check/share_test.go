package check

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// A number that several ask for at once is asked once, and all get the reply; later it is asked anew. Lists and patient queries go as they are.
func TestShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &asker{delay: time.Second}
		s := Share(a)
		one := vital.Query{Numbers: []string{number(2)}}
		at := func(after time.Duration, q vital.Query, each func(vital.Reply, error)) func() {
			return func() {
				<-time.After(after)
				each(s.Ask(t.Context(), q))
			}
		}
		var running sync.WaitGroup
		began := time.Now()
		for i := range 5 {
			running.Go(at(time.Duration(i)*100*time.Millisecond, one, func(r vital.Reply, err error) {
				if err != nil || len(r.Answers) != 1 || r.Answers[0].Number != number(2) || time.Since(began) != time.Second {
					t.Errorf("%+v, %v after %v", r, err, time.Since(began))
				}
			}))
		}
		running.Wait()
		if n := a.counts[number(2)]; n != 1 {
			t.Errorf("asked %d times", n)
		}
		list, patient, elsewhere := vital.Query{Numbers: []string{number(2), number(4)}}, one, one
		patient.Patient, elsewhere.Sessions = true, []vital.SessionID{7}
		for _, q := range []vital.Query{list, list, patient, patient, elsewhere, one} {
			running.Go(at(0, q, func(vital.Reply, error) {}))
		}
		running.Wait()
		if n := a.counts[number(2)]; n != 7 {
			t.Errorf("asked %d times in all", n)
		}
	})
}

// Who gives up takes nobody along: another asks. An error that comes from the session is everybody's.
func TestShareWhenOneGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &asker{delay: time.Second}
		s := Share(a)
		one := vital.Query{Numbers: []string{number(2)}}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if _, err := s.Ask(ctx, one); !errors.Is(err, context.Canceled) {
				t.Errorf("the one that gave up: %v", err)
			}
		})
		synctest.Wait()
		for range 3 {
			running.Go(func() {
				if r, err := s.Ask(t.Context(), one); err != nil || len(r.Answers) != 1 {
					t.Errorf("%+v, %v", r, err)
				}
			})
		}
		hurried, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer stop()
		if _, err := s.Ask(hurried, one); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("one that waits no longer: %v", err)
		}
		cancel()
		running.Wait()
		if n := a.counts[number(2)]; n != 2 {
			t.Errorf("asked %d times", n)
		}

		a.answer = func(context.Context, vital.Query) (vital.Reply, error) {
			<-time.After(time.Second)
			return vital.Reply{}, session.ErrNoSession
		}
		for range 2 {
			running.Go(func() {
				if _, err := s.Ask(t.Context(), one); !errors.Is(err, session.ErrNoSession) {
					t.Errorf("without a session: %v", err)
				}
			})
		}
		running.Wait()
		if n := a.counts[number(2)]; n != 3 {
			t.Errorf("asked %d times with the error", n)
		}
	})
}
