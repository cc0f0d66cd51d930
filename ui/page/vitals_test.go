package page

import (
	"strings"
	"testing"
	"time"

	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// However little room there is, no number of the pings is parted from its unit by the end of a line.
func TestPingsFitTheirLine(t *testing.T) {
	theme := widget.Look{Profile: termenv.Ascii}.Theme()
	s := &vital.Snapshot{Ping: vital.Ping{
		P50: 3062 * time.Millisecond, P95: 7373 * time.Millisecond, P99: 7373 * time.Millisecond, Last: 9999 * time.Millisecond,
		LastAt: time.Now(), Missed: 1,
	}}
	for _, width := range []int{36, 44, 52, 80} {
		if line := pingLine(theme, s, width); widget.Width(line) > width || !strings.HasSuffix(line, " ms") || !strings.Contains(line, "1 unanswered") {
			t.Errorf("%d columns: %q", width, line)
		}
	}
}

// A phone that was seen too long ago is not one that never was.
func TestRungOfThePhone(t *testing.T) {
	now := time.Date(2026, 8, 22, 12, 0, 0, 0, time.Local)
	s := &vital.Snapshot{}
	for _, c := range []struct {
		rungs int
		seen  time.Time
		want  string
	}{
		{4, time.Time{}, "fresh data; the phone was not seen yet"},
		{4, now.AddDate(0, 0, -15), "fresh data; phone last seen 2026-08-07"},
		{5, now.Add(-3 * time.Hour), "phone seen 3 h 00 min ago"},
		{5, now.AddDate(0, 0, -13), "phone seen 2026-08-09 12:00"},
	} {
		if s.Ladder.PhoneSeen = c.seen; rungText(s, c.rungs, now) != c.want {
			t.Errorf("%d rungs, %v: %q, want %q", c.rungs, c.seen, rungText(s, c.rungs, now), c.want)
		}
	}
}
