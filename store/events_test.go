package store

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// eventHistory fills a database with n events of two sessions, ten seconds from each other, every hundredth a gap of the journal, and returns them as they should be found.
func eventHistory(tb testing.TB, s *Store, n int) []vital.Event {
	tb.Helper()
	var records []session.Record
	for _, name := range []string{"Sales", "support"} {
		r, err := s.CreateSession(context.Background(), name)
		if err != nil {
			tb.Fatal(err)
		}
		records = append(records, r)
	}
	kinds := []vital.Kind{vital.KindOperation, vital.KindReceipt, vital.KindLog, vital.KindMessagesUpsert, vital.KindBreaker}
	begin := time.UnixMicro(time.Date(2026, 8, 20, 0, 0, 0, 0, time.UTC).UnixMicro())
	events := make([]vital.Event, n)
	batch := make([]vital.Event, 0, n)
	for i := range events {
		r := records[i%2]
		e := vital.Event{
			Seq: uint64(i/2 + 1), Time: begin.Add(time.Duration(i/3) * 10 * time.Second), Session: r.ID, Name: r.Name, Kind: kinds[i%len(kinds)], Level: vital.LevelInfo,
			Text: fmt.Sprintf("check %d → 182 ms", i), Fields: []vital.Field{{Key: "outcome", Value: `<"Ok"> 100%_`}, {Key: "n", Value: fmt.Sprint(i)}},
		}
		switch {
		case i%100 == 99:
			e = vital.Event{Time: e.Time, Kind: vital.KindGap, Level: vital.LevelWarn, Text: "7 entries were not stored", Fields: []vital.Field{{Key: "count", Value: "7"}}}
		case i%50 == 7:
			e.Level, e.Text = vital.LevelWarn, "check: Timed out"
		}
		events[i] = e
		batch = append(batch, e)
	}
	for len(batch) > 0 {
		part := batch[:min(len(batch), 5000)]
		if err := s.writeJournal(context.Background(), part, 0); err != nil {
			tb.Fatal(err)
		}
		batch = batch[len(part):]
	}
	return events
}

func TestEventsAreFound(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "w.db"))
	all := eventHistory(t, s, 1000)
	now := all[len(all)-1].Time
	for _, text := range []string{
		"", "session:sales", "session:SALES,support", "session:nobody", "kind:operation", "kind:operation,log", "kind:gap", "level:warn", "level:error", "timed",
		`"<\"oK\">" "100%_"`, "outcome", "session:support kind:breaker level:warn", "since:5m until:2m", `n "999"`, `"%"`, "until:2026-08-20T00:10:00Z", "since:10m session:sales",
		"kind:log,gap check",
	} {
		f, err := vital.ParseFilter(text, now)
		if err != nil {
			t.Fatal(err)
		}
		var want []vital.Event
		for _, e := range all {
			if f.Match(e) {
				want = append(want, e)
			}
		}
		back, forth := pages(t, s, f, false), pages(t, s, f, true)
		if !sameEvents(back, want) || !sameEvents(forth, want) {
			t.Errorf("%q: %d going back, %d going forth, want %d", text, len(back), len(forth), len(want))
		}
	}
}

func sameEvents(got []vital.StoredEvent, want []vital.Event) bool {
	return slices.EqualFunc(got, want, func(g vital.StoredEvent, w vital.Event) bool { return reflect.DeepEqual(g.Event, w) })
}

// pages reads all events that a filter wants, a few at a time.
func pages(t *testing.T, s *Store, f vital.Filter, forward bool) (list []vital.StoredEvent) {
	t.Helper()
	for place := (vital.EventPlace{}); ; {
		var part []vital.StoredEvent
		var err error
		if forward {
			part, err = s.EventsAfter(t.Context(), f, place, 37)
			list = append(list, part...)
		} else {
			part, err = s.EventsBefore(t.Context(), f, place, 37)
			list = append(slices.Clone(part), list...)
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(part) == 0 {
			return list
		}
		place = part[0].Place()
		if forward {
			place = part[len(part)-1].Place()
		}
	}
}

func TestEventsAroundAMoment(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "w.db"))
	all := eventHistory(t, s, 300)
	for _, c := range []struct {
		at    time.Time
		first int // of the whole list
		index int
		count int
	}{
		{all[150].Time, 145, 5, 10},
		{all[150].Time.Add(time.Second), 148, 5, 10},
		{all[0].Time, 0, 0, 5},
		{all[299].Time.Add(time.Hour), 295, 5, 5},
	} {
		list, index, err := s.EventsAround(t.Context(), vital.Filter{}, c.at, 10)
		if err != nil || index != c.index || !sameEvents(list, all[c.first:c.first+c.count]) {
			t.Errorf("%v: %d events, index %d, %v", c.at, len(list), index, err)
		}
	}
}

// No question about events sorts them or walks over all of them: each goes along an index in its order.
func TestEventsGoAlongAnIndex(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "w.db"))
	eventHistory(t, s, 10)
	for condition, index := range map[string]string{
		"+e.kind <> 'gap'":                           "wapulse_event_by_time",
		"+e.kind <> 'gap' AND (e.at, e.id) < (5, 5)": "wapulse_event_by_time",
		"e.session_id = 1 AND (e.at, e.id) > (5, 5)": "wapulse_event_by_session",
		"e.kind NOT IN ('operation', 'receipt', 'messages.upsert', 'log') AND e.kind = 'gap' AND (e.at, e.id) > (5, 5)": "wapulse_event_rare",
		"+e.kind <> 'gap' AND e.level >= 2 AND +e.level >= 2":                                                           "wapulse_event_heavy",
		"+e.session_id IN (1, 2) AND +e.kind IN ('log', 'pair')":                                                        "wapulse_event_by_time",
	} {
		var plan []string
		err := s.query(t.Context(), func(rows *sql.Rows) error {
			var a, b, c int
			var detail string
			err := rows.Scan(&a, &b, &c, &detail)
			plan = append(plan, detail)
			return err
		}, "EXPLAIN QUERY PLAN SELECT e.id, s.name, e.text FROM wapulse_event e LEFT JOIN wapulse_session s ON s.id = e.session_id WHERE "+condition+" ORDER BY e.at DESC, e.id DESC")
		whole := strings.Join(plan, "; ")
		if err != nil || !strings.Contains(whole, index) || strings.Contains(whole, "TEMP B-TREE") {
			t.Errorf("%s: %s, %v", condition, whole, err)
		}
	}
}

func BenchmarkEventsOf100000(b *testing.B) {
	s, err := Open(context.Background(), Options{Path: filepath.Join(b.TempDir(), "w.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	all := eventHistory(b, s, 100_000)
	for _, text := range []string{"", "session:sales", "kind:breaker", "level:warn", "session:sales kind:operation,log level:warn", "timed", `"in none of them"`, "kind:pair"} {
		b.Run(text, func(b *testing.B) {
			f, err := vital.ParseFilter(text, time.Now())
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := s.EventsBefore(context.Background(), f, vital.EventPlace{}, 200); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("around", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.EventsAround(context.Background(), vital.Filter{}, all[50_000].Time, 200); err != nil {
				b.Fatal(err)
			}
		}
	})
}
