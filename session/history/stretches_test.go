package history

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/session/vital"
)

// midnight is where these histories begin.
func midnight() time.Time { return time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) }

// at is a time of that day, "15:04" or "15:04:05", with "+" before it on the day after.
func at(clock string) time.Time {
	day := midnight()
	if strings.HasPrefix(clock, "+") {
		day, clock = day.Add(24*time.Hour), clock[1:]
	}
	if len(clock) == 5 {
		clock += ":00"
	}
	t, err := time.Parse("15:04:05", clock)
	if err != nil {
		panic(err)
	}
	return day.Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second)
}

func moved(clock string, to vital.State) vital.Transition {
	return vital.Transition{Time: at(clock), To: to}
}

func ranFrom(began, seen string) Run { return Run{Began: at(began), Seen: at(seen)} }

const (
	down         = vital.StateDisconnected
	connecting   = vital.StateConnecting
	connected    = vital.StateConnected
	reconnecting = vital.StateReconnecting
	broken       = vital.StateError
)

// TestUptimeByHand: histories whose uptime was computed on paper, from 00:00 to the hour named.
func TestUptimeByHand(t *testing.T) {
	for _, c := range []struct {
		name      string
		past      Past
		to        string
		known, up time.Duration
	}{
		{"nothing ever was", Past{}, "10:00", 0, 0},
		{"one clean run", Past{Runs: []Run{ranFrom("01:00", "09:00")}, FirstRun: at("01:00"), Transitions: []vital.Transition{
			moved("01:00", connecting), moved("01:30", connected), moved("04:00", reconnecting), moved("04:15", connected), moved("09:00", down),
		}}, "10:00", 9 * time.Hour, 2*time.Hour + 30*time.Minute + 4*time.Hour + 45*time.Minute},
		{"created in the middle", Past{Created: at("06:00"), Runs: []Run{ranFrom("01:00", "10:00")}, FirstRun: at("01:00"), Transitions: []vital.Transition{
			moved("07:00", connected),
		}}, "10:00", 4 * time.Hour, 3 * time.Hour},
		{"up since before the span", Past{Runs: []Run{ranFrom("00:00", "10:00")}, FirstRun: midnight(), Transitions: []vital.Transition{
			{Time: midnight().Add(-time.Hour), To: connected},
		}, Created: midnight().Add(-time.Hour)}, "10:00", 10 * time.Hour, 0}, // the run began after it: a new process
		{"the run too began before", Past{Runs: []Run{{Began: midnight().Add(-2 * time.Hour), Seen: at("10:00")}}, FirstRun: midnight().Add(-2 * time.Hour), Transitions: []vital.Transition{
			{Time: midnight().Add(-time.Hour), To: connected},
		}}, "10:00", 10 * time.Hour, 10 * time.Hour},
		{"killed at 03:00, found at 05:00", Past{FirstRun: at("01:00"), Runs: []Run{ranFrom("01:00", "03:00"), ranFrom("05:00", "10:00")}, Transitions: []vital.Transition{
			moved("01:00", connected), moved("05:00", down), moved("05:10", connecting), moved("05:30", connected),
		}}, "10:00", 9 * time.Hour, 2*time.Hour + 4*time.Hour + 30*time.Minute},
		{"killed at 03:00:08, noticed at 05:00 with its last sign of life", Past{FirstRun: at("01:00"), Runs: []Run{ranFrom("01:00", "03:00"), ranFrom("05:00", "10:00")},
			Transitions: []vital.Transition{moved("01:00", connected), moved("02:00", reconnecting), moved("02:59:30", connected), moved("03:00:04", down), moved("06:00", connected)},
		}, "10:00", 9 * time.Hour, time.Hour + 30*time.Second + 4*time.Hour},
		{"killed, and what it was was never corrected", Past{FirstRun: at("01:00"), Runs: []Run{ranFrom("01:00", "03:00"), ranFrom("05:00", "10:00")}, Transitions: []vital.Transition{
			moved("01:00", connected),
		}}, "10:00", 9 * time.Hour, 2 * time.Hour},
		{"the machine slept from 03:00 to 05:00, and the socket lived on", Past{FirstRun: at("01:00"),
			Runs:        []Run{ranFrom("01:00", "03:00"), {Began: at("05:00"), Seen: at("10:00"), Resumed: true}},
			Transitions: []vital.Transition{moved("01:00", connected)},
		}, "10:00", 9 * time.Hour, 7 * time.Hour},
		{"three restarts in an error", Past{FirstRun: at("01:00"), Runs: []Run{ranFrom("01:00", "03:00"), ranFrom("04:00", "05:00"), ranFrom("06:00", "10:00")}, Transitions: []vital.Transition{
			moved("01:00", connected), moved("02:00", broken), moved("07:00", connecting), moved("07:30", connected),
		}}, "10:00", 9 * time.Hour, time.Hour + 2*time.Hour + 30*time.Minute},
		{"no wapulse runs any more", Past{FirstRun: at("01:00"), Runs: []Run{ranFrom("01:00", "03:00")}, Transitions: []vital.Transition{moved("01:00", connected)}},
			"10:00", 9 * time.Hour, 2 * time.Hour},
		{"the clock was set back by two hours at 06:00", Past{FirstRun: at("01:00"),
			Runs:        []Run{ranFrom("01:00", "06:00"), {Began: at("04:00"), Seen: at("10:00"), Resumed: true}},
			Transitions: []vital.Transition{moved("02:00", connected), moved("05:00", reconnecting), moved("04:30", connected), moved("09:00", reconnecting)},
		}, "10:00", 9 * time.Hour, 2*time.Hour + 30*time.Minute + 4*time.Hour + 30*time.Minute}, // 05:00 counts as 04:30
		{"the clock was set forward by three hours", Past{FirstRun: at("01:00"),
			Runs:        []Run{ranFrom("01:00", "04:00"), {Began: at("07:00"), Seen: at("10:00"), Resumed: true}},
			Transitions: []vital.Transition{moved("02:00", connected)},
		}, "10:00", 9 * time.Hour, 5 * time.Hour},
		{"all of it lies in the future", Past{FirstRun: at("+01:00"), Created: at("+00:30"), Runs: []Run{ranFrom("+01:00", "+02:00")}, Transitions: []vital.Transition{
			moved("+01:00", connected),
		}}, "10:00", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := Stretches(c.past, midnight(), at(c.to))
			if got := UptimeOf(list); got.Known != c.known || got.Up != c.up {
				t.Errorf("%v of %v, want %v of %v\n%s", got.Up, got.Known, c.up, c.known, drawn(list))
			}
		})
	}
}

func drawn(list []Stretch) string {
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, "%s to %s: %s, known %v, running %v\n", s.From.Format("02. 15:04:05"), s.To.Format("02. 15:04:05"), s.State, s.Known, s.Running)
	}
	return b.String()
}

// TestStretchesFillTheirSpan: whatever is stored, in whatever order of time, stretches follow each other from the span's begin to its end.
func TestStretchesFillTheirSpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		moment := rapid.Custom(func(t *rapid.T) time.Time {
			return midnight().Add(time.Duration(rapid.IntRange(-100, 200).Draw(t, "minutes")) * time.Minute)
		})
		var p Past
		if rapid.Bool().Draw(t, "was there before") {
			p.Created = moment.Draw(t, "created")
		}
		for range rapid.IntRange(0, 12).Draw(t, "moves") {
			p.Transitions = append(p.Transitions, vital.Transition{
				Time: moment.Draw(t, "moved"), To: rapid.SampledFrom(vital.States()).Draw(t, "to"),
			})
		}
		for range rapid.IntRange(0, 5).Draw(t, "runs") {
			r := Run{Began: moment.Draw(t, "began"), Seen: moment.Draw(t, "seen"), Resumed: rapid.Bool().Draw(t, "resumed")}
			p.Runs = append(p.Runs, r)
			p.FirstRun = p.Runs[0].Began
		}
		from, to := midnight(), moment.Draw(t, "to")
		list := Stretches(p, from, to)
		var sum time.Duration
		next := from
		for i, s := range list {
			if !s.From.Equal(next) || s.Length() <= 0 {
				t.Fatalf("stretch %d is from %v to %v after %v", i, s.From, s.To, next)
			}
			sum, next = sum+s.Length(), s.To
		}
		if want := max(to.Sub(from), 0); sum != want {
			t.Fatalf("%v of %v", sum, want)
		}
		if u := UptimeOf(list); u.Up < 0 || u.Up > u.Known || u.Known > max(to.Sub(from), 0) {
			t.Fatalf("up %v of %v", u.Up, u.Known)
		}
	})
}
