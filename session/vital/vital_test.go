package vital

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"
)

// TestEveryEdge walks the whole table from every state with every cause, and holds it against the drawing in the design.
func TestEveryEdge(t *testing.T) {
	type step struct {
		from   State
		cause  Cause
		paired bool
	}
	want := map[step]State{}
	both := func(from State, cause Cause, to State) {
		want[step{from, cause, true}] = to
		want[step{from, cause, false}] = to
	}
	both(StateDisconnected, CauseStart, StateConnecting)
	want[step{StateConnecting, CauseAuthenticated, true}] = StateConnected
	want[step{StateConnecting, CausePairRestart, true}] = StateConnecting
	want[step{StateConnecting, CauseCodesRanOut, false}] = StateDisconnected
	want[step{StateConnecting, CauseAttemptFailed, false}] = StateDisconnected
	want[step{StateConnecting, CauseAttemptFailed, true}] = StateReconnecting
	both(StateConnected, CauseSocketLost, StateReconnecting)
	both(StateConnected, CauseReconnect, StateReconnecting)
	both(StateReconnecting, CauseAttemptFailed, StateReconnecting)
	want[step{StateReconnecting, CauseAuthenticated, true}] = StateConnected
	for _, from := range States() {
		both(from, CausePermanent, StateError)
		if from != StateError {
			both(from, CauseStop, StateDisconnected)
			both(from, CauseShutdown, StateDisconnected)
		}
	}
	both(StateError, CauseOperator, StateConnecting)
	want[step{StateError, CauseBanEnded, true}] = StateConnecting

	for _, from := range States() {
		for _, cause := range Causes() {
			for _, paired := range []bool{true, false} {
				to, ok := Next(from, cause, paired)
				wantTo, wantOK := want[step{from, cause, paired}]
				if ok != wantOK || (ok && to != wantTo) {
					t.Errorf("%v --%v--> (paired %v): got %v %v, want %v %v", from, cause, paired, to, ok, wantTo, wantOK)
				}
				if !ok && to != from {
					t.Errorf("%v --%v-->: no edge, yet the state changed to %v", from, cause, to)
				}
			}
		}
	}
}

func TestNamesRoundTrip(t *testing.T) {
	roundTrip(t, ParseState, States()...)
	roundTrip(t, ParseCause, Causes()...)
	roundTrip(t, ParseLevel, Levels()...)
	roundTrip(t, ParsePhase, PhaseNone, PhaseDNS, PhaseTCP, PhaseTLS, PhaseWebSocket, PhaseNoise, PhaseLogin, PhaseReady)
	roundTrip(t, ParseBreakerState, BreakerClosed, BreakerHalfOpen, BreakerOpen)
}

func roundTrip[T interface {
	comparable
	fmt.Stringer
}](t *testing.T, parse func(string) (T, error), all ...T) {
	t.Helper()
	for _, v := range all {
		if got, err := parse(v.String()); err != nil || got != v {
			t.Errorf("%q is read as %v, %v", v, got, err)
		}
	}
	if _, err := parse("FINE"); !errors.Is(err, ErrUnknownName) {
		t.Errorf("a name that is none: %v", err)
	}
}

func TestDiagnoseKeepsTheServersWords(t *testing.T) {
	until := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		f    Failure
		what string
	}{
		{Failure{Reason: ReasonWebSocket, Code: 502, Text: "Bad Gateway"}, "WebSocket refused: 502 Bad Gateway"},
		{Failure{Reason: ReasonLoggedOut, Code: 401}, "logged out (401)"},
		{Failure{Reason: ReasonStreamUnavailable, Code: 503}, "stream error 503"},
		{Failure{Reason: ReasonServerError, Code: 503}, "server trouble: 503"},
		{Failure{Reason: ReasonBanned, Code: 402, BanCode: 104, Until: until}, "temporarily banned (402)"},
		{Failure{}, ""},
	} {
		if got := Diagnose(c.f).What; got != c.what {
			t.Errorf("%+v: %q, want %q", c.f, got, c.what)
		}
	}
	f := Failure{Reason: ReasonBanned, Until: until}
	if got := f.BanLeft(until.Add(-time.Hour)); got != time.Hour {
		t.Errorf("BanLeft = %v", got)
	}
	if got := f.BanLeft(until.Add(time.Hour)); got != 0 {
		t.Errorf("BanLeft after the end = %v", got)
	}
}

func TestRungsHaveNoHole(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	recent, old := now.Add(-time.Second), now.Add(-time.Hour)
	full := Ladder{SocketOpen: old, Authenticated: old, ServerAnswers: recent, DataFresh: recent, PhoneSeen: old}
	noPong := full
	noPong.ServerAnswers = old
	for _, c := range []struct {
		name   string
		ladder Ladder
		missed int
		want   int
	}{
		{"nothing", Ladder{}, 0, 0},
		{"all", full, 0, 5},
		{"a missed ping", full, 1, 2},
		{"an old pong", noPong, 0, 2},
		{"a seen phone does not lift a closed socket", Ladder{PhoneSeen: recent}, 0, 0},
	} {
		s := Snapshot{Ladder: c.ladder, Ping: Ping{Missed: c.missed}}
		if got := s.Height(now); got != c.want {
			t.Errorf("%s: %d rungs, want %d", c.name, got, c.want)
		}
	}
}

// Nobody retries a pairing by himself: a session that rests after a failed one says so, and what to do.
func TestDiagnoseAFailedPairing(t *testing.T) {
	for _, c := range []struct {
		reason Reason
		action string
	}{
		{ReasonDNS, "check this machine's DNS, then pair it again"},
		{ReasonServerClosed, "pair it again"},
		{ReasonCodesRanOut, "ask for fresh codes when the phone is at hand"},
		{ReasonPairRefused, "try again with a fresh code"},
	} {
		d := DiagnoseIn(StateDisconnected, Failure{Reason: c.reason})
		if d.Retries || d.Next != "wapulse does not retry" || d.Action != c.action {
			t.Errorf("%s: %+v, want the action %q", c.reason, d, c.action)
		}
	}
	if d := DiagnoseIn(StateReconnecting, Failure{Reason: ReasonDNS}); !d.Retries {
		t.Errorf("a session that reconnects: %+v", d)
	}
	if d := DiagnoseIn(StateDisconnected, Failure{}); d != (Diagnosis{}) {
		t.Errorf("nothing failed: %+v", d)
	}
}

// A counter that All leaves out would be neither stored nor added up.
func TestAllCounters(t *testing.T) {
	var c Counters
	for i, n := range c.All() {
		*n = uint64(i) + 1
	}
	seen := map[uint64]bool{}
	for v := reflect.ValueOf(c); len(seen) < v.NumField(); {
		n := v.Field(len(seen)).Uint()
		if n == 0 || seen[n] {
			t.Fatalf("%+v", c)
		}
		seen[n] = true
	}
}
