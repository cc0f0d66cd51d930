package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// rowsAtOnce is how many rows a statement writes: as many as a query asks by default. What a statement costs besides its rows is several rows' worth.
const rowsAtOnce = 50

// rowWriter writes rows of one kind, many with one statement: its text before them, the rows, its text after them. The statement for rowsAtOnce is kept prepared,
// as to read one that long takes longer than to do what it says.
type rowWriter struct {
	columns       int
	before, after string
	full          *sql.Stmt
}

// rowWriters are what jobs and the journal are written with.
type rowWriters struct{ items, history, results, events rowWriter }

func prepareRowWriters(ctx context.Context, db *sql.DB) (rowWriters, error) {
	w := rowWriters{
		items:   rowWriter{columns: 6, before: insertFirst, after: unlessTwice},
		history: rowWriter{columns: 9, before: insertAnswers, after: unlessThere},
		results: rowWriter{columns: 7, before: answerItems, after: thatAreOpen},
		events:  rowWriter{columns: 8, before: insertEvents, after: ofSessionsThatAre},
	}
	var errs []error
	for _, each := range w.all() {
		var err error
		each.full, err = db.PrepareContext(ctx, each.query(rowsAtOnce))
		errs = append(errs, err)
	}
	return w, errors.Join(errs...)
}

func (w *rowWriters) all() []*rowWriter {
	return []*rowWriter{&w.items, &w.history, &w.results, &w.events}
}

func (w *rowWriters) close() error {
	var errs []error
	for _, each := range w.all() {
		if each.full != nil {
			errs = append(errs, each.full.Close())
		}
	}
	return errors.Join(errs...)
}

func (w *rowWriter) query(rows int) string {
	row := ",(?" + strings.Repeat(",?", w.columns-1) + ")"
	return w.before + strings.Repeat(row, rows)[1:] + w.after
}

// stmt is the statement that writes so many rows in a transaction, which closes it with itself.
func (w *rowWriter) stmt(ctx context.Context, tx *sql.Tx, rows int) (*sql.Stmt, error) {
	if rows == rowsAtOnce {
		return tx.StmtContext(ctx, w.full), nil
	}
	return tx.PrepareContext(ctx, w.query(rows))
}

// null is NULL for a text that says nothing, or nothing more than the other one.
func null(text, unless string) any {
	if text == unless {
		return nil
	}
	return text
}
