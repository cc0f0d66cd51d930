package vital

import (
	"strings"
	"testing"
	"time"
)

// history makes ends from lines of "minute reason lived", with "restricted" behind; a negative minute is one before now.
func history(t *testing.T, now time.Time, lines ...string) (ends []End) {
	t.Helper()
	for _, line := range lines {
		words := strings.Fields(line)
		ago, err := time.ParseDuration(words[0])
		if err != nil {
			t.Fatal(err)
		}
		lived, err := time.ParseDuration(words[2])
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, End{At: now.Add(-ago), Reason: Reason(words[1]), Lived: lived, Restricted: len(words) > 3})
	}
	return ends
}

func names(list []Diagnosis) string {
	var all []string
	for _, d := range list {
		all = append(all, d.Name)
	}
	return strings.Join(all, " ")
}

// patternsAt are those of a session that is connected since then, or, with the zero time, on its way up.
func patternsAt(ends []End, up, now time.Time) ([]Diagnosis, time.Time) {
	if up.IsZero() {
		return Patterns(ends, StateReconnecting, time.Time{}, now)
	}
	return Patterns(ends, StateConnected, up, now)
}

func TestPatternsOfWhatNobodyWantsUp(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	ends := history(t, now, "8m replaced 30s", "6m server_closed 50s", "4m server_closed 1s", "1m replaced 59s")
	for _, state := range []State{StateDisconnected, StateError} { // in ERROR, wapulse does not go on reconnecting
		if list, recheck := Patterns(ends, state, now, now); names(list) != PatternReplaced || !recheck.IsZero() {
			t.Errorf("%v: %s, again at %v", state, names(list), recheck)
		}
	}
}

func TestPatterns(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		ends []string // ago, reason, lived
		up   time.Duration
		want string
	}{
		{"nothing", nil, 0, ""},
		{"once replaced", []string{"1m replaced 5h"}, 0, ""},
		{"twice", []string{"2h replaced 5h", "1m replaced 1h"}, 0, PatternReplaced},
		{"twice, and the way up was hard", []string{"2h replaced 5h", "30m tcp 0s", "20m server_closed 10s", "1m replaced 5s"}, 0, PatternReplaced},
		{"twice, and up again for a moment", []string{"2h replaced 5h", "1h replaced 1h"}, time.Minute, PatternReplaced},
		{"twice, and calm since", []string{"2h replaced 5h", "1h replaced 1h"}, 5 * time.Minute, ""},
		{"twice, then calm, then a dead link", []string{"9h replaced 5h", "8h replaced 1h", "1m dead_link 5h"}, 0, ""},
		{"twice, then calm, then stopped", []string{"9h replaced 5h", "8h replaced 1h", "1m stopped 5h"}, 0, ""},
		{"twice, then short of calm", []string{"2h replaced 5h", "1h replaced 1h", "1m dead_link 4m"}, 0, PatternReplaced},
		{"twice, a day between", []string{"26h replaced 5h", "1m replaced 25h"}, 0, ""},
		{"replaced, logged out, replaced", []string{"9h replaced 5h", "8h logged_out 1h", "1m replaced 1h"}, 0, ""},

		{"restricted, then 401", []string{"1m logged_out 3h restricted"}, 0, PatternPolicy},
		{"restricted yesterday, then 401", []string{"30h dead_link 3h restricted", "1m device_removed 20h"}, 0, PatternPolicy},
		{"banned, then 401", []string{"72h banned 3h", "1m logged_out 1h"}, 0, PatternPolicy},
		{"banned, then 406", []string{"72h banned 3h", "1m unknown_logout 1h"}, 0, PatternPolicy},
		{"banned ten days ago", []string{"240h banned 3h", "1m logged_out 1h"}, 0, ""},
		{"401 alone", []string{"1m logged_out 3h"}, 0, ""},
		{"banned after a 401", []string{"2m logged_out 3h", "1m banned 0s"}, 0, ""},
		{"restricted, and only lost", []string{"1m server_closed 3h restricted"}, 0, ""},
		{"paired again, restricted, lost", []string{"9h logged_out 3h", "1m dead_link 8h restricted"}, 0, ""},

		{"four short lives", []string{"8m server_closed 30s", "6m dead_link 50s", "4m stream_503 1s", "1m server_closed 59s"}, 0, PatternFlapping},
		{"and up for a moment", []string{"8m server_closed 30s", "6m dead_link 50s", "4m stream_503 1s", "1m server_closed 59s"}, 50 * time.Second, PatternFlapping},
		{"three", []string{"6m dead_link 50s", "4m stream_503 1s", "1m server_closed 59s"}, 0, ""},
		{"four, one long", []string{"8m server_closed 60s", "6m dead_link 50s", "4m stream_503 1s", "1m server_closed 59s"}, 0, ""},
		{"four, one long ago", []string{"10m server_closed 30s", "6m dead_link 50s", "4m stream_503 1s", "1m server_closed 59s"}, 0, ""},
		{"four attempts that came to nothing", []string{"8m tcp 0s", "6m tcp 0s", "4m tcp 0s", "1m tcp 0s"}, 0, ""},
		{"four that the operator wanted", []string{"8m reconnect 30s", "6m reconnect 50s", "4m stopped 1s", "1m shutdown 59s"}, 0, ""},
		{"the clock was set back", []string{"-90m server_closed 30s", "-89m dead_link 50s", "-88m stream_503 1s", "1m server_closed 59s"}, 0, PatternFlapping},

		{"several at once", []string{"8m replaced 30s", "6m server_closed 50s", "4m server_closed 1s", "1m replaced 59s"}, 0, PatternReplaced + " " + PatternFlapping},
	} {
		var up time.Time
		if c.up > 0 {
			up = now.Add(-c.up)
		}
		list, recheck := patternsAt(history(t, now, c.ends...), up, now)
		if got := names(list); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		for _, d := range list {
			if d.What == "" || d.Meaning == "" || d.Next == "" || d.Action == "" {
				t.Errorf("%s: incomplete: %+v", c.name, d)
			}
		}
		if len(list) > 0 && !up.IsZero() && !recheck.After(now) || len(list) == 0 && !recheck.IsZero() {
			t.Errorf("%s: to be looked at again %v from now", c.name, recheck.Sub(now))
		}
	}
}

// The time to look again is when something changes, not before and not after.
func TestPatternsSayWhenTheyEnd(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		ends []End
		up   time.Time
		want time.Duration
	}{
		"flapping, down": {history(t, now, "8m server_closed 30s", "6m dead_link 50s", "4m dead_link 1s", "1m server_closed 59s"), time.Time{}, 2 * time.Minute},
		"flapping, up": {history(t, now, "4m server_closed 30s", "3m dead_link 5s", "2m dead_link 1s", "1m server_closed 5s"),
			now.Add(-30 * time.Second), 4*time.Minute + 30*time.Second},
		"replaced, up":   {history(t, now, "4h replaced 1h", "1h replaced 1h"), now, 5 * time.Minute},
		"replaced, down": {history(t, now, "4h replaced 1h", "1h replaced 1h"), time.Time{}, 0},
	} {
		list, at := patternsAt(c.ends, c.up, now)
		if len(list) != 1 {
			t.Fatalf("%s: %s", name, names(list))
		}
		if c.want == 0 {
			if !at.IsZero() {
				t.Errorf("%s: looks again %v from now", name, at.Sub(now))
			}
			continue
		}
		if at.Sub(now) != c.want {
			t.Errorf("%s: looks again %v from now, want %v", name, at.Sub(now), c.want)
		}
		if list, _ := patternsAt(c.ends, c.up, at); len(list) != 0 {
			t.Errorf("%s: still %s then", name, names(list))
		}
		if list, _ := patternsAt(c.ends, c.up, at.Add(-time.Nanosecond)); len(list) != 1 {
			t.Errorf("%s: over before that", name)
		}
	}
}

func TestAllDown(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	at := func(id SessionID, ago time.Duration, r Reason) Loss {
		return Loss{Session: id, At: now.Add(-ago), Reason: r}
	}
	for name, c := range map[string]struct {
		losses    []Loss
		connected int
		members   int // 0: it does not hold
	}{
		"one session":             {[]Loss{at(1, 0, ReasonServerClosed)}, 0, 0},
		"two at once":             {[]Loss{at(1, 3*time.Second, ReasonServerClosed), at(2, 0, ReasonDeadLink)}, 0, 2},
		"two, one is up":          {[]Loss{at(1, 3*time.Second, ReasonServerClosed), at(2, 0, ReasonDeadLink)}, 1, 0},
		"found by pings":          {[]Loss{at(3, 16*time.Second, ReasonDeadLink), at(1, 9*time.Second, ReasonDeadLink), at(2, 0, ReasonDeadLink)}, 0, 3},
		"one was down before":     {[]Loss{at(3, time.Hour, ReasonDeadLink), at(1, time.Second, ReasonServerClosed), at(2, 0, ReasonServerClosed)}, 0, 2},
		"one after the other":     {[]Loss{at(1, time.Minute, ReasonServerClosed), at(2, 0, ReasonServerClosed)}, 0, 0},
		"the server says why":     {[]Loss{at(1, time.Second, ReasonStreamUnavailable), at(2, 0, ReasonStreamUnavailable)}, 0, 0},
		"the server says why one": {[]Loss{at(1, time.Second, ReasonStreamRestart), at(2, 0, ReasonServerClosed)}, 0, 0},
	} {
		members, d, holds := AllDown(c.losses, c.connected)
		if holds != (c.members > 0) || len(members) != c.members {
			t.Errorf("%s: %v, %+v", name, holds, members)
		}
		if holds && (d.Name != PatternAllDown || d.What == "" || d.Meaning == "" || d.Next == "" || d.Action == "") {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestSlowPhase(t *testing.T) {
	trace := func(ms ...int) (d DialTrace) {
		for i, m := range ms {
			d.Phases = append(d.Phases, DialPhase{Phase: PhaseTCP + Phase(i), Start: d.Total(), Duration: time.Duration(m) * time.Millisecond})
		}
		return d
	}
	usual := []DialTrace{trace(10, 40, 60, 100, 600), trace(12, 50, 50, 90, 700), trace(9, 45, 55, 110, 650)}
	for _, c := range []struct {
		name    string
		trace   DialTrace
		earlier []DialTrace
		want    string
	}{
		{"as ever", trace(10, 40, 60, 100, 640), usual, ""},
		{"no trace", DialTrace{}, usual, ""},
		{"TLS far over its usual", trace(10, 400, 60, 100, 640), usual, "TLS took 400 ms, usually 45 ms"},
		{"three times, but nobody's trouble", trace(60, 40, 60, 100, 640), usual, ""},
		{"login twice as long is not far", trace(10, 40, 60, 100, 1290), usual, "login took 1,290 ms, the longest of all"},
		{"the one with the most above its usual", trace(1000, 40, 60, 900, 650), usual, "TCP took 1,000 ms, usually 10 ms"},
		{"not the longest, but the unusual", trace(10, 700, 60, 100, 1800), usual, "TLS took 700 ms, usually 45 ms"},
		{"too few to know", trace(10, 400, 60, 100, 640), usual[:2], ""},
		{"the longest, with none before", trace(10, 40, 60, 12345), nil, "Noise took 12.3 s, the longest of all"},
		{"under a second", trace(10, 999), nil, ""},
	} {
		s, ok := SlowPhaseOf(c.trace, c.earlier)
		if s.Why != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q (%v), want %q", c.name, s.Why, ok, c.want)
		}
	}
}
