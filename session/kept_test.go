package session

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

func (s *fakeStore) kept() (Kept, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records[0].Kept, s.kepts
}

func TestPhoneSeenOutlivesRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, record(true))
		r.connected()
		var last time.Time
		for range 150 { // a sign every two seconds, for five minutes
			last = time.Now()
			r.conn().sink(PhoneSeen{At: last})
			pass(2 * time.Second)
		}
		if k, n := r.store.kept(); n < 4 || n > 5 || last.Sub(k.PhoneSeen) > keepEvery {
			t.Errorf("stored %d times, the last %v before the last sign", n, last.Sub(k.PhoneSeen))
		}
		r.conn().fail(vital.ReasonServerClosed)
		if seen := r.snap().Ladder.PhoneSeen; !seen.Equal(last) {
			t.Errorf("after the socket is lost: %v", seen)
		}
		r.conn().sink(PhoneSeen{At: last.Add(-time.Hour)}) // late news
		r.close()
		if k, _ := r.store.kept(); !k.PhoneSeen.Equal(last) {
			t.Errorf("stored at the end: %v, want %v", k.PhoneSeen, last)
		}
		pass(12 * 24 * time.Hour)
		r.restart()
		defer r.close()
		names := map[string]bool{}
		for _, f := range r.snap().Assess(time.Now()).Findings {
			names[f.Name] = true
		}
		if !names["phone_unseen"] || !r.snap().Ladder.PhoneSeen.Equal(last) {
			t.Errorf("twelve days later: %v, seen %v", names, r.snap().Ladder.PhoneSeen)
		}
	})
}

func TestPhoneSeenInTheFutureIsNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := record(true)
		rec.Kept.PhoneSeen = time.Now().Add(1000 * time.Hour) // the clock was wrong when it was stored
		r := newRig(t, rec)
		defer r.close()
		if seen := r.snap().Ladder.PhoneSeen; !seen.Equal(time.Now()) {
			t.Error(seen)
		}
	})
}

// TestRestriction: it outlives reconnects and restarts, and ends by itself, in the snapshot and in the store.
func TestRestriction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, record(true))
		r.connected()
		given := vital.Restriction{Active: true, Kind: "DEFAULT", Until: time.Now().Add(3 * time.Hour)}
		told := func(sub *Subscription) string {
			text := ""
			for _, e := range sub.Take().Events {
				if e.Kind == vital.KindLog {
					text += fmt.Sprintln(e.Text, e.Fields)
				}
			}
			return text
		}
		sub := r.hub.Subscribe()
		r.conn().sink(Restricted{given})
		if got := r.snap().Restriction; got != given {
			t.Fatalf("%+v", got)
		}
		if text := told(sub); !strings.Contains(text, "cannot begin new chats until") || !strings.Contains(text, "{restricted true} {type DEFAULT} {until ") {
			t.Errorf("told: %q", text)
		}
		r.conn().fail(vital.ReasonServerClosed)
		r.must(r.manager.Start(t.Context(), one))
		r.conn().up()
		if got := r.snap().Restriction; got != given {
			t.Fatalf("after a reconnect: %+v", got)
		}
		r.close()
		pass(time.Hour)
		r.restart()
		if got := r.snap().Restriction; got != given {
			t.Fatalf("after a restart: %+v", got)
		}
		pass(2*time.Hour - time.Second)
		if !r.snap().Restriction.Active {
			t.Error("it ended early")
		}
		sub = r.hub.Subscribe() // the old hub is gone
		defer sub.Close()
		pass(time.Second)
		if got := r.snap().Restriction; got != (vital.Restriction{}) {
			t.Errorf("after its end: %+v", got)
		}
		if k, _ := r.store.kept(); k.Restriction.Active {
			t.Error("its end is not stored")
		}
		if text := told(sub); !strings.Contains(text, "restriction of this account is over") || !strings.Contains(text, "{restricted false}") {
			t.Errorf("told: %q", text)
		}

		// One without an end stays until the server lifts it.
		r.connected()
		r.conn().sink(Restricted{vital.Restriction{Active: true}})
		pass(1000 * time.Hour)
		if !r.snap().Restriction.Active {
			t.Error("one without an end has ended")
		}
		r.conn().sink(Restricted{})
		if r.snap().Restriction.Active {
			t.Error("the server's word did not end it")
		}
		if text := told(sub); !strings.Contains(text, "is lifted [{restricted false}]") {
			t.Errorf("told: %q", text)
		}
		r.close()

		// One that ended while wapulse was down is not brought back.
		r.store.mu.Lock()
		r.store.records[0].Kept.Restriction = vital.Restriction{Active: true, Until: time.Now().Add(-time.Second)}
		r.store.mu.Unlock()
		r.restart()
		defer r.close()
		if r.snap().Restriction.Active {
			t.Error("it came back after its end")
		}
	})
}

func TestReceiptsOfWhatWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, record(true))
		r.connected()
		defer r.close()
		began := time.Now()
		send := func(id string) error {
			_, err := r.manager.Send(t.Context(), one, vital.Outgoing{ID: id, To: "+491512345678", Text: "x"})
			synctest.Wait()
			return err
		}
		for _, id := range []string{"A", "B", "C"} {
			r.must(send(id))
		}
		r.conn().works(func(context.Context, vital.Operation) error { return &ServerError{Code: 463} })
		if send("D") == nil {
			t.Fatal("it was taken")
		}
		pass(publishEvery)
		if got := r.snap().Receipts; got != (vital.Receipts{Sent: 3, Missing: 3, Oldest: began}) {
			t.Errorf("%+v", got)
		}
		pass(11 * time.Minute)
		unwell := func() bool {
			for _, f := range r.snap().Assess(time.Now()).Findings {
				if f.Name == "receipts_missing" {
					return true
				}
			}
			return false
		}
		if !unwell() {
			t.Error("three messages without a receipt, and nothing is said")
		}
		for _, refusal := range []string{"retry", "server-error"} { // a device has it, and cannot read it
			r.conn().sink(Receipt{Type: refusal, IDs: []string{"A", "B", "C"}, Count: 3, At: time.Now()})
		}
		pass(publishEvery)
		if !unwell() {
			t.Error("nobody can read what it sends, and nothing is said")
		}
		r.conn().sink(Receipt{Type: "sender", IDs: []string{"C"}, Count: 1, FromPhone: true, At: time.Now()})
		r.conn().sink(Receipt{Type: "read", IDs: []string{"X", "B"}, Count: 2, At: time.Now()})
		pass(publishEvery)
		if got := r.snap().Receipts; got.Missing != 2 || got.LastAt.IsZero() || got.Oldest != began || unwell() {
			t.Errorf("after a receipt: %+v", got)
		}
		r.conn().works(nil)
		pass(25 * time.Hour)
		r.must(send("E"))
		pass(publishEvery)
		if got := r.snap().Receipts; got.Sent != 1 || got.Missing != 1 {
			t.Errorf("a day later: %+v", got)
		}
	})
}

func TestTallyForgetsAfterAnHour(t *testing.T) {
	var count tally
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	if got := count.note(now, true); got != (vital.Tally{Operations: 1, Timeouts: 1}) {
		t.Errorf("%+v", got)
	}
	if got := count.note(now.Add(-time.Hour), false); got != (vital.Tally{Operations: 2, Timeouts: 1}) {
		t.Errorf("the clock was set back: %+v", got)
	}
	if got := count.note(now.Add(54*time.Minute), false); got != (vital.Tally{Operations: 3, Timeouts: 1}) {
		t.Errorf("after 54 min: %+v", got)
	}
	if got := count.note(now.Add(61*time.Minute), false); got != (vital.Tally{Operations: 2}) {
		t.Errorf("after 61 min: %+v", got)
	}
	if got := count.note(now.Add(1000*time.Hour), true); got != (vital.Tally{Operations: 1, Timeouts: 1}) {
		t.Errorf("after 1000 h: %+v", got)
	}
}

func TestSetProxy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRigWith(t, Config{Proxy: "http://10.0.0.1:3128"}, record(true))
		if got := r.snap().Proxy; got != "http://10.0.0.1:3128" {
			t.Errorf("that of all: %q", got)
		}
		r.connected()
		first, sub := r.conn(), r.hub.Subscribe()
		defer sub.Close()
		if err := r.manager.SetProxy(t.Context(), one, "ftp://u:hunter22@x"); err == nil || strings.Contains(err.Error(), "hunter22") {
			t.Errorf("a proxy that is none: %v", err)
		}
		r.must(r.manager.SetProxy(t.Context(), one, "socks5://u:hunter22@127.0.0.1:1080"))
		if !first.wasClosed() || r.conn() == first {
			t.Error("the connection through the old proxy goes on")
		}
		r.conn().up()
		r.in(vital.StateConnected, vital.ReasonAuthenticated)
		if got := r.snap().Proxy; got != "socks5://127.0.0.1:1080" {
			t.Errorf("its own: %q", got)
		}
		through := r.conn()
		r.must(r.manager.SetProxy(t.Context(), one, "socks5://u:hunter22@127.0.0.1:1080"))
		if through.wasClosed() || r.conn() != through {
			t.Error("the same proxy once more has cut the connection")
		}
		for _, e := range sub.Take().Events {
			if strings.Contains(e.Text, "hunter22") {
				t.Errorf("the password is in %q", e.Text)
			}
		}
		if strings.Contains(r.log.String(), "hunter22") {
			t.Error("the password is in the log")
		}
		r.close()
		r.restart()
		r.connected()
		r.must(r.manager.SetProxy(t.Context(), one, ""))
		r.conn().up()
		want := []string{"", "socks5://u:hunter22@127.0.0.1:1080", "socks5://u:hunter22@127.0.0.1:1080", ""}
		if got := r.devices.proxies; strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%q, want %q", got, want)
		}
		r.close()

		// What cannot be read is not gone round.
		r.store.mu.Lock()
		r.store.records[0].Proxy = "nonsense://hunter22"
		r.store.mu.Unlock()
		r.restart()
		defer r.close()
		before := r.dials()
		r.start()
		if s := r.snap(); r.dials() != before || s.Failure.Reason != vital.ReasonProxy || s.State != vital.StateReconnecting || strings.Contains(s.Failure.Text, "hunter22") || s.Proxy != "" {
			t.Errorf("%d dials, %s, %q", r.dials()-before, s.Failure, s.Proxy)
		}
	})
}

// TestSetProxyOfOneAtRest: nothing is connected for it, and one that waits for a phone gets new codes through the new one.
func TestSetProxyOfOneAtRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, record(false))
		defer r.close()
		r.must(r.manager.SetProxy(t.Context(), one, "http://127.0.0.1:3128"))
		if r.dials() != 0 {
			t.Error("it dialled")
		}
		r.must(r.manager.Pair(t.Context(), one))
		first := r.conn()
		r.must(r.manager.SetProxy(t.Context(), one, ""))
		if !first.wasClosed() || r.dials() != 2 {
			t.Errorf("%d dials", r.dials())
		}
	})
}
