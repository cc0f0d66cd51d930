package session

import (
	"context"
	"fmt"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// emit appends an event to the ring and, but for debug ones, to the journal.
func (a *actor) emit(kind vital.Kind, level vital.Level, text string, fields ...vital.Field) {
	a.emitAt(time.Now(), kind, level, text, fields...)
}

func (a *actor) emitAt(at time.Time, kind vital.Kind, level vital.Level, text string, fields ...vital.Field) {
	a.seq++
	e := vital.Event{
		Seq: a.seq, Time: at, Session: a.snap.ID, Name: a.snap.Name, Kind: kind, Level: level, Epoch: a.epoch, Text: text, Fields: fields,
	}
	a.events = append(a.events, e)
	if level > vital.LevelDebug {
		a.config.Store.Append(e)
	}
}

// flush publishes what changed since the last time.
func (a *actor) flush() {
	if !a.changed && len(a.events) == 0 {
		return
	}
	var snap *vital.Snapshot
	if a.changed {
		a.due.publish = time.Time{}
		a.refreshLoad()
		a.snap.Version++
		copied := a.snap
		snap = &copied
	}
	a.changed = false
	a.config.Hub.Publish(snap, a.events...)
	a.events = nil
	if snap != nil && a.watch != nil {
		a.watch()
	}
}

// refreshLoad brings what operations change into the snapshot.
func (a *actor) refreshLoad() {
	a.busy.Store(false)
	l := a.policy.Load()
	a.snap.Load = vital.Load{InFlight: l.InFlight, Waiting: l.Waiting, Limit: l.Limit, PausedUntil: l.PausedUntil}
	a.due.pause = time.Time{}
	if !l.PausedUntil.IsZero() {
		a.due.pause = l.PausedUntil.Add(time.Millisecond)
	}
	if a.records.changed {
		a.snap.Operations = a.records.list()
	}
}

// loadChanged tells the actor that the guard's load has changed, once until it is published. It may be called from any goroutine.
func (a *actor) loadChanged() {
	if a.busy.CompareAndSwap(false, true) {
		a.post(a.changeSoon)
	}
}

// changeSoon publishes within publishEvery: for what changes with every stanza.
func (a *actor) changeSoon() {
	if a.due.publish.IsZero() {
		a.due.publish = time.Now().Add(publishEvery)
	}
}

// move goes along the edge that cause leads to. The transition is stored before anybody sees it. False means that there is no such edge.
func (a *actor) move(cause vital.Cause, reason vital.Reason, failure vital.Failure) bool {
	to, ok := vital.Next(a.snap.State, cause, a.paired())
	if !ok {
		a.log().Error("no such edge", "state", a.snap.State.String(), "cause", cause.String())
		return false
	}
	from := a.snap.State
	t := vital.Transition{
		Session: a.snap.ID, Time: time.Now(), From: from, To: to, Cause: cause, Reason: reason, Failure: failure,
		Attempt: a.snap.Attempt, Epoch: a.epoch,
	}
	a.diagnose(&t)
	err := a.commit(t)
	a.snap.State, a.snap.Reason, a.snap.Failure, a.snap.Stored = to, reason, failure, err == nil
	if from != to {
		a.snap.Since = t.Time
	}
	if failure.Reason != vital.ReasonNone {
		a.snap.LastError, a.snap.LastErrorAt = failure.String(), t.Time
	}
	a.changed = true
	if err != nil {
		a.log().Error("a transition could not be stored", "err", err)
		a.emit(vital.KindLog, vital.LevelError, fmt.Sprintf("not stored: %v", err))
	}
	a.emitUpdate(t)
	a.diagnosed(t)
	return true
}

// tellKill tells how the session went down with a process that was killed, at the time when it did as far as is known.
func (a *actor) tellKill(t vital.Transition) {
	text := fmt.Sprintf("%s → %s: %s", t.From, t.To, causeInWords(t.Reason))
	a.emitAt(t.Time, vital.KindConnectionUpdate, vital.LevelWarn, text, updateFields(t)...)
}

func updateFields(t vital.Transition) []vital.Field {
	connection := map[vital.State]string{
		vital.StateConnecting: "connecting", vital.StateReconnecting: "connecting", vital.StateConnected: "open",
	}[t.To]
	if connection == "" {
		connection = "close"
	}
	return []vital.Field{
		{Key: "connection", Value: connection}, {Key: "state", Value: t.To.String()}, {Key: "from", Value: t.From.String()},
		{Key: "cause", Value: t.Cause.String()}, {Key: "reason", Value: string(t.Reason)},
	}
}

// emitUpdate tells a transition in the fields that the field knows.
func (a *actor) emitUpdate(t vital.Transition) {
	fields := updateFields(t)
	if a.snap.NewLogin {
		fields = append(fields, vital.Field{Key: "isNewLogin", Value: "true"})
	}
	level, text := vital.LevelInfo, fmt.Sprintf("%s → %s", t.From, t.To)
	if why := causeInWords(t.Reason); why != "" {
		text += ": " + why
	}
	if t.Failure.Reason != vital.ReasonNone {
		level = vital.LevelWarn
		text += ": " + t.Failure.String()
		fields = append(fields, vital.Field{Key: "lastDisconnect", Value: t.Failure.String()})
		if t.Failure.Code != 0 {
			fields = append(fields, vital.Field{Key: "code", Value: fmt.Sprint(t.Failure.Code)})
		}
	}
	if t.To == vital.StateError {
		level = vital.LevelError
	}
	a.emit(vital.KindConnectionUpdate, level, text, fields...)
	if t.To == vital.StateConnected {
		a.emit(vital.KindConnectionOpen, vital.LevelInfo, "open")
	}
}

// causeInWords tells of a transition that is nobody's failure what it was for, where that does not go without saying.
func causeInWords(r vital.Reason) string {
	switch r {
	case vital.ReasonPairRestart:
		return "the server restarts the stream after pairing"
	case vital.ReasonStopped:
		return "stopped"
	case vital.ReasonShutdown:
		return "wapulse ends"
	case vital.ReasonKilled:
		return "wapulse was killed, or this machine went down; that was its last sign of life"
	case vital.ReasonReconnectKey:
		return "a new socket was asked for"
	case vital.ReasonLoggedOutHere:
		return "logged out here"
	}
	return ""
}

// noteBreaker brings the breaker's state into the snapshot, and tells when it has changed.
func (a *actor) noteBreaker() {
	view := a.breaker.View()
	state := breakerState(view.State)
	before := a.snap.Breaker
	a.snap.Breaker = vital.Breaker{State: state, Failures: view.Failures, Threshold: resilience.FailuresToOpen, RetryAt: view.RetryAt}
	a.due.breaker = time.Time{}
	if state == vital.BreakerOpen {
		a.due.breaker = view.RetryAt.Add(time.Millisecond)
	}
	if before == a.snap.Breaker {
		return
	}
	a.changed = true
	if before.State != state {
		level := vital.LevelInfo
		if state == vital.BreakerOpen {
			level = vital.LevelWarn
		}
		a.emit(vital.KindBreaker, level, fmt.Sprintf("breaker %s → %s", before.State, state),
			vital.Field{Key: "from", Value: before.State.String()}, vital.Field{Key: "to", Value: state.String()})
	}
}

func breakerState(s resilience.State) vital.BreakerState {
	switch s {
	case resilience.Open:
		return vital.BreakerOpen
	case resilience.HalfOpen:
		return vital.BreakerHalfOpen
	default:
		return vital.BreakerClosed
	}
}

// store calls do with a bounded context and tells of an error.
func (a *actor) store(what string, do func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeDeadline)
	defer cancel()
	if err := do(ctx); err != nil {
		err = fmt.Errorf("%s: %w", what, err)
		a.log().Error("store", "err", err)
		a.emit(vital.KindLog, vital.LevelError, err.Error())
		return err
	}
	return nil
}
