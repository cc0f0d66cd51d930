package history

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// How often, how long, and what is kept.
const (
	SampleEvery    = 10 * time.Second
	KeepSampleRows = 48 * time.Hour
	KeepMinuteRows = 30 * 24 * time.Hour
	KeepHourRows   = 2 * 365 * 24 * time.Hour
	KeepEvents     = 7 * 24 * time.Hour
	keepDeadline   = 5 * time.Second // for one sample to be written
	lostAfter      = 3 * SampleEvery // without a sample for so long, this machine slept or its clock was set: nobody knows what was up
)

// Level is how much time a row of counts is about.
type Level uint8

// The levels.
const (
	LevelSample Level = iota // SampleEvery
	LevelMinute
	LevelHour
)

// Levels lists all levels, the finest first.
func Levels() []Level { return []Level{LevelSample, LevelMinute, LevelHour} }

// Width is the time that a row of the level is about.
func (l Level) Width() time.Duration {
	return [...]time.Duration{SampleEvery, time.Minute, time.Hour}[l]
}

// Keep is how long its rows are kept.
func (l Level) Keep() time.Duration {
	return [...]time.Duration{KeepSampleRows, KeepMinuteRows, KeepHourRows}[l]
}

// Sample is what one session did in SampleEvery. What belongs to no session has the ID 0.
type Sample struct {
	Session vital.SessionID
	At      time.Time // when those ten seconds began
	Counts  Counts
}

// Keeper keeps samples. Each call is one transaction.
type Keeper interface {
	// BeginRun notes that wapulse runs since then; resumed as in Run.
	BeginRun(ctx context.Context, at time.Time, resumed bool) (run int64, err error)
	// Keep notes that the run lives at seen, and adds samples to their rows of every level and to the totals. Those of sessions that are gone are dropped.
	Keep(ctx context.Context, run int64, seen time.Time, samples []Sample) error
	// Sweep deletes some of what is older than it is to be kept; more says that it is worth calling again.
	Sweep(ctx context.Context, now time.Time) (more bool, err error)
}

// Sampler watches sessions. Close it.
type Sampler struct {
	keeper   Keeper
	sessions func() []*vital.Snapshot
	log      *slog.Logger
	flushes  chan chan<- error // who waits for what was counted to be written
	stop     chan struct{}
	done     chan struct{}
	ctx      context.Context // of the writing
	cancel   context.CancelFunc

	mu      sync.Mutex
	pending map[vital.SessionID]*gathered
	run     int64     // 0: not noted yet
	began   time.Time // of the run
	resumed bool
	seen    time.Time // its last sample, stored or not

	before map[vital.SessionID]vital.Counters // of the goroutine alone
}

// gathered is what came of one session since the last sample that was written.
type gathered struct {
	counts    Counts
	latencies [operationKinds][]time.Duration
}

// NewSampler begins to watch. Sessions returns the newest snapshot of each.
func NewSampler(keeper Keeper, sessions func() []*vital.Snapshot, log *slog.Logger) *Sampler {
	s := &Sampler{
		keeper: keeper, sessions: sessions, log: log, flushes: make(chan chan<- error), stop: make(chan struct{}), done: make(chan struct{}),
		began: time.Now().Round(0), pending: map[vital.SessionID]*gathered{}, before: map[vital.SessionID]vital.Counters{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	go s.watch()
	return s
}

// Close writes what is left and ends the watching, at the latest when ctx ends. It is for after the sessions have ended, so that their end is in it.
func (s *Sampler) Close(ctx context.Context) {
	defer context.AfterFunc(ctx, s.cancel)()
	defer s.cancel()
	close(s.stop)
	<-s.done
}

// Flush writes what was counted so far, before its ten seconds are over: for whoever reads what is kept. What it writes is added to the same ten seconds as
// what follows. The error is ErrClosed, the Keeper's, or that of ctx, which bounds the wait; what was not written comes with the next sample.
func (s *Sampler) Flush(ctx context.Context) error {
	written := make(chan error, 1)
	select {
	case s.flushes <- written:
	case <-s.done:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("write a sample: %w", ctx.Err())
	}
	select {
	case err := <-written:
		return err
	case <-ctx.Done():
		return fmt.Errorf("write a sample: %w", ctx.Err())
	}
}

// Measured tells of an operation. It never blocks.
func (s *Sampler) Measured(l vital.Latency) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, op := range operations() {
		if op != l.Operation {
			continue
		}
		g := s.of(l.Session)
		switch a := &g.counts.Operations[i]; {
		case l.OK:
			a.Sum += l.Duration
			g.latencies[i] = append(g.latencies[i], l.Duration)
		case l.TimedOut:
			a.TimedOut++
		default:
			a.Failed++
		}
	}
}

// Checked tells that so many numbers ended in a verdict, on a session, or on none (0). It never blocks.
func (s *Sampler) Checked(id vital.SessionID, v vital.Verdict, numbers int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, known := range verdicts() {
		if known == v && numbers > 0 {
			s.of(id).counts.Checks[i] += uint64(numbers)
		}
	}
}

// of is called with the lock held.
func (s *Sampler) of(id vital.SessionID) *gathered {
	g := s.pending[id]
	if g == nil {
		g = &gathered{}
		s.pending[id] = g
	}
	return g
}

// Alive is the run that goes on, up to now. Its ID is 0 until it is stored.
func (s *Sampler) Alive(now time.Time) Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Run{ID: s.run, Began: s.began, Seen: now.Round(0), Resumed: s.resumed}
}

// watch takes samples at the full ten seconds of the clock, whatever becomes of it.
func (s *Sampler) watch() {
	defer close(s.done)
	timer := time.NewTimer(untilSample(time.Now()))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			now := time.Now()
			s.gather()
			if s.isRun(now) {
				_ = s.sample(now, now.Add(-SampleEvery/2).Truncate(SampleEvery)) // it has told the log
				s.sweep(now)
			}
			timer.Reset(untilSample(time.Now()))
		case written := <-s.flushes:
			written <- s.early()
		case <-s.stop:
			_ = s.early()
			return
		}
	}
}

// untilSample is how long the next full ten seconds are away.
func untilSample(now time.Time) time.Duration {
	return now.Truncate(SampleEvery).Add(SampleEvery).Sub(now)
}

// early takes a sample whose ten seconds are not over.
func (s *Sampler) early() error {
	now := time.Now()
	s.gather()
	if !s.isRun(now) {
		return nil
	}
	return s.sample(now, now.Truncate(SampleEvery))
}

// isRun says whether there is a run to note: a command that looks something up, and ends, is none.
func (s *Sampler) isRun(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run != 0 || len(s.pending) > 0 || now.Sub(s.began).Abs() >= SampleEvery/2
}

// sample writes what was gathered, for the time that began at at.
func (s *Sampler) sample(now, at time.Time) error {
	ctx, cancel := context.WithTimeout(s.ctx, keepDeadline)
	defer cancel()
	if err := s.live(ctx, now); err != nil {
		s.log.Warn("the run cannot be noted", "err", err)
		return fmt.Errorf("note the run: %w", err)
	}
	s.mu.Lock()
	taken := s.pending
	s.pending = map[vital.SessionID]*gathered{}
	run := s.run
	s.mu.Unlock()
	samples := make([]Sample, 0, len(taken))
	for id, g := range taken {
		samples = append(samples, Sample{Session: id, At: at, Counts: g.sum()})
	}
	if err := s.keeper.Keep(ctx, run, now, samples); err != nil {
		s.log.Warn("a sample cannot be written: it comes with the next", "err", err)
		s.putBack(samples)
		return fmt.Errorf("write a sample: %w", err)
	}
	return nil
}

// live notes the run, and begins a new one where nobody knows what was since the last sample.
func (s *Sampler) live(ctx context.Context, now time.Time) error {
	s.mu.Lock()
	run, seen, began := s.run, s.seen, s.began
	s.mu.Unlock()
	now = now.Round(0)
	resumed := run != 0
	if resumed && now.Sub(seen).Abs() < lostAfter && !now.Before(began) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = now
		return nil
	}
	if resumed || now.Before(began) {
		began = now
	}
	run, err := s.keeper.BeginRun(ctx, began, resumed)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.run, s.began, s.seen, s.resumed = run, began, now, resumed
	return nil
}

// gather takes over what the sessions have counted since the last time.
func (s *Sampler) gather() {
	known := make(map[vital.SessionID]vital.Counters, len(s.before))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, snap := range s.sessions() {
		known[snap.ID] = snap.Counters
		if before := s.before[snap.ID]; before != snap.Counters {
			g := s.of(snap.ID)
			g.counts = g.counts.Plus(Counts{Events: since(before, snap.Counters)})
		}
	}
	s.before = known
}

// putBack keeps what could not be written for the next time.
func (s *Sampler) putBack(samples []Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sample := range samples {
		g := s.of(sample.Session)
		g.counts = g.counts.Plus(sample.Counts)
	}
}

// sum is all that was gathered.
func (g *gathered) sum() Counts {
	c := g.counts
	for i, list := range g.latencies {
		c.Operations[i].Latencies = c.Operations[i].Latencies.plus(HistogramOf(list...))
	}
	return c
}

// Deleting after a sample is bounded, as what is left has time, and each step of it followed by a pause for those who wait to write.
const (
	sweepFor   = time.Second
	sweepPause = 20 * time.Millisecond
)

// sweep deletes what is too old, a little at a time: those who write get their turn in between.
func (s *Sampler) sweep(now time.Time) {
	ctx, cancel := context.WithTimeout(s.ctx, sweepFor)
	defer cancel()
	for {
		more, err := s.keeper.Sweep(ctx, now)
		if err != nil && ctx.Err() == nil {
			s.log.Warn("what is too old cannot be deleted", "err", err)
		}
		if err != nil || !more {
			return
		}
		pause := time.NewTimer(sweepPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
		case <-s.stop:
		}
		pause.Stop()
		if ctx.Err() != nil || s.stopped() {
			return
		}
	}
}

func (s *Sampler) stopped() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}
