package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wapulse/wapulse/session/check"
)

// itemAnswer is the result of an item as it is written.
type itemAnswer struct {
	position, verdict int64
	answer            sql.NullInt64 // in the history, if something was asked
	cached            bool
	session, why      string // if nothing was
}

const (
	answerOpen = `UPDATE wapulse_check_item SET verdict = ?3, answer = ?4, cached = ?5, session = nullif(?6, ''), why = nullif(?7, '')
		WHERE job_id = ?1 AND position = ?2 AND same_as IS NULL AND verdict IS NULL RETURNING 1 + copies`
	answerAgain = `UPDATE wapulse_check_item SET verdict = ?3, answer = ?4, cached = ?5, session = nullif(?6, ''), why = nullif(?7, '')
		WHERE job_id = ?1 AND position = ?2 AND same_as IS NULL AND verdict <> 6`
)

func (a itemAnswer) args(job int64) []any {
	return []any{job, a.position, a.verdict, a.answer, a.cached, a.session, a.why}
}

// answerItem gives an open item a result and returns how many items have one by that: its copies do, too. 0 if it is not open.
func answerItem(ctx context.Context, open *sql.Stmt, job int64, a itemAnswer) (int64, error) {
	var n int64
	err := open.QueryRowContext(ctx, a.args(job)...).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// SaveJobResults keeps the results of first items in the job and in the history, in one transaction. A result in place of an earlier one counts once.
func (s *Store) SaveJobResults(ctx context.Context, job int64, items []check.Item) error {
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(a, b check.Item) int { return cmp.Compare(a.Position, b.Position) }) // neighbours lie on the same pages
	err := s.changeJob(ctx, job, func(ctx context.Context, tx *sql.Tx) (jobCounts, error) {
		var counts jobCounts
		save := resultWriter{&s.rows, tx, job}
		for len(items) > 0 {
			var some []check.Item
			some, items = differing(items)
			n, err := save.write(ctx, some)
			if err != nil {
				return counts, fmt.Errorf("items from %d: %w", some[0].Position, err)
			}
			counts.answered += n
		}
		return counts, nil
	})
	if err != nil {
		return fmt.Errorf("store results of job %d: %w", job, err)
	}
	return nil
}

// differing cuts the first items off, none of them twice, as many as one statement takes.
func differing(items []check.Item) (some, rest []check.Item) {
	n := 1
	for n < min(len(items), rowsAtOnce) && items[n].Position != items[n-1].Position {
		n++
	}
	return items[:n], items[n:]
}

func answerOnceMore(ctx context.Context, tx *sql.Tx, job int64, a itemAnswer) error {
	res, err := tx.ExecContext(ctx, answerAgain, a.args(job)...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errNoItem)
	}
	return nil
}

const (
	lookedUpAtOnce = 1000 // items of a job that are looked up, and may be written, between two of others' turns
	newestFinals   = `SELECT i.position, c.id, c.verdict FROM (SELECT position, e164` + openItems + `) AS i LEFT JOIN wapulse_check AS c ON c.id = `
)

// FillFromCache gives open items the newest plain answer that is fresh enough, as cached results, and returns how many there were. It goes through the job in
// short transactions and reads before it writes, so that others get their turn; what an interrupted one has given stays given.
func (s *Store) FillFromCache(ctx context.Context, job int64, registeredSince, notRegisteredSince time.Time) (int64, error) {
	now := looked{registered: registeredSince, notRegistered: notRegisteredSince}
	if err := s.read.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM wapulse_check").Scan(&now.newest); err != nil {
		return 0, fmt.Errorf("fill job %d with known answers: %w", job, explain(err))
	}
	if s.looks.since(job, now) {
		return 0, nil
	}
	var filled, after int64
	for {
		hits, last, err := s.cacheHits(ctx, job, after, registeredSince, notRegisteredSince)
		if err == nil && len(hits) > 0 {
			var n int64
			n, err = s.answerFromCache(ctx, job, hits)
			filled += n
		}
		if err != nil {
			return filled, fmt.Errorf("fill job %d with known answers: %w", job, err)
		}
		if last == after {
			s.looks.note(job, now)
			return filled, nil
		}
		after = last
	}
}

// cacheHits looks the next open items after a position up and returns the last position that it looked at.
func (s *Store) cacheHits(ctx context.Context, job, after int64, registeredSince, notRegisteredSince time.Time) ([]itemAnswer, int64, error) {
	var hits []itemAnswer
	last := after
	err := s.query(ctx, func(rows *sql.Rows) error {
		a := itemAnswer{cached: true}
		var verdict sql.NullInt64
		err := rows.Scan(&a.position, &a.answer, &verdict)
		last = a.position
		if a.answer.Valid {
			a.verdict = verdict.Int64
			hits = append(hits, a)
		}
		return err
	}, newestFinals+fmt.Sprintf(newestFinal, "i.e164")+" AND "+freshEnough, job, after, lookedUpAtOnce, registeredSince.UnixMicro(), notRegisteredSince.UnixMicro())
	return hits, last, err
}

func (s *Store) answerFromCache(ctx context.Context, job int64, hits []itemAnswer) (int64, error) {
	var filled int64
	err := s.changeJob(ctx, job, func(ctx context.Context, tx *sql.Tx) (jobCounts, error) {
		var counts jobCounts
		stmts, err := prepare(ctx, tx, answerOpen)
		if err != nil {
			return counts, err
		}
		for _, a := range hits {
			n, err := answerItem(ctx, stmts[0], job, a)
			if err != nil {
				return counts, err
			}
			counts.answered += n
			if n > 0 {
				filled++
			}
		}
		return counts, nil
	})
	if err != nil {
		return 0, err
	}
	return filled, nil
}

// searchedAtOnce is how many items of a job Retry looks at between two of others' turns.
const searchedAtOnce = 5000

// Retry forgets results of a job that are error or unverified, so that they are asked again, and returns how many numbers that were. The history stays: what was
// asked was asked. Like FillFromCache it goes through the job in short transactions.
func (s *Store) Retry(ctx context.Context, job int64) (int64, error) {
	var forgotten int64
	for after := int64(0); ; {
		var last sql.NullInt64
		var found, n int64
		err := s.read.QueryRowContext(ctx, `SELECT max(position), count(CASE WHEN verdict IN (4, 5) THEN 1 END) FROM (SELECT position, verdict
			FROM wapulse_check_item WHERE job_id = ? AND position > ? ORDER BY position LIMIT ?)`, job, after, searchedAtOnce).Scan(&last, &found)
		if err == nil && !last.Valid {
			return forgotten, nil
		}
		if err == nil && found > 0 {
			n, err = s.forget(ctx, job, after, last.Int64)
		}
		if err != nil {
			return forgotten, fmt.Errorf("retry job %d: %w", job, explain(err))
		}
		forgotten += n
		after = last.Int64
	}
}

// ToRetry is how many items of a job have a result that Retry forgets, those that are the same number included.
func (s *Store) ToRetry(ctx context.Context, job int64) (int64, error) {
	var n int64
	err := s.read.QueryRowContext(ctx, "SELECT coalesce(sum(1 + copies), 0) FROM wapulse_check_item WHERE job_id = ? AND same_as IS NULL AND verdict IN (4, 5)", job).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("read job %d: %w", job, explain(err))
	}
	return n, nil
}

// forget forgets such results after one position up to another. A job that has something to ask is not finished.
func (s *Store) forget(ctx context.Context, job, after, last int64) (int64, error) {
	var forgotten int64
	err := s.changeJob(ctx, job, func(ctx context.Context, tx *sql.Tx) (jobCounts, error) {
		var counts jobCounts
		rows, err := tx.QueryContext(ctx, `UPDATE wapulse_check_item SET verdict = NULL, answer = NULL, cached = 0, session = NULL, why = NULL
			WHERE job_id = ? AND position > ? AND position <= ? AND verdict IN (4, 5) RETURNING 1 + copies`, job, after, last)
		if err != nil {
			return counts, err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var n int64
			if err := rows.Scan(&n); err != nil {
				return counts, err
			}
			counts.answered -= n
			forgotten++
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || forgotten == 0 {
			return counts, err
		}
		_, err = tx.ExecContext(ctx, "UPDATE wapulse_check_job SET finished = 0 WHERE id = ?", job)
		return counts, err
	})
	if forgotten > 0 {
		s.looks.forget(job)
	}
	return forgotten, err
}
