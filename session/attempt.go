package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// attempt begins a connection as soon as it may: when the last one is done, and when it is this session's turn to dial.
func (a *actor) attempt() {
	if a.conn != nil || a.leaving {
		return
	}
	a.due.attempt, a.snap.NextTry = time.Time{}, time.Time{}
	a.changed = true
	a.waiting = true
	if a.dying != nil {
		return // connectionDone goes on
	}
	a.turn.leave()
	var turn *dialTurn
	turn = a.gate.enter(func() { a.post(func() { a.dial(turn) }) })
	a.turn = turn
}

// dial opens the device and connects it.
func (a *actor) dial(turn *dialTurn) {
	if !a.waiting || a.turn != turn || a.dying != nil {
		return
	}
	a.waiting = false
	a.epoch++
	a.began = time.Now()
	a.dialled = &attemptDial{attempt: a.snap.Attempt, began: a.began}
	a.endConnect = a.breaker.Observe()
	if err := a.open(); err != nil {
		failure := vital.Failure{Reason: vital.ReasonStore, Text: err.Error()}
		if errors.Is(err, ErrCredentialsMissing) {
			failure.Reason = vital.ReasonCorruptCredentials
		}
		a.attemptEnded(failure)
		return
	}
	epoch := a.epoch
	a.snap.Counters.Connects++
	a.snap.Ready, a.snap.Phase, a.changed = vital.ReadyConnecting, vital.PhaseDNS, true
	a.due.deadline = time.Now().Add(attemptDeadline)
	a.conn = a.device.Connect(func(s Signal) { a.box.put(signalOf{epoch, s}) })
}

func (a *actor) open() error {
	if a.device != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(a.ctx, storeDeadline)
	defer cancel()
	device, err := a.config.Devices.Open(ctx, a.snap.Identity)
	if err != nil {
		return err
	}
	a.device = device
	return nil
}

// attemptTimedOut ends an attempt that has taken too long.
func (a *actor) attemptTimedOut() {
	if a.conn == nil || a.snap.State == vital.StateConnected {
		return
	}
	a.snap.Counters.Timeouts++
	reason := vital.ReasonConnectTimeout
	if a.snap.Phase >= vital.PhaseLogin {
		reason = vital.ReasonLoginTimeout
	}
	a.connectionOver(vital.Failure{Reason: reason, Phase: a.snap.Phase})
}

// hangUp closes the connection, if there is one, and forgets what belonged to it. What it still says is dropped; its operations end for why.
func (a *actor) hangUp(why *cutError) {
	a.recall(why)
	a.turn.leave()
	a.waiting = false
	a.due.deadline, a.due.code, a.due.ping, a.due.calm = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	a.due.attempt, a.snap.NextTry = time.Time{}, time.Time{}
	a.codes, a.snap.Pairing = nil, nil
	a.snap.Phase, a.snap.Ready, a.snap.Listening = vital.PhaseNone, vital.ReadyClosed, false
	a.snap.Ladder = vital.Ladder{PhoneSeen: a.snap.Ladder.PhoneSeen}
	a.snap.Ping.Missed = 0
	a.pinging = false
	a.changed = true
	conn := a.conn
	if conn == nil {
		return
	}
	a.conn = nil
	a.epoch++
	a.dying = conn
	a.due.dying = time.Now().Add(closeDeadline)
	conn.Close()
	a.ops.Go(func() {
		select {
		case <-conn.Done():
		case <-a.ctx.Done():
		}
		a.post(func() { a.connectionDone(conn) })
	})
}

// connectionDone goes on with what waited for the end of a connection.
func (a *actor) connectionDone(conn Connection) {
	if a.dying != conn || conn == nil {
		return
	}
	a.dying, a.due.dying = nil, time.Time{}
	if a.waiting {
		a.attempt()
	}
}

// connectionOver ends the present connection for a failure and decides what comes next.
func (a *actor) connectionOver(f vital.Failure) {
	if f.Reason == vital.ReasonNone {
		f.Reason = vital.ReasonServerClosed
	}
	if f.Phase == vital.PhaseNone && a.snap.State != vital.StateConnected {
		f.Phase = a.snap.Phase
	}
	a.hangUp(cutBy(f))
	if a.loggingOut != nil {
		if f.Reason.CredentialsGone() { // the server has forgotten us, as it was asked to
			a.finishLogout(nil)
			return
		}
		a.finishLogout(fmt.Errorf("%w: %s", ErrNotConnected, f))
	}
	a.attemptEnded(f)
}

// attemptEnded moves on after a failed attempt or a lost socket.
func (a *actor) attemptEnded(f vital.Failure) {
	a.turn.leave()
	a.observed(resilience.Failed, f)
	a.planNext(f)
	switch {
	case f.Reason.Permanent():
		a.failForGood(f)
	case a.snap.State == vital.StateConnected:
		a.snap.Attempt = 0
		a.move(vital.CauseSocketLost, f.Reason, f)
		a.tryAgain()
	case f.Reason == vital.ReasonCodesRanOut:
		a.move(vital.CauseCodesRanOut, f.Reason, f)
	default:
		if a.move(vital.CauseAttemptFailed, f.Reason, f) && a.snap.State == vital.StateReconnecting {
			a.tryAgain()
		}
	}
}

// planNext fixes when the next attempt is to be, before the diagnosis of this one says so.
func (a *actor) planNext(f vital.Failure) {
	a.next = time.Time{}
	if !f.Reason.Permanent() && a.paired() {
		a.next = time.Now().Add(a.backoff.Next())
	}
}

// tryAgain schedules the next attempt as planned.
func (a *actor) tryAgain() {
	a.snap.Attempt++
	a.snap.Counters.Reconnects++
	a.snap.NextTry = a.next
	a.due.attempt = a.snap.NextTry
	a.changed = true
}

// failForGood goes to ERROR. Credentials that the server has ended are forgotten; who it was is kept for the eye.
func (a *actor) failForGood(f vital.Failure) {
	a.snap.Attempt, a.snap.NewLogin = 0, false
	a.move(vital.CausePermanent, f.Reason, f)
	if f.Reason.CredentialsGone() {
		a.forgetCredentials()
	}
	a.scheduleBanEnd()
}

// forgetCredentials makes the session unpaired. The client has deleted its keys, or does so now.
func (a *actor) forgetCredentials() {
	if a.device != nil {
		device := a.device
		_ = a.store("delete the credentials", device.Delete)
		a.device = nil
	}
	a.snap.Identity.JID, a.snap.Identity.LID = "", ""
	identity := a.snap.Identity
	_ = a.store("forget the identity", func(ctx context.Context) error {
		return a.config.Store.SetIdentity(ctx, a.snap.ID, identity)
	})
	a.changed = true
}

// scheduleBanEnd arranges for a temporary ban to end by itself.
func (a *actor) scheduleBanEnd() {
	a.due.ban = time.Time{}
	if f := a.snap.Failure; a.snap.State == vital.StateError && f.Reason == vital.ReasonBanned && !f.Until.IsZero() {
		a.due.ban = f.Until
	}
}

func (a *actor) banEnded() {
	if a.snap.State != vital.StateError || !a.snap.Wanted {
		return
	}
	if a.move(vital.CauseBanEnded, vital.ReasonStarted, vital.Failure{}) {
		a.attempt()
	}
}

// observed ends the breaker's observation of the attempt under way, if there is one. Failure is why it failed, if it did.
func (a *actor) observed(result resilience.Outcome, f vital.Failure) {
	if a.endConnect != nil {
		a.endConnect(result)
		a.endConnect = nil
		if result == resilience.Abandoned {
			return
		}
		how, took := outcomeOK, time.Since(a.began)
		switch {
		case f.Reason == vital.ReasonConnectTimeout || f.Reason == vital.ReasonLoginTimeout:
			how = outcomeTimeout
		case result == resilience.Failed:
			how = outcomeError
		}
		a.measured(vital.OpConnect, a.began, took, how, a.triggerOfConnect(took, how, f.Phase))
	}
	a.noteBreaker()
}
