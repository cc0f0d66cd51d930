package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/wapulse/wapulse/session/check"
)

var (
	errSealed   = errors.New("the input of the job is complete already")
	errNoItem   = errors.New("the job has no such item that could have a result of its own")
	errNoResult = errors.New("the item has no result")
)

// AddItems appends to a job's input, all of them in one transaction. The first item of a number is the one to ask; later ones are its copies.
func (s *Store) AddItems(ctx context.Context, job int64, items []check.Item) error {
	err := s.changeJob(ctx, job, func(ctx context.Context, tx *sql.Tx) (jobCounts, error) {
		var sealed bool
		err := tx.QueryRowContext(ctx, "SELECT sealed FROM wapulse_check_job WHERE id = ? AND deleted = 0", job).Scan(&sealed)
		if errors.Is(err, sql.ErrNoRows) {
			err = check.ErrNoSuchJob
		}
		if err == nil && sealed {
			err = errSealed
		}
		if err != nil {
			return jobCounts{}, err
		}
		return s.addItems(ctx, tx, job, items)
	})
	if err != nil {
		return fmt.Errorf("add items to job %d: %w", job, err)
	}
	s.looks.forget(job)
	return nil
}

const (
	insertFirst   = `INSERT INTO wapulse_check_item (job_id, position, input, e164, reason, verdict) VALUES `
	unlessTwice   = ` ON CONFLICT (job_id, e164) WHERE same_as IS NULL AND e164 IS NOT NULL DO NOTHING`
	positionsFrom = `SELECT position FROM wapulse_check_item WHERE job_id = ? AND position BETWEEN ? AND ?`
	insertCopy    = `INSERT INTO wapulse_check_item (job_id, position, input, e164, reason, same_as) SELECT ?1, ?2, nullif(?3, ?4), ?4, nullif(?5, ''), position
		FROM wapulse_check_item WHERE job_id = ?1 AND e164 = ?4 AND same_as IS NULL AND e164 IS NOT NULL`
	countCopy = `UPDATE wapulse_check_item SET copies = copies + 1 WHERE job_id = ? AND e164 = ? AND same_as IS NULL AND e164 IS NOT NULL RETURNING verdict IS NOT NULL`
)

func (s *Store) addItems(ctx context.Context, tx *sql.Tx, job int64, items []check.Item) (jobCounts, error) {
	n := jobCounts{items: int64(len(items))}
	for some := range slices.Chunk(items, rowsAtOnce) {
		args := make([]any, 0, s.rows.items.columns*len(some))
		for _, it := range some {
			var verdict any
			if it.E164 == "" {
				verdict = codeInvalid
				n.invalid++
				n.answered++
			}
			args = append(args, job, it.Position, null(it.Input, it.E164), null(it.E164, ""), null(it.Reason, ""), verdict)
		}
		stmt, err := s.rows.items.stmt(ctx, tx, len(some)) //nolint:sqlclosecheck // the end of the transaction closes it
		if err != nil {
			return n, err
		}
		res, err := stmt.ExecContext(ctx, args...)
		if err != nil {
			return n, err
		}
		added, err := res.RowsAffected()
		if err == nil && added < int64(len(some)) {
			err = addCopies(ctx, tx, job, some, &n)
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// addCopies adds those of the items that are not there: their numbers are. An item without one always is.
func addCopies(ctx context.Context, tx *sql.Tx, job int64, items []check.Item, n *jobCounts) error {
	there, err := positions(ctx, tx, job, items)
	if err != nil {
		return err
	}
	stmts, err := prepare(ctx, tx, insertCopy, countCopy)
	if err != nil {
		return err
	}
	for _, it := range items {
		if there[it.Position] {
			continue
		}
		if _, err := stmts[0].ExecContext(ctx, job, it.Position, it.Input, it.E164, it.Reason); err != nil {
			return err
		}
		n.duplicates++
		var answered int64
		if err := stmts[1].QueryRowContext(ctx, job, it.E164).Scan(&answered); err != nil {
			return err
		}
		n.answered += answered
	}
	return nil
}

// positions are those that the job has of the range in which these items are.
func positions(ctx context.Context, tx *sql.Tx, job int64, items []check.Item) (map[int64]bool, error) {
	low, high := items[0].Position, items[0].Position
	for _, it := range items {
		low, high = min(low, it.Position), max(high, it.Position)
	}
	rows, err := tx.QueryContext(ctx, positionsFrom, job, low, high)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	there := make(map[int64]bool, len(items))
	for rows.Next() {
		var position int64
		if err := rows.Scan(&position); err != nil {
			return nil, err
		}
		there[position] = true
	}
	return there, rows.Err()
}

// CountToAsk returns how many first items have no result.
func (s *Store) CountToAsk(ctx context.Context, job int64) (int64, error) {
	var n int64
	err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM wapulse_check_item INDEXED BY wapulse_check_item_open
		WHERE job_id = ? AND verdict IS NULL AND same_as IS NULL`, job).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count what is to ask of job %d: %w", job, explain(err))
	}
	return n, nil
}

// openItems takes a job, a position and a limit. Answered items are not in its index, so that a job nearly done is not searched from its beginning.
const openItems = ` FROM wapulse_check_item INDEXED BY wapulse_check_item_open
	WHERE job_id = ? AND position > ? AND verdict IS NULL AND same_as IS NULL ORDER BY position LIMIT ?`

// ToAsk returns first items without a result after a position, in order.
func (s *Store) ToAsk(ctx context.Context, job, after int64, limit int) ([]check.Item, error) {
	var list []check.Item
	err := s.query(ctx, func(rows *sql.Rows) error {
		var it check.Item
		err := rows.Scan(&it.Position, &it.Input, &it.E164, &it.Reason)
		list = append(list, it)
		return err
	}, "SELECT position, coalesce(input, e164), e164, coalesce(reason, '')"+openItems, job, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read what is to ask of job %d: %w", job, err)
	}
	return list, nil
}

const selectItems = `SELECT i.position, coalesce(i.input, i.e164, ''), coalesce(i.e164, ''), coalesce(i.reason, ''), coalesce(i.same_as, 0),
	f.verdict, f.cached, coalesce(f.session, ''), coalesce(f.why, ''), ` + answerColumns + `
	FROM wapulse_check_item AS i
	JOIN wapulse_check_item AS f ON f.job_id = i.job_id AND f.position = coalesce(i.same_as, i.position)
	LEFT JOIN wapulse_check AS c ON c.id = f.answer
	WHERE i.job_id = ? AND i.position > ? ORDER BY i.position LIMIT ?`

// Items returns items with or without a result after a position, in order. An invalid one has the result that it is.
func (s *Store) Items(ctx context.Context, job, after int64, limit int) ([]check.Item, error) {
	var list []check.Item
	err := s.query(ctx, func(rows *sql.Rows) error {
		it, err := scanItem(rows)
		list = append(list, it)
		return err
	}, selectItems, job, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read the items of job %d: %w", job, err)
	}
	return list, nil
}

func scanItem(rows *sql.Rows) (check.Item, error) {
	var it check.Item
	var a scannedAnswer
	var verdict sql.NullInt64
	var cached bool
	var session, why string
	into := []any{&it.Position, &it.Input, &it.E164, &it.Reason, &it.SameAs, &verdict, &cached, &session, &why}
	if err := rows.Scan(append(into, a.into()...)...); err != nil || !verdict.Valid {
		return it, err
	}
	var r check.Result
	var err error
	switch {
	case a.number.Valid:
		r, err = a.result()
	case verdict.Int64 == codeInvalid:
		r.Reason = it.Reason
	default: // nothing was asked
		r.Session, r.Reason = session, why
	}
	if err != nil {
		return it, err
	}
	r.Verdict, err = decodeVerdict(verdict.Int64)
	r.Input, r.E164, r.Cached = it.Input, it.E164, cached
	it.Result = &r
	return it, err
}
