package widget

import (
	"strings"
	"testing"
	"time"

	"github.com/muesli/termenv"
	"pgregory.net/rapid"
)

// Whatever was measured, a chart is a rectangle, everything fits its scale, and nothing is drawn where nothing was measured.
func TestLatencyChartIsARectangle(t *testing.T) {
	theme := Look{Profile: termenv.Ascii, Dark: true}.Theme()
	rapid.Check(t, func(r *rapid.T) {
		latency := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1, int64(2*time.Minute)))
		columns := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) LatencyColumn {
			half := time.Duration(latency.Draw(r, "p50"))
			if half == 0 {
				return LatencyColumn{}
			}
			return LatencyColumn{P50: half, P95: half + time.Duration(latency.Draw(r, "more")), Late: rapid.Bool().Draw(r, "late")}
		}), 1, 40).Draw(r, "columns")
		rows := rapid.IntRange(1, 30).Draw(r, "rows")
		scale := ScaleOf(columns)
		lines := theme.LatencyChart(columns, scale, rows, rapid.IntRange(-1, len(columns)-1).Draw(r, "cursor"))
		if len(lines) != rows {
			r.Fatalf("%d rows, want %d", len(lines), rows)
		}
		for _, line := range lines {
			if w := Width(line); w != ScaleWidth+len(columns) {
				r.Fatalf("%d wide, want %d: %q", w, ScaleWidth+len(columns), line)
			}
		}
		bottom := []rune(lines[rows-1])[ScaleWidth:]
		for i, c := range columns {
			if c.P50 > scale.Most || c.P95 > scale.Most {
				r.Fatalf("%+v is beyond %+v", c, scale)
			}
			if drawn := strings.ContainsRune(sparkBars+"×", bottom[i]); drawn != (c.P50 > 0) {
				r.Fatalf("column %d, %+v: %q", i, c, bottom[i])
			}
		}
	})
}

func TestLatencyScaleHasRoundNumbers(t *testing.T) {
	for _, c := range []struct {
		p50, p95    time.Duration
		least, most time.Duration
	}{
		{180 * time.Millisecond, 410 * time.Millisecond, 100 * time.Millisecond, time.Second},
		{180 * time.Millisecond, 4 * time.Second, 100 * time.Millisecond, 5 * time.Second},
		{400 * time.Microsecond, 500 * time.Microsecond, 200 * time.Microsecond, 2 * time.Millisecond},
		{0, 0, 10 * time.Millisecond, time.Second},
	} {
		if s := ScaleOf([]LatencyColumn{{P50: c.p50, P95: c.p95}, {}}); s.Least != c.least || s.Most != c.most {
			t.Errorf("%s, %s: from %s to %s, want %s to %s", c.p50, c.p95, s.Least, s.Most, c.least, c.most)
		}
	}
}
