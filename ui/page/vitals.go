package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

const labelWidth = 9

// vitalsLines tells everything of one session, the most important first: what does not fit into the height is cut off below, so that where there
// is little of it, long texts are kept short.
func vitalsLines(t *widget.Theme, s *vital.Snapshot, width, height int, now time.Time) []string {
	return vitalsOf(&labelled{theme: t, width: width, most: 5}, s, height, now)
}

// pastVitalsLines are vitalsLines of a moment that is over: they say nothing of what to do, and name no keys.
func pastVitalsLines(t *widget.Theme, s *vital.Snapshot, width, height int, now time.Time) []string {
	return vitalsOf(&labelled{theme: t, width: width, most: 5, past: true}, s, height, now)
}

func vitalsOf(l *labelled, s *vital.Snapshot, height int, now time.Time) []string {
	t := l.theme
	findings := 4
	if height < 18 {
		l.most, findings = 2, 2
	}
	l.line(" " + t.StateStyle(s.State).Render(widget.StateSign(s.State)+" "+s.State.String()) + t.Text.Render(stateDetail(s, now)))
	a := s.Assess(now)
	list := newFindings(s, a.Findings)
	l.add("health", healthHead(t, s, a.Health, now)+t.Muted.Render(rungNote(s, a.Health, now)))
	if height < 18 { // what to do about it is not to be cut off
		whyLines(l, s, now)
	}
	findingLines(l, s, list[:min(len(list), findings)])
	if n := len(list) - findings; n > 0 {
		more := fmt.Sprintf("and %d more", n)
		if !l.past {
			more += ": " + t.KeyOf("open")
		}
		l.line("   " + t.Muted.Render(more))
	}
	if height >= 18 {
		whyLines(l, s, now)
	}
	l.unblank()
	vitalFacts(l, s, now)
	if len(s.Operations) > 0 {
		l.lines = append(l.lines, operationLines(t, s, l.width, now)...)
	}
	return l.lines
}

// newFindings are those that neither the state nor the diagnosis tell.
func newFindings(s *vital.Snapshot, list []vital.Finding) []vital.Finding {
	if s.Diagnosis().What == "" {
		return slices.DeleteFunc(list, func(f vital.Finding) bool { return f.Name == "down" || f.Name == "connecting" })
	}
	return slices.DeleteFunc(list, func(f vital.Finding) bool {
		return slices.Contains([]string{"banned", "outdated", "error", "down", "connecting", "reconnecting"}, f.Name)
	})
}

// rungNote names the first rung that is missing; "" if none is, or the judgement says it already.
func rungNote(s *vital.Snapshot, health vital.Health, now time.Time) string {
	if health == vital.Healthy {
		return ""
	}
	return " " + rungText(s, s.Height(now), now)
}

// vitalFacts are the vitals as they are measured, without a judgement.
func vitalFacts(l *labelled, s *vital.Snapshot, now time.Time) {
	t := l.theme
	if text := restrictionText(s.Restriction, now); text != "" {
		l.add("limit", t.Working.Render(text))
	}
	user := userText(s)
	if !s.Identity.Paired() && !l.past {
		user += ": " + t.KeyOf("pair") + " pairs a phone"
	}
	l.add("user", user)
	l.add("ws", readyText(s, now))
	l.add("ping", pingLine(t, s, l.width-labelWidth-2))
	l.add("breaker", t.BreakerStyle(s.Breaker).Render(widget.Breaker(s.Breaker, now))+breakerHint(s.Breaker))
	if s.State == vital.StateConnected {
		l.add("load", loadText(s.Load, now))
	}
	l.add("dial", widget.Together(dialParts(s.Dial)))
	l.add("client", clientText(s.Client))
	l.add("proxy", widget.Clean(s.Proxy))
	c := s.Counters
	l.add("traffic", fmt.Sprintf("%s in, %s out", bytesText(c.BytesIn), bytesText(c.BytesOut)))
	l.add("messages", fmt.Sprintf("%s in, %s out", widget.Count(c.MessagesIn), widget.Count(c.MessagesOut)))
	l.add("sockets", fmt.Sprintf("opened %s, reconnects %s, timeouts %s", widget.Count(c.Connects), widget.Count(c.Reconnects), widget.Count(c.Timeouts)))
	if s.LastError != "" && s.State == vital.StateConnected {
		l.add("last", lastError(s, now))
	}
}

func userText(s *vital.Snapshot) string {
	switch {
	case !s.Identity.Paired():
		return strings.TrimSpace(widget.Phone(s.Identity.Phone) + " not paired")
	case s.Identity.PushName != "":
		return widget.Clean(s.Identity.PushName) + "  " + widget.Clean(s.Identity.JID)
	default:
		return widget.Clean(s.Identity.JID)
	}
}

// clientText is the client version that wapulse says it is, and the newest if that is another one.
func clientText(c vital.Client) string {
	text := widget.Clean(c.Version)
	if text != "" && c.Latest != "" && c.Latest != c.Version {
		text += ", the newest is " + widget.Clean(c.Latest)
	}
	return text
}

func stateDetail(s *vital.Snapshot, now time.Time) string {
	detail := " for " + widget.Age(now.Sub(s.Since))
	if s.State == vital.StateReconnecting {
		detail += fmt.Sprintf(", attempt %d", s.Attempt)
		if s.NextTry.IsZero() {
			return detail + ", " + phaseText(s)
		}
		return detail + ", next try in " + widget.Countdown(s.NextTry.Sub(now))
	}
	if s.State == vital.StateConnecting {
		return detail + ", " + connectingText(s)
	}
	if s.State == vital.StateError {
		return detail + banLeft(s, now)
	}
	if s.State == vital.StateDisconnected && s.Wanted {
		return detail + ", wanted"
	}
	return detail
}

func connectingText(s *vital.Snapshot) string {
	if s.Pairing != nil && s.Pairing.QR != "" {
		return "waits for a phone"
	}
	return phaseText(s)
}

func readyText(s *vital.Snapshot, now time.Time) string {
	text := s.Ready.String()
	if s.Listening {
		text += ", listening"
	} else {
		text += ", not listening"
	}
	if !s.Ladder.SocketOpen.IsZero() {
		text += ", open " + lastsText(s.Ladder.SocketOpen, now)
	}
	return text
}

// dayAndTime is how a moment of another day is written.
const dayAndTime = "2006-01-02 15:04"

// clockText is a time of the day; of another day it has the date too. Unlike an age it stays true while nothing is drawn.
func clockText(t, now time.Time) string {
	t = t.Local()
	if y, m, d := t.Date(); time.Date(y, m, d, 23, 59, 59, 0, t.Location()).Before(now) {
		return t.Format(dayAndTime)
	}
	return t.Format("15:04:05")
}

// agoText is how long ago something was, under a day, and else when.
func agoText(t, now time.Time) string {
	if age := now.Sub(t); age < 24*time.Hour {
		return widget.Age(age) + " ago"
	}
	return t.Local().Format(time.DateOnly)
}

// lastsText is how long something has lasted, under a day, and else since when.
func lastsText(since, now time.Time) string {
	if age := now.Sub(since); age < 24*time.Hour {
		return "for " + widget.Age(age)
	}
	return "since " + since.Local().Format(dayAndTime)
}

// pastText is agoText in minutes at least, so that it is true as long as a minute is, with the time of another day too.
func pastText(t, now time.Time) string {
	switch age := now.Sub(t); {
	case age < time.Minute:
		return "just now"
	case age < 24*time.Hour:
		return widget.Age(age) + " ago"
	}
	return t.Local().Format(dayAndTime)
}

// restrictionText tells of an account's restriction as long as it holds.
func restrictionText(r vital.Restriction, now time.Time) string {
	switch {
	case !r.Holds(now):
		return ""
	case r.Until.IsZero():
		return "no new chats, and WhatsApp does not say until when"
	default:
		return "no new chats for " + widget.Countdown(r.Until.Sub(now)) + ", until " + r.Until.Local().Format(dayAndTime)
	}
}

// rungText names the first rung that is missing, or says that all hold.
func rungText(s *vital.Snapshot, rungs int, now time.Time) string {
	switch rungs {
	case 0:
		return "no socket"
	case 1:
		return "socket open, not logged in"
	case 2:
		return "logged in, no fresh answer from the server"
	case 3:
		return "the server answers, no fresh data"
	case 4:
		if s.Ladder.PhoneSeen.IsZero() {
			return "fresh data; the phone was not seen yet"
		}
		return "fresh data; phone last seen " + agoText(s.Ladder.PhoneSeen, now)
	default:
		return "phone seen " + pastText(s.Ladder.PhoneSeen, now)
	}
}

func pingLine(t *widget.Theme, s *vital.Snapshot, width int) string {
	p := s.Ping
	if p.LastAt.IsZero() && p.Missed == 0 {
		return "none yet"
	}
	unanswered := ""
	if p.Missed > 0 {
		unanswered = fmt.Sprintf("%d unanswered, ", p.Missed)
	}
	numbers := ""
	for _, form := range []string{ // the first that has room: a number and its unit stand in one line
		fmt.Sprintf("p50 %s  p95 %s  p99 %s  last %s", widget.MillisNumber(p.P50), widget.MillisNumber(p.P95), widget.Millis(p.P99), widget.Millis(p.Last)),
		fmt.Sprintf("p50 %s  p95 %s", widget.MillisNumber(p.P50), widget.Millis(p.P95)),
		"p95 " + widget.Millis(p.P95),
	} {
		if numbers = unanswered + form; widget.Width(numbers) <= width {
			break
		}
	}
	room := min(24, width-widget.Width(numbers)-2)
	if room < 6 || len(p.Recent) == 0 {
		return numbers
	}
	spark := strings.TrimRight(widget.Sparkline(p.Recent, room), " ")
	return t.SparkStyle(p).Render(spark) + "  " + numbers
}

func breakerHint(b vital.Breaker) string {
	if b.State == vital.BreakerClosed {
		return ""
	}
	return fmt.Sprintf(": %d failures in a row; two successes close it", b.Threshold)
}

// dialText is the waterfall of the last connect, in a line.
func dialText(d vital.DialTrace) string { return strings.Join(dialParts(d), " ") }

// dialParts are the phases and the sum, as they may be parted by the end of a line.
func dialParts(d vital.DialTrace) []string {
	if len(d.Phases) == 0 {
		return nil
	}
	parts := make([]string, 0, len(d.Phases)+1)
	for i, p := range d.Phases {
		text := p.Phase.String() + " " + widget.MillisNumber(p.Duration)
		if i < len(d.Phases)-1 {
			text += " ·"
		}
		parts = append(parts, text)
	}
	return append(parts, "= "+widget.Millis(d.Total()))
}

func bytesText(n uint64) string {
	switch {
	case n < 10_000:
		return widget.Count(n) + " B"
	case n < 10_000_000:
		return widget.Count(n/1000) + " kB"
	default:
		return widget.Count(n/1_000_000) + " MB"
	}
}

// VitalsText is what a session's vitals are as plain text, to copy into a message or a report of one's own.
func VitalsText(s *vital.Snapshot, now time.Time) string {
	var b strings.Builder
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-10s %s\n", label, value)
		}
	}
	line("session", widget.Clean(s.Name))
	line("user", widget.Clean(s.Identity.JID))
	line("name", widget.Clean(s.Identity.PushName))
	line("phone", widget.Clean(s.Identity.Phone))
	line("state", s.State.String()+stateDetail(s, now))
	line("why", widget.Clean(s.Failure.String()))
	line("limit", restrictionText(s.Restriction, now))
	line("ws", s.Ready.String())
	line("listening", map[bool]string{true: "yes", false: "no"}[s.Listening])
	if s.State == vital.StateConnected {
		line("uptime", widget.Age(now.Sub(s.Since)))
	}
	rungs, assessed := s.Height(now), s.Assess(now)
	line("health", assessed.Health.String())
	for _, f := range assessed.Findings {
		line("", f.Health.String()+": "+widget.Clean(f.Text))
	}
	line("ladder", fmt.Sprintf("%d of %d: %s", rungs, widget.Rungs, rungText(s, rungs, now)))
	line("breaker", widget.Breaker(s.Breaker, now))
	if !s.Ping.LastAt.IsZero() {
		line("ping", fmt.Sprintf("p50 %s, p95 %s, p99 %s", widget.Millis(s.Ping.P50), widget.Millis(s.Ping.P95), widget.Millis(s.Ping.P99)))
	}
	line("load", loadText(s.Load, now))
	line("dial", dialText(s.Dial))
	line("client", clientText(s.Client))
	line("proxy", widget.Clean(s.Proxy))
	for _, o := range s.Operations {
		text := strings.Join(strings.Fields(operationText(o)), " ")
		for _, more := range []string{troubleText(o), lastSlowText(o, now)} {
			if more != "" {
				text += "; " + more
			}
		}
		line(string(o.Operation), text)
	}
	line("last error", lastError(s, now))
	return b.String()
}
