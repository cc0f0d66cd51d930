package page

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// column is one of the sessions table. The one without a cell is the ladder of health, which takes two styles.
type column struct {
	title string
	width int
	cell  func(t *widget.Theme, s *vital.Snapshot, now time.Time) (string, lipgloss.Style)
}

// tableLayout says which columns fit. What is left of a row, rest, tells what matters most of that session.
type tableLayout struct {
	width   int
	columns []column
	rest    int
	ping    int // within rest
	spark   int
	uptime  int
	last    int
}

// layoutOf chooses columns for a row of that width, the most important first, so that nothing jumps or wraps. Those that are
// hidden make room for the next.
func layoutOf(width int, hidden map[string]bool) tableLayout {
	name, ready, room := 10, 7, width-2
	switch {
	case width >= 150:
		name, ready = 20, 10
	case width >= 100:
		name, ready = 12, 10
	}
	l := tableLayout{width: width, columns: []column{{"name", name, nameCell}, {"state", 14, stateCell}}}
	room -= name + 14 + 2
	const leastRest = 20
	for _, c := range wanted([]column{{"health", 6, nil}, {"breaker", 10, breakerCell}, {"ws", ready, readyCell}, {"phone", 17, phoneCell}}, hidden) {
		if room-c.width-1 < leastRest {
			break
		}
		l.columns = append(l.columns, c)
		room -= c.width + 1
	}
	l.columns = inReadingOrder(l.columns)
	l.rest = max(0, room)
	l.fillRest(hidden)
	return l
}

// fillRest shares what is left of a row among what is told of connected sessions.
func (l *tableLayout) fillRest(hidden map[string]bool) {
	if l.ping = pingColumn; l.rest < l.ping { // half a number would be another one
		l.ping = min(leastPing, l.rest)
	}
	left := l.rest - l.ping - 1
	if !hidden["recent"] {
		if l.spark = min(max(0, left), 12); left >= 60 {
			l.spark = 30
		}
	}
	if left -= l.spark + 1; left < 13 {
		return
	}
	if !hidden["up for"] {
		l.uptime = 12
		left -= l.uptime + 1
	}
	if !hidden["last error"] {
		l.last = max(0, left)
	}
}

// What pings take: both numbers with their unit, or the one that is half of them with its.
const (
	pingColumn = 17
	leastPing  = 9
)

// inReadingOrder puts the columns where the eye looks for them: who, what state, then the evidence.
func inReadingOrder(columns []column) []column {
	var ordered []column
	for _, title := range []string{"name", "phone", "state", "ws", "health", "breaker"} {
		for _, c := range columns {
			if c.title == title {
				ordered = append(ordered, c)
			}
		}
	}
	return ordered
}

func nameCell(t *widget.Theme, s *vital.Snapshot, _ time.Time) (string, lipgloss.Style) {
	return widget.Clean(s.Name), t.Strong
}

func phoneCell(t *widget.Theme, s *vital.Snapshot, _ time.Time) (string, lipgloss.Style) {
	if s.Identity.Phone == "" {
		return "not paired", t.Muted
	}
	return widget.Phone(s.Identity.Phone), t.Text
}

func stateCell(t *widget.Theme, s *vital.Snapshot, _ time.Time) (string, lipgloss.Style) {
	return widget.StateSign(s.State) + " " + s.State.String(), t.StateStyle(s.State)
}

func readyCell(t *widget.Theme, s *vital.Snapshot, _ time.Time) (string, lipgloss.Style) {
	if s.Ready == vital.ReadyOpen {
		return s.Ready.String(), t.Healthy
	}
	return s.Ready.String(), t.Muted
}

func breakerCell(t *widget.Theme, s *vital.Snapshot, now time.Time) (string, lipgloss.Style) {
	return widget.Breaker(s.Breaker, now), t.BreakerStyle(s.Breaker)
}

// header is the row of titles.
func (l tableLayout) header(t *widget.Theme) string {
	var b strings.Builder
	b.WriteString("  ")
	for _, c := range l.columns {
		b.WriteString(widget.Pad(c.title, c.width) + " ")
	}
	b.WriteString(widget.PadLeft(l.pingTitle(), l.ping) + " ")
	recent := "recent"
	if l.spark < len(recent) { // a few bars say it without a title that is cut
		recent = ""
	}
	b.WriteString(widget.Pad(recent, l.spark))
	if l.uptime > 0 {
		b.WriteString(" " + widget.PadLeft("up for", l.uptime))
	}
	if l.last > 0 {
		b.WriteString(" " + widget.Pad("last error", l.last))
	}
	return t.Muted.Render(b.String())
}

// row draws one session.
func (l tableLayout) row(t *widget.Theme, s *vital.Snapshot, selected, marked bool, now time.Time) string {
	look := func(style lipgloss.Style) lipgloss.Style {
		if selected {
			return t.OnSelected(style)
		}
		return style
	}
	mark := " "
	if selected {
		mark = "▸"
	}
	if marked {
		mark += "✓"
	} else {
		mark += " "
	}
	var b strings.Builder
	b.WriteString(look(t.Strong).Render(mark))
	for _, c := range l.columns {
		if c.cell == nil {
			ladder := t.Ladder(s, s.Assess(now).Health, s.Height(now), look)
			b.WriteString(ladder + look(t.Text).Render(strings.Repeat(" ", c.width-widget.Rungs)))
			continue
		}
		text, style := c.cell(t, s, now)
		if c.title == "name" || c.title == "phone" {
			text = widget.TruncateMiddle(text, c.width)
		}
		b.WriteString(look(style).Render(widget.Pad(text, c.width) + " "))
	}
	if s.State != vital.StateConnected {
		text, style := l.message(t, s, now)
		b.WriteString(look(style).Render(widget.Pad(text, l.rest)))
		return b.String()
	}
	b.WriteString(look(pingStyle(t, s)).Render(widget.PadLeft(l.pingText(s.Ping), l.ping) + " "))
	b.WriteString(look(t.SparkStyle(s.Ping)).Render(widget.Pad(widget.Sparkline(s.Ping.Recent, l.spark), l.spark)))
	if l.uptime > 0 {
		b.WriteString(look(t.Text).Render(" " + widget.PadLeft(widget.Age(now.Sub(s.Since)), l.uptime)))
	}
	if l.last > 0 {
		b.WriteString(look(t.Text).Render(" ") + look(t.Muted).Render(widget.Pad(lastError(s, now), l.last)))
	}
	row := b.String()
	return row + look(t.Text).Render(strings.Repeat(" ", max(0, l.width-widget.Width(row))))
}

// message is the one thing to know of a session that is not connected.
func (l tableLayout) message(t *widget.Theme, s *vital.Snapshot, now time.Time) (string, lipgloss.Style) {
	switch {
	case s.Pending != "":
		return s.Pending + "…", t.Working
	case s.Pairing != nil && s.Pairing.Scanned:
		return "paired: logging in", t.Working
	case s.Pairing != nil && s.Pairing.QR != "":
		return fmt.Sprintf("waits for a phone, code %d/%d, %s", s.Pairing.Index, s.Pairing.Total, widget.Countdown(s.Pairing.ExpiresAt.Sub(now))), t.Working
	case s.State == vital.StateError:
		return widget.Clean(s.Failure.String()) + banLeft(s, now), t.Broken
	case s.State == vital.StateReconnecting && !s.NextTry.IsZero():
		return fmt.Sprintf("in %s: %s", widget.Countdown(s.NextTry.Sub(now)), widget.Clean(s.Failure.String())), t.Working
	case s.State == vital.StateReconnecting, s.State == vital.StateConnecting:
		return phaseText(s), t.Working
	case s.Failure.Reason != vital.ReasonNone:
		return widget.Clean(s.Failure.String()), t.Off
	default:
		return offText(t, s), t.Off
	}
}

func banLeft(s *vital.Snapshot, now time.Time) string {
	if left := s.Failure.BanLeft(now); left > 0 {
		return ", " + widget.Countdown(left) + " left"
	}
	return ""
}

func phaseText(s *vital.Snapshot) string {
	switch s.Phase {
	case vital.PhaseNone:
		return "waiting for its turn to dial"
	case vital.PhaseLogin, vital.PhaseReady:
		return "logging in"
	default:
		return "connecting: " + s.Phase.String()
	}
}

func offText(t *widget.Theme, s *vital.Snapshot) string {
	switch {
	case s.Reason == vital.ReasonLoggedOutHere:
		return "logged out here"
	case !s.Identity.Paired():
		return "not paired: " + t.KeyOf("pair")
	case s.Reason.WapulseEnded():
		return "not started yet"
	default:
		return "stopped"
	}
}

func (l tableLayout) pingTitle() string {
	if l.ping < pingColumn {
		return "ping p50"
	}
	return "ping p50 / p95"
}

func (l tableLayout) pingText(p vital.Ping) string {
	switch {
	case p.Missed > 0:
		return widget.Truncate(fmt.Sprintf("%d unanswered", p.Missed), l.ping)
	case l.ping < pingColumn && !p.LastAt.IsZero():
		return widget.Millis(p.P50)
	case p.LastAt.IsZero():
		return "—"
	default:
		return widget.MillisNumber(p.P50) + " / " + widget.Millis(p.P95)
	}
}

func pingStyle(t *widget.Theme, s *vital.Snapshot) lipgloss.Style {
	switch {
	case s.Ping.Missed > 0:
		return t.Broken
	case vital.SpeedOf(s.Ping.P95) != vital.Fast:
		return t.Working
	default:
		return t.Text
	}
}

func lastError(s *vital.Snapshot, now time.Time) string {
	if s.LastError == "" {
		return ""
	}
	return agoText(s.LastErrorAt, now) + ": " + widget.Clean(s.LastError)
}
