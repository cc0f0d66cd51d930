package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/wapulse/wapulse/session/record"
	"github.com/wapulse/wapulse/session/vital"
)

var _ record.Source = (*Store)(nil)

// maxRecorded bounds each list of a report.
const (
	maxRecorded  = 200_000
	maxDiagnosed = 5_000
)

// Recorded returns what is kept of a session between two moments, for a report. It reads what is on disk: call Flush first.
func (s *Store) Recorded(ctx context.Context, id vital.SessionID, from, to time.Time) (record.Material, error) {
	var m record.Material
	err := errors.Join(
		s.recordedEvents(ctx, &m, id, from, to),
		s.recordedTransitions(ctx, &m, id, from, to),
		s.recordedLatencies(ctx, &m, id, from, to),
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
		var e vital.Event
		var session sql.NullInt64
		var at int64
		var fields string
		if err := rows.Scan(&session, &e.Seq, &at, &e.Kind, &e.Level, &e.Epoch, &e.Text, &fields); err != nil {
			return err
		}
		e.Session, e.Time = vital.SessionID(session.Int64), time.UnixMicro(at)
		var err error
		e.Fields, err = decodeFields(fields)
		m.Events = append(m.Events, e)
		return err
	}, `SELECT session_id, seq, at, kind, level, epoch, text, fields FROM (
			SELECT * FROM wapulse_event WHERE session_id = ?1 AND at BETWEEN ?2 AND ?3
			UNION ALL SELECT * FROM wapulse_event WHERE session_id IS NULL AND at BETWEEN ?2 AND ?3)
		ORDER BY at DESC, id DESC LIMIT ?4`, id, from.UnixMicro(), to.UnixMicro(), maxRecorded)
	slices.Reverse(m.Events)
	return err
}

func (s *Store) recordedTransitions(ctx context.Context, m *record.Material, id vital.SessionID, from, to time.Time) error {
	err := s.query(ctx, func(rows *sql.Rows) error {
		t, err := scanTransition(rows, id)
		m.Transitions = append(m.Transitions, t)
		return err
	}, `SELECT at, from_state, to_state, cause, reason, failure, attempt, epoch FROM (
			SELECT * FROM wapulse_transition WHERE session_id = ?1 AND at BETWEEN ?2 AND ?3
			UNION ALL SELECT * FROM (SELECT * FROM wapulse_transition WHERE session_id = ?1 AND at < ?2 ORDER BY at DESC, id DESC LIMIT 1))
		ORDER BY at DESC, id DESC LIMIT ?4`, id, from.UnixMicro(), to.UnixMicro(), maxRecorded)
	slices.Reverse(m.Transitions)
	return err
}

func scanTransition(rows *sql.Rows, id vital.SessionID) (vital.Transition, error) {
	t := vital.Transition{Session: id}
	var at int64
	var from, to, cause, failure string
	if err := rows.Scan(&at, &from, &to, &cause, &t.Reason, &failure, &t.Attempt, &t.Epoch); err != nil {
		return t, err
	}
	t.Time = time.UnixMicro(at)
	var errs [4]error
	t.From, errs[0] = vital.ParseState(from)
	t.To, errs[1] = vital.ParseState(to)
	t.Failure, errs[2] = decodeFailure(failure)
	t.Cause, errs[3] = parseCause(cause)
	return t, errors.Join(errs[:]...)
}

func (s *Store) recordedLatencies(ctx context.Context, m *record.Material, id vital.SessionID, from, to time.Time) error {
	err := s.query(ctx, func(rows *sql.Rows) error {
		l := vital.Latency{Session: id}
		var at, took int64
		if err := rows.Scan(&at, &l.Operation, &took, &l.OK); err != nil {
			return err
		}
		l.Time, l.Duration = time.UnixMicro(at), time.Duration(took)*time.Microsecond
		m.Latencies = append(m.Latencies, l)
		return nil
	}, "SELECT at, operation, duration, ok FROM wapulse_latency WHERE session_id = ? AND at BETWEEN ? AND ? ORDER BY at DESC LIMIT ?",
		id, from.UnixMicro(), to.UnixMicro(), maxRecorded)
	slices.Reverse(m.Latencies)
	return err
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
