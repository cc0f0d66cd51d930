package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
)

var (
	_ history.Keeper = (*Store)(nil)
	_ history.Source = (*Store)(nil)
)

// BeginRun notes that wapulse runs since then.
func (s *Store) BeginRun(ctx context.Context, at time.Time, resumed bool) (int64, error) {
	res, err := s.write.ExecContext(ctx, "INSERT INTO wapulse_run (began, seen, resumed) VALUES (?1, ?1, ?2)", at.UnixMicro(), resumed)
	if err != nil {
		return 0, explain(err)
	}
	return res.LastInsertId()
}

// row is where counts are kept.
type row struct {
	level   history.Level
	at      int64 // Unix seconds
	session vital.SessionID
}

// Keep notes that a run lives, and adds samples to the rows of every level and to the totals.
func (s *Store) Keep(ctx context.Context, run int64, seen time.Time, samples []history.Sample) error {
	rows, totals := make(map[row]history.Counts, 3*len(samples)), make(map[vital.SessionID]history.Counts, len(samples))
	for i := range samples {
		sample := &samples[i]
		if sample.Counts.Empty() {
			continue
		}
		for _, level := range history.Levels() {
			at := row{level, sample.At.Truncate(level.Width()).Unix(), sample.Session}
			rows[at] = rows[at].Plus(sample.Counts)
		}
		totals[sample.Session] = totals[sample.Session].Plus(sample.Counts)
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE wapulse_run SET seen = ? WHERE id = ?", seen.UnixMicro(), run); err != nil || len(totals) == 0 {
			return err
		}
		return addCounts(ctx, tx, rows, totals)
	})
}

func addCounts(ctx context.Context, tx *sql.Tx, rows map[row]history.Counts, totals map[vital.SessionID]history.Counts) error {
	stmts, err := prepare(ctx, tx,
		"SELECT EXISTS (SELECT 1 FROM wapulse_session WHERE id = ?)",
		"INSERT OR IGNORE INTO wapulse_total VALUES (?2, ?1)", "SELECT counts FROM wapulse_total WHERE session_id = ?", "UPDATE wapulse_total SET counts = ? WHERE session_id = ?",
		"INSERT OR IGNORE INTO wapulse_sample VALUES (?2, ?3, ?4, ?1)", "SELECT counts FROM wapulse_sample WHERE level = ? AND at = ? AND session_id = ?",
		"UPDATE wapulse_sample SET counts = ? WHERE level = ? AND at = ? AND session_id = ?")
	if err != nil {
		return err
	}
	exists, total, sample := stmts[0], kept{stmts[1], stmts[2], stmts[3]}, kept{stmts[4], stmts[5], stmts[6]}
	gone := map[vital.SessionID]bool{}
	for id, counts := range totals {
		there := id == 0
		if !there {
			if err := exists.QueryRowContext(ctx, id).Scan(&there); err != nil {
				return err
			}
		}
		if gone[id] = !there; there {
			if err := total.add(ctx, counts, id); err != nil {
				return err
			}
		}
	}
	for at, counts := range rows {
		if gone[at.session] {
			continue
		}
		if err := sample.add(ctx, counts, at.level, at.at, at.session); err != nil {
			return err
		}
	}
	return nil
}

// kept is how counts under a key are put in, read, and changed.
type kept struct{ insert, read, update *sql.Stmt }

// add makes a row of the counts, or adds them to the one that is there.
func (k kept) add(ctx context.Context, counts history.Counts, key ...any) error {
	res, err := k.insert.ExecContext(ctx, append([]any{counts.Encode()}, key...)...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	var data []byte
	if err := k.read.QueryRowContext(ctx, key...).Scan(&data); err != nil {
		return err
	}
	before, err := history.Decode(data)
	if err != nil {
		before = history.Counts{} // what somebody has spoilt is no reason to forget what comes
	}
	sum := before.Plus(counts)
	_, err = k.update.ExecContext(ctx, append([]any{sum.Encode()}, key...)...)
	return err
}

// Rows calls each for the rows of a level between two times, of one session or, with 0, of all and of none.
func (s *Store) Rows(ctx context.Context, level history.Level, id vital.SessionID, from, to time.Time, each func(history.Sample)) error {
	read := func(rows *sql.Rows) error {
		sample := history.Sample{}
		var at int64
		var data sql.RawBytes
		err := rows.Scan(&at, &sample.Session, &data)
		if err != nil {
			return err
		}
		sample.At = time.Unix(at, 0)
		if sample.Counts, err = history.Decode(data); err != nil {
			return err
		}
		each(sample)
		return nil
	}
	return s.query(ctx, read, `SELECT at, session_id, counts FROM wapulse_sample WHERE level = ?1 AND at >= ?2 AND at < ?3 AND (?4 = 0 OR session_id = ?4)
		ORDER BY at, session_id`, level, ceilSeconds(from), ceilSeconds(to), id)
}

// ceilSeconds is the first full Unix second that is not before t.
func ceilSeconds(t time.Time) int64 {
	seconds := t.Unix()
	if t.Nanosecond() > 0 {
		seconds++
	}
	return seconds
}

// Totals are the counts of every session since it was created; those that belong to none are under 0.
func (s *Store) Totals(ctx context.Context) (map[vital.SessionID]history.Counts, error) {
	totals := map[vital.SessionID]history.Counts{}
	read := func(rows *sql.Rows) error {
		var id vital.SessionID
		var data sql.RawBytes
		err := rows.Scan(&id, &data)
		if err != nil {
			return err
		}
		totals[id], err = history.Decode(data)
		return err
	}
	return totals, s.query(ctx, read, "SELECT session_id, counts FROM wapulse_total")
}

// Past is where a session stood from a time on, with the last transition before it. With 0 it has only runs.
func (s *Store) Past(ctx context.Context, id vital.SessionID, from time.Time) (history.Past, error) {
	var p history.Past
	var created, firstRun sql.NullInt64
	err := s.read.QueryRowContext(ctx, "SELECT (SELECT created FROM wapulse_session WHERE id = ?), (SELECT began FROM wapulse_run ORDER BY id LIMIT 1)", id).Scan(&created, &firstRun)
	if err != nil {
		return p, explain(err)
	}
	p.Created, p.FirstRun = fromMicro(created.Int64), fromMicro(firstRun.Int64)
	since := from.UnixMicro()
	err = s.query(ctx, func(rows *sql.Rows) error {
		var r history.Run
		var began, seen int64
		err := rows.Scan(&r.ID, &began, &seen, &r.Resumed)
		r.Began, r.Seen = time.UnixMicro(began), time.UnixMicro(seen)
		p.Runs = append(p.Runs, r)
		return err
	}, "SELECT id, began, seen, resumed FROM wapulse_run WHERE seen >= ? ORDER BY id", since)
	if err != nil || id == 0 {
		return p, err
	}
	err = s.query(ctx, func(rows *sql.Rows) error {
		t, err := scanTransition(rows, id)
		p.Transitions = append(p.Transitions, t)
		return err
	}, transitionColumns+" WHERE session_id = ?1 AND at >= ?2 UNION ALL SELECT * FROM ("+
		transitionColumns+" WHERE session_id = ?1 AND at < ?2 ORDER BY at DESC, id DESC LIMIT 1) ORDER BY id", id, since)
	return p, err
}

// LastFailure is the newest transition of a session that had a failure.
func (s *Store) LastFailure(ctx context.Context, id vital.SessionID) (vital.Transition, bool, error) {
	var last vital.Transition
	var found bool
	err := s.query(ctx, func(rows *sql.Rows) (err error) {
		found = true
		last, err = scanTransition(rows, id)
		return err
	}, transitionColumns+" WHERE session_id = ? AND failure <> '' ORDER BY at DESC, id DESC LIMIT 1", id)
	return last, found, err
}

const transitionColumns = "SELECT id, at, from_state, to_state, cause, reason, failure, attempt, epoch FROM wapulse_transition"

// scanTransition reads a row of transitionColumns.
func scanTransition(rows *sql.Rows, id vital.SessionID) (vital.Transition, error) {
	t := vital.Transition{Session: id}
	var row, at int64
	var from, to, cause, failure string
	if err := rows.Scan(&row, &at, &from, &to, &cause, &t.Reason, &failure, &t.Attempt, &t.Epoch); err != nil {
		return t, err
	}
	t.Time = time.UnixMicro(at)
	var errs [4]error
	t.From, errs[0] = vital.ParseState(from)
	t.To, errs[1] = vital.ParseState(to)
	t.Failure, errs[2] = decodeFailure(failure)
	t.Cause, errs[3] = vital.ParseCause(cause)
	return t, errors.Join(errs[:]...)
}
