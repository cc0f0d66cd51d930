package history

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// fakeSource is a history in memory.
type fakeSource struct {
	past    Past
	samples []Sample // of LevelSample; other levels are made of them
	totals  map[vital.SessionID]Counts
	failure vital.Transition
	level   Level // that was read last
	err     error
}

func (f *fakeSource) Rows(_ context.Context, level Level, id vital.SessionID, from, to time.Time, each func(Sample)) error {
	f.level = level
	for _, s := range f.samples {
		s.At = s.At.Truncate(level.Width())
		if (id == 0 || s.Session == id) && !s.At.Before(from) && s.At.Before(to) {
			each(s)
		}
	}
	return f.err
}

func (f *fakeSource) Totals(context.Context) (map[vital.SessionID]Counts, error) {
	return f.totals, f.err
}
func (f *fakeSource) Past(context.Context, vital.SessionID, time.Time) (Past, error) {
	return f.past, f.err
}
func (f *fakeSource) LastFailure(context.Context, vital.SessionID) (vital.Transition, bool, error) {
	return f.failure, f.failure.Cause != 0, f.err
}

// pingAt is a ping's sample.
func pingAt(id vital.SessionID, clock string, took time.Duration) Sample {
	s := Sample{Session: id, At: at(clock)}
	if took > 0 {
		s.Counts.Operations[1] = Answer{Sum: took, Latencies: HistogramOf(took)}
	} else {
		s.Counts.Operations[1].TimedOut = 1
	}
	return s
}

// aDay is a session's: up from 01:00 to 02:00 and from 03:00 on, while wapulse runs from 00:30 on.
func aDay() *fakeSource {
	return &fakeSource{
		past: Past{FirstRun: at("00:30"), Runs: []Run{{ID: 1, Began: at("00:30"), Seen: at("05:59:50")}}, Transitions: []vital.Transition{
			moved("00:30", connecting), moved("01:00", connected), {Time: at("02:00"), To: reconnecting, Failure: vital.Failure{Reason: vital.ReasonDNS}}, moved("03:00", connected),
		}},
		samples: []Sample{
			pingAt(1, "01:00:10", 100*time.Millisecond), pingAt(1, "01:00:20", 300*time.Millisecond), pingAt(1, "01:59:50", 0),
			pingAt(2, "02:30:00", 50*time.Millisecond), pingAt(1, "03:00:00", 200*time.Millisecond),
		},
	}
}

func near(a, b time.Duration) bool { return (a - b).Abs() <= b/100 }

func TestChartOfSixHours(t *testing.T) {
	source, now := aDay(), at("06:00")
	c, err := NewReader(source, nil).Chart(t.Context(), Query{Session: 1, From: midnight(), To: at("12:00"), Points: 12}, now)
	if err != nil || c.Step != 30*time.Minute || len(c.Points) != 12 || !c.To.Equal(now) || source.level != LevelMinute {
		t.Fatalf("%d points of %v to %v from level %d, %v", len(c.Points), c.Step, c.To, source.level, err)
	}
	first := c.Points[2]
	if !first.At.Equal(at("01:00")) || first.Answered != 2 || !near(first.P50, 100*time.Millisecond) || !near(first.P95, 300*time.Millisecond) || first.Up != 30*time.Minute {
		t.Errorf("01:00: %+v", first)
	}
	lost := c.Points[3]
	if lost.TimedOut != 1 || !lost.Gap() || lost.Up != 30*time.Minute {
		t.Errorf("01:30: %+v", lost)
	}
	if p := c.Points[4]; !p.Gap() || p.Up != 0 {
		t.Errorf("02:00: another session's, or up: %+v", p)
	}
	if p := c.Points[11]; p.Up != 29*time.Minute+50*time.Second {
		t.Errorf("the end: up for %v", p.Up)
	}
	for clock, want := range map[string]struct {
		state   vital.State
		running bool
	}{"00:10": {down, false}, "00:45": {connecting, true}, "01:00": {connected, true}, "02:59:59": {reconnecting, true}, "05:59:55": {connected, false}} {
		if s := stretchAt(t, &c, at(clock)); s.State != want.state || s.Running != want.running {
			t.Errorf("%s: %+v", clock, s)
		}
	}
}

func stretchAt(t *testing.T, c *Chart, at time.Time) Stretch {
	t.Helper()
	i := slices.IndexFunc(c.Stretches, func(s Stretch) bool { return !at.Before(s.From) && at.Before(s.To) })
	if i < 0 {
		t.Fatalf("nothing is true at %v: %+v", at, c.Stretches)
	}
	return c.Stretches[i]
}

// TestTheRunThatGoesOn is up to now, stored or not.
func TestTheRunThatGoesOn(t *testing.T) {
	now := at("06:00")
	for _, alive := range []Run{{ID: 1, Began: at("00:30"), Seen: now}, {Began: at("05:59:55"), Seen: now, Resumed: true}} {
		source := aDay()
		c, err := NewReader(source, func(time.Time) Run { return alive }).Chart(t.Context(), Query{Session: 1, From: at("05:00"), To: now}, now)
		if err != nil {
			t.Fatal(err)
		}
		if s := stretchAt(t, &c, at("05:59:58")); !s.Up() {
			t.Errorf("%+v: %+v", alive, s)
		}
	}
}

func TestChartOfAll(t *testing.T) {
	c, err := NewReader(aDay(), nil).Chart(t.Context(), Query{From: at("02:00"), To: at("04:00"), Points: 2}, at("06:00"))
	if err != nil || len(c.Points) != 2 || c.Points[0].Answered != 1 || c.Points[1].Answered != 1 || c.Points[0].Up != time.Hour {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestSteps: the finest that fits, of which there still are rows.
func TestSteps(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		span, age time.Duration
		points    int
		step      time.Duration
		level     Level
	}{
		{time.Minute, time.Minute, 120, SampleEvery, LevelSample},
		{time.Hour, time.Hour, 120, 30 * time.Second, LevelSample},
		{time.Hour, 5 * day, 120, time.Minute, LevelMinute},
		{day, day, 120, 15 * time.Minute, LevelMinute},
		{7 * day, 7 * day, 120, 2 * time.Hour, LevelHour},
		{7 * day, 7 * day, 10_000, time.Hour, LevelHour},
		{time.Hour, 40 * day, 120, time.Hour, LevelHour},
		{2000 * day, 2000 * day, 100, 28 * day, LevelHour},
	} {
		if step, level := stepFor(c.span, c.age, c.points); step != c.step || level != c.level {
			t.Errorf("%v, %v ago, in %d: %v from level %d, want %v from %d", c.span, c.age, c.points, step, level, c.step, c.level)
		}
	}
}

func TestFigures(t *testing.T) {
	source := aDay()
	source.totals = map[vital.SessionID]Counts{1: {Events: vital.Counters{Connects: 7}}, 0: {Checks: [checkKinds]uint64{4: 3}}}
	source.failure = vital.Transition{Time: at("02:00"), Cause: vital.CauseSocketLost, Failure: vital.Failure{Reason: vital.ReasonDNS}}
	source.past.Transitions = append(source.past.Transitions, vital.Transition{Time: at("05:59"), From: connected, To: down, Cause: vital.CauseShutdown})
	all, err := NewReader(source, nil).Figures(t.Context(), []vital.SessionID{1}, at("06:00"))
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	one, nobody := all[1], all[0].Total
	if one.Total.Events.Connects != 7 || one.Failure.Failure.Reason != vital.ReasonDNS || one.LastState != connected || !one.LastRun.Seen.Equal(at("05:59:50")) || nobody.FailedVerifications() != 3 {
		t.Errorf("%+v", one)
	}
	if hour := one.Uptimes[0]; hour != (Uptime{time.Hour, 59 * time.Minute}) {
		t.Errorf("the last hour: %+v", hour)
	}
	if day, ok := one.Uptimes[1].Percent(); !ok || one.Uptimes[1].Known != 5*time.Hour+30*time.Minute || day < 72 || day > 73 {
		t.Errorf("the last day: %+v", one.Uptimes[1])
	}
	source.err = errors.New("the disk is gone")
	if _, err := NewReader(source, nil).Figures(t.Context(), []vital.SessionID{1}, at("06:00")); !errors.Is(err, source.err) {
		t.Error(err)
	}
	if _, err := NewReader(source, nil).Chart(t.Context(), Query{Session: 1, From: midnight(), To: at("06:00")}, at("06:00")); !errors.Is(err, source.err) {
		t.Error(err)
	}
}
