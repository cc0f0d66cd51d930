package widget

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"

	"github.com/wapulse/wapulse/session/vital"
)

// LatencyColumn is one column of a chart of latencies: what was measured in its time.
type LatencyColumn struct {
	P50, P95 time.Duration // 0: nothing was measured
	Late     bool          // something timed out
}

// LatencyScale is the range of a chart of latencies. It is logarithmic: a usual 200 ms and a time-out of 10 s are both to be seen.
type LatencyScale struct{ Least, Most time.Duration }

// leastDecades keeps noise from looking like news: the range of a scale is tenfold at least.
const leastDecades = 1.0

// ScaleOf is the smallest scale of round numbers that columns fit into. Without any it is from 10 ms to 1 s.
func ScaleOf(columns []LatencyColumn) LatencyScale {
	var least, most time.Duration
	for _, c := range columns {
		if c.P50 > 0 && (least == 0 || c.P50 < least) {
			least = c.P50
		}
		most = max(most, c.P50, c.P95)
	}
	if most == 0 {
		return LatencyScale{10 * time.Millisecond, time.Second}
	}
	s := LatencyScale{Least: roundBelow(max(least*4/5, time.Microsecond)), Most: roundAbove(most)}
	for math.Log10(float64(s.Most)/float64(s.Least)) < leastDecades {
		s.Most = roundAbove(s.Most + 1)
	}
	return s
}

// roundBelow is the largest of 1, 2, 5, 10, … that is not more than d; roundAbove the smallest that is not less.
func roundBelow(d time.Duration) time.Duration {
	at := time.Duration(1)
	for next := at; next <= d; next = nextRound(next) {
		at = next
	}
	return at
}

func roundAbove(d time.Duration) time.Duration {
	at := time.Duration(1)
	for at < d {
		at = nextRound(at)
	}
	return at
}

// nextRound follows 1, 2, 5, 10, ….
func nextRound(d time.Duration) time.Duration {
	for tens := time.Duration(1); ; tens *= 10 {
		switch {
		case d < 2*tens:
			return 2 * tens
		case d < 5*tens:
			return 5 * tens
		case d < 10*tens:
			return 10 * tens
		}
	}
}

// eighths is how high d stands in a chart of that many rows, in eighths of a row; what is below the scale still shows.
func (s LatencyScale) eighths(d time.Duration, rows int) int {
	if d <= 0 {
		return 0
	}
	part := math.Log(float64(d)/float64(s.Least)) / math.Log(float64(s.Most)/float64(s.Least))
	return min(max(1, int(math.Round(part*float64(8*rows)))), 8*rows)
}

// marks are the round numbers that are written beside the rows, by row from the top; no two in rows that touch.
func (s LatencyScale) marks(rows int) map[int]string {
	marks, last := map[int]string{}, rows+1
	for d := s.Least; d <= s.Most; d = nextRound(d) {
		row := rows - 1 - min(rows-1, s.eighths(d, rows)/8)
		if d == s.Least {
			row = rows - 1
		}
		if row < last-1 || len(marks) == 0 {
			marks[row], last = scaleText(d), row
		}
	}
	return marks
}

func scaleText(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%d s", d/time.Second)
	case d >= time.Millisecond:
		return fmt.Sprintf("%d ms", d/time.Millisecond)
	default:
		return fmt.Sprintf("%d µs", d/time.Microsecond)
	}
}

// ScaleWidth is how many cells the numbers beside a chart take.
const ScaleWidth = 8

// LatencyChart draws columns in that many rows, the scale before them: solid up to the p50, shaded from there to the p95, × on top where something timed out.
// Where nothing was measured there is nothing. Cursor is the column that is looked at; -1 for none.
func (t *Theme) LatencyChart(columns []LatencyColumn, scale LatencyScale, rows, cursor int) []string {
	marks := scale.marks(rows)
	lines := make([]string, 0, rows)
	for row := range rows {
		mark, marked := marks[row]
		axis := " │"
		if marked {
			axis = " ┤"
		}
		var b styledRun
		b.add(&t.Muted, PadLeft(mark, ScaleWidth-2)+axis)
		for i, c := range columns {
			style, cell := t.latencyCell(c, scale, rows, row)
			switch {
			case i == cursor && cell == " ":
				style, cell = &t.Strong, "│"
			case i == cursor && cell != "×":
				style = &t.Strong
			case cell == " " && marked:
				style, cell = &t.Faint, "┈"
			}
			b.add(style, cell)
		}
		lines = append(lines, b.String())
	}
	return lines
}

// latencyCell is one cell of a chart, rows counted from the top.
func (t *Theme) latencyCell(c LatencyColumn, scale LatencyScale, rows, row int) (*lipgloss.Style, string) {
	if c.Late && row == 0 {
		return &t.Broken, "×"
	}
	solid, shade := &t.Healthy, &t.Muted
	if vital.SpeedOf(c.P50) != vital.Fast {
		solid = &t.Working
	}
	if vital.SpeedOf(c.P95) != vital.Fast {
		shade = &t.Working
	}
	below := 8 * (rows - 1 - row)
	half := scale.eighths(c.P50, rows) - below
	upper := scale.eighths(c.P95, rows) - below
	switch {
	case half >= 8:
		return solid, "█"
	case half > 0:
		return solid, string([]rune(sparkBars)[half-1])
	case upper >= 4:
		return shade, "░"
	default:
		return &t.Text, " "
	}
}

// styledRun joins cells, those of one style under one sequence.
type styledRun struct {
	done  strings.Builder
	style *lipgloss.Style
	text  strings.Builder
}

func (r *styledRun) add(style *lipgloss.Style, text string) {
	if style != r.style {
		r.flush()
		r.style = style
	}
	r.text.WriteString(text)
}

func (r *styledRun) flush() {
	if r.text.Len() > 0 {
		r.done.WriteString(r.style.Render(r.text.String()))
		r.text.Reset()
	}
}

func (r *styledRun) String() string {
	r.flush()
	return r.done.String()
}

// Cell is one cell and its look.
type Cell struct {
	Text  string
	Style *lipgloss.Style // one of the theme's
}

// Cells joins cells to a line.
func Cells(cells []Cell) string {
	var b styledRun
	for _, c := range cells {
		b.add(c.Style, c.Text)
	}
	return b.String()
}
