package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// Sessions returns all sessions in the order of their creation.
func (s *Store) Sessions(ctx context.Context) ([]session.Record, error) {
	records, err := readSessions(ctx, s.read)
	if err == nil {
		err = readKept(ctx, s.read, records)
	}
	if err == nil {
		err = readAlive(ctx, s.read, records)
	}
	return records, explain(err)
}

// readAlive completes the records that are up with the last sign of life of whoever had them up: of the run, or of the session itself, if that is newer.
func readAlive(ctx context.Context, db *sql.DB, records []session.Record) error {
	if !slices.ContainsFunc(records, func(r session.Record) bool { return r.IsUp() }) {
		return nil
	}
	rows, err := db.QueryContext(ctx, `SELECT id, max(coalesce((SELECT max(at) FROM wapulse_event WHERE session_id = s.id AND at >= s.since), 0),
		coalesce((SELECT seen FROM wapulse_run ORDER BY id DESC LIMIT 1), 0)) FROM wapulse_session s`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	alive := map[vital.SessionID]int64{}
	for rows.Next() {
		var id vital.SessionID
		var at int64
		if err := rows.Scan(&id, &at); err != nil {
			return err
		}
		alive[id] = at
	}
	for i := range records {
		if r := &records[i]; r.IsUp() {
			r.Alive = fromMicro(alive[r.ID])
		}
	}
	return rows.Err()
}

func readSessions(ctx context.Context, db *sql.DB) ([]session.Record, error) {
	rows, err := db.QueryContext(ctx, `SELECT id, name, created, wanted, jid, lid, phone, push_name, platform, state, since, reason, failure
		FROM wapulse_session ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var records []session.Record
	for rows.Next() {
		var r session.Record
		var created, since int64
		var state, failure string
		id := &r.Identity
		err := rows.Scan(&r.ID, &r.Name, &created, &r.Wanted, &id.JID, &id.LID, &id.Phone, &id.PushName, &id.Platform, &state, &since, &r.Reason, &failure)
		if err != nil {
			return nil, err
		}
		if r.State, err = vital.ParseState(state); err != nil {
			return nil, fmt.Errorf("session %q: %w", r.Name, err)
		}
		if r.Failure, err = decodeFailure(failure); err != nil {
			return nil, fmt.Errorf("session %q: %w", r.Name, err)
		}
		r.Created, r.Since = time.UnixMicro(created), time.UnixMicro(since)
		records = append(records, r)
	}
	return records, rows.Err()
}

// CreateSession adds a session; session.ErrNameTaken if there is one of that name, in whatever case.
func (s *Store) CreateSession(ctx context.Context, name string) (session.Record, error) {
	now := time.Now()
	r := session.Record{Name: name, Created: now, Since: now, Reason: vital.ReasonNew}
	res, err := s.write.ExecContext(ctx, "INSERT INTO wapulse_session (name, created, since, reason) VALUES (?, ?, ?, ?)",
		name, now.UnixMicro(), now.UnixMicro(), string(r.Reason))
	if err != nil {
		return r, nameError(err)
	}
	id, err := res.LastInsertId()
	r.ID = vital.SessionID(id)
	return r, err
}

// RenameSession changes a session's name; session.ErrNameTaken and session.ErrNoSuchSession as they say.
func (s *Store) RenameSession(ctx context.Context, id vital.SessionID, name string) error {
	return s.updateOne(ctx, "UPDATE wapulse_session SET name = ? WHERE id = ?", name, id)
}

// DeleteSession deletes a session with its history; its samples go in the minutes that follow. Credentials are not its affair.
func (s *Store) DeleteSession(ctx context.Context, id vital.SessionID) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "DELETE FROM wapulse_session WHERE id = ?", id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, session.ErrNoSuchSession)
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM wapulse_total WHERE session_id = ?", id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT OR IGNORE INTO wapulse_gone VALUES (?)", id)
		return err
	})
}

// SetWanted keeps whether the operator wants a session up.
func (s *Store) SetWanted(ctx context.Context, id vital.SessionID, wanted bool) error {
	return s.updateOne(ctx, "UPDATE wapulse_session SET wanted = ? WHERE id = ?", wanted, id)
}

// SetIdentity keeps who a session is to the server.
func (s *Store) SetIdentity(ctx context.Context, id vital.SessionID, v vital.Identity) error {
	return s.updateOne(ctx, "UPDATE wapulse_session SET jid = ?, lid = ?, phone = ?, push_name = ?, platform = ? WHERE id = ?",
		v.JID, v.LID, v.Phone, v.PushName, v.Platform, id)
}

func (s *Store) updateOne(ctx context.Context, query string, args ...any) error {
	res, err := s.write.ExecContext(ctx, query, args...)
	if err != nil {
		return nameError(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, session.ErrNoSuchSession)
	}
	return nil
}

// nameError tells a name that is taken from other errors.
func nameError(err error) error {
	var failure *sqlite.Error
	if errors.As(err, &failure) && failure.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		return session.ErrNameTaken
	}
	return explain(err)
}

// CommitTransition stores a transition, the state it leads to, and the diagnoses and the attempt that it carries, in one step.
func (s *Store) CommitTransition(ctx context.Context, t vital.Transition) error {
	failure, err := encodeFailure(t.Failure)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO wapulse_transition (session_id, at, from_state, to_state, cause, reason, failure, attempt, epoch)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			t.Session, t.Time.UnixMicro(), t.From.String(), t.To.String(), t.Cause.String(), string(t.Reason), failure, t.Attempt, t.Epoch)
		if err != nil {
			return err
		}
		since := ", since = since"
		args := []any{t.To.String(), string(t.Reason), failure, t.Session}
		if t.From != t.To {
			since = ", since = ?"
			args = []any{t.To.String(), string(t.Reason), failure, t.Time.UnixMicro(), t.Session}
		}
		if _, err := tx.ExecContext(ctx, "UPDATE wapulse_session SET state = ?, reason = ?, failure = ?"+since+" WHERE id = ?", args...); err != nil {
			return err
		}
		return errors.Join(saveDiagnoses(ctx, tx, t.Diagnoses), saveDial(ctx, tx, t.Dial))
	})
}

// storedFailure is a vital.Failure as it is written.
type storedFailure struct {
	Reason  vital.Reason `json:"reason"`
	Code    int          `json:"code,omitempty"`
	Text    string       `json:"text,omitempty"`
	Phase   vital.Phase  `json:"phase,omitempty"`
	BanCode int          `json:"ban_code,omitempty"`
	Until   int64        `json:"until,omitempty"` // Unix microseconds
}

func encodeFailure(f vital.Failure) (string, error) {
	if f == (vital.Failure{}) {
		return "", nil
	}
	data, err := json.Marshal(storedFailure{Reason: f.Reason, Code: f.Code, Text: f.Text, Phase: f.Phase, BanCode: f.BanCode, Until: toMicro(f.Until)})
	return string(data), err
}

func decodeFailure(data string) (vital.Failure, error) {
	if data == "" {
		return vital.Failure{}, nil
	}
	var stored storedFailure
	if err := json.Unmarshal([]byte(data), &stored); err != nil {
		return vital.Failure{}, fmt.Errorf("read a stored failure: %w", err)
	}
	return vital.Failure{
		Reason: stored.Reason, Code: stored.Code, Text: stored.Text, Phase: stored.Phase, BanCode: stored.BanCode, Until: fromMicro(stored.Until),
	}, nil
}
