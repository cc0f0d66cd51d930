package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wapulse/wapulse/session/check"
)

// jobCounts is what a change adds to the counts of a job.
type jobCounts struct{ items, invalid, duplicates, answered int64 }

// CreateJob begins a job without items.
func (s *Store) CreateJob(ctx context.Context, name string, settings check.Settings) (check.Job, error) {
	data, err := json.Marshal(settings)
	if err != nil {
		return check.Job{}, fmt.Errorf("create a job: %w", err)
	}
	job := check.Job{Name: name, Created: time.UnixMicro(time.Now().UnixMicro()), Settings: settings}
	res, err := s.write.ExecContext(ctx, "INSERT INTO wapulse_check_job (name, created, settings) VALUES (?, ?, ?)", name, job.Created.UnixMicro(), string(data))
	if err == nil {
		job.ID, err = res.LastInsertId()
	}
	if err != nil {
		return check.Job{}, fmt.Errorf("create a job: %w", explain(err))
	}
	return job, nil
}

// SealJob notes that a job's input is complete.
func (s *Store) SealJob(ctx context.Context, job int64) error {
	return s.updateJob(ctx, job, "sealed = 1")
}

// FinishJob notes that nothing is left of a job.
func (s *Store) FinishJob(ctx context.Context, job int64) error {
	s.looks.forget(job)
	return s.updateJob(ctx, job, "finished = ?", time.Now().UnixMicro())
}

func (s *Store) updateJob(ctx context.Context, job int64, set string, args ...any) error {
	res, err := s.write.ExecContext(ctx, "UPDATE wapulse_check_job SET "+set+" WHERE id = ? AND deleted = 0", append(args, job)...)
	if err = oneJob(res, err); err != nil {
		return fmt.Errorf("change job %d: %w", job, explain(err))
	}
	return nil
}

// oneJob makes of a statement that changed no job check.ErrNoSuchJob.
func oneJob(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, check.ErrNoSuchJob)
	}
	return nil
}

// changeJob changes items of a job, and its counts with them, in one transaction. It ends with ctx; do has one that does not, as SQLite's driver starts a
// goroutine for each statement that could be interrupted.
func (s *Store) changeJob(ctx context.Context, job int64, do func(ctx context.Context, tx *sql.Tx) (jobCounts, error)) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		n, err := do(context.WithoutCancel(ctx), tx)
		if err != nil {
			return err
		}
		return oneJob(tx.ExecContext(ctx, `UPDATE wapulse_check_job SET items = items + ?, invalid = invalid + ?, duplicates = duplicates + ?, answered = answered + ?
			WHERE id = ? AND deleted = 0`, n.items, n.invalid, n.duplicates, n.answered, job))
	})
}

const selectJobs = `SELECT id, name, created, sealed, finished, settings, items, invalid, duplicates, answered FROM wapulse_check_job WHERE deleted = 0`

// Job returns a job with its counts, the newest one for 0; check.ErrNoSuchJob if there is none.
func (s *Store) Job(ctx context.Context, id int64) (check.Job, error) {
	list, err := s.jobs(ctx, selectJobs+" AND (id = ?1 OR ?1 = 0) ORDER BY id DESC LIMIT 1", id)
	if err != nil {
		return check.Job{}, err
	}
	if len(list) == 0 {
		return check.Job{}, check.ErrNoSuchJob
	}
	return list[0], nil
}

// Jobs returns all jobs, newest first.
func (s *Store) Jobs(ctx context.Context) ([]check.Job, error) {
	return s.jobs(ctx, selectJobs+" ORDER BY id DESC")
}

func (s *Store) jobs(ctx context.Context, query string, args ...any) ([]check.Job, error) {
	var list []check.Job
	err := s.query(ctx, func(rows *sql.Rows) error {
		var j check.Job
		var created, finished int64
		var settings string
		if err := rows.Scan(&j.ID, &j.Name, &created, &j.Sealed, &finished, &settings, &j.Items, &j.Invalid, &j.Duplicates, &j.Answered); err != nil {
			return err
		}
		j.Created, j.Finished = fromMicro(created), fromMicro(finished)
		if err := json.Unmarshal([]byte(settings), &j.Settings); err != nil {
			return fmt.Errorf("settings of job %d: %w", j.ID, err)
		}
		list = append(list, j)
		return nil
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read jobs: %w", err)
	}
	return list, nil
}

// deletedAtOnce is how many items go in a transaction.
const deletedAtOnce = 500

// DeleteJob deletes a job with its items; the history stays. The job is gone at once, its items follow in short transactions; if that is interrupted, the
// rest goes when the database is opened next.
func (s *Store) DeleteJob(ctx context.Context, job int64) error {
	if err := s.updateJob(ctx, job, "deleted = 1"); err != nil {
		return err
	}
	s.looks.forget(job)
	return s.sweepJob(ctx, job)
}

// sweepJobs ends deletions that were interrupted.
func (s *Store) sweepJobs(ctx context.Context) error {
	var jobs []int64
	err := s.query(ctx, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		jobs = append(jobs, id)
		return err
	}, "SELECT id FROM wapulse_check_job WHERE deleted = 1")
	for _, job := range jobs {
		err = errors.Join(err, s.sweepJob(ctx, job))
	}
	return err
}

func (s *Store) sweepJob(ctx context.Context, job int64) error {
	for {
		res, err := s.write.ExecContext(ctx, `DELETE FROM wapulse_check_item WHERE job_id = ?1 AND position IN
			(SELECT position FROM wapulse_check_item WHERE job_id = ?1 ORDER BY position LIMIT ?2)`, job, deletedAtOnce)
		if err != nil {
			return fmt.Errorf("delete the items of job %d: %w", job, explain(err))
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			break
		}
	}
	if _, err := s.write.ExecContext(ctx, "DELETE FROM wapulse_check_job WHERE id = ? AND deleted = 1", job); err != nil {
		return fmt.Errorf("delete job %d: %w", job, explain(err))
	}
	return nil
}
