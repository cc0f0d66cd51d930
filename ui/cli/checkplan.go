package cli

import (
	"fmt"
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
	for _, l := range p.Lines() {
		line := fmt.Sprintf("  %-11s%12s", l.What, l.Value)
		if l.Note != "" {
			line += "  " + l.Note
		}
		lines = append(lines, line)
	}
	if warning := p.Job.Settings.Warning(); warning != "" && p.ToAsk > 0 {
		lines = append(lines, warning)
	}
	return lines
}

// progressLine is how far a run is, for a person.
func progressLine(p check.Progress, now time.Time) string {
	const cells = 20
	full := int(p.Share() * cells)
	return strings.Repeat("█", full) + strings.Repeat("░", cells-full) + " " + p.Words(now)
}
