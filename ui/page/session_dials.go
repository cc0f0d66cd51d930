package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// The columns of a waterfall.
const (
	phaseName  = 10
	phaseTime  = 10
	slowMark   = 7 // of the slow phase
	leastFalls = 10
)

// dialLines are the waterfalls of the last connects, the newest first, all on one scale, with the slow phase marked.
func (p *Session) dialLines(width int, now time.Time) []string {
	t := p.theme
	switch {
	case p.stored.problem != "" && !p.stored.known:
		return []string{" " + t.Broken.Render(widget.Truncate("✖ cannot be read: "+p.stored.problem, width-2))}
	case !p.stored.known:
		return []string{" " + t.Working.Render("reading…")}
	case len(p.stored.past.Dials) == 0:
		return []string{" " + t.Muted.Render("It has not connected yet.")}
	}
	dials := p.stored.past.Dials
	var longest time.Duration
	traces := make([]vital.DialTrace, 0, len(dials))
	for _, d := range dials {
		longest = max(longest, d.Trace.Total())
		traces = append(traces, d.Trace)
	}
	var lines []string
	for i, d := range slices.Backward(dials) {
		slow, isSlow := vital.SlowPhaseOf(d.Trace, traces[:i])
		if !isSlow {
			slow = vital.SlowPhase{}
		}
		lines = append(lines, dialHead(t, d, slow, width, now))
		lines = append(lines, waterfall(t, d.Trace, slow, longest, width)...)
	}
	return lines
}

// dialHead says when an attempt was, and what it came to.
func dialHead(t *widget.Theme, d vital.Dial, slow vital.SlowPhase, width int, now time.Time) string {
	style, outcome := t.Healthy, string(d.Outcome)
	switch d.Outcome {
	case vital.DialFailed:
		style = t.Broken
		outcome += " in " + d.EndedIn.String()
		if d.EndedIn == vital.PhaseNone {
			outcome = string(d.Outcome)
		}
	case vital.DialAbandoned:
		style = t.Off
	}
	text := t.Strong.Render(clockText(d.Trace.Began, now)) + " " + style.Render(outcome) + " after " + widget.Millis(d.Trace.Total())
	if d.Attempt > 0 {
		text += t.Muted.Render(fmt.Sprintf(", attempt %d", d.Attempt))
	}
	if slow.Phase != vital.PhaseNone {
		text += ", " + t.Working.Render("slow: "+slow.Why)
	}
	if why := widget.Clean(d.Failure.String()); why != "" {
		text += t.Muted.Render(": " + why)
	} else if d.Trace.Remote != "" {
		text += t.Muted.Render(", " + widget.Clean(d.Trace.Remote))
	}
	return " " + widget.Truncate(text, width-2)
}

// waterfall draws the phases of an attempt, each below the one before and where it began. Longest is the length of all that are drawn together.
func waterfall(t *widget.Theme, trace vital.DialTrace, slow vital.SlowPhase, longest time.Duration, width int) []string {
	room := width - phaseName - phaseTime - slowMark - 4
	if room < leastFalls || longest <= 0 {
		return []string{"   " + dialText(trace)}
	}
	room = min(room, 80)
	lines := make([]string, 0, len(trace.Phases))
	for _, phase := range trace.Phases {
		from := min(room-1, int(int64(room)*int64(phase.Start)/int64(longest)))
		to := min(room, max(from+1, int(int64(room)*int64(phase.Start+phase.Duration)/int64(longest))))
		style, more := t.Healthy, ""
		if phase.Phase == slow.Phase && slow.Phase != vital.PhaseNone {
			style, more = t.Working, " ◂ slow"
		}
		lines = append(lines, "   "+t.Muted.Render(widget.Pad(phase.Phase.String(), phaseName))+
			strings.Repeat(" ", from)+style.Render(strings.Repeat("█", to-from))+t.Faint.Render(strings.Repeat("·", room-to))+
			widget.PadLeft(widget.Millis(phase.Duration), phaseTime)+style.Render(more))
	}
	return lines
}
