package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// inTx does something on the writing connection, whole or not at all. Everybody who writes waits meanwhile, so it must be short and wait for nothing.
func (s *Store) inTx(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	if err := do(tx); err != nil {
		return explain(err)
	}
	return explain(tx.Commit())
}

// query reads all rows of a query over the reading connections; scan takes one row.
func (s *Store) query(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return explain(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return explain(err)
		}
	}
	return explain(rows.Err())
}

// prepare prepares statements of a transaction, which closes them with itself.
func prepare(ctx context.Context, tx *sql.Tx, queries ...string) ([]*sql.Stmt, error) {
	list := make([]*sql.Stmt, len(queries))
	var errs []error
	for i, q := range queries {
		stmt, err := tx.PrepareContext(ctx, q) //nolint:sqlclosecheck // the end of the transaction closes it
		list[i] = stmt
		errs = append(errs, err)
	}
	return list, errors.Join(errs...)
}

// toMicro and fromMicro keep the zero time as 0.
func toMicro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicro(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us)
}
