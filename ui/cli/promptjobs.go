package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/wapulse/wapulse/session/check"
)

// promptJobs are the files that are checked from the dashboard's prompt. It implements ui.Jobs.
type promptJobs struct {
	house *house

	mu   sync.Mutex
	last int64 // that was begun; 0 for none
}

// Import implements ui.Jobs.
func (j *promptJobs) Import(ctx context.Context, path, region string, progress func(read int64)) (check.Plan, string, error) {
	file, err := openNumbers(ctx, path)
	if err != nil {
		return check.Plan{}, "", err
	}
	defer func() { _ = file.Close() }() // it was read only
	from := source{name: path, read: file}
	items, layout, err := from.items(region)
	if err != nil {
		return check.Plan{}, "", err
	}
	job, err := check.Import(ctx, j.house.store, path, check.Settings{Batch: j.house.conf.Batch, Rate: j.house.conf.Rate, Region: region}, counting(items, progress))
	if err != nil {
		return check.Plan{}, "", err
	}
	plan, err := j.house.runner.Plan(ctx, job.ID)
	if err == nil && plan.Read == 0 {
		err = errors.New("there is nothing in it to check")
	}
	if err == nil {
		return plan, layout, nil
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	return check.Plan{}, "", errors.Join(err, j.Delete(clean, job.ID))
}

// Run implements ui.Jobs.
func (j *promptJobs) Run(ctx context.Context, job int64, each func(check.Result), progress func(check.Progress)) (check.Summary, error) {
	j.mu.Lock()
	j.last = job
	j.mu.Unlock()
	return j.house.runner.Run(ctx, job, false, each, progress)
}

// Delete implements ui.Jobs. The job is gone at once; what of a large one takes longer than ctx allows goes when the database is opened next.
func (j *promptJobs) Delete(ctx context.Context, job int64) error {
	if err := j.house.store.DeleteJob(ctx, job); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// left says which job can be resumed; "" if there is none.
func (j *promptJobs) left() string {
	j.mu.Lock()
	id := j.last
	j.mu.Unlock()
	if id == 0 {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	job, err := j.house.store.Job(ctx, id)
	if err != nil || !job.Finished.IsZero() {
		return ""
	}
	return fmt.Sprintf(" Job %d can be resumed: %s", job.ID, job.Resume())
}
