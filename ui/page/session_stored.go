package page

import (
	"time"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// TimeSpan is how far back the page of a session looks.
type TimeSpan uint8

// The spans, the shortest first.
const (
	LastMinute TimeSpan = iota
	LastHour
	LastDay
	LastWeek
	timeSpans
)

// Length of a span.
func (s TimeSpan) Length() time.Duration {
	const day = 24 * time.Hour
	return [...]time.Duration{time.Minute, time.Hour, day, 7 * day}[s]
}

// Action is the name of the action that looks back over the span.
func (s TimeSpan) Action() string { return "last-" + s.String() }

func (s TimeSpan) String() string { return [...]string{"minute", "hour", "day", "week"}[s] }

// title is what the span is called where it can be chosen: its key, and its name.
func (s TimeSpan) title(t *widget.Theme) string { return t.KeyOf(s.Action()) + " " + s.String() }

// Past is what is stored of a session.
type Past struct {
	Chart     history.Chart
	Figures   history.Figures
	Diagnoses []vital.Diagnosed // of the chart's span, oldest first
	Dials     []vital.Dial      // the last, oldest first
}

// stored is what is known of what is stored, and what is asked.
type stored struct {
	span    TimeSpan
	past    Past
	of      TimeSpan // that past is of
	known   bool     // past is there
	problem string   // of the last question
	asked   uint64   // questions
	wants   bool     // another one
}

// Wants says whether what is stored should be asked for anew, without waiting for its time.
func (p *Session) Wants() bool { return p.stored.wants }

// Asking is what to ask for, at most so many points, and the number of the question. Only the answer of the newest question counts.
func (p *Session) Asking(now time.Time) (q history.Query, question uint64) {
	p.stored.wants = false
	p.stored.asked++
	return history.Query{Session: p.id, From: now.Add(-p.stored.span.Length()), To: now, Points: p.plot}, p.stored.asked
}

// Know takes the answer to a question, or what went wrong, and says whether it was the newest one's.
func (p *Session) Know(question uint64, past Past, problem string) bool {
	if question != p.stored.asked {
		return false
	}
	if p.stored.problem = problem; problem == "" {
		p.stored.past, p.stored.of, p.stored.known = past, p.stored.span, true
	}
	return true
}

// Due says whether it is the newest question, whose answer gets old.
func (p *Session) Due(question uint64) bool { return question == p.stored.asked }

// Look looks back over a span.
func (p *Session) Look(span TimeSpan) {
	if span != p.stored.span {
		p.stored.span, p.stored.wants, p.cursor = span, true, time.Time{}
	}
}

// Refresh wants what is stored anew: what is known is old.
func (p *Session) Refresh() { p.stored.wants = true }

// LookBy looks back over a longer span, or a shorter one.
func (p *Session) LookBy(by int) {
	p.Look(TimeSpan(min(max(0, int(p.stored.span)+by), int(timeSpans)-1)))
}

// Point moves the cursor by columns. The first time it comes from the side where it leaves to.
func (p *Session) Point(by int, now time.Time) {
	w := p.window(now)
	if p.plot == 0 || w.length() <= 0 {
		return
	}
	if p.sections > 2 {
		p.section, p.offset = 1, 0 // where the chart is
	}
	step := w.length() / time.Duration(p.plot)
	switch {
	case p.cursor.IsZero():
		p.cursor = w.to.Add(-step / 2)
		if by > 0 {
			p.cursor = w.from.Add(step / 2)
		}
		return
	default:
		p.cursor = p.cursor.Add(time.Duration(by) * step)
	}
	if p.cursor.Before(w.from) {
		p.cursor = w.from.Add(step / 2)
	} else if !p.cursor.Before(w.to) {
		p.cursor = w.to.Add(-step / 2)
	}
}

// ToMark moves the cursor to the nearest column in which something was diagnosed, later with a positive direction. If there is none it stays where it is, and
// what to say of that is returned.
func (p *Session) ToMark(direction int, now time.Time) (nothing string) {
	w := p.window(now)
	if p.plot == 0 || w.length() <= 0 {
		return ""
	}
	if p.sections > 2 {
		p.section, p.offset = 1, 0 // where the chart is
	}
	from := -1
	if direction < 0 {
		from = p.plot
	}
	if at := w.columnOf(p.cursor, p.plot); !p.cursor.IsZero() && at >= 0 {
		from = at
	}
	nearest, distance := time.Time{}, p.plot+1
	for _, d := range p.diagnosed(w) {
		for _, t := range []time.Time{d.End.At, d.Last} {
			i := w.columnOf(t, p.plot)
			if away := direction * (i - from); i >= 0 && away > 0 && away < distance {
				nearest, distance = t, away
			}
		}
	}
	switch {
	case distance <= p.plot:
		p.cursor = nearest
		return ""
	case !p.stored.known:
		return "the last " + p.stored.span.String() + " is not read yet"
	case direction < 0:
		return "nothing was diagnosed before that in the last " + p.stored.span.String()
	default:
		return "nothing was diagnosed after that in the last " + p.stored.span.String()
	}
}

// current says whether what is known is of the span that is looked at.
func (p *Session) current() bool { return p.stored.known && p.stored.of == p.stored.span }

// window of the chart: what is known of, but for the last minute, which is drawn live.
func (p *Session) window(now time.Time) window {
	chart := p.stored.past.Chart
	if p.stored.span == LastMinute || !p.current() {
		return window{now.Add(-p.stored.span.Length()), now}
	}
	return window{chart.From, chart.To}
}
