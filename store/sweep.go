package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/wapulse/wapulse/session/history"
)

// sweptAtOnce is how many rows a step of the sweeping deletes at most: so many take a few milliseconds, in which a session's transition waits.
const sweptAtOnce = 250

// Sweep deletes some of what is older than it is to be kept: samples of every level, runs, events; and samples of sessions that are gone. True says that there is
// more. What is of a future that begins in more than a day was written with a wrong clock, and goes as well.
func (s *Store) Sweep(ctx context.Context, now time.Time) (more bool, err error) {
	future := now.Add(24 * time.Hour)
	var steps []sweeping
	for _, level := range history.Levels() {
		some := `DELETE FROM wapulse_sample WHERE (level, at, session_id) IN
			(SELECT level, at, session_id FROM wapulse_sample WHERE level = ?2 AND at %s ?3 ORDER BY at LIMIT ?1)`
		steps = append(steps, sweeping{fmt.Sprintf(some, "<"), []any{level, now.Add(-level.Keep()).Unix()}}, sweeping{fmt.Sprintf(some, ">"), []any{level, future.Unix()}})
	}
	steps = append(steps, sweeping{
		"DELETE FROM wapulse_event WHERE id IN (SELECT id FROM wapulse_event ORDER BY id LIMIT ?1) AND (at < ?2 OR at > ?3)",
		[]any{now.Add(-history.KeepEvents).UnixMicro(), future.UnixMicro()},
	}, sweeping{
		"DELETE FROM wapulse_run WHERE id IN (SELECT id FROM wapulse_run WHERE seen < ?2 ORDER BY seen LIMIT ?1)", []any{now.Add(-history.KeepHourRows).UnixMicro()},
	})
	for _, step := range steps {
		res, err := s.write.ExecContext(ctx, step.delete, append([]any{sweptAtOnce}, step.args...)...)
		if err != nil {
			return false, fmt.Errorf("delete what is old: %w", explain(err))
		}
		n, err := res.RowsAffected()
		if err != nil {
			return false, err
		}
		more = more || n >= sweptAtOnce
	}
	left, err := s.sweepGone(ctx)
	return more || left, err
}

// sweeping is a step of Sweep: at most ?1 rows of what the arguments say.
type sweeping struct {
	delete string
	args   []any
}

// sweepGone deletes some samples of a session that is gone. They are looked for over the reading handle: that takes its time, and nobody waits for it.
func (s *Store) sweepGone(ctx context.Context) (more bool, err error) {
	var id int64
	switch err := s.read.QueryRowContext(ctx, "SELECT session_id FROM wapulse_gone LIMIT 1").Scan(&id); {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, explain(err)
	}
	var keys [][2]int64
	err = s.query(ctx, func(rows *sql.Rows) error {
		var key [2]int64
		err := rows.Scan(&key[0], &key[1])
		keys = append(keys, key)
		return err
	}, "SELECT level, at FROM wapulse_sample WHERE session_id = ? LIMIT ?", id, sweptAtOnce)
	if err != nil {
		return false, err
	}
	return true, s.inTx(ctx, func(tx *sql.Tx) error {
		for _, key := range keys {
			if _, err := tx.ExecContext(ctx, "DELETE FROM wapulse_sample WHERE level = ? AND at = ? AND session_id = ?", key[0], key[1], id); err != nil {
				return err
			}
		}
		if len(keys) > 0 {
			return nil
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM wapulse_gone WHERE session_id = ?", id)
		return err
	})
}
