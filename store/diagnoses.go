package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// SaveDiagnosis stores a diagnosis that belongs to no transition; one of session 0 is of all sessions.
func (s *Store) SaveDiagnosis(ctx context.Context, d vital.Diagnosed) error {
	return s.inTx(ctx, func(tx *sql.Tx) error { return saveDiagnoses(ctx, tx, []vital.Diagnosed{d}) })
}

func saveDiagnoses(ctx context.Context, tx *sql.Tx, list []vital.Diagnosed) error {
	for _, d := range list {
		counted, err := countDiagnosis(ctx, tx, d)
		if err == nil && !counted {
			err = insertDiagnosis(ctx, tx, d)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// countDiagnosis makes an attempt that failed as the one before it did a part of that one's row: a server that is away for a day is no thousand rows.
func countDiagnosis(ctx context.Context, tx *sql.Tx, d vital.Diagnosed) (bool, error) {
	if d.Pattern || d.End.Counts() {
		return false, nil
	}
	res, err := tx.ExecContext(ctx, `UPDATE wapulse_diagnosis SET times = times + 1, last = ?2, next_at = ?3
		WHERE id = (SELECT max(id) FROM wapulse_diagnosis WHERE session_id = ?1) AND pattern = 0 AND counts = 0
			AND name = ?4 AND code = ?5 AND what = ?6 AND next = ?7 AND action = ?8 AND restricted = ?9`,
		d.Session, d.End.At.UnixMicro(), nullMicro(d.Diagnosis.At), d.Diagnosis.Name, d.End.Code, d.Diagnosis.What, d.Diagnosis.Next, d.Diagnosis.Action, d.End.Restricted)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

func insertDiagnosis(ctx context.Context, tx *sql.Tx, d vital.Diagnosed) error {
	id := sql.NullInt64{Int64: int64(d.Session), Valid: d.Session != 0}
	lived := sql.NullInt64{Int64: max(d.End.Lived.Microseconds(), 1), Valid: d.End.Lived > 0}
	last := d.Last
	if last.IsZero() {
		last = d.End.At
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO wapulse_diagnosis
		(session_id, at, pattern, name, code, lived, restricted, counts, what, meaning, retries, next, next_at, action, times, last)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, d.End.At.UnixMicro(), d.Pattern, d.Diagnosis.Name, d.End.Code, lived, d.End.Restricted, !d.Pattern && d.End.Counts(), d.Diagnosis.What,
		d.Diagnosis.Meaning, d.Diagnosis.Retries, d.Diagnosis.Next, nullMicro(d.Diagnosis.At), d.Diagnosis.Action, max(d.Times, 1), last.UnixMicro())
	return err
}

func nullMicro(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: toMicro(t), Valid: !t.IsZero()}
}

// Diagnoses returns the newest limit diagnoses of a session, with those of all sessions, that were true at some time from from until to, oldest first. With id 0
// it is those of every session; a zero time is no bound.
func (s *Store) Diagnoses(ctx context.Context, id vital.SessionID, from, to time.Time, limit int) ([]vital.Diagnosed, error) {
	until := int64(1<<63 - 1)
	if !to.IsZero() {
		until = to.UnixMicro()
	}
	var list []vital.Diagnosed
	err := s.query(ctx, func(rows *sql.Rows) error {
		d, err := scanDiagnosis(rows)
		list = append(list, d)
		return err
	}, selectDiagnoses+` WHERE (?1 = 0 OR session_id = ?1 OR session_id IS NULL) AND last >= ?2 AND at <= ?3 ORDER BY id DESC LIMIT ?4) ORDER BY id`,
		id, toMicro(from), until, limit)
	return list, err
}

// selectDiagnoses begins a query of the newest diagnoses; ") ORDER BY id" ends it.
const selectDiagnoses = `SELECT * FROM (SELECT id, session_id, at, pattern, name, code, lived, restricted, what, meaning, retries, next, next_at, action, times, last
		FROM wapulse_diagnosis`

// scanDiagnosis reads a row of selectDiagnoses.
func scanDiagnosis(rows *sql.Rows) (vital.Diagnosed, error) {
	var d vital.Diagnosed
	var session, lived, next sql.NullInt64
	var at, last int64
	v := &d.Diagnosis
	err := rows.Scan(&d.ID, &session, &at, &d.Pattern, &v.Name, &d.End.Code, &lived, &d.End.Restricted, &v.What, &v.Meaning, &v.Retries, &v.Next, &next,
		&v.Action, &d.Times, &last)
	d.Session = vital.SessionID(session.Int64)
	d.End.At, d.Last, v.At = time.UnixMicro(at), time.UnixMicro(last), fromMicro(next.Int64)
	d.End.Lived = time.Duration(lived.Int64) * time.Microsecond
	if !d.Pattern {
		d.End.Reason = vital.Reason(v.Name)
	}
	return d, err
}

// Ends returns a session's last ends of connections that count for patterns, oldest first.
func (s *Store) Ends(ctx context.Context, id vital.SessionID, limit int) ([]vital.End, error) {
	var list []vital.End
	err := s.query(ctx, func(rows *sql.Rows) error {
		d, err := scanDiagnosis(rows)
		list = append(list, d.End)
		return err
	}, selectDiagnoses+` WHERE session_id = ? AND counts = 1 ORDER BY id DESC LIMIT ?) ORDER BY id`, id, limit)
	return list, err
}
