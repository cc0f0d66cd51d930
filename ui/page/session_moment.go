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

// gutter is what stands before a line under the chart.
func (p *Session) gutter(label string) string {
	return p.theme.Muted.Render(widget.PadLeft(label, widget.ScaleWidth-2) + " │")
}

// markLine marks where something was diagnosed.
func (p *Session) markLine(w window, at int) string {
	cells := make([]widget.Cell, p.plot)
	for i := range cells {
		cells[i] = widget.Cell{Text: " ", Style: &p.theme.Text}
		if i == at {
			cells[i] = widget.Cell{Text: "│", Style: &p.theme.Strong}
		}
	}
	for _, d := range p.diagnosed(w) {
		style := &p.theme.Working
		if d.End.Reason.Permanent() || d.Pattern {
			style = &p.theme.Broken
		}
		for _, t := range []time.Time{d.End.At, d.Last} {
			if i := w.columnOf(t, p.plot); i >= 0 && i < p.plot && cells[i].Style != &p.theme.Broken {
				cells[i] = widget.Cell{Text: "▾", Style: style}
			}
		}
	}
	return p.gutter("why") + widget.Cells(cells)
}

// diagnosed are the diagnoses that are known of a time, those that began before it too, if they were still true.
func (p *Session) diagnosed(c window) []vital.Diagnosed {
	if !p.stored.known {
		return nil
	}
	var list []vital.Diagnosed
	for _, d := range p.stored.past.Diagnoses {
		if d.End.At.Before(c.to) && !d.Last.Before(c.from) {
			list = append(list, d)
		}
	}
	return list
}

// stateLine is the bar of states, with the cursor.
func (p *Session) stateLine(s *vital.Snapshot, w window, at int) string {
	cells := stateCells(p.theme, w, p.plot, func(c window) []history.Stretch { return p.stretches(s, c) })
	if at >= 0 && at < len(cells) {
		cells[at].Style = &p.theme.Cursor
	}
	return p.gutter("state") + widget.Cells(cells)
}

// timeLine writes times under the columns, and where the cursor stands.
func (p *Session) timeLine(w window, at int, now time.Time) string {
	format := "15:04"
	switch p.stored.span {
	case LastMinute:
		format = "15:04:05"
	case LastWeek:
		format = "Mon 02 15:04"
	}
	when, from, to := "", 0, 0 // of the cursor
	if at >= 0 {
		when = w.column(at, p.plot).from.Local().Format(format)
		if from, when = at, "▲ "+when; at+len([]rune(when)) > p.plot {
			when = strings.TrimPrefix(when, "▲ ") + " ▲"
			from = max(0, at-len([]rune(when))+1)
		}
		to = from + len([]rune(when))
	}
	line := []rune(strings.Repeat(" ", p.plot))
	put := func(i int, text string) {
		if i < 0 || i+len(text) > p.plot || at >= 0 && i <= to && from <= i+len(text) {
			return
		}
		copy(line[i:], []rune(text))
	}
	end := "now"
	if now.Sub(w.to) > time.Minute {
		end = w.to.Local().Format(format)
	}
	count := max(1, min(6, p.plot/(len(format)+6)))
	for i := range count {
		column := i * p.plot / count
		put(column, w.column(column, p.plot).from.Local().Format(format))
	}
	put(p.plot-len(end), end)
	if at < 0 {
		return strings.Repeat(" ", widget.ScaleWidth) + p.theme.Muted.Render(string(line))
	}
	return strings.Repeat(" ", widget.ScaleWidth) + p.theme.Muted.Render(string(line[:from])) + p.theme.Strong.Render(when) +
		p.theme.Muted.Render(string(line[min(len(line), to):]))
}

// readout tells what was true where the cursor is; without one, what the signs mean.
func (p *Session) readout(s *vital.Snapshot, width int, now time.Time) []string {
	t := p.theme
	if p.cursor.IsZero() {
		return p.legend(width, now)
	}
	w := p.window(now)
	i := w.columnOf(p.cursor, p.plot)
	if i < 0 {
		return []string{" " + t.Muted.Render("That moment is not in the chart any more.")}
	}
	c := w.column(i, p.plot)
	lines := flow(append([]string{t.Strong.Render(momentText(c)) + " "}, p.stateTexts(s, c)...), width)
	lines = append(lines, " "+p.measuredText(s, c))
	list := p.diagnosed(c)
	if len(list) == 0 && !p.upWithin(s, c) { // what it was down for
		before := p.diagnosed(window{to: c.to})
		list = before[max(0, len(before)-1):]
	}
	for n, d := range list {
		if n == 1 {
			more := "and one more diagnosis"
			if len(list) > 2 {
				more = fmt.Sprintf("and %d more diagnoses", len(list)-1)
			}
			lines = append(lines, " "+t.Muted.Render(more))
			break
		}
		lines = append(lines, p.diagnosisLines(d, width)...)
	}
	return lines[:min(len(lines), readoutLines)]
}

// diagnosisLines tell a diagnosis in two lines at most.
func (p *Session) diagnosisLines(d vital.Diagnosed, width int) (lines []string) {
	style := p.theme.Working
	if d.End.Reason.Permanent() || d.Pattern {
		style = p.theme.Broken
	}
	text := "▾ " + d.End.At.Local().Format("15:04:05") + " " + widget.Clean(d.Diagnosis.What)
	if d.Times > 1 {
		text += fmt.Sprintf(" (%d times, the last at %s)", d.Times, d.Last.Local().Format("15:04:05"))
	}
	text += ": " + widget.Clean(d.Diagnosis.Meaning)
	if advice := d.Diagnosis.Advice(); advice != "" {
		text += " · " + keyed(p.theme, widget.Clean(advice))
	}
	for _, part := range widget.Wrap(text, width-2, 2) {
		lines = append(lines, " "+style.Render(part))
	}
	return lines
}

func momentText(c window) string {
	format := "Mon 2 Jan 15:04:05"
	if c.length() >= time.Minute {
		format = "Mon 2 Jan 15:04"
	}
	from, to := c.from.Local(), c.to.Local()
	if from.YearDay() == to.YearDay() {
		return from.Format(format) + "–" + to.Format(strings.TrimPrefix(format, "Mon 2 Jan "))
	}
	return from.Format(format) + " – " + to.Format(format)
}

// flow puts texts one after the other into as many lines as they need.
func flow(texts []string, width int) []string {
	var lines []string
	for i, text := range texts {
		if n := len(lines) - 1; i > 0 && widget.Width(lines[n])+1+widget.Width(text) < width {
			lines[n] += " " + text
		} else {
			lines = append(lines, " "+text)
		}
	}
	return lines
}

// stateTexts tell the states of a time, one after the other.
func (p *Session) stateTexts(s *vital.Snapshot, c window) []string {
	t := p.theme
	list := p.stretches(s, c)
	var parts []string
	for i, one := range list {
		if i == 4 {
			parts = append(parts, t.Muted.Render(fmt.Sprintf("and %d more", len(list)-i)))
			break
		}
		switch {
		case !one.Known:
			parts = append(parts, t.Muted.Render("nothing is known"))
		case !one.Running:
			parts = append(parts, t.Muted.Render("wapulse did not run"))
		default:
			text := t.StateStyle(one.State).Render(widget.StateSign(one.State) + " " + one.State.String())
			if i > 0 {
				text += t.Muted.Render(" at " + one.From.Local().Format("15:04:05"))
			}
			// Of many, what it was down for at first, and what retrying cannot mend: the rest is a diagnosis below, or an event.
			if why := widget.Clean(one.Failure.String()); why != "" && (len(list) < 3 || i == 0 || one.State == vital.StateError) {
				text += t.Muted.Render(" " + why)
			}
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return []string{t.Muted.Render("nothing is known")}
	}
	for i := 1; i < len(parts); i++ {
		parts[i] = t.Muted.Render("→ ") + parts[i]
	}
	return parts
}

// measuredText is what was measured in a time.
func (p *Session) measuredText(s *vital.Snapshot, c window) string {
	t := p.theme
	if p.stored.span == LastMinute {
		switch column := p.pingsIn(s, c); {
		case column.Late:
			return t.Broken.Render("a ping went unanswered")
		case column.P50 > 0:
			return "the last ping took " + widget.Millis(column.P50)
		default:
			return t.Muted.Render("no ping")
		}
	}
	point, step := p.worstPoint(c), p.stored.past.Chart.Step
	if point == nil {
		return t.Muted.Render("nothing was measured")
	}
	text := t.Muted.Render("no ping was answered")
	if !point.Gap() {
		text = fmt.Sprintf("ping p50 %s  p95 %s  p99 %s of %s answered", widget.MillisNumber(point.P50), widget.MillisNumber(point.P95), widget.Millis(point.P99),
			widget.Count(point.Answered))
	}
	if point.TimedOut > 0 {
		text += t.Broken.Render(fmt.Sprintf("  %s timed out", widget.Count(point.TimedOut)))
	}
	percent := 100 * point.Up.Seconds() / max(1e-9, overlap(&p.stored.past.Chart, point).Seconds())
	text += t.Muted.Render(fmt.Sprintf("  up %.0f %% of %s", min(100, math.Floor(percent)), spanText(step)))
	n := point.Counts.Events
	if n.MessagesIn+n.MessagesOut > 0 {
		text += t.Muted.Render(fmt.Sprintf("  messages %s in, %s out", widget.Count(n.MessagesIn), widget.Count(n.MessagesOut)))
	}
	if n.Connects > 0 {
		text += t.Muted.Render(fmt.Sprintf("  connects %s", widget.Count(n.Connects)))
	}
	return text
}

// overlap is how much of a step is within the chart.
func overlap(c *history.Chart, point *history.Point) time.Duration {
	from, to := point.At, point.At.Add(c.Step)
	if from.Before(c.From) {
		from = c.From
	}
	if to.After(c.To) {
		to = c.To
	}
	return to.Sub(from)
}

func spanText(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	default:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
}

// legend says what the signs mean, and what was diagnosed last.
func (p *Session) legend(width int, now time.Time) []string {
	t := p.theme
	sign := func(style lipgloss.Style, sign, means string) string {
		return style.Render(sign) + t.Muted.Render(" "+means)
	}
	parts := []string{
		sign(t.Healthy, "█", "p50"), sign(t.Muted, "░", "p95"), sign(t.Broken, "×", "time-out"), sign(t.Working, "▾", "diagnosed"), sign(t.Healthy, "█", "connected"),
		sign(t.Working, "▒", "on its way"), sign(t.Broken, "✖", "error"), sign(t.Off, "░", "off"), sign(t.Muted, "╌", "wapulse did not run"),
		sign(t.Working, "▄", "partly"),
		t.Key.Render(t.KeyOf("moment-before")+t.KeyOf("moment-after")) + t.Muted.Render(" a moment"),
		t.Key.Render(t.KeyOf("previous-mark")+" "+t.KeyOf("next-mark")) + t.Muted.Render(" a diagnosis"),
	}
	for i := range parts {
		parts[i] += " "
	}
	lines := flow(parts, width)
	if list := p.diagnosed(p.window(now)); len(list) > 0 {
		lines = append(lines, p.diagnosisLines(list[len(list)-1], width)...)
	}
	return lines[:min(len(lines), readoutLines)]
}
