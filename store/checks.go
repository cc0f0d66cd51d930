package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
)

var _ check.Store = (*Store)(nil)

// Verdicts as they are written: never change one, only add.
const (
	codeRegistered    = 1
	codeNotRegistered = 2
	codeNoAnswer      = 3
	codeError         = 4
	codeUnverified    = 5
	codeInvalid       = 6
)

func verdictCodes() [7]vital.Verdict {
	return [...]vital.Verdict{codeRegistered: vital.VerdictRegistered, codeNotRegistered: vital.VerdictNotRegistered, codeNoAnswer: vital.VerdictNoAnswer,
		codeError: vital.VerdictError, codeUnverified: vital.VerdictUnverified, codeInvalid: vital.VerdictInvalid}
}

func encodeVerdict(v vital.Verdict) (int, error) {
	for code, verdict := range verdictCodes() {
		if code > 0 && verdict == v {
			return code, nil
		}
	}
	return 0, fmt.Errorf("verdict %q: %w", v, vital.ErrUnknownName)
}

func decodeVerdict(code int64) (vital.Verdict, error) {
	if list := verdictCodes(); code > 0 && code < int64(len(list)) {
		return list[code], nil
	}
	return "", fmt.Errorf("verdict with code %d: %w", code, vital.ErrUnknownName)
}

// answerColumns are the columns of an answer, from a wapulse_check named c, in the order in which scannedAnswer takes them. An outer join may leave them NULL.
const answerColumns = `c.number, c.asked, c.verdict, coalesce(c.jid, substr(c.number, 2) || '@s.whatsapp.net'), c.lid, c.business, c.session, c.latency, c.reason`

// scannedAnswer takes a row of answerColumns.
type scannedAnswer struct {
	number, jid, lid, session, reason sql.NullString
	asked, verdict, latency           sql.NullInt64
	business                          sql.NullBool
}

func (a *scannedAnswer) into() []any {
	return []any{&a.number, &a.asked, &a.verdict, &a.jid, &a.lid, &a.business, &a.session, &a.latency, &a.reason}
}

func (a *scannedAnswer) result() (check.Result, error) {
	verdict, err := decodeVerdict(a.verdict.Int64)
	return check.Result{
		Input: a.number.String, E164: a.number.String, Verdict: verdict, JID: a.jid.String, LID: a.lid.String, Business: a.business.Bool,
		Session: a.session.String, LatencyMS: a.latency.Int64, AskedAt: fromMicro(a.asked.Int64), Reason: a.reason.String,
	}, err
}

// newestFinal finds the newest answer that is a plain yes or no. An older one of the other kind is no longer true, however long it may be kept.
const newestFinal = `(SELECT id FROM wapulse_check WHERE number = %s AND verdict IN (1, 2) ORDER BY asked DESC, verdict DESC LIMIT 1)`

// freshEnough takes two times: registered since, not registered since.
const freshEnough = `c.asked >= CASE c.verdict WHEN 1 THEN ? ELSE ? END`

// Known returns the newest plain answers for these numbers that are not older than the given times, by number, as cached results.
func (s *Store) Known(ctx context.Context, numbers []string, registeredSince, notRegisteredSince time.Time) (map[string]check.Result, error) {
	list, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	known := make(map[string]check.Result)
	err = s.query(ctx, func(rows *sql.Rows) error {
		var a scannedAnswer
		if err := rows.Scan(a.into()...); err != nil {
			return err
		}
		r, err := a.result()
		r.Cached = true
		known[r.E164] = r
		return err
	}, `SELECT `+answerColumns+` FROM json_each(?) AS n CROSS JOIN wapulse_check AS c ON c.id = `+fmt.Sprintf(newestFinal, "n.value")+` WHERE `+freshEnough,
		string(list), registeredSince.UnixMicro(), notRegisteredSince.UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("look up known numbers: %w", err)
	}
	return known, nil
}

// History returns what was known of a number when, newest first: everything that a server was asked, in jobs and outside of them.
func (s *Store) History(ctx context.Context, e164 string, limit int) ([]check.Result, error) {
	var list []check.Result
	err := s.query(ctx, func(rows *sql.Rows) error {
		var a scannedAnswer
		if err := rows.Scan(a.into()...); err != nil {
			return err
		}
		r, err := a.result()
		list = append(list, r)
		return err
	}, `SELECT `+answerColumns+` FROM wapulse_check AS c WHERE c.number = ? ORDER BY c.asked DESC, c.id DESC LIMIT ?`, e164, limit)
	if err != nil {
		return nil, fmt.Errorf("read the history of a number: %w", err)
	}
	return list, nil
}

// SaveResults keeps what was asked outside of jobs. A result is history only if a query left; what is there already stays once.
func (s *Store) SaveResults(ctx context.Context, results []check.Result) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		stmts, err := prepare(ctx, tx, insertAnswer, findAnswer)
		if err != nil {
			return err
		}
		for _, r := range results {
			if !wasAsked(r) {
				continue
			}
			if _, err := addAnswer(ctx, stmts[0], stmts[1], r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store results: %w", err)
	}
	return nil
}

func wasAsked(r check.Result) bool { return r.E164 != "" && !r.AskedAt.IsZero() }

const (
	insertAnswer = `INSERT INTO wapulse_check (number, asked, verdict, jid, lid, business, session, latency, reason)
		VALUES (?1, ?2, ?3, nullif(?4, substr(?1, 2) || '@s.whatsapp.net'), ?5, ?6, ?7, ?8, ?9) ON CONFLICT (number, asked, verdict) DO NOTHING`
	findAnswer = `SELECT id FROM wapulse_check WHERE number = ? AND asked = ? AND verdict = ?`
)

// addAnswer adds to the history, unless that answer is there already, and returns its id.
func addAnswer(ctx context.Context, insert, find *sql.Stmt, r check.Result) (int64, error) {
	verdict, err := encodeVerdict(r.Verdict)
	if err != nil {
		return 0, err
	}
	asked := r.AskedAt.UnixMicro()
	res, err := insert.ExecContext(ctx, r.E164, asked, verdict, r.JID, r.LID, r.Business, r.Session, r.LatencyMS, r.Reason)
	if err != nil {
		return 0, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		id, errID := res.LastInsertId()
		return id, errors.Join(err, errID)
	}
	var id int64
	err = find.QueryRowContext(ctx, r.E164, asked, verdict).Scan(&id)
	return id, err
}
