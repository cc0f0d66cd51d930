package session

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// lease is the right to use a connection that is ready. Operations enter it and leave it; the actor ends it, which cancels those that are in it.
type lease struct {
	conn    Connection
	epoch   uint64
	ctx     context.Context // ends with the lease
	cancel  context.CancelFunc
	emptied func()      // called once, when it has ended and the last has left
	told    atomic.Bool // the breaker knows that the connection was lost: once is enough, however many were in it

	mu    sync.Mutex
	users int
	why   *cutError // nil while it holds
}

// cutError is how an operation ends that its connection did not outlive.
type cutError struct {
	why    string
	peer   bool // it was not us who ended the connection
	counts bool // for the breaker
}

func (e *cutError) Error() string { return "the connection ended meanwhile: " + e.why }

func (e *cutError) Unwrap() error { return ErrNotConnected }

// cutBy says why a connection's operations end when it ends for a failure.
func cutBy(f vital.Failure) *cutError {
	return &cutError{why: f.String(), peer: f.Reason != vital.ReasonInternal}
}

func newLease(conn Connection, epoch uint64, emptied func(*lease)) *lease {
	l := &lease{conn: conn, epoch: epoch}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.emptied = func() { emptied(l) }
	return l
}

// enter says whether an operation may use the connection; then it must leave.
func (l *lease) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.why != nil {
		return false
	}
	l.users++
	return true
}

func (l *lease) leave() {
	l.mu.Lock()
	l.users--
	last := l.users == 0 && l.why != nil
	l.mu.Unlock()
	if last {
		l.emptied()
	}
}

// end cancels the operations and says whether there are any.
func (l *lease) end(why *cutError) (busy bool) {
	l.mu.Lock()
	l.why = why
	busy = l.users > 0
	l.mu.Unlock()
	l.cancel()
	return busy
}

func (l *lease) ended() *cutError {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why
}

// bind returns a context that ends with the caller's and with the lease.
func (l *lease) bind(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(l.ctx, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// explain tells of an error whether the end of the connection is behind it.
func (l *lease) explain(err error) error {
	gone := errors.Is(err, ErrNotConnected)
	if err == nil || !gone && !errors.Is(err, context.Canceled) {
		return err
	}
	why := l.ended()
	switch {
	case why != nil:
	case gone: // the client knows before the actor does
		why = &cutError{why: "the socket is gone", peer: true}
	default:
		return err
	}
	return why
}

// explainAttempt is explain for what was under way: the breaker hears of a connection that the peer has ended.
func (l *lease) explainAttempt(err error) error {
	err = l.explain(err)
	var cut *cutError
	if errors.As(err, &cut) && cut.peer && l.told.CompareAndSwap(false, true) {
		counted := *cut
		counted.counts = true
		return &counted
	}
	return err
}

// lend lets operations in.
func (a *actor) lend() {
	a.lease.Store(newLease(a.conn, a.epoch, func(l *lease) { a.post(func() { a.drained(l) }) }))
}

// recall ends the lease, if there is one. What is still in it drains, within closeDeadline.
func (a *actor) recall(why *cutError) {
	l := a.lease.Swap(nil)
	if l == nil || !l.end(why) {
		return
	}
	a.draining = append(a.draining, drain{l, time.Now().Add(closeDeadline)})
	a.due.drain = a.draining[0].until
}

// drain is an ended lease with operations in it.
type drain struct {
	lease *lease
	until time.Time
}

// drained forgets a lease whose operations have returned; what waited for the last goes on.
func (a *actor) drained(l *lease) {
	a.draining = slices.DeleteFunc(a.draining, func(d drain) bool { return d.lease == l })
	a.due.drain = time.Time{}
	if len(a.draining) > 0 {
		a.due.drain = a.draining[0].until
		return
	}
	waiting := a.afterDrain
	a.afterDrain = nil
	for _, do := range waiting {
		do()
	}
}

// drainTimedOut goes on without operations that do not return.
func (a *actor) drainTimedOut() {
	for len(a.draining) > 0 && !time.Now().Before(a.draining[0].until) {
		a.log().Warn("an operation does not return from a connection that is closed")
		a.drained(a.draining[0].lease)
	}
}

// whenDrained does something once no operation of an ended connection is under way any more.
func (a *actor) whenDrained(do func()) {
	if len(a.draining) == 0 {
		do()
		return
	}
	a.afterDrain = append(a.afterDrain, do)
}
