package vital

import (
	"strings"
	"testing"
	"time"
)

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// alive is a session of which nothing bad can be said at noon.
func alive() *Snapshot {
	recent, before := noon().Add(-5*time.Second), noon().Add(-time.Hour)
	return &Snapshot{
		Identity: Identity{JID: "491512345678:3@s.whatsapp.net", PushName: "Ada"}, State: StateConnected, Since: before, Stored: true, Ready: ReadyOpen,
		Ladder: Ladder{SocketOpen: before, Authenticated: before, ServerAnswers: recent, DataFresh: recent, PhoneSeen: before},
		Ping:   Ping{Last: 180 * time.Millisecond, LastAt: recent, P95: 400 * time.Millisecond},
	}
}

// TestEveryHealthRule holds each row of the table against a session in which it holds alone, and against its neighbours in which it does not.
func TestEveryHealthRule(t *testing.T) {
	now, minute, day := noon(), time.Minute, 24*time.Hour
	in := func(state State, ago time.Duration) func(*Snapshot) {
		return func(s *Snapshot) { s.State, s.Since, s.Ladder, s.Attempt = state, now.Add(-ago), Ladder{}, 7 }
	}
	fails := func(f Failure) func(*Snapshot) {
		return func(s *Snapshot) { in(StateError, minute)(s); s.Failure = f }
	}
	for _, c := range []struct {
		want   string // findings, in order; "" for none
		health Health
		text   string // in the first one
		change func(*Snapshot)
	}{
		{"", Healthy, "", func(*Snapshot) {}},
		{"banned", Unhealthy, "same message to many people (104), 50 min left", fails(Failure{Reason: ReasonBanned, Code: 402, BanCode: 104, Until: now.Add(3050 * time.Second)})},
		{"outdated", Unhealthy, "client outdated (405)", fails(Failure{Reason: ReasonOutdated, Code: 405})},
		{"error", Unhealthy, "logged out (401)", fails(Failure{Reason: ReasonLoggedOut, Code: 401})},
		{"down", Unhealthy, "no connection", in(StateDisconnected, minute)},
		{"not_coming_up", Unhealthy, "for 6 min, after 7 attempts", in(StateReconnecting, 6*minute)},
		{"not_coming_up", Unhealthy, "for 6 min", in(StateConnecting, 6*minute)},
		{"connecting", Degraded, "no connection yet", in(StateConnecting, 5*minute)},
		{"connecting", Degraded, "waits for a phone", func(s *Snapshot) { in(StateConnecting, time.Hour)(s); s.Pairing = &Pairing{} }},
		{"reconnecting", Degraded, "by itself: stream error 503", func(s *Snapshot) { in(StateReconnecting, 5*minute)(s); s.Failure.Reason = ReasonStreamUnavailable }},
		{"not_stored", Degraded, "database", func(s *Snapshot) { s.Stored = false }},
		{"no_answer", Unhealthy, "the last pong came 41 s ago", func(s *Snapshot) { s.Ladder.ServerAnswers, s.Ping.Missed = now.Add(-41*time.Second), 1 }},
		{"no_answer", Unhealthy, "no ping answered", func(s *Snapshot) { s.Ladder.ServerAnswers = time.Time{} }},
		{"", Healthy, "", func(s *Snapshot) { s.Ladder.ServerAnswers = now.Add(-40 * time.Second) }},
		{"", Healthy, "", func(s *Snapshot) { s.Ladder.ServerAnswers, s.Since = time.Time{}, now.Add(-30*time.Second) }},
		{"pings_missed", Degraded, "1 in a row unanswered", func(s *Snapshot) { s.Ping.Missed = 1 }},
		{"stale", Degraded, "last stanza 41 s ago", func(s *Snapshot) { s.Ladder.DataFresh = now.Add(-41 * time.Second) }},
		{"receipts_missing", Degraded, "any of 3 messages since 11 min ago", func(s *Snapshot) { s.Receipts = Receipts{Sent: 3, Missing: 3, Oldest: now.Add(-11 * minute)} }},
		{"", Healthy, "", func(s *Snapshot) { s.Receipts = Receipts{Sent: 2, Missing: 2, Oldest: now.Add(-11 * minute)} }},
		{"", Healthy, "", func(s *Snapshot) { s.Receipts = Receipts{Sent: 3, Missing: 3, Oldest: now.Add(-10 * minute)} }},
		{"", Healthy, "", func(s *Snapshot) {
			s.Receipts = Receipts{Sent: 4, Missing: 3, Oldest: now.Add(-11 * minute), LastAt: now.Add(-minute)}
		}},
		{"slow", Degraded, "ping p95 3,001 ms", func(s *Snapshot) { s.Ping.P95 = 3001 * time.Millisecond }},
		{"", Healthy, "", func(s *Snapshot) { s.Ping.P95 = 3 * time.Second }},
		{"slow", Degraded, "check p95 4,000 ms", func(s *Snapshot) {
			s.Operations = []OperationStat{{Operation: OpCheck, P95: 4 * time.Second, LastSlowAt: now.Add(-minute)}}
		}},
		{"", Healthy, "", func(s *Snapshot) {
			s.Operations = []OperationStat{{Operation: OpCheck, P95: 4 * time.Second, LastSlowAt: now.Add(-16 * minute)}}
		}},
		{"timeouts", Degraded, "1.1 % time-outs: 2 of 190", func(s *Snapshot) { s.LastHour = Tally{190, 2} }},
		{"", Healthy, "", func(s *Snapshot) { s.LastHour = Tally{200, 2} }},
		{"", Healthy, "", func(s *Snapshot) { s.LastHour = Tally{19, 3} }},
		{"", Healthy, "", func(s *Snapshot) { s.LastHour = Tally{20, 1} }},
		{"breaker", Degraded, "OPEN, 42 s left", func(s *Snapshot) { s.Breaker = Breaker{State: BreakerOpen, RetryAt: now.Add(42 * time.Second)} }},
		{"breaker", Degraded, "HALF_OPEN", func(s *Snapshot) { s.Breaker.State = BreakerHalfOpen }},
		{"paused", Degraded, "(429), 20 s left", func(s *Snapshot) { s.Load.PausedUntil = now.Add(20 * time.Second) }},
		{"", Healthy, "", func(s *Snapshot) { s.Load.PausedUntil = now }},
		{"phone_gone", Unhealthy, "14 days", func(s *Snapshot) { s.Ladder.PhoneSeen = now.Add(-14*day - time.Second) }},
		{"phone_unseen", Degraded, "12 days of 14 days", func(s *Snapshot) { s.Ladder.PhoneSeen = now.Add(-12 * day) }},
		{"phone_unseen", Degraded, "14 days of 14 days", func(s *Snapshot) { s.Ladder.PhoneSeen = now.Add(-14 * day) }},
		{"", Healthy, "", func(s *Snapshot) { s.Ladder.PhoneSeen = now.Add(-12*day + time.Second) }},
		{"", Healthy, "", func(s *Snapshot) { s.Ladder.PhoneSeen = time.Time{} }},
		{"restricted", Degraded, "begin new chats, 60 min left", func(s *Snapshot) { s.Restriction = Restriction{Active: true, Until: now.Add(time.Hour)} }},
		{"restricted", Degraded, "begin new chats", func(s *Snapshot) { s.Restriction.Active = true }},
		{"", Healthy, "", func(s *Snapshot) { s.Restriction = Restriction{Active: true, Until: now} }},
		{"outdated_client", Degraded, "is 2.3000.9, this one says that it is 2.3000.1", func(s *Snapshot) { s.Client = Client{"2.3000.1", "2.3000.9", true} }},
		{"", Healthy, "", func(s *Snapshot) { s.Client = Client{"2.3000.8", "2.3000.9", false} }},
		{"all_down", Degraded, "all 3 sessions went down: one cause for all", func(s *Snapshot) {
			s.Patterns = []Diagnosis{{Name: PatternAllDown, What: "all 3 sessions went down", Meaning: "one cause for all"}}
		}},
		{"restricted_then_logged_out", Degraded, "not a glitch", func(s *Snapshot) { s.Patterns = []Diagnosis{{Name: PatternPolicy, Meaning: "not a glitch"}} }},
		{"replaced_again", Degraded, "a second wapulse", func(s *Snapshot) { s.Patterns = []Diagnosis{{Name: PatternReplaced, Meaning: "a second wapulse"}} }},
		{"flapping", Degraded, "unstable", func(s *Snapshot) { s.Patterns = []Diagnosis{{Name: PatternFlapping, Meaning: "unstable"}} }},
		{"no_answer breaker restricted", Unhealthy, "", func(s *Snapshot) {
			s.Restriction.Active, s.Breaker.State, s.Ladder.ServerAnswers = true, BreakerOpen, time.Time{}
		}},
	} {
		s := alive()
		c.change(s)
		a := s.Assess(now)
		var names []string
		for _, f := range a.Findings {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != c.want || a.Health != c.health {
			t.Errorf("%s %q, want %s %q", a.Health, got, c.health, c.want)
			continue
		}
		if c.text != "" && !strings.Contains(a.Findings[0].Text, c.text) {
			t.Errorf("%s: %q, want %q in it", c.want, a.Findings[0].Text, c.text)
		}
	}
}

// TestHealthRulesHaveNames: scripts know findings by their names, so no two are the same.
func TestHealthRulesHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules() {
		if r.name == "" || r.health == Healthy || seen[r.name] {
			t.Errorf("rule %q, %s", r.name, r.health)
		}
		seen[r.name] = true
	}
}

// TestEveryPatternIsAFinding: a pattern that is told of a session makes it DEGRADED at least.
func TestEveryPatternIsAFinding(t *testing.T) {
	names := []string{PatternAllDown}
	for _, r := range patternRules() {
		names = append(names, r.diagnosis.Name)
	}
	for _, name := range names {
		s := alive()
		s.Patterns = []Diagnosis{{Name: name}}
		if a := s.Assess(noon()); len(a.Findings) != 1 || a.Findings[0].Name != name {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestLadderInWords(t *testing.T) {
	now := noon()
	for _, c := range []struct {
		rung   int
		holds  bool
		text   string
		change func(*Snapshot)
	}{
		{RungSocket, true, "open for 60 min", func(*Snapshot) {}},
		{RungSocket, false, "no socket: CLOSED", func(s *Snapshot) { s.Ladder.SocketOpen, s.Ready = time.Time{}, ReadyClosed }},
		{RungLogin, true, "491512345678:3@s.whatsapp.net, Ada, for 60 min", func(*Snapshot) {}},
		{RungLogin, false, "not logged in", func(s *Snapshot) { s.Ladder.Authenticated = time.Time{} }},
		{RungLogin, false, "not paired", func(s *Snapshot) { s.Ladder.Authenticated, s.Identity = time.Time{}, Identity{} }},
		{RungServer, true, "pong after 180 ms, 5 s ago", func(*Snapshot) {}},
		{RungServer, true, "pong after 180 ms, 40 s ago", func(s *Snapshot) { s.Ladder.ServerAnswers = now.Add(-FreshWithin) }},
		{RungServer, false, "pong after 180 ms, 41 s ago", func(s *Snapshot) { s.Ladder.ServerAnswers = now.Add(-41 * time.Second) }},
		{RungServer, false, "2 in a row unanswered; the last pong came 5 s ago", func(s *Snapshot) { s.Ping.Missed = 2 }},
		{RungServer, false, "no ping answered on this connection", func(s *Snapshot) { s.Ladder.ServerAnswers = time.Time{} }},
		{RungData, true, "last stanza 5 s ago", func(*Snapshot) {}},
		{RungData, true, "last stanza 5 s ago; receipts for 3 of 4 sent, the last 60 s ago", func(s *Snapshot) {
			s.Receipts = Receipts{Sent: 4, Missing: 1, LastAt: now.Add(-time.Minute)}
		}},
		{RungData, false, "no stanza on this connection", func(s *Snapshot) { s.Ladder.DataFresh = time.Time{} }},
		{RungPhone, true, "60 min ago", func(*Snapshot) {}},
		{RungPhone, true, "12 days ago: after 14 days its linked devices are lost; open WhatsApp on it", func(s *Snapshot) { s.Ladder.PhoneSeen = now.Add(-PhoneWarning) }},
		{RungPhone, false, "15 days ago: after 14 days its linked devices are lost", func(s *Snapshot) { s.Ladder.PhoneSeen = now.Add(-15 * 24 * time.Hour) }},
		{RungPhone, false, "no sign of it yet", func(s *Snapshot) { s.Ladder.PhoneSeen = time.Time{} }},
		{RungPhone, true, "0 s ago", func(s *Snapshot) { s.Ladder.PhoneSeen = now.Add(time.Hour) }}, // the clock was set back
	} {
		s := alive()
		c.change(s)
		all := s.LadderRungs(now)
		if r := all[c.rung]; r.Holds != c.holds || r.Evidence != c.text {
			t.Errorf("%s: %v %q, want %v %q", r.Name, r.Holds, r.Evidence, c.holds, c.text)
		}
		height := 0
		for height < len(all) && all[height].Holds {
			height++
		}
		if got := s.Height(now); got != height {
			t.Errorf("%s: %d rungs hold, and its height is %d", c.text, height, got)
		}
	}
}

func TestParseProxy(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "http://proxy": "http://proxy:80", "https://proxy.example/": "https://proxy.example:443", "socks5://u:p%40ss@[::1]": "socks5://[::1]:1080",
		" HTTP://u:pass@127.0.0.1:3128 ": "http://127.0.0.1:3128",
	} {
		p, err := ParseProxy(text)
		if err != nil || p.String() != want || p.IsNone() != (want == "") {
			t.Errorf("%q: %q, %v, want %q", text, p, err, want)
		}
		again, err := ParseProxy(p.Secret())
		if err != nil || again != p {
			t.Errorf("%q does not come back from the database: %v", text, err)
		}
	}
	p, err := ParseProxy("socks5://u:p%40ss@[::1]")
	if name, password := p.User(); name != "u" || password != "p@ss" || err != nil {
		t.Errorf("user %q, password %q, %v", name, password, err)
	}
	for _, text := range []string{"proxy:3128", "ftp://u:secret@x", "http://", "http://u:secret@:80", "http://u:sec ret@x", "http://x/path", "http://x?secret", "secret", "socks5://u:secret@1:7.0.0.1:1080"} {
		if p, err := ParseProxy(text); err == nil || strings.Contains(err.Error(), "secret") || !p.IsNone() {
			t.Errorf("%q: %v, %v", text, p, err)
		}
	}
}

// FuzzParseProxy: however a proxy is written, nothing of its password is printed.
func FuzzParseProxy(f *testing.F) {
	f.Add("socks5", "user", "hunter22", "127.0.0.1:1080")
	f.Fuzz(func(t *testing.T, scheme, user, password, host string) {
		p, err := ParseProxy(scheme + "://" + user + ":" + password + "@" + host)
		if err != nil {
			return
		}
		name, secret := p.User()
		if again, err := ParseProxy(p.Secret()); err != nil || again != p {
			t.Errorf("it does not come back: %v", err)
		}
		if len(secret) >= 4 && strings.Contains(p.String(), secret) && !strings.Contains(host, secret) && !strings.Contains(scheme, secret) || strings.Contains(p.String(), "@") {
			t.Errorf("user %q: %s", name, p)
		}
	})
}
