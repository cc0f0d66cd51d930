package widget

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/nyaruka/phonenumbers"

	"github.com/wapulse/wapulse/session/vital"
)

// StateSign is the shape of a state, for eyes and terminals without colour.
func StateSign(s vital.State) string {
	switch s {
	case vital.StateConnected:
		return "●"
	case vital.StateConnecting, vital.StateReconnecting:
		return "◔"
	case vital.StateError:
		return "✖"
	default:
		return "◌"
	}
}

// StateStyle is the role of a state.
func (t *Theme) StateStyle(s vital.State) lipgloss.Style {
	switch s {
	case vital.StateConnected:
		return t.Healthy
	case vital.StateConnecting, vital.StateReconnecting:
		return t.Working
	case vital.StateError:
		return t.Broken
	default:
		return t.Off
	}
}

// Rungs is how many rungs of a liveness ladder there are.
const Rungs = 5

// Ladder draws a number of rungs: ▮▮▮▯▯.
func Ladder(rungs int) string {
	rungs = min(max(rungs, 0), Rungs)
	return strings.Repeat("▮", rungs) + strings.Repeat("▯", Rungs-rungs)
}

// Ladder draws a number of rungs, those that hold in the role of the session's health, those that do not muted; a health that is not HEALTHY has a sign behind
// it. It is as wide as the rungs and that sign. Look changes each style, for a row that is selected.
func (t *Theme) Ladder(s *vital.Snapshot, health vital.Health, rungs int, look func(lipgloss.Style) lipgloss.Style) string {
	full, empty, _ := strings.Cut(Ladder(rungs), "▯")
	if missing := Rungs - Width(full); missing > 0 {
		empty = strings.Repeat("▯", missing)
	}
	style := t.HealthStyle(s, health)
	return look(style).Render(full) + look(t.Muted).Render(empty) + look(style).Render(HealthSign(s, health))
}

// HealthStyle is the role of a session's health. One that nobody wants up is off, not broken.
func (t *Theme) HealthStyle(s *vital.Snapshot, health vital.Health) lipgloss.Style {
	switch {
	case isOff(s):
		return t.Off
	case health == vital.Unhealthy:
		return t.Broken
	case health == vital.Degraded:
		return t.Working
	default:
		return t.Healthy
	}
}

// HealthSign is the shape of a health, one cell: nothing for HEALTHY, and for a session that nobody wants up.
func HealthSign(s *vital.Snapshot, health vital.Health) string {
	switch {
	case isOff(s) || health == vital.Healthy:
		return " "
	case health == vital.Degraded:
		return "!"
	default:
		return "✖"
	}
}

// isOff says whether a session is down because nobody wants it up.
func isOff(s *vital.Snapshot) bool { return s.State == vital.StateDisconnected && !s.Wanted }

// Breaker tells a circuit breaker in a few cells: CLOSED 2/5 (or CLOSED alone, where the count is not known), OPEN 42 s, HALF_OPEN.
func Breaker(b vital.Breaker, now time.Time) string {
	switch b.State {
	case vital.BreakerOpen:
		return "OPEN " + Countdown(b.RetryAt.Sub(now))
	case vital.BreakerHalfOpen:
		return "HALF_OPEN"
	case vital.BreakerClosed:
		if b.Threshold > 0 {
			return fmt.Sprintf("CLOSED %d/%d", b.Failures, b.Threshold)
		}
	}
	return "CLOSED"
}

// BreakerStyle is the role of a breaker.
func (t *Theme) BreakerStyle(b vital.Breaker) lipgloss.Style {
	switch {
	case b.State == vital.BreakerOpen:
		return t.Broken
	case b.State == vital.BreakerHalfOpen, b.Failures > 0:
		return t.Working
	default:
		return t.Muted
	}
}

// Countdown tells the time left in whole seconds or larger units, never less than zero.
func Countdown(d time.Duration) string {
	d = max(0, (d + time.Second - 1).Truncate(time.Second))
	if d < 100*time.Second {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return Age(d)
}

// Age tells how long something has lasted, in the two largest units.
func Age(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%d d %02d h", int(d.Hours())/24, int(d.Hours())%24)
	}
}

// Millis tells a latency in milliseconds with its unit: 0.4 ms, 182 ms, 1,204 ms.
func Millis(d time.Duration) string { return MillisNumber(d) + " ms" }

// MillisNumber is Millis without the unit.
func MillisNumber(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if ms < 10 {
		return fmt.Sprintf("%.1f", ms)
	}
	return Count(uint64(math.RoundToEven(ms)))
}

// Count tells a number with separators between thousands.
func Count(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Phone groups the digits of an E.164 number for the eye, as its country does; what is none is only made safe to draw.
func Phone(e164 string) string {
	number, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return Clean(e164)
	}
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
}

// RoughAge tells how old something is in its largest unit, from minutes up: it stays true as long as a minute does.
func RoughAge(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min old", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h old", int(d.Hours()))
	default:
		return fmt.Sprintf("%d d old", int(d.Hours())/24)
	}
}
