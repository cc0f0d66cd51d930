package page

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// loadText is what a session is busy with.
func loadText(l vital.Load, now time.Time) string {
	if l.Limit == 0 {
		return ""
	}
	text := fmt.Sprintf("%d of %d in flight", l.InFlight, l.Limit)
	if l.Waiting > 0 {
		text += fmt.Sprintf(", %d waiting", l.Waiting)
	}
	if l.PausedUntil.After(now) {
		text += ", rate limit until " + clockText(l.PausedUntil, now)
	}
	return text
}

// operationText is how one operation went so far, against its time-out, in columns.
func operationText(o vital.OperationStat) string {
	return fmt.Sprintf("%s×  p50 %s  p95 %s ms of %s", widget.PadLeft(widget.Count(o.Count), 5),
		widget.PadLeft(widget.MillisNumber(o.P50), 5), widget.PadLeft(widget.MillisNumber(o.P95), 6), widget.Countdown(o.Operation.Timeout()))
}

// troubleText counts those that were not fast; "" if all were.
func troubleText(o vital.OperationStat) string {
	var parts []string
	for _, s := range []vital.Speed{vital.Slow, vital.VerySlow, vital.TimedOut} {
		n, word := o.BySpeed[s], s.String()
		if s == vital.TimedOut && n > 1 {
			word += "s"
		}
		if n > 0 {
			parts = append(parts, widget.Count(n)+" "+word)
		}
	}
	if o.Failed > 0 {
		parts = append(parts, widget.Count(o.Failed)+" failed")
	}
	return strings.Join(parts, ", ")
}

// lastSlowText is why the last one was slow or late.
func lastSlowText(o vital.OperationStat, now time.Time) string {
	if o.LastSlowAt.IsZero() {
		return ""
	}
	return "last at " + clockText(o.LastSlowAt, now) + ": " + widget.Clean(o.LastSlow)
}

// The columns of the operations' table.
const (
	operationName  = 9
	leastGauge     = 8
	mostGauge      = 40
	operationTexts = 60 // cells of a row without its gauge
)

// operationLines tell of all operations that have happened: how long they took of the time that they may take, which were slow, and why the last one was.
func operationLines(t *widget.Theme, s *vital.Snapshot, width int, now time.Time) []string {
	if len(s.Operations) == 0 {
		return []string{" " + t.Muted.Render("Nothing was asked of it yet.")}
	}
	var lines []string
	for _, o := range s.Operations {
		indent := strings.Repeat(" ", operationName+1)
		texts := []string{operationText(o)}
		if room := width - len(indent) - 1; widget.Width(texts[0]) > room { // half a number would be another one
			texts = widget.Wrap(strings.Join(strings.Fields(texts[0]), " "), room, 3)
		}
		line := " " + t.Muted.Render(widget.Pad(string(o.Operation), operationName)) + texts[0]
		if gauge := min(mostGauge, width-operationTexts); gauge >= leastGauge {
			line += "  " + timeoutGauge(t, o, gauge)
		}
		lines = append(lines, line)
		for _, more := range texts[1:] {
			lines = append(lines, indent+more)
		}
		if trouble := troubleText(o); trouble != "" {
			lines = append(lines, indent+t.Working.Render(widget.Truncate(trouble, width-len(indent)-1)))
		}
		if last := lastSlowText(o, now); last != "" {
			for _, part := range widget.Wrap(last, width-len(indent)-1, 2) {
				lines = append(lines, indent+t.Muted.Render(part))
			}
		}
	}
	return lines
}

// timeoutGauge draws how much of its time-out an operation takes: solid to the p50, shaded to the p95.
func timeoutGauge(t *widget.Theme, o vital.OperationStat, width int) string {
	cells := func(d time.Duration) int {
		n := int(math.Round(float64(width) * float64(d) / float64(o.Operation.Timeout())))
		if d > 0 {
			n = max(n, 1)
		}
		return min(n, width)
	}
	half, upper := cells(o.P50), max(cells(o.P50), cells(o.P95))
	style := t.Healthy
	if vital.SpeedOf(o.P95) != vital.Fast {
		style = t.Working
	}
	return style.Render(strings.Repeat("█", half)+strings.Repeat("▒", upper-half)) + t.Faint.Render(strings.Repeat("─", width-upper))
}
