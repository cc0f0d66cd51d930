package history

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// fakeKeeper keeps everything in memory.
type fakeKeeper struct {
	mu      sync.Mutex
	runs    []Run
	samples []Sample
	keeps   int
	sweeps  int
	full    bool  // the next sweeps say that there is more
	err     error // of Keep
	stuck   bool  // Keep waits for its time to be over
}

func (k *fakeKeeper) BeginRun(_ context.Context, at time.Time, resumed bool) (int64, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.runs = append(k.runs, Run{ID: int64(len(k.runs) + 1), Began: at, Seen: at, Resumed: resumed})
	return int64(len(k.runs)), nil
}

func (k *fakeKeeper) Keep(ctx context.Context, run int64, seen time.Time, samples []Sample) error {
	if k.stuck {
		<-ctx.Done()
		return ctx.Err()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return k.err
	}
	k.keeps++
	k.runs[run-1].Seen = seen.Round(0)
	k.samples = append(k.samples, samples...)
	return nil
}

// kept is what was written so far, in how many calls.
func (k *fakeKeeper) kept() ([]Sample, int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.samples, k.keeps
}

func (k *fakeKeeper) Sweep(context.Context, time.Time) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sweeps++
	return k.full, nil
}

// watched is a Sampler over sessions that the test changes, from a full minute of the clock on.
type watched struct {
	*Sampler
	keeper *fakeKeeper
	mu     sync.Mutex
	snaps  map[vital.SessionID]*vital.Snapshot
}

func watch(keeper *fakeKeeper) *watched {
	w := &watched{keeper: keeper, snaps: map[vital.SessionID]*vital.Snapshot{}}
	w.Sampler = NewSampler(keeper, w.sessions, slog.New(slog.DiscardHandler))
	return w
}

func (w *watched) sessions() (list []*vital.Snapshot) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.snaps {
		list = append(list, s)
	}
	return list
}

func (w *watched) count(id vital.SessionID, c vital.Counters) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.snaps[id] = &vital.Snapshot{ID: id, Counters: c}
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestSamplesHoldWhatIsNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		k := &fakeKeeper{}
		w := watch(k)
		w.count(1, vital.Counters{Connects: 1, MessagesIn: 3})
		w.count(2, vital.Counters{})
		for _, took := range []time.Duration{100 * time.Millisecond, 300 * time.Millisecond} {
			w.Measured(vital.Latency{Session: 1, Operation: vital.OpPing, Duration: took, OK: true})
		}
		w.Measured(vital.Latency{Session: 1, Operation: vital.OpPing, Duration: 10 * time.Second, TimedOut: true})
		w.Measured(vital.Latency{Session: 1, Operation: vital.OpSend, Duration: time.Second})
		w.Measured(vital.Latency{Session: 1, Operation: "dance", OK: true})
		w.Checked(1, vital.VerdictRegistered, 40)
		w.Checked(0, vital.VerdictUnverified, 2)
		w.Checked(1, vital.VerdictInvalid, 7)
		pass(SampleEvery + time.Millisecond)
		samples, keeps := k.kept()
		if len(samples) != 2 || keeps != 1 {
			t.Fatalf("%d samples in %d calls: %+v", len(samples), keeps, samples)
		}
		of := map[vital.SessionID]Sample{}
		for _, s := range samples {
			of[s.Session] = s
		}
		one := of[1].Counts
		ping, send := one.Operation(vital.OpPing), one.Operation(vital.OpSend)
		if !of[1].At.Equal(began) || one.Events != (vital.Counters{Connects: 1, MessagesIn: 3}) || ping.TimedOut != 1 || ping.Latencies.Count() != 2 || ping.Mean() != 200*time.Millisecond ||
			send.Failed != 1 || one.Verdict(vital.VerdictRegistered) != 40 || one.FailedVerifications() != 0 {
			t.Errorf("got %+v", of[1])
		}
		if nobody := of[0].Counts; nobody.FailedVerifications() != 2 {
			t.Errorf("got %+v", of[0])
		}

		pass(3 * SampleEvery) // nothing is new: only that wapulse lives
		if samples, keeps := k.kept(); len(samples) != 2 || keeps != 4 {
			t.Errorf("%d samples in %d calls", len(samples), keeps)
		}
		w.count(1, vital.Counters{Connects: 1, MessagesIn: 5})
		pass(SampleEvery)
		w.count(1, vital.Counters{MessagesIn: 1}) // begun anew
		w.Close(t.Context())
		if n := len(k.samples); n != 4 || k.samples[2].Counts.Events != (vital.Counters{MessagesIn: 2}) || k.samples[3].Counts.Events != (vital.Counters{MessagesIn: 1}) {
			t.Errorf("%+v", k.samples[2:])
		}
		if len(k.runs) != 1 || k.runs[0].Resumed || !k.runs[0].Began.Equal(began) || !k.runs[0].Seen.Equal(time.Now()) {
			t.Errorf("runs %+v", k.runs)
		}
	})
}

// TestWhatCannotBeWrittenComesLater: nothing is lost while the disk is full.
func TestWhatCannotBeWrittenComesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &fakeKeeper{err: errors.New("the disk is full")}
		w := watch(k)
		for i := range 3 {
			w.count(1, vital.Counters{MessagesIn: uint64(i + 1)})
			w.Measured(vital.Latency{Session: 1, Operation: vital.OpPing, Duration: time.Second, OK: true})
			pass(SampleEvery)
		}
		k.mu.Lock()
		k.err = nil
		k.mu.Unlock()
		pass(SampleEvery)
		w.Close(t.Context())
		if len(k.samples) != 1 || k.samples[0].Counts.Events.MessagesIn != 3 || k.samples[0].Counts.Operations[1].Latencies.Count() != 3 {
			t.Errorf("%+v", k.samples)
		}
	})
}

// TestFlush: what was counted is written at once, and what follows goes into the same ten seconds.
func TestFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		k := &fakeKeeper{}
		w := watch(k)
		pass(3 * time.Second)
		w.count(1, vital.Counters{MessagesIn: 2})
		w.Measured(vital.Latency{Session: 1, Operation: vital.OpPing, Duration: time.Second, OK: true})
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(k.samples) != 1 || !k.samples[0].At.Equal(began) || k.samples[0].Counts.Events.MessagesIn != 2 || k.samples[0].Counts.Operations[1].Latencies.Count() != 1 ||
			!k.runs[0].Seen.Equal(began.Add(3*time.Second)) {
			t.Fatalf("%+v of %+v", k.samples, k.runs)
		}
		w.count(1, vital.Counters{MessagesIn: 5})
		pass(7*time.Second + time.Millisecond)
		if len(k.samples) != 2 || !k.samples[1].At.Equal(began) || k.samples[1].Counts.Events.MessagesIn != 3 {
			t.Fatalf("%+v", k.samples)
		}
		k.mu.Lock()
		k.err = errors.New("the disk is full")
		k.mu.Unlock()
		w.count(1, vital.Counters{MessagesIn: 6})
		if err := w.Flush(t.Context()); !errors.Is(err, k.err) {
			t.Error(err)
		}
		k.mu.Lock()
		k.err = nil
		k.mu.Unlock()
		if err := w.Flush(t.Context()); err != nil || len(k.samples) != 3 || k.samples[2].Counts.Events.MessagesIn != 1 {
			t.Errorf("%+v, %v", k.samples[2:], err)
		}
		w.Close(t.Context())
		if err := w.Flush(t.Context()); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}

// TestFlushIsBounded: a database that takes nothing does not hold up whoever wants to read it.
func TestFlushIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &fakeKeeper{stuck: true}
		w := watch(k)
		w.count(1, vital.Counters{MessagesIn: 2})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		for range 2 { // the second one cannot even begin
			if err := w.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
		w.Close(t.Context())
	})
}

// TestACommandIsNoRun: who only looks something up leaves no trace.
func TestACommandIsNoRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pass(SampleEvery - time.Second) // it goes over the full ten seconds
		k := &fakeKeeper{}
		w := watch(k)
		w.count(1, vital.Counters{})
		pass(2 * time.Second)
		w.Close(t.Context())
		if len(k.runs) != 0 || k.keeps != 0 {
			t.Errorf("%+v, %d", k.runs, k.keeps)
		}
		w = watch(k)
		w.count(1, vital.Counters{Connects: 1})
		pass(time.Second)
		w.Close(t.Context())
		if len(k.runs) != 1 || len(k.samples) != 1 || !k.runs[0].Seen.Equal(time.Now()) {
			t.Errorf("%+v, %+v", k.runs, k.samples)
		}
	})
}

// TestALockedDatabaseIsNoGap: wapulse lived, and says so when it can.
func TestALockedDatabaseIsNoGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &fakeKeeper{}
		w := watch(k)
		pass(time.Minute)
		k.mu.Lock()
		k.err = errors.New("locked")
		k.mu.Unlock()
		pass(5 * time.Minute)
		k.mu.Lock()
		k.err = nil
		k.mu.Unlock()
		pass(time.Minute)
		w.Close(t.Context())
		if len(k.runs) != 1 || k.runs[0].Seen.Sub(k.runs[0].Began) != 7*time.Minute {
			t.Errorf("%+v", k.runs)
		}
	})
}

// TestASilenceEndsARun: what was while the machine slept, or between two clocks, nobody knows; the process is the same.
func TestASilenceEndsARun(t *testing.T) {
	for name, c := range map[string]struct {
		jump    time.Duration // of the clock since the sample before
		resumed bool
	}{
		"a second late": {SampleEvery + time.Second, false}, "half a minute": {lostAfter, true}, "a night": {8 * time.Hour, true}, "set back by an hour": {-time.Hour, true},
		"set back a little": {-time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := &fakeKeeper{}
			now := midnight()
			s := &Sampler{keeper: k, sessions: func() []*vital.Snapshot { return nil }, log: slog.New(slog.DiscardHandler), pending: map[vital.SessionID]*gathered{}, began: now}
			s.ctx = t.Context()
			for range 6 {
				now = now.Add(SampleEvery)
				_ = s.sample(now, now)
			}
			last, jumped := now, now.Add(c.jump)
			_ = s.sample(jumped, jumped)
			if !c.resumed {
				if len(k.runs) != 1 || !k.runs[0].Seen.Equal(jumped) {
					t.Fatalf("%+v", k.runs)
				}
				return
			}
			if len(k.runs) != 2 || !k.runs[0].Seen.Equal(last) || !k.runs[1].Resumed || !k.runs[1].Began.Equal(jumped) {
				t.Fatalf("%+v", k.runs)
			}
		})
	}
}

// TestSweepingIsBounded: a backlog does not keep the sampler from its samples, and leaves time to those who write.
func TestSweepingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &fakeKeeper{full: true}
		w := watch(k)
		pass(time.Minute + time.Second)
		w.Close(t.Context())
		if most := 6 * int(sweepFor/sweepPause+1); k.sweeps < most/2 || k.sweeps > most || k.keeps != 7 {
			t.Errorf("%d sweeps, %d samples", k.sweeps, k.keeps)
		}
	})
}
