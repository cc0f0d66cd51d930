package check

import (
	"context"
	"fmt"
)

// saved is how it ended to store the answers of some batches, all of them in one transaction.
type saved struct {
	batches []outcome
	err     error
}

// save begins to store the answers that came meanwhile, unless others are being stored: those that come while it does go together then.
func (x *run) save(done chan<- saved) {
	if x.saving || len(x.unsaved) == 0 {
		return
	}
	n, items := 0, 0
	for n < len(x.unsaved) && (n == 0 || items+len(x.unsaved[n].items) <= page) {
		items += len(x.unsaved[n].items)
		n++
	}
	batches := x.unsaved[:n:n]
	x.unsaved = x.unsaved[n:]
	x.saving = true
	go func() { done <- saved{batches, x.keep(batches, items)} }() // received by askAll, whatever happens
}

// keep stores the answers of batches. What was answered is kept, whoever interrupts.
func (x *run) keep(batches []outcome, n int) error {
	all := make([]Item, 0, n)
	for _, o := range batches {
		all = append(all, o.items...)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.ctx), saveBound)
	defer cancel()
	if err := x.store.SaveJobResults(ctx, x.job.ID, all); err != nil {
		return fmt.Errorf("storing answers: %w", err)
	}
	return nil
}
