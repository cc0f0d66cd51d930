package store

import (
	"context"
	"database/sql"

	"github.com/wapulse/wapulse/session/check"
)

// resultWriter writes results of one job's items within a transaction: what was asked into the history, all of them to their items.
type resultWriter struct {
	*rowWriters
	tx  *sql.Tx
	job int64
}

const (
	insertAnswers = `INSERT INTO wapulse_check (number, asked, verdict, jid, lid, business, session, latency, reason) VALUES `
	unlessThere   = ` ON CONFLICT (number, asked, verdict) DO NOTHING`
	answerItems   = `UPDATE wapulse_check_item SET verdict = v.column3, answer = v.column4, cached = v.column5, session = v.column6, why = v.column7 FROM (VALUES `
	thatAreOpen   = `) AS v WHERE job_id = v.column1 AND position = v.column2 AND same_as IS NULL AND verdict IS NULL RETURNING position, 1 + copies`
)

// write writes the results of some items, each of them another one, and returns how many items have one by that: copies do, too.
func (w *resultWriter) write(ctx context.Context, items []check.Item) (int64, error) {
	answers := make([]itemAnswer, len(items))
	asked := make([]int, 0, len(items)) // places of those
	for i, it := range items {
		r := it.Result
		if r == nil {
			return 0, errNoResult
		}
		code, err := encodeVerdict(r.Verdict)
		if err != nil {
			return 0, err
		}
		answers[i] = itemAnswer{position: it.Position, verdict: int64(code), cached: r.Cached}
		if wasAsked(*r) {
			asked = append(asked, i)
		} else {
			answers[i].session, answers[i].why = r.Session, r.Reason
		}
	}
	if err := w.remember(ctx, items, asked, answers); err != nil {
		return 0, err
	}
	return w.answer(ctx, answers)
}

// remember adds to the history what was asked, and tells the answers where it is.
func (w *resultWriter) remember(ctx context.Context, items []check.Item, asked []int, answers []itemAnswer) error {
	if len(asked) == 0 {
		return nil
	}
	args := make([]any, 0, w.history.columns*len(asked))
	for _, i := range asked {
		r := items[i].Result
		jid := null(r.JID, r.E164[1:]+"@s.whatsapp.net")
		args = append(args, r.E164, r.AskedAt.UnixMicro(), answers[i].verdict, jid, r.LID, r.Business, r.Session, r.LatencyMS, r.Reason)
	}
	stmt, err := w.history.stmt(ctx, w.tx, len(asked)) //nolint:sqlclosecheck // the end of the transaction closes it
	if err != nil {
		return err
	}
	res, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return err
	}
	added, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if added < int64(len(asked)) {
		return w.find(ctx, items, asked, answers)
	}
	last, err := res.LastInsertId()
	for place, i := range asked { // ids are given in order, and nobody else writes meanwhile
		answers[i].answer = sql.NullInt64{Int64: last - added + 1 + int64(place), Valid: true}
	}
	return err
}

// find tells answers where the history has what was asked: some of it was there before.
func (w *resultWriter) find(ctx context.Context, items []check.Item, asked []int, answers []itemAnswer) error {
	stmts, err := prepare(ctx, w.tx, insertAnswer, findAnswer)
	if err != nil {
		return err
	}
	for _, i := range asked {
		answers[i].answer.Valid = true
		if answers[i].answer.Int64, err = addAnswer(ctx, stmts[0], stmts[1], *items[i].Result); err != nil {
			return err
		}
	}
	return nil
}

// answer gives items their results: open ones all together, the others one by one.
func (w *resultWriter) answer(ctx context.Context, answers []itemAnswer) (int64, error) {
	args := make([]any, 0, w.results.columns*len(answers))
	for _, a := range answers {
		args = append(args, w.job, a.position, a.verdict, a.answer, a.cached, null(a.session, ""), null(a.why, ""))
	}
	stmt, err := w.results.stmt(ctx, w.tx, len(answers))
	if err != nil {
		return 0, err
	}
	were, answered, err := opened(ctx, stmt, args, len(answers))
	if err != nil || len(were) == len(answers) {
		return answered, err
	}
	for _, a := range answers {
		if were[a.position] {
			continue
		}
		if err := answerOnceMore(ctx, w.tx, w.job, a); err != nil {
			return 0, err
		}
	}
	return answered, nil
}

// opened are the positions of the items that were open, and how many items have a result by them.
func opened(ctx context.Context, stmt *sql.Stmt, args []any, n int) (were map[int64]bool, answered int64, err error) {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	were = make(map[int64]bool, n)
	for rows.Next() {
		var position, copies int64
		if err := rows.Scan(&position, &copies); err != nil {
			return nil, 0, err
		}
		were[position] = true
		answered += copies
	}
	return were, answered, rows.Err()
}
