package check

import (
	"strings"
	"testing"
	"time"
)

func TestWarningsOfThePlan(t *testing.T) {
	for _, c := range []struct {
		settings Settings
		want     string
	}{
		{Settings{}, ""},
		{Settings{Batch: 50, Rate: 1}, ""},
		{Settings{Batch: 1, Rate: 0.1}, ""},
		{Settings{Batch: 51}, "51 numbers a query is over"},
		{Settings{Rate: 1.5}, "1.5 queries a second on a session is over"},
		{Settings{Batch: 100, Rate: -1}, "100 numbers a query and no limit to the rate is over"},
	} {
		if got := c.settings.Warning(); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q", c.settings, got)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0 s", 119 * time.Second: "119 s", 16*time.Minute + 40*time.Second: "17 min", 185 * time.Minute: "3 h 05 min", 72 * time.Hour: "3 days",
	} {
		if got := Span(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := Count(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

// A plan names what there is, and of the way to ask it only what is to be asked.
func TestPlanInWords(t *testing.T) {
	told := func(p Plan) string {
		var b strings.Builder
		for _, l := range p.Lines() {
			b.WriteString(l.What + " " + l.Value + " " + l.Note + "; ")
		}
		return b.String()
	}
	done := Plan{Read: 1200, Invalid: 3, Duplicates: 2, Answered: 1000, Cached: 195}
	if got, want := told(done), "read 1,200 ; invalid 3 ; duplicates 2 ; answered 1,000 in an earlier run of the job; cached 195 ; to ask 0 ; "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	open := Plan{Read: 1200, ToAsk: 1200, Queries: 24, Sessions: 2, Rate: 1, ETA: 11 * time.Second}
	if got, want := told(open), "read 1,200 ; invalid 0 ; duplicates 0 ; cached 0 ; to ask 1,200 ; queries 24 50 numbers each at most; "+
		"sessions 2 1 query a second each at most; takes 11 s if the server is quick; "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	now := time.Date(2026, 8, 22, 14, 1, 0, 0, time.Local)
	held := open.In(Room{Ready: 1, InFlight: 8, Rate: 1, Paused: 1, PausedUntil: now.Add(71 * time.Second)})
	if got := told(held); !strings.Contains(got, "sessions 1 1 paused until 14:02:11; 1 query a second each at most; takes 23 s ") {
		t.Errorf("%q", got)
	}
	held = open.In(Room{Rate: 1, Paused: 2, PausedUntil: now.Add(71 * time.Second)})
	if got := told(held); !strings.Contains(got, "sessions 0 2 paused, the first until 14:02:11; 1 query a second each at most; ") || strings.Contains(got, "takes") {
		t.Errorf("%q", got)
	}
	if got := told(open.In(Room{Paused: 1})); !strings.Contains(got, "sessions 0 1 paused; ") { // the breaker has not said when
		t.Errorf("%q", got)
	}
	open.Rate, open.Sessions = 0, 0
	if got := told(open); !strings.Contains(got, "sessions 0 no limit to their rate") || strings.Contains(got, "takes") {
		t.Errorf("%q", got)
	}
}
