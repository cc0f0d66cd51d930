package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
)

// fillPast gives a database a past that ends at now, as a Sampler, sessions that are pinged every fifteen seconds, and so many stored events a day each would have
// made it, hour by hour, with what is too old deleted every day. Samples that are gone by now are made a minute at a time.
func fillPast(t testing.TB, s *Store, now time.Time, sessions int, span time.Duration, eventsADay int) {
	t.Helper()
	// The speed of a disk is not what is looked at.
	for _, pragma := range []string{"synchronous = OFF", "wal_autocheckpoint = 20000"} {
		if _, err := s.write.Exec("PRAGMA " + pragma); err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	began := now.Add(-span)
	var ids []vital.SessionID
	for i := range sessions {
		r, err := s.CreateSession(t.Context(), fmt.Sprintf("session-%d", i))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	if _, err := s.write.Exec("UPDATE wapulse_session SET created = ?", began.UnixMicro()); err != nil {
		t.Fatal(err)
	}
	run, err := s.BeginRun(t.Context(), began, false)
	if err != nil {
		t.Fatal(err)
	}
	for hour := began; hour.Before(now); hour = hour.Add(time.Hour) {
		end := hour.Add(time.Hour)
		fillSamples(t, s, random, run, ids, hour, now.Sub(hour) <= history.KeepSampleRows)
		events := fillEvents(random, ids, hour, max(eventsADay/24, 1))
		for len(events) > 0 {
			n := min(20*maxBatch, len(events))
			if err := s.writeJournal(t.Context(), events[:n], 0); err != nil {
				t.Fatal(err)
			}
			events = events[n:]
		}
		if end.Equal(now) || end.Hour() == 0 {
			sweepAll(t, s, end)
		}
	}
}

func fillSamples(t testing.TB, s *Store, random *rand.Rand, run int64, ids []vital.SessionID, hour time.Time, fine bool) {
	t.Helper()
	step, answers := time.Minute, []int{4}
	if fine {
		step, answers = history.SampleEvery, []int{1, 0, 1}
	}
	var samples []history.Sample
	for i, at := 0, hour; at.Before(hour.Add(time.Hour)); i, at = i+1, at.Add(step) {
		for _, id := range ids {
			if n := answers[i%len(answers)]; n > 0 {
				samples = append(samples, history.Sample{Session: id, At: at, Counts: pings(random, n)})
			}
		}
	}
	if err := s.Keep(t.Context(), run, hour.Add(time.Hour), samples); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids { // a session loses its socket now and then
		if random.IntN(4) > 0 {
			continue
		}
		lost := vital.Failure{Reason: vital.ReasonStreamUnavailable, Code: 503}
		for i, to := range []vital.State{vital.StateReconnecting, vital.StateConnected} {
			move := vital.Transition{Session: id, Time: hour.Add(time.Duration(i) * time.Minute), From: vital.StateConnected, To: to, Cause: vital.CauseSocketLost, Failure: lost}
			if err := s.CommitTransition(t.Context(), move); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// fillEvents are as many as an hour has of each session: messages and receipts.
func fillEvents(random *rand.Rand, ids []vital.SessionID, hour time.Time, n int) (events []vital.Event) {
	for i := range n {
		at := hour.Add(time.Hour * time.Duration(i) / time.Duration(n))
		for _, id := range ids {
			e := vital.Event{Seq: uint64(i), Time: at, Session: id, Kind: vital.KindMessagesUpsert, Level: vital.LevelInfo, Epoch: 7, Text: "1 message", Fields: []vital.Field{{Key: "count", Value: "1"}}}
			if i%2 == 0 {
				e.Kind, e.Text = vital.KindReceipt, "1 read receipt"
				e.Fields = append(e.Fields, vital.Field{Key: "type", Value: "read"}, vital.Field{Key: "ids", Value: fmt.Sprintf("3EB0%018X", random.Uint64())},
					vital.Field{Key: "at", Value: at.Format(time.RFC3339Nano)})
			}
			events = append(events, e)
		}
	}
	return events
}

// fileSize is that of the database with all that belongs to it, once the log is written into it.
func fileSize(t testing.TB, s *Store) (size int64) {
	t.Helper()
	if _, err := s.write.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(s.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	return size
}
