package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/record"
	"github.com/wapulse/wapulse/session/vital"
)

// What bounds the lists of a report.
const (
	maxRecorded  = record.MostLines
	maxDiagnosed = 5_000
)

// Recorded returns what is kept of a session between two moments, for a report, with the newest of each list if there are more than fit into one. It reads
// what is on disk: call Flush first.
func (s *Store) Recorded(ctx context.Context, id vital.SessionID, from, to time.Time) (record.Material, error) {
	var m record.Material
	err := errors.Join(
		s.recordedEvents(ctx, &m, id, from, to),
		s.recordedTransitions(ctx, &m, id, from, to),
		s.recordedSamples(ctx, &m, id, from, to),
		s.recordedDiagnoses(ctx, &m, id, from, to),
	)
	return m, err
}

// LastEventAt is when the newest stored event of a session happened; the zero time if there is none.
func (s *Store) LastEventAt(ctx context.Context, id vital.SessionID) (time.Time, error) {
	var at sql.NullInt64
	err := s.read.QueryRowContext(ctx, "SELECT max(at) FROM wapulse_event WHERE session_id = ?", id).Scan(&at)
	if err != nil || !at.Valid {
		return time.Time{}, explain(err)
	}
	return time.UnixMicro(at.Int64), nil
}

// recordedEvents reads events of the session, and gaps, which are nobody's.
func (s *Store) recordedEvents(ctx context.Context, m *record.Material, id vital.SessionID, from, to time.Time) error {
	err := s.query(ctx, func(rows *sql.Rows) error {
		e, err := scanEvent(rows)
		m.Events = append(m.Events, e.Event)
		return err
	}, "SELECT * FROM ("+selectEvents+" WHERE e.session_id = ?1 AND e.at BETWEEN ?2 AND ?3 UNION ALL "+selectEvents+
		" WHERE e.session_id IS NULL AND e.at BETWEEN ?2 AND ?3) ORDER BY at DESC, id DESC LIMIT ?4", id, from.UnixMicro(), to.UnixMicro(), maxRecorded)
	slices.Reverse(m.Events)
	return err
}

func (s *Store) recordedTransitions(ctx context.Context, m *record.Material, id vital.SessionID, from, to time.Time) error {
	past, err := s.Past(ctx, id, from)
	m.Transitions = slices.DeleteFunc(past.Transitions, func(t vital.Transition) bool { return t.Time.After(to) })
	m.Transitions = m.Transitions[max(0, len(m.Transitions)-maxRecorded):]
	return err
}

func (s *Store) recordedSamples(ctx context.Context, m *record.Material, id vital.SessionID, from, to time.Time) error {
	return s.Rows(ctx, history.LevelSample, id, from.Add(-history.SampleEvery), to, func(sample history.Sample) {
		one := record.Sample{At: sample.At, Span: min(history.SampleEvery, to.Sub(sample.At)), Counters: sample.Counts.Events} // what is not over is known so far
		for _, op := range vital.Operations() {
			a := sample.Counts.Operation(op)
			answers := record.Answers{
				Operation: op, Answered: a.Latencies.Count(), TimedOut: a.TimedOut, Failed: a.Failed,
				P50: a.Latencies.Percentile(50), P95: a.Latencies.Percentile(95), P99: a.Latencies.Percentile(99),
			}
			if answers.Answered+answers.TimedOut+answers.Failed > 0 {
				one.Operations = append(one.Operations, answers)
			}
		}
		m.Samples = append(m.Samples, one)
	})
}

// recordedDiagnoses reads diagnoses, with those before that a pattern may be found in, and attempts.
func (s *Store) recordedDiagnoses(ctx context.Context, m *record.Material, id vital.SessionID, from, to time.Time) error {
	var err error
	if m.Diagnoses, err = s.Diagnoses(ctx, id, time.Time{}, to, maxDiagnosed); err != nil {
		return err
	}
	within := slices.IndexFunc(m.Diagnoses, func(d vital.Diagnosed) bool { return !d.Last.Before(from) })
	if within < 0 {
		within = len(m.Diagnoses)
	}
	m.Diagnoses = m.Diagnoses[max(0, within-vital.EndsKept):]
	if m.Dials, err = s.Dials(ctx, id, dialsKept); err != nil {
		return err
	}
	m.Dials = slices.DeleteFunc(m.Dials, func(d vital.Dial) bool { return d.Trace.Began.After(to) })
	return nil
}
