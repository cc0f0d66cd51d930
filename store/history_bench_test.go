package store

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
)

func openForBench(b *testing.B) *Store {
	b.Helper()
	s, err := Open(b.Context(), Options{Path: filepath.Join(b.TempDir(), "w.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// BenchmarkChart is what it takes to open a chart of one session of ten, or of all, after thirty days.
func BenchmarkChart(b *testing.B) {
	s := openForBench(b)
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	fillPast(b, s, now, 10, 30*24*time.Hour, 24)
	reader := history.NewReader(s, nil)
	for name, q := range map[string]history.Query{
		"hour":     {Session: 3, From: now.Add(-time.Hour)},
		"day":      {Session: 3, From: now.Add(-24 * time.Hour)},
		"week":     {Session: 3, From: now.Add(-7 * 24 * time.Hour)},
		"week/all": {From: now.Add(-7 * 24 * time.Hour)},
		"days30":   {Session: 3, From: now.Add(-30 * 24 * time.Hour)},
	} {
		b.Run(name, func(b *testing.B) {
			q.To, q.Points = now, 200
			for b.Loop() {
				c, err := reader.Chart(b.Context(), q, now)
				if err != nil {
					b.Fatal(err)
				}
				if c.Points[len(c.Points)/2].Gap() {
					b.Fatal("nothing is drawn")
				}
			}
		})
	}
	b.Run("figures", func(b *testing.B) {
		for b.Loop() {
			if _, err := reader.Figures(b.Context(), []vital.SessionID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, now); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSample is what a sample of a hundred connected sessions costs, two of three of which were pinged since the last one.
func BenchmarkSample(b *testing.B) {
	s := openForBench(b)
	var snaps []*vital.Snapshot
	for i := range 100 {
		r, err := s.CreateSession(b.Context(), "session-"+string(rune('0'+i/10))+string(rune('0'+i%10)))
		if err != nil {
			b.Fatal(err)
		}
		snaps = append(snaps, &vital.Snapshot{ID: r.ID})
	}
	run, err := s.BeginRun(b.Context(), time.Now(), false)
	if err != nil {
		b.Fatal(err)
	}
	at := time.Now().Truncate(time.Hour)
	for b.Loop() {
		var samples []history.Sample
		for i, snap := range snaps {
			if i%3 > 0 {
				samples = append(samples, history.Sample{Session: snap.ID, At: at, Counts: onePing(i)})
			}
		}
		at = at.Add(history.SampleEvery)
		if err := s.Keep(b.Context(), run, at, samples); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Sweep(b.Context(), at); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(100*b.Elapsed().Seconds()/float64(b.N)/history.SampleEvery.Seconds(), "%core")
}

func onePing(i int) history.Counts {
	d := time.Duration(100+i) * time.Millisecond
	c := history.Counts{Events: vital.Counters{StanzasIn: 3, StanzasOut: 1, BytesIn: uint64(100 + i), BytesOut: 60}}
	c.Operations[1] = history.Answer{Sum: d, Latencies: history.HistogramOf(d)}
	return c
}

// BenchmarkSweepHolds is the longest that a transition waited while a week of events and samples was deleted, without the pauses that a Sampler makes, and, as
// machines are busy with other things, the longest in as much time without any deleting.
func BenchmarkSweepHolds(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := openForBench(b)
		now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
		fillPast(b, s, now, 10, 7*24*time.Hour, 2000)
		later := now.Add(60 * 24 * time.Hour)
		for _, pragma := range []string{"wal_checkpoint(TRUNCATE)", "wal_autocheckpoint = 1000", "synchronous = NORMAL"} { // as it is opened
			if _, err := s.write.Exec("PRAGMA " + pragma); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		begun := time.Now()
		worst, p99 := commitsDuring(b, s, func() { sweepAll(b, s, later) })
		b.StopTimer()
		took := time.Since(begun)
		calm, _ := commitsDuring(b, s, func() { <-time.After(took) })
		b.StartTimer()
		b.ReportMetric(float64(worst.Microseconds())/1000, "worst-ms")
		b.ReportMetric(float64(p99.Microseconds())/1000, "p99-ms")
		b.ReportMetric(float64(calm.Microseconds())/1000, "worst-without-ms")
	}
}

// commitsDuring is how long a transition took to be stored while something was done, at worst and of 99 in 100.
func commitsDuring(b *testing.B, s *Store, do func()) (worst, p99 time.Duration) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	var writing sync.WaitGroup
	var took []time.Duration
	writing.Go(func() {
		for ctx.Err() == nil {
			began := time.Now()
			if err := s.CommitTransition(b.Context(), vital.Transition{Session: 1, Time: began, To: vital.StateConnecting, Cause: vital.CauseStart}); err != nil {
				b.Error(err)
			}
			took = append(took, time.Since(began))
		}
	})
	do()
	cancel()
	writing.Wait()
	return slices.Max(took), history.HistogramOf(took...).Percentile(99)
}

// BenchmarkStorm is a second of 20,000 events and 500 transitions from 50 sessions into hub, ring and journal: how far the journal was behind at worst, and
// what was lost.
func BenchmarkStorm(b *testing.B) {
	const sessions, perSecond = 50, 400
	s := openForBench(b)
	hub := session.NewHub()
	reader := hub.Subscribe()
	defer reader.Close()
	ids := make([]vital.SessionID, sessions)
	for i := range ids {
		r, err := s.CreateSession(b.Context(), "session-"+string(rune('a'+i/26))+string(rune('a'+i%26)))
		if err != nil {
			b.Fatal(err)
		}
		ids[i] = r.ID
	}
	var behind time.Duration
	var moves, gap uint64
	begun := time.Now()
	for b.Loop() {
		var storm sync.WaitGroup
		for _, id := range ids {
			storm.Go(func() { storming(b, s, hub, id, perSecond) })
		}
		moves += sessions * perSecond / 40
		ended := make(chan struct{})
		go func() { storm.Wait(); close(ended) }()
		look := time.NewTicker(25 * time.Millisecond)
		for running := true; running; {
			select {
			case <-look.C:
				batch := reader.Take()
				gap += batch.Gap
				behind = max(behind, s.behind(b))
			case <-ended:
				running = false
			}
		}
		look.Stop()
	}
	took := time.Since(begun)
	eventuallyStored(b, s, uint64(b.N)*sessions*perSecond)
	batch := reader.Take()
	var stored uint64
	if err := s.read.QueryRow("SELECT count(*) FROM wapulse_transition").Scan(&stored); err != nil {
		b.Fatal(err)
	}
	if stored != moves {
		b.Errorf("%d of %d transitions are stored", stored, moves)
	}
	b.ReportMetric(float64(b.N*sessions*perSecond)/took.Seconds(), "events/s")
	b.ReportMetric(float64(behind.Milliseconds()), "worst-behind-ms")
	b.ReportMetric(float64(gap+batch.Gap), "gaps")
}

// storming is one session for a second: n events, as evenly as the machine lets it, and a transition every forty.
func storming(b *testing.B, s *Store, hub *session.Hub, id vital.SessionID, n int) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	begun := time.Now()
	for i := 0; i < n; {
		<-tick.C
		var events []vital.Event
		for due := min(n, int(time.Since(begun)*time.Duration(n)/time.Second)); i < due; i++ {
			e := vital.Event{Seq: uint64(i), Time: time.Now(), Session: id, Kind: vital.KindMessagesUpsert, Level: vital.LevelInfo, Text: "1 message",
				Fields: []vital.Field{{Key: "count", Value: "1"}}}
			s.Append(e)
			events = append(events, e)
			if i%40 > 0 {
				continue
			}
			if err := s.CommitTransition(b.Context(), vital.Transition{Session: id, Time: time.Now(), To: vital.StateConnecting, Cause: vital.CauseStart}); err != nil {
				b.Error(err)
			}
		}
		hub.Publish(&vital.Snapshot{ID: id, Version: uint64(time.Now().UnixNano())}, events...)
	}
}

// behind is how old the oldest event that is not stored yet is.
func (s *Store) behind(b *testing.B) time.Duration {
	b.Helper()
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	if s.journal.lost > 0 {
		b.Errorf("%d events are lost", s.journal.lost)
	}
	if len(s.journal.queue) == 0 {
		return 0
	}
	return time.Since(s.journal.queue[0].Time)
}

func eventuallyStored(b *testing.B, s *Store, n uint64) {
	b.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		var stored uint64
		if err := s.read.QueryRow("SELECT count(*) FROM wapulse_event").Scan(&stored); err != nil {
			b.Fatal(err)
		}
		if stored == n {
			return
		}
		<-tick.C
	}
	b.Fatal("not all events are stored")
}
