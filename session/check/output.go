package check

import (
	"fmt"

	"github.com/wapulse/wapulse/session/vital"
)

// output tells the results of a run, each item's once.
type output interface {
	begin() error            // tells what is answered before the run
	tell(batch []Item) error // is called when a batch is answered and stored, and without one when there may be news
	end(rest *Result) error  // tells what is left to tell; rest is what is said of unanswered ones
}

// tell tells one result.
func (x *run) tell(r Result) {
	x.summary.count(r)
	x.emit(r)
}

// walk calls do for the items after a position, as many as limit.
func (x *run) walk(after, limit int64, do func(Item)) error {
	for last := after + limit; after < last; {
		items, err := x.store.Items(x.ctx, x.job.ID, after, int(min(page, last-after)))
		if err != nil {
			return fmt.Errorf("reading the job: %w", err)
		}
		if len(items) == 0 {
			return fmt.Errorf("reading the job: the store has nothing after item %d of %d", after, x.job.Items)
		}
		for _, item := range items {
			if x.ctx.Err() != nil {
				return x.ctx.Err()
			}
			do(item)
		}
		after = items[len(items)-1].Position
	}
	return nil
}

// asTheyCome tells results when they come. What it has told it knows by a bit an item.
type asTheyCome struct {
	*run
	told bitmap
}

func (o *asTheyCome) begin() error {
	if o.job.Answered == 0 {
		return nil
	}
	return o.walk(0, o.job.Items, func(item Item) {
		if r := item.result(); r != nil {
			o.told.set(item.Position)
			o.run.tell(*r)
		}
	})
}

func (o *asTheyCome) tell(batch []Item) error {
	for _, item := range batch {
		o.told.set(item.Position)
		o.run.tell(*item.result())
	}
	return nil
}

func (o *asTheyCome) end(rest *Result) error {
	if o.summary.Results == o.job.Items {
		return nil
	}
	return o.walk(0, o.job.Items, func(item Item) {
		if !o.told.has(item.Position) {
			o.told.set(item.Position)
			o.run.tell(item.resultOr(rest))
		}
	})
}

// inOrder tells results in the order of the input. It remembers only how far it is: what is answered before its turn waits in the store.
type inOrder struct {
	*run
	last int64 // that was told
}

func (o *inOrder) begin() error { return nil }

func (o *inOrder) tell([]Item) error { return o.upTo(o.frontier()-1, nil) }

func (o *inOrder) end(rest *Result) error { return o.upTo(o.job.Items, rest) }

func (o *inOrder) upTo(last int64, rest *Result) error {
	if last <= o.last {
		return nil
	}
	return o.walk(o.last, last-o.last, func(item Item) {
		o.last = item.Position
		o.run.tell(item.resultOr(rest))
	})
}

// resultOr is what an item says, and rest for those that say nothing.
func (i Item) resultOr(rest *Result) Result {
	if r := i.result(); r != nil {
		return *r
	}
	var r Result
	if rest != nil {
		r = *rest
	} else {
		r = Result{Verdict: vital.VerdictUnverified, Reason: "the store lost its result"}
	}
	r.E164 = i.E164
	return r.as(i.Input, i.Reason)
}

// bitmap is a set of positions.
type bitmap []uint64

func (b bitmap) set(n int64)      { b[n/64] |= 1 << (n % 64) }
func (b bitmap) has(n int64) bool { return b[n/64]&(1<<(n%64)) != 0 }
