package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// logoutTime bounds how long the server may take to forget a device.
const logoutTime = 10 * time.Second

type commandKind uint8

const (
	cmdStart commandKind = iota
	cmdStartWanted
	cmdStop
	cmdReconnect
	cmdPair
	cmdPhoneCode
	cmdLogout
	cmdRename
	cmdSetProxy
	cmdRemove
	cmdShutdown
	cmdFramesOn
	cmdFramesOff
)

// command is what somebody asks of an actor. It is finished once; what finishes it later is not heard.
type command struct {
	kind   commandKind
	text   string      // the new name, or the phone
	proxy  vital.Proxy // the new one
	answer string
	done   chan error
}

func (c *command) finish(err error) {
	select {
	case c.done <- err:
	default:
	}
}

func (a *actor) handleCommand(c *command) {
	if a.leaving {
		c.finish(a.leftFor())
		return
	}
	switch c.kind {
	case cmdStart:
		c.finish(a.start())
	case cmdStartWanted:
		a.startWanted()
		c.finish(nil)
	case cmdPair:
		c.finish(a.pair())
	case cmdStop:
		a.finishDrained(c, a.stop())
	case cmdReconnect:
		a.finishDrained(c, a.reconnect())
	case cmdPhoneCode:
		a.requestPhoneCode(c)
	case cmdLogout:
		a.logout(c)
	case cmdRename:
		c.finish(a.rename(c.text))
	case cmdSetProxy:
		err := a.setProxy(c.proxy)
		a.flush() // whoever asked sees it in the snapshot
		a.finishDrained(c, err)
	case cmdRemove:
		a.finishDrained(c, a.remove())
	case cmdFramesOn, cmdFramesOff:
		a.setFrames(c.kind == cmdFramesOn)
		c.finish(nil)
	case cmdShutdown:
		a.shutdown()
		a.finishDrained(c, nil)
	}
}

// finishDrained finishes a command when the operations that it has ended have returned.
func (a *actor) finishDrained(c *command, err error) {
	a.whenDrained(func() { c.finish(err) })
}

// leftFor says why an actor that ends takes no commands.
func (a *actor) leftFor() error {
	if a.snap.Removed {
		return ErrNoSuchSession
	}
	return ErrClosed
}

// want keeps what the operator wants, before it is done.
func (a *actor) want(wanted bool) error {
	if a.snap.Wanted == wanted {
		return nil
	}
	err := a.store("store what is wanted", func(ctx context.Context) error {
		return a.config.Store.SetWanted(ctx, a.snap.ID, wanted)
	})
	if err == nil {
		a.snap.Wanted, a.changed = wanted, true
	}
	return err
}

// start brings the session up, or tries at once if it waits for its next attempt.
func (a *actor) start() error {
	if err := a.want(true); err != nil {
		return err
	}
	switch a.snap.State {
	case vital.StateDisconnected:
		a.backoff.Reset()
		a.move(vital.CauseStart, vital.ReasonStarted, vital.Failure{})
		a.attempt()
	case vital.StateError:
		a.backoff.Reset()
		a.due.ban = time.Time{}
		a.move(vital.CauseOperator, vital.ReasonStarted, vital.Failure{})
		a.attempt()
	case vital.StateReconnecting:
		a.attempt()
	}
	return nil
}

// startWanted brings up what was up when wapulse ended. Sessions without credentials wait for the operator, and so do those in ERROR, unless
// a ban has ended meanwhile.
func (a *actor) startWanted() {
	if !a.snap.Wanted || !a.paired() {
		return
	}
	switch a.snap.State {
	case vital.StateDisconnected:
		a.move(vital.CauseStart, vital.ReasonStarted, vital.Failure{})
		a.attempt()
	case vital.StateError:
		a.scheduleBanEnd()
	}
}

func (a *actor) pair() error {
	if a.paired() {
		return ErrAlreadyPaired
	}
	return a.start()
}

// stop ends the connection even if that it is not wanted any more cannot be stored: a broken disk is no reason to go on. The error says that it may come
// back at the next start.
func (a *actor) stop() error {
	err := a.want(false)
	a.due.ban = time.Time{}
	if a.snap.State != vital.StateError {
		a.halt(vital.CauseStop, vital.ReasonStopped)
	}
	return err
}

// halt ends the connection and goes to DISCONNECTED.
func (a *actor) halt(cause vital.Cause, reason vital.Reason) {
	a.observed(resilience.Abandoned, vital.Failure{})
	a.hangUp(&cutError{why: haltInWords(reason)})
	a.snap.Attempt, a.snap.NewLogin = 0, false
	a.move(cause, reason, vital.Failure{})
}

// haltInWords says to operations that are cut what ends their session.
func haltInWords(r vital.Reason) string {
	if why := causeInWords(r); r != vital.ReasonStopped && why != "" {
		return why
	}
	return "the session was stopped"
}

// reconnect gives the session a new socket, at once, whatever the present one or the attempt under way is doing.
func (a *actor) reconnect() error {
	a.backoff.Reset()
	if a.snap.State != vital.StateConnected {
		if a.conn != nil && a.paired() {
			a.attemptAnew()
		}
		return a.start()
	}
	a.hangUp(&cutError{why: causeInWords(vital.ReasonReconnectKey)})
	a.snap.Attempt = 1
	a.snap.Counters.Reconnects++
	a.move(vital.CauseReconnect, vital.ReasonReconnectKey, vital.Failure{})
	a.attempt()
	return nil
}

// redial replaces the connection, or the attempt under way, and leaves a session without either alone.
func (a *actor) redial() error {
	switch {
	case a.snap.State == vital.StateConnected:
		return a.reconnect()
	case a.conn != nil:
		a.attemptAnew()
	}
	return nil
}

// attemptAnew gives up the attempt under way for another.
func (a *actor) attemptAnew() {
	a.observed(resilience.Abandoned, vital.Failure{})
	a.hangUp(&cutError{why: causeInWords(vital.ReasonReconnectKey)})
	a.attempt()
}

// logout asks the server to forget this device, and then forgets the credentials.
func (a *actor) logout(c *command) {
	if a.snap.State != vital.StateConnected || a.loggingOut != nil {
		c.finish(ErrNotConnected)
		return
	}
	conn := a.conn
	a.loggingOut = c
	a.snap.Pending, a.changed = "logging out", true
	a.operate(func() error {
		ctx, cancel := context.WithTimeout(a.ctx, logoutTime)
		defer cancel()
		return conn.Logout(ctx)
	}, a.finishLogout)
}

// finishLogout ends a logout, however the server's consent came.
func (a *actor) finishLogout(err error) {
	c := a.loggingOut
	if c == nil {
		return
	}
	a.loggingOut = nil
	a.snap.Pending, a.changed = "", true
	if err == nil {
		_ = a.want(false)
		a.halt(vital.CauseStop, vital.ReasonLoggedOutHere)
		a.forgetCredentials()
	}
	a.finishDrained(c, err)
}

func (a *actor) rename(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeDeadline)
	defer cancel()
	err := a.config.Store.RenameSession(ctx, a.snap.ID, name)
	if err == nil {
		a.snap.Name, a.changed = name, true
	}
	return err
}

// remove deletes the session with its credentials and history. Whether the phone still lists the device is the operator's choice: log out first.
func (a *actor) remove() error {
	a.due.ban = time.Time{}
	if a.snap.State != vital.StateError {
		a.halt(vital.CauseStop, vital.ReasonStopped) // it stays so if something below fails
	}
	if err := a.removeCredentials(); err != nil {
		return err
	}
	if err := a.store("delete the session", func(ctx context.Context) error { return a.config.Store.DeleteSession(ctx, a.snap.ID) }); err != nil {
		return err
	}
	a.snap.Removed, a.snap.State, a.changed = true, vital.StateDisconnected, true
	a.leaving = true
	return nil
}

// removeCredentials deletes the credentials, if there are any. Those that cannot be deleted keep their session: nobody else would know of them.
func (a *actor) removeCredentials() error {
	if !a.paired() {
		return nil
	}
	if err := a.open(); errors.Is(err, ErrCredentialsMissing) {
		return nil
	} else if err != nil {
		return fmt.Errorf("open the credentials: %w", err)
	}
	if err := a.store("delete the credentials", a.device.Delete); err != nil {
		return err
	}
	a.device = nil
	return nil
}

// shutdown ends the actor; what the operator wants stays as it is.
func (a *actor) shutdown() {
	a.leaving = true
	a.keep()
	if len(a.unstoredMoves) > 0 {
		_ = a.storeMoves() // the last chance: what is still refused was said
	}
	if c := a.loggingOut; c != nil {
		a.loggingOut = nil
		c.finish(ErrClosed)
	}
	if a.snap.State == vital.StateError || a.snap.State == vital.StateDisconnected {
		a.hangUp(&cutError{why: causeInWords(vital.ReasonShutdown)})
		return
	}
	a.halt(vital.CauseShutdown, vital.ReasonShutdown)
}
