package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// The bounds of the pool.
const (
	DefaultMaxUp  = 10               // sessions
	acquireWithin = 30 * time.Second // for a session to be free
)

// Need says what a session is wanted for.
type Need struct {
	Operation vital.Operation
	Sessions  []vital.SessionID // that will do; empty for any
}

// Held is a session with a place kept for one operation. It must be released.
type Held struct {
	Session vital.SessionID

	pool   *pool
	member *member
	w      *waiter
	once   sync.Once
}

// Release gives the place back. It may be called more than once.
func (h *Held) Release() { h.once.Do(func() { h.pool.release(h) }) }

// Acquire keeps a place for an operation on the healthiest, least loaded of the connected sessions. If none is healthy it starts a paired one that the
// operator has not stopped, and waits, first come first served, 30 s at most. ErrNoSession then, with the state of each candidate.
func (m *Manager) Acquire(ctx context.Context, need Need) (*Held, error) {
	w := newWaiter(need)
	w.until = time.Now().Add(acquireWithin)
	return m.pool.acquire(ctx, w)
}

// pool hands out places of sessions. Nothing runs in it by itself: whoever changes something, an actor that publishes or somebody who releases, serves
// those who wait.
type pool struct {
	hub    *Hub
	maxUp  int
	closed chan struct{}

	mu      sync.Mutex
	members map[vital.SessionID]*member
	queue   []*waiter // in the order in which they came
}

// member is a session as the pool knows it.
type member struct {
	actor    *actor
	held     int // places
	patients int // of them for patient queries
	starting bool
}

// waiter is somebody who wants a place.
type waiter struct {
	need    Need
	patient bool
	rate    float64       // of a check
	hasty   bool          // fails at once if no session can come up
	until   time.Time     // how long it waits; zero: as long as its context lets it
	busyFor time.Duration // how long, if there is a session at once and only its places are taken; 0: no difference
	seen    time.Time     // when a session was there first; guarded by the pool's mu until it is answered
	granted time.Time
	answer  chan answer
}

type answer struct {
	held *Held
	err  error
}

func newWaiter(need Need) *waiter { return &waiter{need: need, answer: make(chan answer, 1)} }

// busy is how long it waited although there was a session.
func (w *waiter) busy() time.Duration { return w.granted.Sub(w.seen) }

func newPool(hub *Hub, maxUp int) *pool {
	return &pool{hub: hub, maxUp: maxUp, closed: make(chan struct{}), members: map[vital.SessionID]*member{}}
}

func (p *pool) add(a *actor) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.members[a.snap.ID] = &member{actor: a}
}

func (p *pool) drop(id vital.SessionID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.members, id)
	p.serve()
}

// close ends all waiting.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.closed:
		return
	default:
	}
	close(p.closed)
	for _, w := range p.queue {
		w.answer <- answer{err: ErrClosed}
	}
	p.queue = nil
}

// changed serves those who wait, after something of a session has changed.
func (p *pool) changed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serve()
}

func (p *pool) release(h *Held) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h.member.held--
	if h.w.patient {
		h.member.patients--
	}
	p.serve()
}

// acquire waits for a place.
func (p *pool) acquire(ctx context.Context, w *waiter) (*Held, error) {
	until, err := p.enqueue(w)
	if err != nil {
		return nil, err
	}
	var late <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case a := <-w.answer:
		return a.held, a.err
	case <-late:
		return p.withdraw(w, nil)
	case <-ctx.Done():
		return p.withdraw(w, ctx.Err())
	}
}

// enqueue serves w, or lets it wait, and returns until when.
func (p *pool) enqueue(w *waiter) (time.Time, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.closed:
		return time.Time{}, ErrClosed
	default:
	}
	p.queue = append(p.queue, w)
	p.serve()
	if w.busyFor > 0 && !w.seen.IsZero() {
		if busy := w.seen.Add(w.busyFor); busy.Before(w.until) {
			return busy, nil
		}
	}
	return w.until, nil
}

// withdraw ends a waiting that has lasted too long, or whose context has ended. A place that came at the same moment is taken, or given back.
func (p *pool) withdraw(w *waiter, cause error) (*Held, error) {
	p.mu.Lock()
	i := slices.Index(p.queue, w)
	if i >= 0 {
		p.queue = slices.Delete(p.queue, i, i+1)
	}
	err := cause
	if i >= 0 {
		err = p.nobody(w, p.look())
		if cause != nil {
			err = fmt.Errorf("wait for a session: %w (%w)", cause, err)
		}
	}
	p.mu.Unlock()
	if i >= 0 {
		return nil, err
	}
	a := <-w.answer
	if a.held != nil && cause != nil {
		a.held.Release()
		return nil, cause
	}
	return a.held, a.err
}

// pause waits for d, or until there is no reason to any more.
func (p *pool) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.closed:
		return ErrClosed
	}
}

// serve gives each in the queue, in its order, the best place that it can have, and fails those who wait for nothing. The caller holds mu.
func (p *pool) serve() {
	if len(p.queue) == 0 {
		return
	}
	all := p.look()
	up := 0
	for _, c := range all {
		if c.up() {
			up++
		}
	}
	p.queue = slices.DeleteFunc(p.queue, func(w *waiter) bool {
		list := fitting(all, w)
		if w.seen.IsZero() && slices.ContainsFunc(list, func(c *candidate) bool { return c.usable }) {
			w.seen = time.Now()
		}
		if best := choose(list, w); best != nil {
			p.grant(w, best)
			return true
		}
		if up < p.maxUp && startOne(list) {
			up++
		}
		if w.hasty && !hopeful(list, w) {
			w.answer <- answer{err: p.nobody(w, all)}
			return true
		}
		return false
	})
}

func (p *pool) grant(w *waiter, c *candidate) {
	m := c.member
	m.held++
	c.load++
	if w.patient {
		m.patients++
	}
	w.granted = time.Now()
	w.answer <- answer{held: &Held{Session: c.snap.ID, pool: p, member: m, w: w}}
}

// startOne starts a session of the list, if none of it is usable or connecting.
func startOne(list []*candidate) bool {
	var first *candidate
	for _, c := range list {
		if c.usable || c.connecting {
			return false
		}
		if first == nil && c.startable {
			first = c
		}
	}
	if first == nil {
		return false
	}
	first.member.starting = true
	first.startable, first.rising, first.connecting = false, true, true
	first.member.actor.box.put(&command{kind: cmdStartWanted, done: make(chan error, 1)})
	return true
}

// nobody is the error of who gets no session. It is ErrBreakerOpen, too, if that keeps one that is connected from being asked.
func (p *pool) nobody(w *waiter, all []*candidate) error {
	err := ErrNoSession
	list := fitting(all, w)
	if slices.ContainsFunc(list, func(c *candidate) bool { return c.tripped }) {
		err = errors.Join(ErrNoSession, ErrBreakerOpen)
	}
	return &noSessionError{err, inWords(list)}
}

// noSessionError says what each candidate is busy with.
type noSessionError struct {
	err    error
	states string
}

func (e *noSessionError) Error() string { return ErrNoSession.Error() + " (" + e.states + ")" }

func (e *noSessionError) Unwrap() error { return e.err }
