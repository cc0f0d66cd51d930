package store

import (
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
)

// pings are the counts of a session that was pinged, and got a message, in some seconds.
func pings(random *rand.Rand, n int) history.Counts {
	var c history.Counts
	took := make([]time.Duration, n)
	for i := range took {
		took[i] = time.Duration(80_000+random.ExpFloat64()*60_000) * time.Microsecond
		c.Operations[1].Sum += took[i]
	}
	c.Operations[1].Latencies = history.HistogramOf(took...)
	c.Events = vital.Counters{MessagesIn: 1, StanzasIn: uint64(3 * n), StanzasOut: uint64(n), BytesIn: uint64(random.IntN(4000)), BytesOut: uint64(60 * n)}
	return c
}

// rowsOf reads all rows of a level.
func rowsOf(t testing.TB, s *Store, level history.Level, id vital.SessionID) (list []history.Sample) {
	t.Helper()
	err := s.Rows(t.Context(), level, id, time.Unix(0, 0), time.Unix(1<<40, 0), func(sample history.Sample) { list = append(list, sample) })
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestRollupsEqualTheirSamples: minutes, hours and totals are the samples together, whatever order they come in, over restarts, exactly.
func TestRollupsEqualTheirSamples(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	s := open(t, path)
	a, b := create(t, s, "a"), create(t, s, "b")
	random := rand.New(rand.NewPCG(1, 2))
	begin := time.Date(2026, 11, 24, 22, 58, 30, 0, time.UTC)
	var given []history.Sample
	for i := range 500 {
		at := begin.Add(time.Duration(i) * history.SampleEvery)
		if i%50 == 49 {
			at = at.Add(-5 * time.Minute) // a clock that was set back
		}
		given = append(given, history.Sample{Session: []vital.SessionID{a.ID, b.ID, 0}[i%3], At: at, Counts: pings(random, 1+i%3)})
	}
	for i := 0; i < len(given); i += 5 {
		if i == 250 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, path)
		}
		run, err := s.BeginRun(t.Context(), given[i].At, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Keep(t.Context(), run, given[i].At, append(given[i:i+5:i+5], history.Sample{Session: 4711, At: begin, Counts: given[i].Counts})); err != nil {
			t.Fatal(err)
		}
	}
	type key struct {
		at      int64
		session vital.SessionID
	}
	for _, level := range history.Levels() {
		want, got := map[key]history.Counts{}, map[key]history.Counts{}
		for _, sample := range given {
			k := key{sample.At.Truncate(level.Width()).Unix(), sample.Session}
			want[k] = want[k].Plus(sample.Counts)
		}
		for _, r := range rowsOf(t, s, level, 0) {
			got[key{r.At.Unix(), r.Session}] = r.Counts
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("level %d: %d rows, want %d", level, len(got), len(want))
		}
	}
	totals, err := s.Totals(t.Context())
	if err != nil || len(totals) != 3 {
		t.Fatalf("%d totals, %v", len(totals), err)
	}
	want := map[vital.SessionID]history.Counts{}
	for _, sample := range given {
		want[sample.Session] = want[sample.Session].Plus(sample.Counts)
	}
	if !reflect.DeepEqual(totals, want) {
		t.Error("totals are not the sum of their samples")
	}
	if n := len(rowsOf(t, s, history.LevelSample, a.ID)); n == 0 || n >= len(rowsOf(t, s, history.LevelSample, 0)) {
		t.Errorf("%d rows of one session", n)
	}
}

// TestADeletedSessionLeavesNoSamples, after some steps of the sweeping; others keep theirs.
func TestADeletedSessionLeavesNoSamples(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "w.db"))
	a, b := create(t, s, "a"), create(t, s, "b")
	random := rand.New(rand.NewPCG(1, 2))
	now := time.Now()
	var samples []history.Sample
	for i := range 700 {
		for _, id := range []vital.SessionID{a.ID, b.ID} {
			samples = append(samples, history.Sample{Session: id, At: now.Add(-time.Duration(i) * history.SampleEvery), Counts: pings(random, 1)})
		}
	}
	if err := s.Keep(t.Context(), 0, now, samples); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteSession(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	if totals, err := s.Totals(t.Context()); err != nil || len(totals) != 1 {
		t.Errorf("%d totals, %v", len(totals), err)
	}
	sweepAll(t, s, now)
	for _, level := range history.Levels() {
		if n := len(rowsOf(t, s, level, a.ID)); n != 0 {
			t.Errorf("level %d: %d rows are left", level, n)
		}
	}
	if n := len(rowsOf(t, s, history.LevelSample, b.ID)); n != 700 {
		t.Errorf("%d of another's", n)
	}
}

func sweepAll(t testing.TB, s *Store, now time.Time) (steps int) {
	t.Helper()
	for {
		more, err := s.Sweep(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		if steps++; !more {
			return steps
		}
	}
}

// TestWhatIsKeptHowLong: to the row, and what a wrong clock wrote for the next year goes as well.
func TestWhatIsKeptHowLong(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "w.db"))
	a := create(t, s, "a")
	random := rand.New(rand.NewPCG(1, 2))
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	ages := []time.Duration{0, 47 * time.Hour, 49 * time.Hour, 29 * 24 * time.Hour, 31 * 24 * time.Hour, 729 * 24 * time.Hour, 731 * 24 * time.Hour, -365 * 24 * time.Hour}
	for i, age := range ages {
		at := now.Add(-age)
		run, err := s.BeginRun(t.Context(), at, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Keep(t.Context(), run, at, []history.Sample{{Session: a.ID, At: at, Counts: pings(random, 1)}}); err != nil {
			t.Fatal(err)
		}
		s.Append(vital.Event{Seq: uint64(i), Session: a.ID, Time: at, Kind: vital.KindPair, Level: vital.LevelInfo})
		if err := s.CommitTransition(t.Context(), vital.Transition{Session: a.ID, Time: at, Cause: vital.CauseStart, To: vital.StateConnecting}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	sweepAll(t, s, now)
	for level, want := range map[history.Level]int{history.LevelSample: 2, history.LevelMinute: 4, history.LevelHour: 6} {
		if got := len(rowsOf(t, s, level, a.ID)); got != want {
			t.Errorf("level %d: %d rows, want %d", level, got, want)
		}
	}
	if events, transitions := eventsOf(t, s, a.ID), transitionsOf(t, s, a.ID); len(events) != 3 || len(transitions) != len(ages) {
		t.Errorf("%d events, %d transitions", len(events), len(transitions))
	}
	if totals, err := s.Totals(t.Context()); err != nil || totals[a.ID].Events.MessagesIn != uint64(len(ages)) {
		t.Errorf("total %+v, %v", totals[a.ID].Events, err)
	}
}
