package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/wapulse/wapulse/session/vital"
)

// dialsKept is how many attempts of a session are kept.
const dialsKept = 10

// saveDial stores an attempt and forgets those before the last ten.
func saveDial(ctx context.Context, tx *sql.Tx, d *vital.Dial) error {
	if d == nil {
		return nil
	}
	trace, err := json.Marshal(d.Trace)
	if err != nil {
		return err
	}
	failure, err := encodeFailure(d.Failure)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO wapulse_dial (session_id, attempt, trace, outcome, ended_in, failure) VALUES (?, ?, ?, ?, ?, ?)",
		d.Session, d.Attempt, string(trace), string(d.Outcome), int(d.EndedIn), failure); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM wapulse_dial WHERE session_id = ?1
		AND id <= (SELECT id FROM wapulse_dial WHERE session_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`, d.Session, dialsKept)
	return err
}

// Dials returns the newest limit attempts of a session, ten at most, oldest first.
func (s *Store) Dials(ctx context.Context, id vital.SessionID, limit int) ([]vital.Dial, error) {
	var list []vital.Dial
	err := s.query(ctx, func(rows *sql.Rows) error {
		d := vital.Dial{Session: id}
		var trace, failure string
		if err := rows.Scan(&d.Attempt, &trace, &d.Outcome, &d.EndedIn, &failure); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(trace), &d.Trace); err != nil {
			return fmt.Errorf("read a stored attempt: %w", err)
		}
		var err error
		d.Failure, err = decodeFailure(failure)
		list = append(list, d)
		return err
	}, `SELECT attempt, trace, outcome, ended_in, failure
		FROM (SELECT * FROM wapulse_dial WHERE session_id = ? ORDER BY id DESC LIMIT ?) ORDER BY id`, id, limit)
	return list, err
}
