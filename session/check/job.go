package check

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// What can be wrong with a job.
var (
	ErrUnsealed   = errors.New("the input of this job was not read to its end: start it anew")
	ErrJobRunning = errors.New("this job is running already")
)

const (
	page       = 1000             // items that are read or written together
	cleanBound = 5 * time.Second  // on tidying up after an interruption
	saveBound  = 10 * time.Second // on storing a batch's answers, even after an interruption
)

// Import keeps an input in the store as a new job, which can be run then, and again after whatever happens. If the input cannot be read to its end,
// there is no job.
func Import(ctx context.Context, store Store, name string, s Settings, items iter.Seq2[Item, error]) (Job, error) {
	job, err := store.CreateJob(ctx, name, s)
	if err != nil {
		return Job{}, fmt.Errorf("beginning a job: %w", err)
	}
	if err := fill(ctx, store, job.ID, items); err != nil {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanBound)
		defer cancel()
		return Job{}, errors.Join(err, store.DeleteJob(clean, job.ID))
	}
	return store.Job(ctx, job.ID)
}

func fill(ctx context.Context, store Store, job int64, items iter.Seq2[Item, error]) error {
	some := make([]Item, 0, page)
	flush := func() error {
		if len(some) == 0 {
			return nil
		}
		if err := store.AddItems(ctx, job, some); err != nil {
			return fmt.Errorf("keeping the input: %w", err)
		}
		some = some[:0]
		return nil
	}
	for item, err := range items {
		if err != nil {
			return err
		}
		if some = append(some, item); len(some) == page {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if err := store.SealJob(ctx, job); err != nil {
		return fmt.Errorf("keeping the input: %w", err)
	}
	return nil
}

// ItemsOf numbers inputs that were typed, for Import.
func ItemsOf(inputs []string, region string) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for i, input := range inputs {
			item := ItemOf(input, region)
			item.Position = int64(i + 1)
			if !yield(item, nil) {
				return
			}
		}
	}
}

// result is what an item says once it is answered; nil before.
func (i Item) result() *Result {
	var r Result
	switch {
	case i.E164 == "":
		r = Invalid(i.Input, i.Reason)
	case i.Result == nil:
		return nil
	default:
		r = i.Result.as(i.Input, i.Reason)
	}
	return &r
}
