package check

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// PlanLine is a line of a plan for a person.
type PlanLine struct{ What, Value, Note string }

// Lines are the plan for a person. What is of no interest when there is nothing to ask is left out.
func (p Plan) Lines() []PlanLine {
	lines := []PlanLine{{"read", Count(p.Read), ""}, {"invalid", Count(p.Invalid), ""}, {"duplicates", Count(p.Duplicates), ""}}
	if p.Answered > 0 {
		lines = append(lines, PlanLine{"answered", Count(p.Answered), "in an earlier run of the job"})
	}
	lines = append(lines, PlanLine{"cached", Count(p.Cached), ""}, PlanLine{"to ask", Count(p.ToAsk), ""})
	if p.ToAsk == 0 {
		return lines
	}
	pace := "no limit to their rate"
	if p.Rate > 0 {
		pace = queriesOf(p.Rate) + " a second each at most"
	}
	lines = append(lines, PlanLine{"queries", Count(p.Queries), fmt.Sprintf("%d numbers each at most", p.Job.Settings.batch())},
		PlanLine{"sessions", Count(int64(p.Sessions)), strings.Join(append(p.pauses(), pace), "; ")})
	if p.Rate > 0 && p.Sessions > 0 {
		lines = append(lines, PlanLine{"takes", Span(p.ETA), "if the server is quick"})
	}
	return lines
}

// pauses are what there is to say of sessions that can ask later only.
func (p Plan) pauses() []string {
	switch {
	case p.Paused == 0:
		return nil
	case p.Until.IsZero():
		return []string{Count(int64(p.Paused)) + " paused"}
	case p.Paused > 1:
		return []string{fmt.Sprintf("%s paused, the first until %s", Count(int64(p.Paused)), clock(p.Until))}
	}
	return []string{"1 paused until " + clock(p.Until)}
}

// clock is a time of today, where the person is.
func clock(t time.Time) string { return t.Local().Format("15:04:05") }

// Warning says what more than the published practice means; "" for settings that keep to it.
func (s Settings) Warning() string {
	var over []string
	if s.Batch > DefaultBatch {
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
	return fmt.Sprintf("warning: %s is over the published practice of %d a query and 1 s between queries; accounts are banned for checking fast",
		strings.Join(over, " and "), DefaultBatch)
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
	return Count(int64(math.Round(rate)))
}

// Share is how much of a job is done, 0 to 1.
func (p Progress) Share() float64 {
	if p.Total <= 0 {
		return 1
	}
	return min(1, float64(p.Done)/float64(p.Total))
}

// Words are how far a run is, for a person; a bar may stand before them.
func (p Progress) Words(now time.Time) string {
	line := fmt.Sprintf("%3d %%  %s/%s", int(p.Share()*100), Count(p.Done), Count(p.Total))
	if p.Rate > 0 {
		line += "  " + rateText(p.Rate) + "/s"
	}
	if p.ETA > 0 {
		line += "  " + Span(p.ETA) + " left"
	}
	switch {
	case p.PausedUntil.After(now):
		line += "  paused until " + clock(p.PausedUntil)
	case p.Sessions == 0 && p.Asked < p.ToAsk:
		line += "  waits for a session"
	}
	return line
}

// Resume is the command that goes on with a job.
func (j Job) Resume() string { return fmt.Sprintf("wapulse check --resume %d", j.ID) }

// Count is a number with separators between thousands.
func Count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Span is a duration as people say it: 42 s, 16 min, 3 h 05 min.
func Span(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", (d+30*time.Second)/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %02d min", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%d days", (d+12*time.Hour)/(24*time.Hour))
}
