package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// Bounds of what an actor does.
const (
	attemptDeadline = 30 * time.Second // from the dial to ready, and from pairing to ready
	calmAfter       = 30 * time.Second // connected so long, the backoff begins anew
	storeDeadline   = 2 * time.Second  // for a transition to be stored before it is shown
	closeDeadline   = 2 * time.Second  // for a closed connection to be done
	publishEvery    = 250 * time.Millisecond
)

// actor moves one session. Its goroutine, run, is the only one that touches the fields below; everybody else puts something into its mailbox.
type actor struct {
	config  *Config
	gate    *dialGate
	box     *mailbox
	done    chan struct{} // closed when run has ended
	ops     sync.WaitGroup
	ctx     context.Context // ends with the actor: operations under way are bound to it
	cancel  context.CancelFunc
	backoff *resilience.Backoff
	breaker *resilience.Breaker
	policy  *resilience.Guard
	lease   atomic.Pointer[lease] // nil unless operations may begin
	busy    atomic.Bool           // the guard's load has changed, and the actor is told
	watch   func()                // called after publishing; may be nil

	snap    vital.Snapshot // the next one to publish
	seq     uint64
	events  []vital.Event // not yet published
	changed bool
	leaving bool // shutdown or removal: run ends once the connection has

	device     Device
	conn       Connection // nil without an attempt or a socket
	epoch      uint64     // of conn; signals of earlier ones are dropped
	dying      Connection // closed, not yet done; the next attempt waits for it
	turn       *dialTurn
	waiting    bool // for turn or dying before it can dial
	loggingOut *command
	endConnect func(resilience.Outcome) // the breaker's observation of the attempt
	began      time.Time                // of the attempt

	next    time.Time    // when the attempt after the one that ends now is to be
	dialled *attemptDial // the attempt under way; nil without one
	ends    []vital.End  // the last ones that count, oldest first
	outage  *outage      // what all sessions share

	unstoredMoves []vital.Transition // the oldest first

	unstoredIdentity bool // the identity could not be stored: the next login tries again
	codes            []string
	pings            pingRecord
	pinging          bool
	pingedAt         time.Time // when the last ping began
	records          opRecords
	hour             tally
	outbox           outbox

	kept     Kept // as stored
	proxy    vital.Proxy
	proxyErr error     // the stored one cannot be read
	faulted  time.Time // when an operation last failed as the breaker counts; zero after one that did not

	draining    []drain  // ended leases with operations in them, oldest first
	afterDrain  []func() // what waits for the last of them
	media       []vital.Media
	mediaSaving bool

	due schedule
}

// schedule holds when something is to happen; the zero time means never.
type schedule struct {
	attempt, deadline, code, ping, calm, ban, breaker, publish, dying, drain, pause, patterns, frames, keep, restriction, moves time.Time
}

func (s *schedule) all() []*time.Time {
	return []*time.Time{&s.attempt, &s.deadline, &s.code, &s.ping, &s.calm, &s.ban, &s.breaker, &s.publish, &s.dying, &s.drain, &s.pause, &s.patterns, &s.frames, &s.keep, &s.restriction, &s.moves}
}

// signalOf is a signal with the connection that it came from.
type signalOf struct {
	epoch  uint64
	signal Signal
}

// call is run by the actor between two signals: how results of operations come back.
type call func()

func newActor(config *Config, gate *dialGate, out *outage, record Record, ends []vital.End) *actor {
	a := &actor{
		config: config, gate: gate, outage: out, ends: ends, box: newMailbox(), done: make(chan struct{}),
		backoff: resilience.NewBackoff(config.Chance), breaker: resilience.NewBreaker(),
	}
	a.policy = resilience.NewGuard(resilience.Rules{
		InFlight: config.InFlight, Rate: config.Rate, Breaker: a.breaker, Judge: judge, Changed: a.loadChanged, Chance: config.Chance,
	})
	a.ctx, a.cancel = context.WithCancel(context.Background())
	a.snap = vital.Snapshot{
		ID: record.ID, Name: record.Name, Created: record.Created, Identity: record.Identity, Wanted: record.Wanted,
		State: record.State, Since: record.Since, Reason: record.Reason, Failure: record.Failure, Stored: true, Ready: vital.ReadyClosed,
	}
	if record.Failure.Reason != vital.ReasonNone {
		a.snap.LastError, a.snap.LastErrorAt = record.Failure.String(), record.Since
	}
	a.lookForPatterns()
	a.bringBack(record.Kept)
	a.proxy, a.proxyErr = vital.ParseProxy(record.Proxy)
	a.showProxy()
	a.noteBreaker()
	return a
}

// run is the actor's goroutine. It ends after shutdown or removal, when the last connection is done and its operations have returned.
func (a *actor) run() {
	defer close(a.done)
	defer a.ops.Wait()
	defer a.cancel()
	defer func() { a.turn.leave() }()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for !a.leaving || a.dying != nil || len(a.draining) > 0 {
		timer.Reset(a.untilDue())
		select {
		case <-a.box.wake:
			for _, item := range a.box.take() {
				a.guard(func() { a.handle(item) })
			}
		case <-timer.C:
			a.guard(a.handleDue)
		}
		a.flush()
	}
}

// guard keeps a fault of ours from ending the process: the session loses its connection and gets it back as after any other failure.
func (a *actor) guard(do func()) {
	if err := caught(func() error { do(); return nil }); err != nil {
		a.panicked(err)
	}
}

// caughtPanic is a panic that was kept from ending the process.
type caughtPanic struct {
	value any
	stack []byte
}

func (p *caughtPanic) Error() string {
	return fmt.Sprint("a fault inside wapulse was caught: ", p.value)
}

// caught runs do and makes an error of a panic in it.
func caught(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &caughtPanic{p, debug.Stack()}
		}
	}()
	return do()
}

// panicked ends the connection, or the attempt, after a caught panic; other errors are nothing to it.
func (a *actor) panicked(err error) {
	var p *caughtPanic
	if !errors.As(err, &p) {
		return
	}
	a.log().Error("panic in a session", "panic", p.value, "stack", string(p.stack))
	if a.conn != nil || a.snap.State == vital.StateConnecting || a.snap.State == vital.StateReconnecting {
		a.connectionOver(vital.Failure{Reason: vital.ReasonInternal, Text: fmt.Sprint(p.value)})
	}
}

// operate runs do, a call into the client that may take its time, in a goroutine of its own that the actor waits for at its end, and then lets
// the actor run then with its error. A panic in do is an error, and the end of the connection that it was about.
func (a *actor) operate(do func() error, then func(err error)) {
	epoch := a.epoch
	a.ops.Go(func() {
		err := caught(do)
		a.post(func() {
			then(err)
			if a.epoch == epoch {
				a.panicked(err)
			}
		})
	})
}

func (a *actor) handle(item any) {
	switch v := item.(type) {
	case *command:
		if err := caught(func() error { a.handleCommand(v); return nil }); err != nil {
			v.finish(err)
			a.panicked(err)
		}
	case signalOf:
		if v.epoch == a.epoch && a.conn != nil {
			a.handleSignal(v.signal)
		}
	case call:
		v()
	}
}

// post lets the actor run do. It may be called from any goroutine.
func (a *actor) post(do func()) { a.box.put(call(do)) }

func (a *actor) untilDue() time.Duration {
	next := time.Hour
	now := time.Now()
	for _, at := range a.due.all() {
		if !at.IsZero() {
			next = min(next, at.Sub(now))
		}
	}
	return max(next, 0)
}

// handleDue does everything whose time has come.
func (a *actor) handleDue() {
	now := time.Now()
	isDue := func(at *time.Time) bool {
		if at.IsZero() || now.Before(*at) {
			return false
		}
		*at = time.Time{}
		return true
	}
	if isDue(&a.due.dying) {
		a.log().Warn("a closed connection is not done in time")
		a.connectionDone(a.dying)
	}
	if isDue(&a.due.attempt) {
		a.attempt()
	}
	if isDue(&a.due.deadline) {
		a.attemptTimedOut()
	}
	if isDue(&a.due.code) {
		a.nextCode()
	}
	if isDue(&a.due.ping) {
		a.ping()
	}
	if isDue(&a.due.calm) {
		a.backoff.Reset()
	}
	if isDue(&a.due.ban) {
		a.banEnded()
	}
	if isDue(&a.due.breaker) {
		a.noteBreaker()
	}
	if isDue(&a.due.patterns) {
		a.lookForPatterns()
	}
	if isDue(&a.due.drain) {
		a.drainTimedOut()
	}
	if isDue(&a.due.frames) {
		a.setFrames(false)
	}
	if isDue(&a.due.keep) {
		a.keep()
	}
	if isDue(&a.due.moves) {
		if err := a.storeMoves(); err != nil {
			a.log().Error("transitions still cannot be stored", "count", len(a.unstoredMoves), "err", err)
		}
	}
	if isDue(&a.due.restriction) {
		a.restrictionEnded()
	}
	if isDue(&a.due.publish) || isDue(&a.due.pause) {
		a.changed = true
	}
}

func (a *actor) log() *slog.Logger { return a.config.Logger.With("session", a.snap.Name) }

func (a *actor) paired() bool { return a.snap.Identity.Paired() }
