package page

import (
	"fmt"
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

// operationLines tells of all operations that have happened.
func operationLines(t *widget.Theme, s *vital.Snapshot, now time.Time, add func(label, value string)) {
	for _, o := range s.Operations {
		add(string(o.Operation), operationText(o))
		if trouble := troubleText(o); trouble != "" {
			add(" ", t.Working.Render(trouble))
		}
		if last := lastSlowText(o, now); last != "" {
			add(" ", t.Muted.Render(last))
		}
	}
}
