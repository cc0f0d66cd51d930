package session

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

func codes(n int) QRCodes {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("2@secret-payload-%d", i+1))
	}
	return QRCodes{list}
}

func TestCodesTakeTurnsAndRunOut(t *testing.T) {
	inBubble(t, false, func(t *testing.T, r *rig) {
		r.must(r.manager.Pair(t.Context(), one))
		r.conn().sink(codes(6))
		synctest.Wait()
		for i := 1; i <= 6; i++ {
			life := furtherCodeLife
			if i == 1 {
				life = firstCodeLife
			}
			p := r.snap().Pairing
			if p == nil || p.QR != fmt.Sprintf("2@secret-payload-%d", i) || p.Index != i || p.Total != 6 || time.Until(p.ExpiresAt) != life {
				t.Fatalf("code %d: %+v", i, p)
			}
			pass(life)
		}
		r.in(vital.StateDisconnected, vital.ReasonCodesRanOut)
		if r.snap().Pairing != nil || !r.conn().closed {
			t.Error("the pairing is still open")
		}
		pass(time.Hour)
		if r.dials() != 1 {
			t.Error("it went on by itself")
		}
		r.must(r.manager.Pair(t.Context(), one)) // one key for fresh ones
		r.conn().sink(codes(6))
		synctest.Wait()
		if p := r.snap().Pairing; p == nil || p.Index != 1 {
			t.Errorf("fresh codes: %+v", p)
		}
	})
}

// scanned leads a pairing to where the phone has answered.
func (r *rig) scanned() {
	r.t.Helper()
	r.must(r.manager.Pair(r.t.Context(), one))
	r.conn().sink(codes(6))
	r.conn().sink(Paired{somebody()})
	synctest.Wait()
}

func TestPairingRestartsTheStream(t *testing.T) {
	inBubble(t, false, func(t *testing.T, r *rig) {
		r.scanned()
		if p := r.snap().Pairing; p == nil || !p.Scanned || p.QR != "" {
			t.Errorf("after the scan: %+v", p)
		}
		if r.store.records[0].Identity != somebody() {
			t.Error("who it is was not stored at once")
		}
		first := r.conn()
		first.sink(RestartRequired{})
		synctest.Wait()
		if r.dials() != 2 || !first.closed {
			t.Fatalf("%d dials, the first closed: %v", r.dials(), first.closed)
		}
		if !r.snap().NewLogin {
			t.Error("the login after a pairing is not marked as new")
		}
		r.conn().up()
		r.in(vital.StateConnected, vital.ReasonAuthenticated)
		if r.snap().Pairing != nil || r.snap().NewLogin {
			t.Error("the pairing is still open")
		}
		var marked int
		for _, e := range r.store.events {
			if e.Kind == vital.KindConnectionUpdate && e.Field("isNewLogin") == "true" {
				marked++
			}
		}
		if marked != 2 { // the restart, and the login
			t.Errorf("%d events say isNewLogin", marked)
		}
		r.conn().fail(vital.ReasonServerClosed)
		pass(2 * time.Second)
		r.conn().up()
		for _, e := range r.store.events[len(r.store.events)-2:] {
			if e.Field("isNewLogin") != "" {
				t.Error("a later login says isNewLogin")
			}
		}
	})
}

// If the server does not ask for the restart, or does not let the new client in, the watchdog goes on.
func TestPairingWatchdog(t *testing.T) {
	for name, restart := range map[string]bool{"no restart": false, "restart, then silence": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, false, func(t *testing.T, r *rig) {
				r.scanned()
				if restart {
					r.conn().sink(RestartRequired{})
					synctest.Wait()
				}
				before := r.dials()
				pass(attemptDeadline + time.Millisecond)
				r.in(vital.StateReconnecting, vital.ReasonConnectTimeout)
				pass(2 * time.Second)
				if r.dials() != before+1 {
					t.Fatal("it gave up")
				}
				r.conn().up()
				r.in(vital.StateConnected, vital.ReasonAuthenticated)
			})
		})
	}
}

func TestLineLostWhilePairing(t *testing.T) {
	inBubble(t, false, func(t *testing.T, r *rig) {
		r.must(r.manager.Pair(t.Context(), one))
		r.conn().sink(codes(6))
		r.conn().fail(vital.ReasonServerClosed)
		r.in(vital.StateDisconnected, vital.ReasonServerClosed)
		if r.snap().Pairing != nil {
			t.Error("a code is still shown")
		}
	})
	inBubble(t, false, func(t *testing.T, r *rig) { // after the phone has answered it is a session like others
		r.scanned()
		r.conn().fail(vital.ReasonServerClosed)
		r.in(vital.StateReconnecting, vital.ReasonServerClosed)
		pass(2 * time.Second)
		r.conn().up()
		r.in(vital.StateConnected, vital.ReasonAuthenticated)
	})
}

func TestPairingAPairedSession(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		if err := r.manager.Pair(t.Context(), one); err == nil {
			t.Error("a paired session was paired again")
		}
	})
}

func TestPhoneCode(t *testing.T) {
	inBubble(t, false, func(t *testing.T, r *rig) {
		if _, err := r.manager.RequestPhoneCode(t.Context(), one, "+491512345678"); err == nil {
			t.Error("a code for a session that does not pair")
		}
		r.must(r.manager.Pair(t.Context(), one))
		r.conn().sink(codes(6))
		synctest.Wait()
		code, err := r.manager.RequestPhoneCode(t.Context(), one, "+491512345678")
		if err != nil || code != "ABCD-EFGH" {
			t.Fatalf("%q, %v", code, err)
		}
		synctest.Wait()
		if p := r.snap().Pairing; p.PhoneCode != code || p.PhoneFor != "+491512345678" || p.QR == "" {
			t.Errorf("%+v", p)
		}
		pass(firstCodeLife) // the next QR code keeps it
		if p := r.snap().Pairing; p.PhoneCode != code || p.Index != 2 {
			t.Errorf("%+v", p)
		}
		r.conn().codeErr = errFake
		if _, err := r.manager.RequestPhoneCode(t.Context(), one, "x"); err == nil {
			t.Error("no error")
		}
		synctest.Wait()
		if p := r.snap().Pairing; p.PhoneCode != "" || r.snap().Pending != "" {
			t.Errorf("%+v, pending %q", p, r.snap().Pending)
		}
	})
}

// Payloads are drawn, and nothing else: no event, no transition and no log line has one.
func TestPayloadsStayOutOfEventsAndLogs(t *testing.T) {
	inBubble(t, false, func(t *testing.T, r *rig) {
		sub := r.hub.Subscribe()
		defer sub.Close()
		r.must(r.manager.Pair(t.Context(), one))
		r.conn().sink(codes(6))
		pass(4 * time.Minute)
		text := fmt.Sprint(sub.Take().Events, r.store.events, r.store.transitions, r.log.String())
		if strings.Contains(text, "secret-payload") {
			t.Error("a payload got out")
		}
		if !strings.Contains(text, "code 6 of 6") {
			t.Error("the codes are not told of")
		}
	})
}

func TestEarlierConnectionsAreNotHeard(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		old := r.conn()
		old.set(func(c *fakeConn) { c.frozen = true }) // it goes on talking
		r.must(r.manager.Reconnect(t.Context(), one))
		pass(closeDeadline)
		r.conn().up()
		for _, s := range []Signal{
			LoggedIn{vital.Identity{JID: "999@s.whatsapp.net"}}, QRCodes{[]string{"x"}}, Paired{vital.Identity{JID: "999@s.whatsapp.net"}},
			ReadyChanged{vital.ReadyClosed, false}, Messages{Count: 5}, Ended{vital.Failure{Reason: vital.ReasonLoggedOut}},
		} {
			old.sink(s)
		}
		pass(time.Second)
		r.in(vital.StateConnected, vital.ReasonAuthenticated)
		if s := r.snap(); s.Identity != somebody() || s.Ready != vital.ReadyOpen || s.Counters.MessagesIn != 0 {
			t.Errorf("%+v", s)
		}
		close(old.done)
	})
}

// Events of a session are numbered without a hole, in the order in which things happened.
func TestEventsAreNumbered(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		sub := r.hub.Subscribe()
		defer sub.Close()
		r.connected()
		for range 5 {
			r.conn().fail(vital.ReasonServerClosed)
			pass(2 * time.Minute)
			r.conn().up()
			pass(time.Minute)
		}
		for i, e := range sub.Take().Events {
			if e.Seq != uint64(i+1) {
				t.Fatalf("event %d has number %d", i, e.Seq)
			}
		}
	})
}
