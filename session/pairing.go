package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// How long the codes of one offer are valid: the server lets the first live longer.
const (
	firstCodeLife   = 60 * time.Second
	furtherCodeLife = 20 * time.Second
	phoneCodeTime   = 30 * time.Second // to be given a phone code
)

// showCodes begins to show the codes, one after the other. The attempt's deadline is theirs now.
func (a *actor) showCodes(codes []string) {
	if len(codes) == 0 || a.paired() {
		return
	}
	a.codes = codes
	a.due.deadline = time.Time{}
	a.turn.leave()
	a.observed(resilience.Succeeded, vital.Failure{}) // the server is well: what is missing is a phone
	a.showCode(1, firstCodeLife)
}

func (a *actor) showCode(index int, life time.Duration) {
	shown := vital.Pairing{}
	if a.snap.Pairing != nil {
		shown = *a.snap.Pairing
	}
	expires := time.Now().Add(life)
	shown.QR, shown.Index, shown.Total, shown.ExpiresAt = a.codes[index-1], index, len(a.codes), expires
	a.snap.Pairing = &shown
	a.due.code = expires
	a.changed = true
	a.emit(vital.KindConnectionUpdate, vital.LevelInfo, "waits for a phone",
		vital.Field{Key: "connection", Value: "connecting"}, vital.Field{Key: "state", Value: a.snap.State.String()}, vital.Field{Key: "qr", Value: "hidden"})
	a.emit(vital.KindQR, vital.LevelInfo, fmt.Sprintf("code %d of %d", index, len(a.codes)),
		vital.Field{Key: "index", Value: fmt.Sprint(index)}, vital.Field{Key: "total", Value: fmt.Sprint(len(a.codes))})
}

// nextCode shows the next code, or gives up after the last: the session is DISCONNECTED for ReasonCodesRanOut, and Pair begins anew.
func (a *actor) nextCode() {
	if a.snap.Pairing == nil || a.snap.Pairing.Scanned {
		return
	}
	if index := a.snap.Pairing.Index; index < len(a.codes) {
		a.showCode(index+1, furtherCodeLife)
		return
	}
	a.connectionOver(vital.Failure{Reason: vital.ReasonCodesRanOut})
}

// pairedWith keeps who the session is now. The server restarts the stream next; if it does not, the deadline sees to it.
func (a *actor) pairedWith(identity vital.Identity) {
	if identity.Phone != a.snap.Identity.Phone {
		a.restricted(vital.Restriction{}) // that was another account's
	}
	a.setIdentity(identity)
	a.seenPhone(true, time.Now())
	a.snap.NewLogin = true
	a.due.code = time.Time{}
	a.due.deadline = time.Now().Add(attemptDeadline)
	shown := vital.Pairing{Scanned: true}
	a.snap.Pairing = &shown
	a.emit(vital.KindPair, vital.LevelInfo, "paired", vital.Field{Key: "platform", Value: identity.Platform})
}

// restartRequired is stream error 515: after pairing it is the way to the first login, elsewhere a lost stream.
func (a *actor) restartRequired() {
	if a.snap.State != vital.StateConnecting || !a.paired() {
		a.connectionOver(vital.Failure{Reason: vital.ReasonStreamRestart, Code: 515})
		return
	}
	shown := a.snap.Pairing
	if !a.move(vital.CausePairRestart, vital.ReasonPairRestart, vital.Failure{}) {
		return
	}
	a.hangUp(&cutError{why: causeInWords(vital.ReasonPairRestart)})
	a.snap.Pairing = shown
	a.observed(resilience.Abandoned, vital.Failure{})
	a.attempt()
	a.due.deadline = time.Now().Add(attemptDeadline)
}

// requestPhoneCode asks the client for a code that links by typing; the answer comes to the command, and into the snapshot.
func (a *actor) requestPhoneCode(c *command) {
	conn, epoch := a.conn, a.epoch
	if conn == nil || a.snap.Pairing == nil || a.snap.Pairing.QR == "" {
		c.finish(ErrNotPairing)
		return
	}
	a.snap.Pending, a.changed = "asking for a phone code", true
	var code string
	a.operate(func() (err error) {
		ctx, cancel := context.WithTimeout(a.ctx, phoneCodeTime)
		defer cancel()
		code, err = conn.RequestPhoneCode(ctx, c.text)
		return err
	}, func(err error) {
		a.snap.Pending, a.changed = "", true
		if a.epoch != epoch || a.snap.Pairing == nil {
			c.finish(errors.Join(ErrNotPairing, err)) // a code would lead nowhere: what it belongs to has ended
			return
		}
		if err != nil {
			code = "" // nor is an earlier one known to hold
		}
		shown := *a.snap.Pairing
		shown.PhoneCode, shown.PhoneFor = code, c.text
		a.snap.Pairing = &shown
		c.answer = code
		c.finish(err)
	})
}
