package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
)

// A report has what happened between two moments, the transition before, and the gaps, of one session alone.
func TestRecorded(t *testing.T) {
	s := open(t, t.TempDir()+"/w.db")
	a, b := create(t, s, "sales"), create(t, s, "support")
	begin := time.Now().Truncate(time.Microsecond)
	at := func(minute int) time.Time { return begin.Add(time.Duration(minute) * time.Minute) }
	for minute := range 10 {
		for _, id := range []vital.SessionID{a.ID, b.ID} {
			s.Append(vital.Event{Session: id, Seq: uint64(minute + 1), Time: at(minute), Kind: vital.KindLog, Level: vital.LevelInfo, Text: "happened"})
			err := s.CommitTransition(t.Context(), vital.Transition{
				Session: id, Time: at(minute), From: vital.StateReconnecting, To: vital.StateReconnecting,
				Cause: vital.CauseAttemptFailed, Reason: vital.ReasonDNS, Attempt: minute,
				Dial: &vital.Dial{Session: id, Attempt: minute, Outcome: vital.DialFailed, Trace: vital.DialTrace{Began: at(minute)}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.SaveDiagnosis(t.Context(), vital.Diagnosed{
				Session: id, End: vital.End{At: at(minute), Reason: vital.ReasonReplaced}, Diagnosis: vital.Diagnosis{Name: "replaced"},
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	run, err := s.BeginRun(t.Context(), begin, false)
	if err != nil {
		t.Fatal(err)
	}
	sample := history.Sample{Session: a.ID, At: at(5).Truncate(history.SampleEvery), Counts: history.Counts{Events: vital.Counters{MessagesIn: 3}}}
	if err := s.Keep(t.Context(), run, at(5), []history.Sample{sample}); err != nil {
		t.Fatal(err)
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	gap := "INSERT INTO wapulse_event (seq, at, kind, level, text) VALUES (0, ?, 'gap', 2, '3 entries were not stored')"
	if _, err := s.write.ExecContext(t.Context(), gap, at(6).UnixMicro()); err != nil {
		t.Fatal(err)
	}
	m, err := s.Recorded(t.Context(), a.ID, at(3), at(7))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Events) != 6 || m.Events[0].Seq != 4 || m.Events[5].Seq != 8 || m.Events[4].Kind != vital.KindGap || m.Events[4].Session != 0 || m.Events[0].Session != a.ID {
		t.Errorf("events %+v", m.Events)
	}
	if len(m.Transitions) != 6 || m.Transitions[0].Attempt != 2 || m.Transitions[5].Attempt != 7 {
		t.Errorf("transitions %+v", m.Transitions)
	}
	if len(m.Samples) != 1 || m.Samples[0].Counters.MessagesIn != 3 || !m.Samples[0].At.Equal(sample.At) {
		t.Errorf("samples %+v", m.Samples)
	}
	if len(m.Diagnoses) != 8 || len(m.Dials) != 8 || m.Dials[7].Attempt != 7 { // those before may be a part of a pattern
		t.Errorf("diagnoses %+v, attempts %+v", m.Diagnoses, m.Dials)
	}
	if last, err := s.LastEventAt(t.Context(), a.ID); err != nil || !last.Equal(at(9)) {
		t.Errorf("the last event was at %v, %v", last, err)
	}
	if last, err := s.LastEventAt(t.Context(), 99); err != nil || !last.IsZero() {
		t.Errorf("the last event of nobody was at %v, %v", last, err)
	}
}

// What is flushed is on disk; where the disk takes nothing, nobody waits for ever.
func TestFlush(t *testing.T) {
	s := open(t, t.TempDir()+"/w.db")
	a := create(t, s, "sales")
	if err := s.Flush(t.Context()); err != nil {
		t.Errorf("nothing to flush: %v", err)
	}
	for i := range 3 * maxBatch {
		s.Append(vital.Event{Session: a.ID, Seq: uint64(i + 1), Time: time.Now(), Kind: vital.KindLog})
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list := eventsOf(t, s, a.ID); len(list) != 3*maxBatch {
		t.Errorf("%d events", len(list))
	}
	tx, err := s.write.BeginTx(t.Context(), nil) // the one writing connection is taken
	if err != nil {
		t.Fatal(err)
	}
	s.Append(vital.Event{Session: a.ID, Seq: 1, Time: time.Now(), Kind: vital.KindLog})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := s.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("flush of a disk that takes nothing: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Flush(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("flush of a closed store: %v", err)
	}
}
