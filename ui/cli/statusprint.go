package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// toldFigures are figures as programs read them.
type toldFigures struct {
	TotalConnections    uint64             `json:"total_connections"`
	ActiveConnections   int                `json:"active_connections"`
	FailedVerifications uint64             `json:"failed_verifications"`
	TimeoutErrors       uint64             `json:"timeout_errors"`
	AverageResponseMS   float64            `json:"average_response_time_ms"`
	UptimeSeconds       int64              `json:"uptime_seconds"`
	LastError           string             `json:"last_error"`
	LastErrorTime       *time.Time         `json:"last_error_time"`
	Reconnects          uint64             `json:"reconnects"`
	FailedConnects      uint64             `json:"failed_connects"`
	ResponseMS          toldPercentiles    `json:"response_time_ms"`
	PingMS              toldPercentiles    `json:"ping_ms"`
	UptimePercent       map[string]float64 `json:"uptime_percent"` // without a span of which nothing is known
	MessagesIn          uint64             `json:"messages_in"`
	MessagesOut         uint64             `json:"messages_out"`
	Checks              map[string]uint64  `json:"checks"`
}

type toldPercentiles struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

type toldFinding struct {
	Health string `json:"health"`
	Name   string `json:"name"`
	Text   string `json:"text"`
}

type toldSession struct {
	ID       vital.SessionID `json:"id"`
	Name     string          `json:"name"`
	State    string          `json:"state"`
	Since    time.Time       `json:"since"`
	Wanted   bool            `json:"wanted"`
	Health   string          `json:"health"`
	Findings []toldFinding   `json:"findings"`
	toldFigures
}

type toldStatus struct {
	Time    time.Time  `json:"time"`
	Running bool       `json:"running"`
	LastRan *time.Time `json:"last_ran,omitempty"`
	Health  string     `json:"health"`
	toldFigures
	Sessions []toldSession `json:"sessions"`
}

func tell(f *figures) toldFigures {
	answers, pings, connects := f.counts.Answered(), f.counts.Operation(vital.OpPing), f.counts.Operation(vital.OpConnect)
	t := toldFigures{
		TotalConnections: connects.Latencies.Count(), FailedConnects: connects.TimedOut + connects.Failed, ActiveConnections: f.active,
		FailedVerifications: f.counts.FailedVerifications(), TimeoutErrors: f.counts.Events.Timeouts, AverageResponseMS: ms(answers.Mean()),
		UptimeSeconds: int64(f.up / time.Second), LastError: f.error, Reconnects: f.counts.Events.Reconnects, ResponseMS: percentiles(answers),
		PingMS: percentiles(pings), MessagesIn: f.counts.Events.MessagesIn, MessagesOut: f.counts.Events.MessagesOut,
		UptimePercent: map[string]float64{}, Checks: map[string]uint64{},
	}
	if !f.errorAt.IsZero() {
		t.LastErrorTime = &f.errorAt
	}
	for i, window := range windowNames() {
		if percent, known := f.uptimes[i].Percent(); known {
			t.UptimePercent[window] = math.Floor(percent*1000) / 1000 // 100 only if it never was down
		}
	}
	for _, v := range vital.Verdicts() {
		if v != vital.VerdictInvalid {
			t.Checks[string(v)] = f.counts.Verdict(v)
		}
	}
	return t
}

// windowNames are those of history.Windows.
func windowNames() [4]string { return [4]string{"1h", "24h", "7d", "30d"} }

func percentiles(a history.Answer) toldPercentiles {
	return toldPercentiles{ms(a.Latencies.Percentile(50)), ms(a.Latencies.Percentile(95)), ms(a.Latencies.Percentile(99))}
}

func ms(d time.Duration) float64 { return math.Round(float64(d.Microseconds())/10) / 100 }

func (s *status) told() toldStatus {
	t := toldStatus{Time: s.at, Running: s.runs, Health: s.worst.String(), toldFigures: tell(&s.all), Sessions: []toldSession{}}
	if !s.lastRan.IsZero() {
		t.LastRan = &s.lastRan
	}
	for i := range s.sessions {
		one := &s.sessions[i]
		session := toldSession{
			ID: one.snap.ID, Name: one.snap.Name, State: one.snap.State.String(), Since: asStored(one.snap.Since), Wanted: one.snap.Wanted,
			Health: one.health.Health.String(), Findings: []toldFinding{}, toldFigures: tell(&one.figures),
		}
		for _, f := range one.health.Findings {
			session.Findings = append(session.Findings, toldFinding{f.Health.String(), f.Name, f.Text})
		}
		t.Sessions = append(t.Sessions, session)
	}
	return t
}

// writeStatusLine writes one object in one line.
func writeStatusLine(w io.Writer, s *status) error { return json.NewEncoder(w).Encode(s.told()) }

func writeStatusJSON(w io.Writer, s *status) error { return writeIndented(w, s.told()) }

// redraw goes to the upper left corner of a terminal and clears what is below.
const redraw = "\x1b[H\x1b[J"

// writeStatusText writes it for people, in one write. Width is that of the terminal, 0 for none; on one, over takes the place of what is there.
func writeStatusText(w io.Writer, s *status, width int, over bool) error {
	var b bytes.Buffer
	if over && width > 0 {
		b.WriteString(redraw)
	}
	b.WriteString(s.headline() + "\n")
	if len(s.sessions) > 0 {
		b.WriteString("\n")
		s.writeTotals(&b)
		b.WriteString("\n")
		s.writeSessions(&b, width)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (s *status) headline() string {
	if len(s.sessions) == 0 {
		return noSessionsYet
	}
	sessions := fmt.Sprintf("%d of %d connected", s.all.active, len(s.sessions))
	if s.runs {
		return fmt.Sprintf("%s  %s; wapulse runs for %s", s.worst, sessions, widget.Age(s.all.up))
	}
	last := ""
	if !s.lastRan.IsZero() {
		last = ", last heard of " + shownTime(s.lastRan)
	}
	return fmt.Sprintf("%s  no wapulse runs%s: %s", s.worst, last, sessions)
}

func (s *status) writeTotals(w io.Writer) {
	t := tell(&s.all)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	lastError := "none"
	if t.LastErrorTime != nil {
		lastError = shownTime(*t.LastErrorTime) + "  " + oneLine(t.LastError)
	}
	var checks []string
	for _, v := range vital.Verdicts() {
		if n := t.Checks[string(v)]; n > 0 {
			checks = append(checks, fmt.Sprintf("%d %s", n, strings.ReplaceAll(string(v), "_", " ")))
		}
	}
	if len(checks) == 0 {
		checks = []string{"none"}
	}
	for _, line := range [][2]string{
		{"total connections", fmt.Sprintf("%d, %d reconnects, %d failed attempts", t.TotalConnections, t.Reconnects, t.FailedConnects)},
		{"active connections", fmt.Sprint(t.ActiveConnections)},
		{"failed verifications", fmt.Sprint(t.FailedVerifications)},
		{"time-out errors", fmt.Sprint(t.TimeoutErrors)},
		{"average response time", responseTime(t)},
		{"messages", fmt.Sprintf("%d in, %d out", t.MessagesIn, t.MessagesOut)},
		{"checks", strings.Join(checks, ", ")},
		{"last error", lastError},
	} {
		fmt.Fprintf(table, "%s\t%s\n", line[0], line[1])
	}
	_ = table.Flush() // into memory
}

// statusColumn is one of the table of sessions.
type statusColumn struct {
	title string
	right bool // numbers, aligned by their units
	cell  func(s *status, one *sessionStatus, t toldFigures) string
}

// statusColumns are in the order of their weight: where a terminal is narrow, the last ones are left out.
func statusColumns() []statusColumn {
	columns := []statusColumn{
		{"NAME", false, func(_ *status, one *sessionStatus, _ toldFigures) string { return oneLine(one.snap.Name) }},
		{"HEALTH", false, func(_ *status, one *sessionStatus, _ toldFigures) string {
			if !one.snap.Wanted {
				return "stopped"
			}
			return one.health.Health.String()
		}},
		{"STATE", false, func(_ *status, one *sessionStatus, _ toldFigures) string { return one.snap.State.String() }},
		{"FOR", true, func(s *status, one *sessionStatus, _ toldFigures) string { return widget.Age(s.at.Sub(one.snap.Since)) }},
		{"PING MS P50/P95", true, func(_ *status, _ *sessionStatus, t toldFigures) string {
			if t.PingMS.P50 == 0 {
				return "—"
			}
			return amount(t.PingMS.P50) + " / " + amount(t.PingMS.P95)
		}},
	}
	for _, window := range windowNames() {
		columns = append(columns, statusColumn{"UP " + strings.ToUpper(window), true, func(_ *status, _ *sessionStatus, t toldFigures) string {
			percent, known := t.UptimePercent[window]
			if !known {
				return "—"
			}
			return fmt.Sprintf("%.2f %%", math.Floor(percent*100)/100)
		}})
	}
	return append(columns,
		statusColumn{"TIME-OUTS", true, func(_ *status, _ *sessionStatus, t toldFigures) string { return fmt.Sprint(t.TimeoutErrors) }},
		statusColumn{"RECONNECTS", true, func(_ *status, _ *sessionStatus, t toldFigures) string { return fmt.Sprint(t.Reconnects) }})
}

// writeSessions writes a line for each session, and why it is not healthy.
func (s *status) writeSessions(w io.Writer, width int) {
	const gap = 2
	lines := make([]strings.Builder, 1+len(s.sessions))
	used := -gap
	for _, column := range statusColumns() {
		cells, widest := []string{column.title}, 0
		for i := range s.sessions {
			cells = append(cells, column.cell(s, &s.sessions[i], tell(&s.sessions[i].figures)))
		}
		for _, cell := range cells {
			widest = max(widest, widget.Width(cell))
		}
		if used += gap + widest; width > 0 && used > width {
			break
		}
		for i, cell := range cells {
			if lines[i].Len() > 0 {
				lines[i].WriteString(strings.Repeat(" ", gap))
			}
			if column.right {
				lines[i].WriteString(widget.PadLeft(cell, widest))
			} else {
				lines[i].WriteString(widget.Pad(cell, widest))
			}
		}
	}
	for i := range lines {
		fmt.Fprintln(w, strings.TrimRight(lines[i].String(), " "))
	}
	for i := range s.sessions {
		one := &s.sessions[i]
		if !one.snap.Wanted {
			continue
		}
		for _, f := range one.health.Findings {
			fmt.Fprintf(w, "%s: %s: %s\n", oneLine(one.snap.Name), f.Health, oneLine(f.Text))
		}
	}
}

func responseTime(t toldFigures) string {
	if t.ResponseMS.P50 == 0 {
		return "nothing was answered yet"
	}
	return fmt.Sprintf("%s ms; p50 %s, p95 %s, p99 %s ms", amount(t.AverageResponseMS), amount(t.ResponseMS.P50), amount(t.ResponseMS.P95), amount(t.ResponseMS.P99))
}

// amount is a number of milliseconds.
func amount(ms float64) string {
	return widget.MillisNumber(time.Duration(ms * float64(time.Millisecond)))
}
