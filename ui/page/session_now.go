package page

import (
	"fmt"
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// aliveLines answer two questions: is it alive, and why not.
func (p *Session) aliveLines(s *vital.Snapshot, width int, now time.Time) []string {
	t := p.theme
	l := &labelled{theme: t, width: width, most: 6}
	l.line(" " + t.StateStyle(s.State).Render(widget.StateSign(s.State)+" "+s.State.String()) + t.Text.Render(stateDetail(s, now)))
	a := s.Assess(now)
	l.line(" " + healthHead(t, s, a.Health, now))
	findingLines(l, s, a.Findings)
	l.blank()
	rungLines(l, s, now)
	whyLines(l, s, now)
	return l.lines
}

// healthHead is the judgement in one line.
func healthHead(t *widget.Theme, s *vital.Snapshot, health vital.Health, now time.Time) string {
	text := t.HealthStyle(s, health).Render(health.String()) + "  " + t.Ladder(s, health, s.Height(now), plainly)
	if health == vital.Healthy {
		text += t.Muted.Render(" nothing to complain of")
	}
	return text
}

// findingLines are reasons for a health that is not HEALTHY, the worst first.
func findingLines(l *labelled, s *vital.Snapshot, findings []vital.Finding) {
	for _, f := range findings {
		style := l.theme.HealthStyle(s, f.Health)
		for j, part := range widget.Wrap(widget.Clean(f.Text), l.width-5, l.most) {
			sign := " "
			if j == 0 {
				sign = widget.HealthSign(s, f.Health)
			}
			l.line(" " + style.Render(sign+" "+part))
		}
	}
}

const rungWidth = 19

// rungLines spell the ladder out, from its top, as one reads: what is broken stands under what it breaks.
func rungLines(l *labelled, s *vital.Snapshot, now time.Time) {
	t, rungs := l.theme, s.LadderRungs(now)
	for i := len(rungs) - 1; i >= 0; i-- {
		r := rungs[i]
		sign, style := t.Healthy.Render("▮"), t.Text
		if !r.Holds {
			sign, style = t.Off.Render("▯"), t.Muted
		}
		at := ""
		if !r.At.IsZero() {
			at = clockText(r.At, now)
		}
		room := l.width - rungWidth - 6
		evidence := widget.Clean(r.Evidence)
		fits := at != "" && room-widget.Width(evidence) > widget.Width(at)+1
		for j, part := range widget.Wrap(evidence, room, 2) {
			switch {
			case j > 0:
				l.line(" " + widget.Pad("", rungWidth+3) + style.Render(part))
			case fits:
				l.line(" " + sign + " " + style.Render(widget.Pad(r.Name, rungWidth)+" "+widget.Pad(part, room-widget.Width(at)-1)) + " " + t.Muted.Render(at))
			default:
				l.line(" " + sign + " " + style.Render(widget.Pad(r.Name, rungWidth)+" "+part))
			}
		}
	}
}

// whyLines are the diagnosis and the patterns: what it means, what comes next and when, what to do.
func whyLines(l *labelled, s *vital.Snapshot, now time.Time) {
	diagnosed := func(d vital.Diagnosis, label, why string) {
		l.blank()
		l.add(label, widget.Clean(why))
		l.add("next", d.NextIn(now))
		if !l.past {
			l.add("do", keyed(l.theme, d.Advice()))
		}
	}
	if d := s.Diagnosis(); d.What != "" {
		diagnosed(d, "why", d.What+": "+d.Meaning)
	}
	for _, d := range s.Patterns {
		diagnosed(d, "pattern", d.What) // what it means is among the findings
	}
}

// factLines are the vitals but for those that aliveLines tell.
func (p *Session) factLines(s *vital.Snapshot, width int, now time.Time) []string {
	l := &labelled{theme: p.theme, width: width, most: 3}
	vitalFacts(l, s, now)
	if !s.FramesUntil.IsZero() {
		l.add("frames", p.theme.Working.Render("told as events, "+widget.Countdown(s.FramesUntil.Sub(now))+" left"))
	}
	if p.stored.known {
		figures := p.stored.past.Figures
		if p.sections > 2 { // else it stands above the chart
			l.add("up", strings.Join(uptimeTexts(p.theme, figures), "  "))
		}
		c := figures.Total.Events
		l.add("all time", fmt.Sprintf("opened %s, reconnects %s, timeouts %s, messages %s in, %s out", widget.Count(c.Connects), widget.Count(c.Reconnects),
			widget.Count(c.Timeouts), widget.Count(c.MessagesIn), widget.Count(c.MessagesOut)))
		if f := figures.Failure; f.Failure.Reason != vital.ReasonNone {
			l.add("failed", clockText(f.Time, now)+" "+widget.Clean(f.Failure.String()))
		}
	}
	return l.lines
}
