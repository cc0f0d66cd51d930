package history

import (
	"context"
	"fmt"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// Source is where stored history is read. The store is one.
type Source interface {
	// Rows calls each for the rows of a level that begin from from on and before to, of one session, or of all and of none with 0, in the order of time.
	Rows(ctx context.Context, level Level, id vital.SessionID, from, to time.Time, each func(Sample)) error
	// Totals are the counts since the session was created, by session; those that belong to none are under 0.
	Totals(ctx context.Context) (map[vital.SessionID]Counts, error)
	// Past is where a session stood from from on. With 0 it has only runs.
	Past(ctx context.Context, id vital.SessionID, from time.Time) (Past, error)
	// LastFailure is the newest transition of a session that had one; false if none ever had.
	LastFailure(ctx context.Context, id vital.SessionID) (vital.Transition, bool, error)
}

// Reader answers questions about how sessions have been. It may be used from any goroutine and holds nothing.
type Reader struct {
	source Source
	alive  func(now time.Time) Run // nil: no wapulse runs
}

// NewReader returns a Reader. Alive is the run that goes on, a Sampler's Alive; nil if what is read is another process's, or nobody's.
func NewReader(source Source, alive func(now time.Time) Run) *Reader {
	return &Reader{source, alive}
}

// past is Source.Past with the run that goes on.
func (r *Reader) past(ctx context.Context, id vital.SessionID, from, now time.Time) (Past, error) {
	p, err := r.source.Past(ctx, id, from)
	if err != nil {
		return Past{}, fmt.Errorf("read the history: %w", err)
	}
	if r.alive == nil {
		return p, nil
	}
	run := r.alive(now)
	if n := len(p.Runs); n > 0 && run.ID != 0 && p.Runs[n-1].ID == run.ID {
		p.Runs[n-1].Seen = now
		return p, nil
	}
	p.Runs = append(p.Runs, run)
	if p.FirstRun.IsZero() {
		p.FirstRun = run.Began
	}
	return p, nil
}

// Windows are the spans that uptime is told for, the shortest first.
func Windows() [4]time.Duration {
	const day = 24 * time.Hour
	return [4]time.Duration{time.Hour, day, 7 * day, 30 * day}
}

// Figures are what is known of a session over all runs.
type Figures struct {
	Total   Counts // since it was created
	Uptimes [4]Uptime
	Failure vital.Transition // the last one that had a failure; the zero value if none ever had

	LastRun   Run         // in which wapulse ran last, or runs; the zero value if that was not noted yet, or more than 30 days ago
	LastState vital.State // where it stands, or stood before wapulse ended
}

// Figures of all these sessions.
func (r *Reader) Figures(ctx context.Context, ids []vital.SessionID, now time.Time) (map[vital.SessionID]Figures, error) {
	totals, err := r.source.Totals(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the totals: %w", err)
	}
	windows := Windows()
	all := make(map[vital.SessionID]Figures, len(ids)+1)
	for _, id := range ids {
		f := Figures{Total: totals[id]}
		p, err := r.past(ctx, id, now.Add(-windows[len(windows)-1]), now)
		if err != nil {
			return nil, err
		}
		if n := len(p.Runs); n > 0 {
			f.LastRun = p.Runs[n-1]
		}
		if n := len(p.Transitions); n > 0 {
			last := p.Transitions[n-1]
			if f.LastState = last.To; last.Cause == vital.CauseShutdown {
				f.LastState = last.From
			}
		}
		for i, window := range windows {
			f.Uptimes[i] = UptimeOf(Stretches(p, now.Add(-window), now))
		}
		if f.Failure, _, err = r.source.LastFailure(ctx, id); err != nil {
			return nil, fmt.Errorf("read the last failure: %w", err)
		}
		all[id] = f
	}
	if of, ok := totals[0]; ok {
		all[0] = Figures{Total: of} // what belongs to no session
	}
	return all, nil
}

// Query asks for a chart.
type Query struct {
	Session   vital.SessionID // 0 for all
	Operation vital.Operation // whose latency; "" for pings
	From, To  time.Time
	Points    int // at most so many, and one more where the span begins within a step; 0 for 120
}

// Chart is how a span was. All of it is aligned: Points follow each other every Step from Points[0].At on, Stretches fill From to To.
type Chart struct {
	From, To  time.Time
	Step      time.Duration
	Points    []Point
	Stretches []Stretch // of the session; with all only whether wapulse ran
}

// Point is one step of a chart.
type Point struct {
	At                 time.Time
	Answered, TimedOut uint64
	P50, P95, P99      time.Duration // of the answered ones; 0 without any
	Up                 time.Duration // how long of the step the session was connected; with all, how long wapulse ran
	Counts             Counts        // of everything
}

// Gap says that there is nothing to draw: nothing was measured.
func (p *Point) Gap() bool { return p.Answered == 0 }

// Chart reads a span. Seven days take a few milliseconds.
func (r *Reader) Chart(ctx context.Context, q Query, now time.Time) (Chart, error) {
	if q.Operation == "" {
		q.Operation = vital.OpPing
	}
	if q.Points <= 0 {
		q.Points = 120
	}
	c := Chart{From: q.From, To: earlier(q.To, now)}
	if !c.From.Before(c.To) {
		return c, nil
	}
	step, level := stepFor(c.To.Sub(c.From), now.Sub(c.From), q.Points)
	c.Step = step
	first := c.From.Truncate(step)
	for at := first; at.Before(c.To); at = at.Add(step) {
		c.Points = append(c.Points, Point{At: at})
	}
	err := r.source.Rows(ctx, level, q.Session, first, c.To, func(s Sample) {
		if i := int(s.At.Sub(first) / step); i >= 0 && i < len(c.Points) {
			c.Points[i].Counts = c.Points[i].Counts.Plus(s.Counts)
		}
	})
	if err != nil {
		return c, fmt.Errorf("read the samples: %w", err)
	}
	p, err := r.past(ctx, q.Session, c.From, now)
	if err != nil {
		return c, err
	}
	c.Stretches = Stretches(p, c.From, c.To)
	for i := range c.Points {
		c.Points[i].judge(q.Operation)
	}
	c.fillUp(q.Session == 0)
	return c, nil
}

func (p *Point) judge(op vital.Operation) {
	a := p.Counts.Operation(op)
	p.Answered, p.TimedOut = a.Latencies.Count(), a.TimedOut
	p.P50, p.P95, p.P99 = a.Latencies.Percentile(50), a.Latencies.Percentile(95), a.Latencies.Percentile(99)
}

// fillUp shares the time that the session was up, or wapulse ran, among the points.
func (c *Chart) fillUp(all bool) {
	i := 0
	for _, s := range c.Stretches {
		if all && !s.Running || !all && !s.Up() {
			continue
		}
		for ; i < len(c.Points) && !c.Points[i].At.Add(c.Step).After(s.From); i++ {
		}
		for j := i; j < len(c.Points) && c.Points[j].At.Before(s.To); j++ {
			from, to := c.Points[j].At, earlier(c.Points[j].At.Add(c.Step), s.To)
			if from.Before(s.From) {
				from = s.From
			}
			c.Points[j].Up += to.Sub(from)
		}
	}
}

// fineSpan is the longest that is read by the minute: what is longer is read by the hour.
const fineSpan = 72 * time.Hour

// stepFor is the finest step with no more than so many points of which there still are rows at that age, and the level to read it from.
func stepFor(span, age time.Duration, points int) (time.Duration, Level) {
	const day = 24 * time.Hour
	for _, step := range []time.Duration{
		SampleEvery, 20 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 2 * day, 7 * day, 14 * day, 28 * day,
	} {
		level := LevelSample
		switch {
		case step >= time.Hour:
			level = LevelHour
		case step >= time.Minute:
			level = LevelMinute
		}
		if step*time.Duration(points) >= span && (level == LevelHour || span <= fineSpan && age <= level.Keep()) {
			return step, level
		}
	}
	return 56 * day, LevelHour
}
