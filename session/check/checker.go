package check

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// How long answers are good. Others are never taken from the store.
const (
	RegisteredFor    = 7 * 24 * time.Hour
	NotRegisteredFor = 24 * time.Hour
)

// DefaultBatch is how many numbers a query has at most, unless said otherwise: more is what accounts are banned for.
const DefaultBatch = 50

const (
	maxQueries = 8                      // side by side
	linger     = 250 * time.Millisecond // how long a number waits for the query in flight, to share the next one with others
	askBound   = time.Minute            // on a query; the session layer has closer ones
	storeBound = 2 * time.Second        // on a look into the store, and on storing an answer before it is told
	lookAtOnce = 1000                   // numbers in one look into the store
)

// Options are what a Checker needs.
type Options struct {
	Asker Asker
	Store Store
	Batch int // numbers a query; 0 for DefaultBatch
}

// Checker answers for single numbers, for many callers at once. A number that is asked already is not asked again: all who want it get the answer. A
// number leaves at once if no query is in flight; those that come meanwhile share the next one. Callers who give up cancel nothing for others.
type Checker struct {
	options Options
	ctx     context.Context // ends with the Checker
	cancel  context.CancelFunc
	running sync.WaitGroup
	wake    chan struct{}

	mu      sync.Mutex
	closed  bool
	flights map[string]*flight // by number: wanted and not answered
	queue   []*flight          // that wait for a query, oldest first
	asking  int                // queries in flight
}

// flight is one number on its way to an answer.
type flight struct {
	number string
	fresh  bool      // somebody wants no stored answer
	since  time.Time // in the queue
	calls  []*call
}

// call is one caller of Check.
type call struct {
	answers chan Result // room for all that it wants
}

// New returns a Checker. Close it.
func New(o Options) *Checker {
	if o.Batch <= 0 {
		o.Batch = DefaultBatch
	}
	c := &Checker{options: o, wake: make(chan struct{}, 1), flights: make(map[string]*flight)}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.running.Go(c.run)
	return c
}

// Close ends what is in flight, tells its callers that it is unverified, and waits until nothing runs any more.
func (c *Checker) Close() {
	c.mu.Lock()
	c.closed = true
	c.cancel()
	for _, f := range c.queue {
		c.finish(f, c.shut(f.number))
	}
	c.queue = nil
	c.mu.Unlock()
	c.running.Wait()
}

// Check tells each of the items' results as it comes, from this goroutine: invalid ones at once, then what is known, unless fresh answers are wanted,
// then what the sessions are told. It returns when all are told. If ctx ends before, the rest is not told.
func (c *Checker) Check(ctx context.Context, items []Item, fresh bool, each func(Result)) error {
	wanted := make(map[string][]Item)
	var numbers []string
	for _, item := range items {
		if item.E164 == "" {
			each(Invalid(item.Input, item.Reason))
			continue
		}
		if _, twice := wanted[item.E164]; !twice {
			numbers = append(numbers, item.E164)
		}
		wanted[item.E164] = append(wanted[item.E164], item)
	}
	if len(numbers) == 0 {
		return ctx.Err()
	}
	call := &call{answers: make(chan Result, len(numbers))}
	flights, err := c.join(call, numbers, fresh)
	if err != nil {
		return err
	}
	defer c.leave(call, flights)
	for range numbers {
		select {
		case r := <-call.answers:
			for _, item := range wanted[r.E164] {
				each(r.as(item.Input, item.Reason))
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// join makes a call wait for its numbers, and sets those going that nobody has asked for yet.
func (c *Checker) join(call *call, numbers []string, fresh bool) ([]*flight, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, session.ErrClosed
	}
	flights := make([]*flight, 0, len(numbers))
	var begun []*flight
	for _, number := range numbers {
		f, ok := c.flights[number]
		if !ok {
			f = &flight{number: number}
			c.flights[number] = f
			begun = append(begun, f)
		}
		f.fresh = f.fresh || fresh
		f.calls = append(f.calls, call)
		flights = append(flights, f)
	}
	switch {
	case len(begun) == 0:
	case fresh:
		c.enqueue(begun)
	default:
		c.running.Go(func() { c.look(begun) })
	}
	return flights, nil
}

// leave makes a call wait no longer.
func (c *Checker) leave(call *call, flights []*flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range flights {
		if i := slices.Index(f.calls, call); i >= 0 {
			f.calls = slices.Delete(f.calls, i, i+1)
		}
	}
}

// look answers from the store what is known well enough, and queues the rest. A store that fails knows nothing.
func (c *Checker) look(flights []*flight) {
	for some := range slices.Chunk(flights, lookAtOnce) {
		numbers := make([]string, len(some))
		for i, f := range some {
			numbers[i] = f.number
		}
		ctx, cancel := context.WithTimeout(c.ctx, storeBound)
		now := time.Now()
		known, err := c.options.Store.Known(ctx, numbers, now.Add(-RegisteredFor), now.Add(-NotRegisteredFor))
		cancel()
		if err != nil {
			known = nil
		}
		c.mu.Lock()
		var rest []*flight
		for _, f := range some {
			if r, ok := known[f.number]; ok && !f.fresh {
				r.E164, r.Cached = f.number, true
				c.finish(f, r)
			} else {
				rest = append(rest, f)
			}
		}
		c.enqueue(rest)
		c.mu.Unlock()
	}
}

// enqueue is called with the lock held.
func (c *Checker) enqueue(flights []*flight) {
	now := time.Now()
	for _, f := range flights {
		if c.closed {
			c.finish(f, c.shut(f.number))
			continue
		}
		f.since = now
		c.queue = append(c.queue, f)
	}
	c.signal()
}

// finish tells a number's answer to those who wait for it; the lock is held.
func (c *Checker) finish(f *flight, r Result) {
	delete(c.flights, f.number)
	for _, call := range f.calls {
		call.answers <- r
	}
	f.calls = nil
}

func (c *Checker) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run sends queries until the Checker is closed.
func (c *Checker) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Stop()
		if wait := c.send(); wait > 0 {
			timer.Reset(wait)
		}
		select {
		case <-c.wake:
		case <-timer.C:
		case <-c.ctx.Done():
			return
		}
	}
}

// send sends the queries that are due, and returns how long the next one has to wait for a reason other than a query in flight; 0 for nothing.
func (c *Checker) send() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		c.queue = slices.DeleteFunc(c.queue, c.abandoned)
		if len(c.queue) == 0 || c.asking == maxQueries || c.closed {
			return 0
		}
		wait := linger - time.Since(c.queue[0].since)
		if c.asking > 0 && len(c.queue) < c.options.Batch && wait > 0 {
			return wait
		}
		n := min(len(c.queue), c.options.Batch)
		flights := slices.Clone(c.queue[:n])
		c.queue = c.queue[n:]
		c.asking++
		c.running.Go(func() { c.ask(flights) })
	}
}

// abandoned drops a number that nobody waits for any more: it needs not be asked.
func (c *Checker) abandoned(f *flight) bool {
	if len(f.calls) > 0 {
		return false
	}
	delete(c.flights, f.number)
	return true
}

// ask sends one query. Its answers are stored before they are told.
func (c *Checker) ask(flights []*flight) {
	numbers := make([]string, len(flights))
	for i, f := range flights {
		numbers[i] = f.number
	}
	ctx, cancel := context.WithTimeout(c.ctx, askBound)
	defer cancel()
	reply, err := ask(ctx, c.options.Asker, vital.Query{Numbers: numbers})
	results := Judge(ctx, numbers, reply, err)
	c.keep(results)
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, f := range flights {
		if results == nil {
			c.finish(f, c.shut(f.number))
		} else {
			c.finish(f, results[i])
		}
	}
	c.asking--
	c.signal()
}

// keep stores what was asked. An answer that cannot be stored is one all the same, and says so.
func (c *Checker) keep(results []Result) {
	asked := slices.DeleteFunc(slices.Clone(results), func(r Result) bool { return !wasAsked(r) })
	if len(asked) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), storeBound)
	defer cancel()
	err := c.options.Store.SaveResults(ctx, asked)
	if err == nil {
		return
	}
	for i, r := range results {
		switch {
		case !wasAsked(r):
		case r.Reason == "":
			results[i].Reason = "not stored: " + err.Error()
		default:
			results[i].Reason = r.Reason + "; not stored: " + err.Error()
		}
	}
}

// shut is the result of a number that the Checker's end leaves unasked.
func (c *Checker) shut(number string) Result {
	return Judge(context.WithoutCancel(c.ctx), []string{number}, vital.Reply{}, session.ErrClosed)[0]
}
