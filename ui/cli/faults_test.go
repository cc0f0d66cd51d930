package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/session/whatsapp"
	"github.com/wapulse/wapulse/ui/cli/config"
)

// world is the program without its screen: real client, real database, simulated server.
type world struct {
	t       *testing.T
	server  *simulator.Server
	house   *house
	created atomic.Int32
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	conf := config.Config{
		DB:       filepath.Join(t.TempDir(), "wapulse.db"),
		Endpoint: &whatsapp.Endpoint{URL: server.URL(), RootKey: server.RootKey()},
	}
	h, err := openHouse(t.Context(), conf, slog.New(slog.DiscardHandler), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	return &world{t: t, server: server, house: h}
}

// await waits until a session's snapshot is as it should be.
func (w *world) await(t *testing.T, id vital.SessionID, what string, holds func(*vital.Snapshot) bool) *vital.Snapshot {
	t.Helper()
	sub := w.house.manager.Hub().Subscribe()
	defer sub.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		s, ok := w.house.manager.Snapshot(id)
		if ok && holds(s) {
			return s
		}
		select {
		case <-sub.Wake():
			sub.Take()
		case <-ctx.Done():
			t.Fatalf("never %s; the session is %+v", what, s)
		}
	}
}

func isConnected(s *vital.Snapshot) bool { return s.State == vital.StateConnected }

// waiting makes a session that shows its first QR code.
func (w *world) waiting(t *testing.T) (vital.SessionID, string) {
	t.Helper()
	id, err := w.house.manager.Create(t.Context(), fmt.Sprintf("session %d", w.created.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.house.manager.Pair(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	s := w.await(t, id, "a code", func(s *vital.Snapshot) bool { return s.Pairing != nil && s.Pairing.QR != "" })
	return id, s.Pairing.QR
}

// pair makes a session that is connected, and returns its phone.
func (w *world) pair(t *testing.T) (vital.SessionID, string) {
	t.Helper()
	id, qr := w.waiting(t)
	phone := fmt.Sprintf("+49151234560%02d", id)
	if err := w.server.Scan(qr, phone, "Ada"); err != nil {
		t.Fatal(err)
	}
	w.await(t, id, "connected", isConnected)
	return id, phone
}

// expected is how a session must stand after a fault.
type expected struct {
	state   vital.State
	reason  vital.Reason
	action  string // what the operator is told to do
	retries bool
}

func (w *world) mustStand(t *testing.T, id vital.SessionID, want expected) *vital.Snapshot {
	t.Helper()
	s := w.await(t, id, fmt.Sprintf("%s (%s)", want.state, want.reason), func(s *vital.Snapshot) bool {
		return s.State == want.state && s.Reason == want.reason
	})
	d := s.Diagnosis()
	if d.What == "" || d.Meaning == "" || d.Action != want.action || d.Retries != want.retries || !s.Stored || s.LastError == "" {
		t.Errorf("explained as %+v, stored %v, last error %q; want %+v", d, s.Stored, s.LastError, want)
	}
	return s
}

// Every way in which a server loses a session, ends it, or does not let it in, as the operator meets it: state, reason, next step. What is transient
// mends itself once the fault is over. (A server that stalls or answers nothing takes half a minute to be found: those are tested on a fake
// clock, where they belong.)
func TestFaultsAsTheOperatorMeetsThem(t *testing.T) {
	w := newWorld(t)
	const nothing = "nothing to do"
	drop := func(phone string) error { return w.server.Drop(phone) }
	failing := func(f simulator.LoginFailure) func(string) error {
		return func(phone string) error {
			if err := w.server.SetFaults(phone, func(faults *simulator.Faults) { faults.Failure = &f }); err != nil {
				return err
			}
			return w.server.Drop(phone)
		}
	}
	everywhere := func(edit func(*simulator.Faults)) func(string) error {
		return func(phone string) error {
			if err := w.server.SetFaults("", edit); err != nil {
				return err
			}
			return w.server.Drop(phone)
		}
	}
	stream := func(code int, conflict string) func(string) error {
		return func(phone string) error { return w.server.StreamError(phone, code, conflict) }
	}
	for name, c := range map[string]struct {
		fault      func(phone string) error
		want       expected
		everywhere bool // it concerns all sessions, so it is tested alone
	}{
		"drop":           {drop, expected{vital.StateReconnecting, vital.ReasonServerClosed, nothing, true}, false},
		"stream 503":     {stream(503, ""), expected{vital.StateReconnecting, vital.ReasonStreamUnavailable, nothing, true}, false},
		"stream 515":     {stream(515, ""), expected{vital.StateReconnecting, vital.ReasonStreamRestart, nothing, true}, false},
		"stream 777":     {stream(777, ""), expected{vital.StateReconnecting, vital.ReasonStreamError, "report it if it comes again", true}, false},
		"replaced":       {stream(0, "replaced"), expected{vital.StateError, vital.ReasonReplaced, "stop the other program, then start this session", false}, false},
		"device removed": {w.server.Logout, expected{vital.StateError, vital.ReasonDeviceRemoved, "pair this session again", false}, false},
		"401":            {failing(simulator.LoginFailure{Reason: 401}), expected{vital.StateError, vital.ReasonLoggedOut, "pair this session again", false}, false},
		"402": {failing(simulator.LoginFailure{Reason: 402, Code: 101, Expire: 3600}),
			expected{vital.StateError, vital.ReasonBanned, "let it rest, and stop what caused the ban", false}, false},
		"405": {failing(simulator.LoginFailure{Reason: 405}), expected{vital.StateError, vital.ReasonOutdated, "update wapulse", false}, false},
		"409": {failing(simulator.LoginFailure{Reason: 409}),
			expected{vital.StateError, vital.ReasonRefused, "update wapulse, then start this session", false}, false},
		"503 on connect": {failing(simulator.LoginFailure{Reason: 503, Count: 2}), expected{vital.StateReconnecting, vital.ReasonServerError, nothing, true}, false},
		"HTTP 502": {everywhere(func(f *simulator.Faults) { f.HTTPStatus = 502 }),
			expected{vital.StateReconnecting, vital.ReasonWebSocket, "check the proxy, if there is one, if it stays", true}, true},
		"port closed": {everywhere(func(f *simulator.Faults) { f.RefuseTCP = true }),
			expected{vital.StateReconnecting, vital.ReasonTCP, "check network, firewall and proxy", true}, true},
		"bad certificate": {everywhere(func(f *simulator.Faults) { f.BadCertificate = true }),
			expected{vital.StateReconnecting, vital.ReasonCertificate, "check proxy, endpoint and root key", true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if !c.everywhere {
				t.Parallel()
			}
			id, phone := w.pair(t)
			if err := c.fault(phone); err != nil {
				t.Fatal(err)
			}
			w.mustStand(t, id, c.want)
			whose := phone
			if c.everywhere {
				whose = ""
			}
			err := w.server.SetFaults(whose, func(faults *simulator.Faults) { *faults = simulator.Faults{} })
			if err != nil && !errors.Is(err, simulator.ErrNoSuchSession) { // whoever is logged out is gone
				t.Fatal(err)
			}
			if c.want.retries {
				w.await(t, id, "connected again", isConnected)
			}
			if err := w.house.manager.Delete(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestABanCountsDown(t *testing.T) {
	w := newWorld(t)
	id, phone := w.pair(t)
	ban := simulator.LoginFailure{Reason: 402, Code: 104, Expire: 3, Count: 1}
	if err := w.server.SetFaults(phone, func(f *simulator.Faults) { f.Failure = &ban }); err != nil {
		t.Fatal(err)
	}
	if err := w.server.Drop(phone); err != nil {
		t.Fatal(err)
	}
	s := w.await(t, id, "banned", func(s *vital.Snapshot) bool { return s.Reason == vital.ReasonBanned })
	if left := s.Failure.BanLeft(time.Now()); s.Failure.BanCode != 104 || left <= 0 || left > 3*time.Second {
		t.Errorf("%+v, %v left", s.Failure, left)
	}
	w.await(t, id, "connected when the ban ends", isConnected)
}

// The line is lost while the code is shown: the session rests, says why, and one key gives fresh codes, which work.
func TestDroppedWhilePairing(t *testing.T) {
	w := newWorld(t)
	id, _ := w.waiting(t)
	if err := w.server.SetFaults("", func(f *simulator.Faults) { f.RefuseTCP = true }); err != nil {
		t.Fatal(err)
	}
	if err := w.server.Drop(""); err != nil {
		t.Fatal(err)
	}
	w.mustStand(t, id, expected{vital.StateDisconnected, vital.ReasonServerClosed, "pair it again", false})
	if err := w.server.ClearFaults(); err != nil {
		t.Fatal(err)
	}
	if err := w.house.manager.Pair(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	fresh := w.await(t, id, "fresh codes", func(s *vital.Snapshot) bool { return s.Pairing != nil && s.Pairing.QR != "" })
	if err := w.server.Scan(fresh.Pairing.QR, "+4915123456099", "Ada"); err != nil {
		t.Fatal(err)
	}
	w.await(t, id, "connected", isConnected)
}

// What is kept of faults: each end with its diagnosis, each attempt with its waterfall, and that all sessions went down at once.
func TestWhatIsKeptOfFaults(t *testing.T) {
	w := newWorld(t)
	a, phone := w.pair(t)
	b, _ := w.pair(t)
	again := func(ids ...vital.SessionID) {
		t.Helper()
		for _, id := range ids {
			w.await(t, id, "reconnecting", func(s *vital.Snapshot) bool { return s.State == vital.StateReconnecting })
		}
	}
	if err := w.server.StreamError(phone, 503, ""); err != nil {
		t.Fatal(err)
	}
	again(a)
	w.await(t, a, "connected", isConnected)
	if err := w.server.SetFaults("", func(f *simulator.Faults) { f.HTTPStatus = 502 }); err != nil {
		t.Fatal(err)
	}
	if err := w.server.Drop(""); err != nil {
		t.Fatal(err)
	}
	again(a, b)
	for _, id := range []vital.SessionID{a, b} {
		w.await(t, id, "one of all that are down", func(s *vital.Snapshot) bool {
			return len(s.Patterns) == 1 && s.Patterns[0].Name == vital.PatternAllDown
		})
		w.await(t, id, "refused", func(s *vital.Snapshot) bool { return s.Failure.Code == 502 })
	}
	if err := w.server.ClearFaults(); err != nil {
		t.Fatal(err)
	}
	for _, id := range []vital.SessionID{a, b} {
		w.await(t, id, "connected, and the pattern over", func(s *vital.Snapshot) bool { return isConnected(s) && len(s.Patterns) == 0 })
	}
	w.mustBeKept(t, a)
}

func (w *world) mustBeKept(t *testing.T, id vital.SessionID) {
	t.Helper()
	list, err := w.house.store.Diagnoses(t.Context(), id, time.Time{}, time.Time{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range list {
		names = append(names, d.Diagnosis.Name)
		if d.Diagnosis.Action == "" || d.Diagnosis.Meaning == "" || d.Diagnosis.Next == "" || d.End.At.IsZero() {
			t.Errorf("kept as %+v", d)
		}
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "all_down server_closed stream_503 websocket" {
		t.Errorf("kept %q", got)
	}
	dials, err := w.house.store.Dials(t.Context(), id, 10)
	if err != nil || len(dials) < 5 {
		t.Fatalf("%d attempts, %v", len(dials), err)
	}
	for i, want := range []vital.DialOutcome{vital.DialPaired, vital.DialConnected, vital.DialConnected, vital.DialFailed} {
		if dials[i].Outcome != want || len(dials[i].Trace.Phases) == 0 {
			t.Errorf("attempt %d is kept as %+v, want %s", i, dials[i], want)
		}
	}
	if d := dials[3]; d.EndedIn != vital.PhaseWebSocket || d.Failure.Code != 502 {
		t.Errorf("the failed one is kept as %+v", d)
	}
}
