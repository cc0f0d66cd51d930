package page

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// pingHolds is how long a ping says how fast the server is: until the next one is over, or should be.
const pingHolds = 18 * time.Second

// The lines of the panel but for the chart's: spans, marks, states, times, and what is told below.
const (
	chartExtras  = 4
	readoutLines = 4
	leastChart   = 4
)

// viewPast answers how it has been: the chart, the states under it, and what was true where the cursor is.
func (p *Session) viewPast(s *vital.Snapshot, width, height int, now time.Time) string {
	t := p.theme
	hint := ""
	if p.sections > 2 {
		hint = p.where("before")
	}
	inner := width - 2
	if plot := plotWidth(width); plot != p.plot { // its steps are others
		p.plot, p.stored.wants = plot, true
	}
	lines := []string{p.spanLine(inner)}
	told := p.readout(s, inner, now)
	p.past = pastArea{height: height, window: p.window(now)}
	rows := height - 2 - chartExtras - readoutLines
	if rows < leastChart {
		rows = max(1, height-2-chartExtras)
		told = nil
	}
	p.past.rows = rows + chartExtras - 1
	lines = append(lines, p.chartLines(s, rows, now)...)
	lines = append(lines, told...)
	return t.Panel(p.name+": ping latency and state", hint, lines, width, height)
}

// plotWidth is how many columns a chart has in a window of that width.
func plotWidth(width int) int { return max(10, width-widget.ScaleWidth-3) }

// spanLine says which span is shown, of those that can be, and how much of the time it was up.
func (p *Session) spanLine(width int) string {
	t := p.theme
	var spans []string
	for s := range timeSpans {
		text := s.title(t)
		if s == p.stored.span {
			spans = append(spans, t.Strong.Render("["+text+"]"))
		} else {
			spans = append(spans, t.Muted.Render(" "+text+" "))
		}
	}
	left := " " + strings.Join(spans, " ")
	right := ""
	if p.stored.known {
		right = t.Muted.Render("up  ") + strings.Join(uptimeTexts(t, p.stored.past.Figures), "  ")
	}
	if gap := width - widget.Width(left) - widget.Width(right) - 1; right != "" && gap > 1 {
		return left + strings.Repeat(" ", gap) + right
	}
	return left
}

// uptimeTexts are how much of the last hour, day, week and month the session was up. It is 100 % only if it never was down.
func uptimeTexts(t *widget.Theme, f history.Figures) []string {
	var parts []string
	for i, name := range []string{"1 h", "24 h", "7 d", "30 d"} {
		percent, known := f.Uptimes[i].Percent()
		text := "—"
		if known {
			text = strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", math.Floor(percent*100)/100), "0"), ".") + " %"
		}
		parts = append(parts, t.Muted.Render(name)+" "+text)
	}
	return parts
}

// chartLines are the chart with the marks, the states and the times under it; or why there are none.
func (p *Session) chartLines(s *vital.Snapshot, rows int, now time.Time) []string {
	t, w := p.theme, p.window(now)
	columns := p.latencies(s, w)
	at := -1
	if !p.cursor.IsZero() {
		at = w.columnOf(p.cursor, p.plot)
	}
	lines := t.LatencyChart(columns, widget.ScaleOf(columns), rows, at)
	if note, style := p.note(s, columns, w); note != "" && rows > 1 {
		text := widget.Wrap(note, max(1, p.plot-2), 2)
		for i, part := range text {
			if row := (rows-len(text))/2 + i; row >= 0 && row < rows {
				lines[row] = p.gutter("") + " " + style.Render(widget.Pad(part, p.plot-1))
			}
		}
	}
	return append(lines, p.markLine(w, at), p.stateLine(s, w, at), p.timeLine(w, at, now))
}

// note says why nothing is drawn; "" if something is.
func (p *Session) note(s *vital.Snapshot, columns []widget.LatencyColumn, w window) (string, lipgloss.Style) {
	t := p.theme
	switch {
	case p.stored.problem != "":
		return "✖ the history cannot be read: " + p.stored.problem + ". It is asked for again every 10 s.", t.Broken
	case !p.current() && p.stored.span != LastMinute:
		return "reading the last " + p.stored.span.String() + "…", t.Working
	}
	for _, c := range columns {
		if c.P50 > 0 || c.Late {
			return "", t.Text
		}
	}
	if s.State == vital.StateConnected {
		return "no ping was answered in this " + p.stored.span.String() + " yet", t.Muted
	}
	return "no ping in this " + p.stored.span.String() + ": it was not connected", t.Muted
}

// latencies are the columns of the chart.
func (p *Session) latencies(s *vital.Snapshot, w window) []widget.LatencyColumn {
	columns := make([]widget.LatencyColumn, p.plot)
	if p.stored.span == LastMinute {
		for i := range columns {
			columns[i] = p.pingsIn(s, w.column(i, p.plot))
		}
		return columns
	}
	if !p.current() {
		return columns
	}
	for i := range columns {
		c := w.column(i, p.plot)
		worst := p.worstPoint(c)
		if worst == nil {
			continue
		}
		columns[i].Late = worst.TimedOut > 0
		if p.upWithin(s, c) { // a step that is longer than a column reaches into the time when it was down
			columns[i].P50, columns[i].P95 = worst.P50, worst.P95
		}
	}
	return columns
}

// worstPoint is the step of a time that is told of: of several one in which something timed out, or else the slowest. It is nil if there is none.
func (p *Session) worstPoint(c window) *history.Point {
	chart := &p.stored.past.Chart
	var worst *history.Point
	for j := p.firstPoint(c.from); p.current() && j < len(chart.Points) && chart.Points[j].At.Before(c.to); j++ {
		point := &chart.Points[j]
		if worst == nil || point.TimedOut > worst.TimedOut || point.TimedOut == worst.TimedOut && point.P95 > worst.P95 {
			worst = point
		}
	}
	return worst
}

// firstPoint is the first step that ends after t.
func (p *Session) firstPoint(t time.Time) int {
	chart := &p.stored.past.Chart
	if len(chart.Points) == 0 || chart.Step <= 0 {
		return 0
	}
	return max(0, int(t.Sub(chart.Points[0].At)/chart.Step))
}

// pingsIn is what the last pings say of a time, one by one. A ping says nothing of the connection after the one that it was on.
func (p *Session) pingsIn(s *vital.Snapshot, c window) widget.LatencyColumn {
	var column widget.LatencyColumn
	var up time.Time
	for _, one := range p.stretches(s, window{c.from.Add(-pingHolds), c.to}) {
		switch {
		case !one.Up():
			up = time.Time{}
		case up.IsZero():
			up = one.From
		}
	}
	for i, at := range s.Ping.RecentAt {
		if i >= len(s.Ping.Recent) || !at.Before(c.to) {
			break
		}
		d := s.Ping.Recent[i]
		if d < 0 {
			column.Late = column.Late || c.has(at)
			column.P50, column.P95 = 0, 0
			continue
		}
		if column.P50, column.P95 = d, d; c.from.Sub(at) > pingHolds || up.IsZero() || at.Before(up) {
			column.P50, column.P95 = 0, 0
		}
	}
	return column
}

// stretches are those of the states that reach into a time. What has happened since the chart was read is taken from the snapshot.
func (p *Session) stretches(s *vital.Snapshot, c window) []history.Stretch {
	var list []history.Stretch
	since := s.Since
	if known := p.stored.past.Chart.Stretches; p.stored.known && len(known) > 0 {
		last := known[len(known)-1]
		if since.Before(last.To) {
			since = last.To
		}
		last.To = since
		list = append(c.within(known[:len(known)-1]), c.within([]history.Stretch{last})...)
	}
	return append(list, c.within([]history.Stretch{
		{From: since, To: c.to, Known: true, Running: true, State: s.State, Reason: s.Reason, Failure: s.Failure},
	})...)
}

func (p *Session) upWithin(s *vital.Snapshot, c window) bool {
	for _, one := range p.stretches(s, c) {
		if one.Up() {
			return true
		}
	}
	return false
}
