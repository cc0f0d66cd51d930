package session

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// A panic in what runs beside the actor is the end of that connection and of nothing else, and whoever asked is told.
func TestAPanicBesideTheActorIsAFailure(t *testing.T) {
	for call, ask := range map[string]func(r *rig) error{
		"Ping":   func(*rig) error { pass(17 * time.Second); return errFake },
		"Logout": func(r *rig) error { return r.manager.Logout(r.t.Context(), one) },
	} {
		t.Run(call, func(t *testing.T) {
			inBubble(t, true, func(t *testing.T, r *rig) {
				r.connected()
				r.conn().set(func(c *fakeConn) { c.panics = call })
				if err := ask(r); err == nil {
					t.Error("whoever asked was not told")
				}
				r.in(vital.StateReconnecting, vital.ReasonInternal)
				if s := r.snap(); s.Pending != "" || !s.Identity.Paired() {
					t.Errorf("pending %q, identity %+v", s.Pending, s.Identity)
				}
				if !strings.Contains(r.log.String(), "a fault of the client") {
					t.Error("the log says nothing of it")
				}
				pass(2 * time.Second)
				r.conn().up()
				r.in(vital.StateConnected, vital.ReasonAuthenticated)
			})
		})
	}
	inBubble(t, false, func(t *testing.T, r *rig) {
		r.start()
		r.conn().sink(codes(6))
		r.conn().set(func(c *fakeConn) { c.panics = "RequestPhoneCode" })
		synctest.Wait()
		if _, err := r.manager.RequestPhoneCode(t.Context(), one, "+491512345678"); err == nil {
			t.Error("whoever asked for the code was not told")
		}
		r.in(vital.StateDisconnected, vital.ReasonInternal)
		if s := r.snap(); s.Pending != "" || s.Pairing != nil {
			t.Errorf("pending %q, pairing %+v", s.Pending, s.Pairing)
		}
	})
}

// A phone code that comes when its codes have run out would lead nowhere.
func TestAPhoneCodeThatComesTooLate(t *testing.T) {
	inBubble(t, false, func(t *testing.T, r *rig) {
		r.start()
		r.conn().sink(codes(1))
		synctest.Wait()
		r.conn().asked = make(chan struct{})
		pass(firstCodeLife - time.Second)
		got := make(chan error, 1)
		go func() {
			_, err := r.manager.RequestPhoneCode(t.Context(), one, "+491512345678")
			got <- err
		}()
		pass(2 * time.Second)
		r.in(vital.StateDisconnected, vital.ReasonCodesRanOut)
		close(r.conn().asked)
		if err := <-got; !errors.Is(err, ErrNotPairing) {
			t.Errorf("got %v", err)
		}
	})
}

// What cannot be deleted whole stays, at rest and with its error, and deleting it again works.
func TestADeletionThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		breaks, mends func(r *rig)
	}{
		"credentials": {func(r *rig) { r.devices.refuse(errFake) }, func(r *rig) { r.devices.refuse(nil) }},
		"session":     {func(r *rig) { r.store.refuse("DeleteSession", errFake) }, func(r *rig) { r.store.refuse("DeleteSession", nil) }},
	} {
		t.Run(name, func(t *testing.T) {
			for _, up := range []bool{true, false} {
				inBubble(t, true, func(t *testing.T, r *rig) {
					if up {
						r.connected()
					}
					c.breaks(r)
					if err := r.manager.Delete(t.Context(), one); !errors.Is(err, errFake) {
						t.Fatalf("got %v", err)
					}
					s := r.snap()
					if s.State != vital.StateDisconnected || s.Removed || len(r.store.records) != 1 {
						t.Errorf("%s, removed %v, %d records", s.State, s.Removed, len(r.store.records))
					}
					if up && !r.conn().closed {
						t.Error("the connection is still open")
					}
					pass(time.Hour)
					c.mends(r)
					r.must(r.manager.Delete(t.Context(), one))
					if len(r.store.records) != 0 || r.devices.deleted < 1 {
						t.Errorf("%d records, %d deletions of credentials", len(r.store.records), r.devices.deleted)
					}
				})
			}
		})
	}
}

func TestDeletingWithoutCredentials(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) { // they are gone already
		r.devices.refuse(ErrCredentialsMissing)
		r.must(r.manager.Delete(t.Context(), one))
		if err := r.manager.Start(t.Context(), one); !errors.Is(err, ErrNoSuchSession) {
			t.Errorf("got %v", err)
		}
	})
	inBubble(t, false, func(t *testing.T, r *rig) { // there never were any
		r.must(r.manager.Delete(t.Context(), one))
		if r.devices.deleted != 0 {
			t.Error("something was deleted")
		}
	})
}

// A session whose connection never ends is deleted all the same; what comes for it meanwhile hears that it is gone.
func TestDeletingWithAFrozenConnection(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		frozen := r.conn()
		frozen.set(func(c *fakeConn) { c.frozen = true })
		a := r.manager.actors[one]
		r.must(r.manager.Delete(t.Context(), one))
		late := &command{kind: cmdStart, done: make(chan error, 1)}
		a.box.put(late)
		if err := <-late.done; !errors.Is(err, ErrNoSuchSession) {
			t.Errorf("got %v", err)
		}
		began := time.Now()
		<-a.done
		if took := time.Since(began); took > closeDeadline {
			t.Errorf("it took %v", took)
		}
		close(frozen.done)
	})
}

// A store in trouble keeps nobody from stopping, and nobody is told that it went well.
func TestStoppingWithABrokenStore(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.store.refuse("SetWanted", errFake)
		if err := r.manager.Stop(t.Context(), one); !errors.Is(err, errFake) {
			t.Errorf("got %v", err)
		}
		r.in(vital.StateDisconnected, vital.ReasonStopped)
		if !r.conn().closed {
			t.Error("it is still connected")
		}
		if err := r.manager.Start(t.Context(), one); err != nil { // it is wanted still, so nothing is to be stored
			t.Error(err)
		}
		r.store.refuse("SetWanted", nil)
		r.must(r.manager.Stop(t.Context(), one))
		r.store.refuse("SetWanted", errFake)
		if err := r.manager.Start(t.Context(), one); !errors.Is(err, errFake) {
			t.Errorf("got %v", err)
		}
		r.in(vital.StateDisconnected, vital.ReasonStopped)
	})
}

// An identity that could not be stored is stored at the next login, although the server says nothing new.
func TestAnIdentityIsStoredInTheEnd(t *testing.T) {
	inBubble(t, false, func(t *testing.T, r *rig) {
		r.store.refuse("SetIdentity", errFake)
		r.scanned()
		r.store.refuse("SetIdentity", nil)
		r.conn().sink(RestartRequired{})
		r.conn().up()
		r.in(vital.StateConnected, vital.ReasonAuthenticated)
		if got := r.store.records[0].Identity; got != somebody() {
			t.Errorf("stored %+v", got)
		}
	})
}

// Every code is an update as the field knows it, with the code itself hidden.
func TestCodesAreUpdates(t *testing.T) {
	inBubble(t, false, func(t *testing.T, r *rig) {
		r.start()
		r.conn().sink(codes(3))
		pass(firstCodeLife + furtherCodeLife + time.Second)
		shown := 0
		for _, e := range r.store.events {
			if e.Kind == vital.KindConnectionUpdate && e.Field("qr") != "" {
				shown++
				if e.Field("qr") != "hidden" || e.Field("connection") != "connecting" {
					t.Errorf("told %+v", e)
				}
			}
		}
		if shown != 3 {
			t.Errorf("%d updates for 3 codes", shown)
		}
	})
}

func TestNothingIsCreatedAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, record(true))
		r.close()
		if _, err := r.manager.Create(t.Context(), "new"); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
		if len(r.store.records) != 1 {
			t.Error("the store has a session that nobody was promised")
		}
		if err := r.manager.Stop(t.Context(), one); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

// Closing while everybody is in the middle of something: frozen connections, waiting turns, a logout, a phone code.
func TestClosingInTheMiddleOfEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var records []Record
		for i := range 20 {
			rec := record(i%5 != 4)
			rec.ID, rec.Name = vital.SessionID(i+1), strings.Repeat("x", i+1)
			records = append(records, rec)
		}
		r := newRig(t, records...)
		for i := range 20 {
			r.must(r.manager.Start(t.Context(), vital.SessionID(i+1)))
			c := r.conn()
			c.set(func(c *fakeConn) { c.frozen = i%3 == 0; c.rtt = time.Duration(i-10) * time.Second })
			switch i % 4 {
			case 0:
				c.up()
			case 1:
				c.sink(codes(6))
			case 2:
				c.fail(vital.ReasonTCP)
			}
		}
		pass(11 * time.Second)
		began := time.Now()
		r.close()
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("it took %v", took)
		}
		for _, c := range r.devices.conns {
			c.once.Do(func() { close(c.done) })
		}
	})
}
