package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/check"
)

// unasked is how many numbers are asked without a word of agreement.
const unasked = 1000

// planLines are a plan for a person.
func planLines(p check.Plan, layout string) []string {
	title := fmt.Sprintf("job %d: %s", p.Job.ID, oneLine(p.Job.Name))
	if layout != "" {
		title += ", " + oneLine(layout)
	}
	lines := []string{title}
	add := func(what string, n int64, note string) {
		line := fmt.Sprintf("  %-11s%12s", what, grouped(n))
		if note != "" {
			line += "  " + note
		}
		lines = append(lines, line)
	}
	add("read", p.Read, "")
	add("invalid", p.Invalid, "")
	add("duplicates", p.Duplicates, "")
	if p.Answered > 0 {
		add("answered", p.Answered, "in an earlier run of the job")
	}
	add("cached", p.Cached, "")
	batch := p.Job.Settings.Batch
	if batch <= 0 {
		batch = check.DefaultBatch
	}
	add("to ask", p.ToAsk, "")
	if p.ToAsk == 0 {
		return lines
	}
	add("queries", p.Queries, fmt.Sprintf("%d numbers each at most", batch))
	pace := "no limit to their rate"
	if p.Rate > 0 {
		pace = fmt.Sprintf("%s a second each at most", queriesOf(p.Rate))
	}
	add("sessions", int64(p.Sessions), pace)
	if p.Rate > 0 && p.Sessions > 0 {
		lines = append(lines, fmt.Sprintf("  %-11s%12s  if the server is quick", "takes", span(p.ETA)))
	}
	if warning := warningOf(p.Job.Settings); warning != "" {
		lines = append(lines, warning)
	}
	return lines
}

func queriesOf(rate float64) string {
	if rate == 1 {
		return "1 query"
	}
	return rateText(rate) + " queries"
}

// rateText is a number a second: with a decimal while that says something.
func rateText(rate float64) string {
	if rate < 10 {
		return strings.TrimSuffix(strconv.FormatFloat(rate, 'f', 1, 64), ".0")
	}
	return grouped(int64(math.Round(rate)))
}

// warningOf says what more than the published practice means.
func warningOf(s check.Settings) string {
	var over []string
	if s.Batch > check.DefaultBatch {
		over = append(over, fmt.Sprintf("%d numbers a query", s.Batch))
	}
	switch {
	case s.Rate < 0:
		over = append(over, "no limit to the rate")
	case s.Rate > 1:
		over = append(over, queriesOf(s.Rate)+" a second on a session")
	}
	if len(over) == 0 {
		return ""
	}
	return fmt.Sprintf("warning: %s is over the published practice of %d a query and 1 s between queries; accounts are banned for checking fast", strings.Join(over, " and "), check.DefaultBatch)
}

// progressLine is how far a run is, for a person.
func progressLine(p check.Progress, now time.Time) string {
	const cells = 20
	share := 1.0
	if p.Total > 0 {
		share = float64(p.Done) / float64(p.Total)
	}
	full := min(cells, int(share*cells))
	line := fmt.Sprintf("%s%s %3d %%  %s/%s", strings.Repeat("█", full), strings.Repeat("░", cells-full), int(share*100), grouped(p.Done), grouped(p.Total))
	if p.Rate > 0 {
		line += "  " + rateText(p.Rate) + "/s"
	}
	if p.ETA > 0 {
		line += "  " + span(p.ETA) + " left"
	}
	switch {
	case p.PausedUntil.After(now):
		line += "  paused until " + p.PausedUntil.Local().Format("15:04:05")
	case p.Sessions == 0 && p.Asked < p.ToAsk:
		line += "  waits for a session"
	}
	return line
}
