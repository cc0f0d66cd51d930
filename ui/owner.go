package ui

import (
	"context"
	"sync"
	"time"
)

// workParting bounds how long the dashboard's end waits for what it has under way, which has been told to end by then. What was answered is stored.
const workParting = 2 * time.Second

// owner waits for work that must not be left half done: jobs and downloads. Its methods run in commands, or do not block.
type owner struct {
	mu      sync.Mutex
	closed  bool
	working sync.WaitGroup // added to under mu while not closed
	unbegun int64          // a job that was read and that nobody has agreed to yet; 0 for none
	del     func(ctx context.Context, job int64) error
}

// do works, unless it is too late for that.
func (o *owner) do(work func()) {
	o.mu.Lock()
	if o.closed {
		o.mu.Unlock()
		return
	}
	o.working.Add(1)
	o.mu.Unlock()
	defer o.working.Done()
	work()
}

// keep notes a job that is deleted at the end if nobody agrees to it; 0 for none.
func (o *owner) keep(job int64, del func(ctx context.Context, job int64) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.unbegun, o.del = job, del
}

// forget notes that a job is deleted.
func (o *owner) forget(job int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.unbegun == job {
		o.unbegun = 0
	}
}

// close waits for what is under way, within its bound, and deletes a job that nobody has agreed to.
func (o *owner) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), workParting)
	defer cancel()
	ended := make(chan struct{})
	go func() { // ends with the work, which is bounded by itself
		o.working.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		return
	}
	o.mu.Lock()
	job, del := o.unbegun, o.del
	o.mu.Unlock()
	if job != 0 {
		_ = del(ctx, job) // what is left of it goes when the database is opened next; it has asked nothing
	}
}
