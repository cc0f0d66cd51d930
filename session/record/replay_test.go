package record

import (
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// What was true at a moment, told by the story of TestBundleRoundTrip.
func TestAt(t *testing.T) {
	r := loaded(t, written(t, story()))
	for _, c := range []struct {
		at      float64
		what    string
		holds   func(s *vital.Snapshot) bool
		nEvents int
	}{
		{0, "connected since before the record", func(s *vital.Snapshot) bool {
			return s.State == vital.StateConnected && s.Since.Equal(after(-100)) && s.Ready == vital.ReadyOpen && s.Listening && s.Wanted && s.Stored
		}, 0},
		{-0.5, "not yet pinged", func(s *vital.Snapshot) bool {
			return s.Ping.LastAt.IsZero() && s.Ladder.ServerAnswers.IsZero() && s.Ping.Recent == nil
		}, 0},
		{5.5, "six pings", func(s *vital.Snapshot) bool {
			return len(s.Ping.Recent) == 6 && s.Ping.Last == 60*time.Millisecond && s.Ping.P50 == 30*time.Millisecond && s.Ping.P95 == 60*time.Millisecond &&
				s.Ladder.ServerAnswers.Equal(after(5)) && s.Height(after(5.5)) == 4
		}, 1},
		{15, "a missed ping", func(s *vital.Snapshot) bool {
			return s.Ping.Missed == 1 && s.Ping.Recent[9] == -1 && s.Operations[0].BySpeed[vital.TimedOut] == 1 && s.Operations[0].Count == 10 &&
				s.Operations[0].BySpeed[vital.Fast] == 9 && s.Operations[0].P50 == 50*time.Millisecond
		}, 2},
		{0.5, "no message yet", func(s *vital.Snapshot) bool { return s.Counters.MessagesIn == 5 }, 0},
		{15, "four messages", func(s *vital.Snapshot) bool { return s.Counters.MessagesIn == 9 && s.Counters.Connects == 2 }, 2},
		{20, "lost, with its cause", func(s *vital.Snapshot) bool {
			return s.State == vital.StateReconnecting && s.Failure.Code == 503 && s.Attempt == 1 && s.Ready == vital.ReadyClosed && s.LastError == "stream error 503" &&
				s.NextTry.Equal(after(21.9)) && s.Ladder.SocketOpen.IsZero() && s.Diagnosis().Retries
		}, 2},
		{21.5, "all down", func(s *vital.Snapshot) bool {
			return len(s.Patterns) == 1 && s.Patterns[0].Name == vital.PatternAllDown
		}, 2},
		{21.95, "dialling", func(s *vital.Snapshot) bool {
			return s.Ready == vital.ReadyConnecting && s.Phase == vital.PhaseTCP && s.Dial.Total() == 50*time.Millisecond && s.NextTry.IsZero()
		}, 2},
		{23, "the second attempt is waited for", func(s *vital.Snapshot) bool {
			return s.Since.Equal(after(20)) && s.Reason == vital.ReasonTCP && s.Attempt == 2 && s.NextTry.Equal(after(30)) && s.LastErrorAt.Equal(after(22))
		}, 3},
		{23, "the breaker is open until it is half open", func(s *vital.Snapshot) bool {
			return s.Breaker.State == vital.BreakerOpen && s.Breaker.RetryAt.Equal(after(28)) && s.Breaker.Threshold == 5
		}, 3},
		{30.35, "in the handshake, with an open socket", func(s *vital.Snapshot) bool {
			return s.Phase == vital.PhaseNoise && s.Ready == vital.ReadyOpen && s.Ladder.SocketOpen.Equal(after(30.3)) && s.Ladder.Authenticated.IsZero()
		}, 5},
		{31, "up again", func(s *vital.Snapshot) bool {
			return s.State == vital.StateConnected && s.Failure == (vital.Failure{}) && s.Attempt == 0 &&
				s.Ladder.SocketOpen.Equal(after(30.3)) && s.Ladder.Authenticated.Equal(after(30.5)) &&
				len(s.Patterns) == 0 && s.LastError != "" && s.Breaker.State == vital.BreakerHalfOpen && !s.Restriction.Active && s.Ladder.ServerAnswers.IsZero()
		}, 5},
		{41, "restricted", func(s *vital.Snapshot) bool {
			return s.Restriction.Active && s.Restriction.Kind == "BIZ_QUALITY" && s.Restriction.Until.Equal(after(7200))
		}, 6},
		{51, "no longer", func(s *vital.Snapshot) bool { return !s.Restriction.Active }, 7},
		{56, "restricted without an end", func(s *vital.Snapshot) bool { return s.Restriction == vital.Restriction{Active: true, Kind: "BIZ"} }, 8},
		{60, "the session as it was", func(s *vital.Snapshot) bool { return s == r.last }, 8},
		{1e6, "and nothing later", func(s *vital.Snapshot) bool { return s == r.last }, 8},
	} {
		s, events := r.At(after(c.at))
		if !c.holds(s) || len(events) != c.nEvents {
			t.Errorf("at %v: not %q, %d events: %+v", c.at, c.what, len(events), s)
		}
		if s.Name != "name-2" || s.Identity.Phone != "number-1" {
			t.Errorf("at %v: %q is %+v", c.at, s.Name, s.Identity)
		}
	}
}

// A slider goes both ways; versions grow with time, so that nothing newer is taken for older.
func TestVersionsGrow(t *testing.T) {
	r := loaded(t, written(t, story()))
	last := uint64(0)
	for at := noon(); at.Before(after(60)); at = at.Add(100 * time.Millisecond) {
		s, _ := r.At(at)
		if s.Version < last {
			t.Fatalf("at %v: version %d after %d", at, s.Version, last)
		}
		last = s.Version
	}
}

// Who a session was follows its pairings and logouts.
func TestIdentityOverTime(t *testing.T) {
	in := story()
	in.Snapshot.Identity.JID, in.Snapshot.Identity.LID = "", "" // logged out at the end
	in.Material.Events = []vital.Event{{Session: 7, Seq: 1, Time: after(5), Kind: vital.KindPair, Text: "paired", Fields: []vital.Field{{Key: "platform", Value: "android"}}}}
	in.Material.Transitions = append(in.Material.Transitions, vital.Transition{
		Session: 7, Time: after(50), From: vital.StateConnected, To: vital.StateError, Cause: vital.CausePermanent, Reason: vital.ReasonLoggedOut,
		Failure: vital.Failure{Reason: vital.ReasonLoggedOut, Code: 401},
	})
	r := loaded(t, written(t, in))
	for at, want := range map[float64]vital.Identity{
		1:  {},
		10: {JID: "number-1@s.whatsapp.net", Phone: "number-1", PushName: "name-1", Platform: "android"},
		55: {Phone: "number-1", PushName: "name-1", Platform: "android"},
	} {
		if s, _ := r.At(after(at)); s.Identity != want {
			t.Errorf("at %v: %+v", at, s.Identity)
		}
	}
}
