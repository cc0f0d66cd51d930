package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// RunnerOptions are what a Runner needs.
type RunnerOptions struct {
	Asker Asker
	Store Store
	// Room tells what the sessions of these names, or all, have room for now; see RoomOf. It is asked once a second.
	Room func(names []string) (Room, error)
}

// Runner runs jobs. What it does is in the store before it is told, so that a job goes on after whatever ended it, and nothing is asked twice but what
// was in flight.
type Runner struct {
	options RunnerOptions

	mu      sync.Mutex
	running map[int64]bool
}

// NewRunner returns a Runner. It runs nothing by itself.
func NewRunner(o RunnerOptions) *Runner {
	return &Runner{options: o, running: make(map[int64]bool)}
}

// Run asks what is left of a job and tells the results of all of it, stored ones first, each item's once; in the order of the input if ordered is set,
// as they come otherwise. Without an id it is the newest job. Emit and progress are called from this goroutine; while they block, nothing new is asked.
//
// If ctx is cancelled or the store fails, it stops and the rest is not told. If no session can ask any more, the rest is told as unverified and the
// error wraps session.ErrNoSession. Whatever the error, the job can be run again.
func (r *Runner) Run(ctx context.Context, id int64, ordered bool, emit func(Result), progress func(Progress)) (Summary, error) {
	job, err := r.claim(ctx, id)
	if err != nil {
		return Summary{}, err
	}
	defer r.release(job.ID)
	plan, room, err := r.prepare(ctx, job)
	if err != nil {
		return Summary{}, fmt.Errorf("job %d: %w", job.ID, err)
	}
	x := &run{store: r.options.Store, asker: r.options.Asker, room: room, look: r.options.Room, job: plan.Job, plan: plan, emit: emit, progress: progress}
	x.ctx, x.cancel = context.WithCancel(ctx)
	defer x.cancel()
	x.out = &asTheyCome{run: x, told: make(bitmap, plan.Read/64+1)}
	if ordered {
		x.out = &inOrder{run: x}
	}
	if err := x.all(); err != nil {
		return x.summary, fmt.Errorf("job %d: %w", job.ID, err)
	}
	return x.summary, nil
}

// claim finds a job that can be run and keeps others from running it.
func (r *Runner) claim(ctx context.Context, id int64) (Job, error) {
	job, err := r.options.Store.Job(ctx, id)
	if err != nil {
		return Job{}, fmt.Errorf("reading the job: %w", err)
	}
	if !job.Sealed {
		return Job{}, fmt.Errorf("job %d: %w", job.ID, ErrUnsealed)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running[job.ID] {
		return Job{}, fmt.Errorf("job %d: %w", job.ID, ErrJobRunning)
	}
	r.running[job.ID] = true
	return job, nil
}

// Running says whether a job is under way.
func (r *Runner) Running(id int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running[id]
}

// Delete deletes a job that is not under way here. Its answers stay in the history.
func (r *Runner) Delete(ctx context.Context, id int64) error {
	r.mu.Lock()
	if r.running[id] {
		r.mu.Unlock()
		return fmt.Errorf("job %d: %w", id, ErrJobRunning)
	}
	r.running[id] = true // so that it is not begun meanwhile
	r.mu.Unlock()
	defer r.release(id)
	return r.options.Store.DeleteJob(ctx, id)
}

func (r *Runner) release(id int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, id)
}

// run is one run of a job. All but ask belongs to one goroutine.
type run struct {
	store    Store
	asker    Asker
	look     func(names []string) (Room, error)
	emit     func(Result)
	progress func(Progress)
	ctx      context.Context // ends when the run has to stop
	cancel   context.CancelFunc

	job     Job
	plan    Plan
	room    Room
	out     output
	summary Summary
	pace    pace

	read   []Item  // to ask, not taken yet
	after  int64   // the position of the last that was read
	asked  int64   // numbers whose query has ended
	flying []int64 // positions at which the batches in flight begin, until their answers are stored
	asking int     // of them, those without an answer
	stuck  []int64 // positions at which those that ended without answers begin

	unsaved []outcome // answered, and not stored yet
	saving  bool      // others are being stored

	mu     sync.Mutex
	paused time.Time // a batch waits until then
}

// outcome is how a batch ended: with answers, or with what stops the run.
type outcome struct {
	items []Item
	err   error
}

func (x *run) all() error {
	if err := x.out.begin(); err != nil {
		return err
	}
	err := x.askAll()
	switch {
	case x.ctx.Err() != nil && err == nil:
		return x.ctx.Err()
	case errors.Is(err, session.ErrNoSession):
		missing := unanswered(vital.Reply{}, err)
		return errors.Join(err, x.out.end(&missing))
	case err != nil:
		return err
	}
	if err := x.out.end(nil); err != nil {
		return err
	}
	x.report(x.job.Items)
	if x.summary.Verdicts[vital.VerdictError]+x.summary.Verdicts[vital.VerdictUnverified] > 0 || x.plan.ToAsk == 0 && !x.job.Finished.IsZero() {
		return nil
	}
	if err := x.store.FinishJob(x.ctx, x.job.ID); err != nil {
		return fmt.Errorf("noting the end: %w", err)
	}
	return nil
}

// askAll asks what is left, several batches side by side, and returns when none is in flight any more.
func (x *run) askAll() error {
	done, stored := make(chan outcome), make(chan saved)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var stop error
	halt := func(err error) {
		if err == nil || stop != nil {
			return
		}
		stop = err
		if !errors.Is(err, session.ErrNoSession) {
			x.cancel()
		}
	}
	for {
		for stop == nil && x.ctx.Err() == nil && x.mayAsk() {
			batch, err := x.take()
			if err != nil {
				stop = err
			}
			if len(batch) == 0 {
				break
			}
			x.flying = append(x.flying, batch[0].Position)
			x.asking++
			sessions := x.room.Sessions
			go func() { done <- x.ask(batch, sessions) }() // received below, whatever happens
		}
		halt(x.out.tell(nil))
		x.report(x.plan.Job.Answered + x.asked)
		if len(x.flying) == 0 {
			return stop
		}
		select {
		case o := <-done:
			x.asking--
			if o.err != nil {
				halt(x.ended(o, o.err))
				break
			}
			x.unsaved = append(x.unsaved, o)
			x.save(stored)
		case s := <-stored:
			x.saving = false
			for _, o := range s.batches {
				halt(x.ended(o, s.err))
			}
			x.save(stored)
		case <-tick.C:
			if room, err := x.look(x.job.Settings.Sessions); err == nil {
				x.room = room
			}
		}
	}
}

// mayAsk says whether one more batch may be on its way: as many as the sessions may have in flight, and half as many that wait or are being stored, so that no
// session waits for the store. More would be lost if the process were killed.
func (x *run) mayAsk() bool {
	return len(x.flying) < max(1, x.room.InFlight+(x.room.InFlight+1)/2)
}

// take returns the next batch, or nothing after the last.
func (x *run) take() ([]Item, error) {
	if len(x.read) == 0 {
		items, err := x.store.ToAsk(x.ctx, x.job.ID, x.after, page)
		if err != nil {
			return nil, fmt.Errorf("reading what is to ask: %w", err)
		}
		if len(items) == 0 {
			x.after = x.job.Items
			return nil, nil
		}
		x.read, x.after = items, items[len(items)-1].Position
	}
	n := min(len(x.read), x.job.Settings.batch())
	batch := x.read[:n:n]
	x.read = x.read[n:]
	return batch, nil
}

// ended tells the results of a batch that is stored, or what kept it from that.
func (x *run) ended(o outcome, err error) error {
	for i, first := range x.flying {
		if first == o.items[0].Position {
			x.flying = append(x.flying[:i], x.flying[i+1:]...)
			break
		}
	}
	if err != nil {
		x.stuck = append(x.stuck, o.items[0].Position)
		return err
	}
	x.asked += int64(len(o.items))
	for _, item := range o.items {
		if wasAsked(*item.Result) {
			x.summary.Asked++
		}
	}
	return x.out.tell(o.items)
}

// frontier is the first position that may have no answer yet.
func (x *run) frontier() int64 {
	first := x.after + 1
	if len(x.read) > 0 {
		first = x.read[0].Position
	}
	for _, position := range slices.Concat(x.flying, x.stuck) {
		first = min(first, position)
	}
	return first
}

func (x *run) report(done int64) {
	if x.progress == nil {
		return
	}
	now := time.Now()
	x.pace.note(now, x.asked)
	p := Progress{Total: x.job.Items, Done: done, ToAsk: x.plan.ToAsk, Asked: x.asked, InFlight: x.asking, Sessions: x.room.Ready, Rate: x.pace.rate(now, x.asked)}
	x.mu.Lock()
	p.PausedUntil = x.paused
	x.mu.Unlock()
	if x.room.Ready == 0 && x.room.PausedUntil.After(p.PausedUntil) {
		p.PausedUntil = x.room.PausedUntil
	}
	if !p.PausedUntil.After(now) {
		p.PausedUntil = time.Time{}
	}
	left := max(0, x.plan.ToAsk-x.asked)
	budget := eta(queries(left, x.job.Settings.batch()), x.room.Ready, x.job.Settings.rate(x.room))
	pause := time.Duration(0)
	if !p.PausedUntil.IsZero() {
		pause = p.PausedUntil.Sub(now)
	}
	p.ETA = remaining(left, p.Rate, budget, pause)
	x.progress(p)
}
