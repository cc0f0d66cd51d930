package session

import (
	"context"
	"fmt"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// handleSignal applies what the present connection tells.
func (a *actor) handleSignal(s Signal) {
	if a.handleTraffic(s) {
		return
	}
	a.changed = true
	switch v := s.(type) {
	case ReadyChanged:
		a.snap.Ready, a.snap.Listening = v.Ready, v.Listening
		if v.Ready == vital.ReadyOpen && a.snap.Ladder.SocketOpen.IsZero() {
			a.snap.Ladder.SocketOpen = time.Now()
		}
	case PhaseReached:
		a.snap.Phase = v.Phase
		if v.Phase >= vital.PhaseLogin {
			a.turn.leave()
		}
	case Dialled:
		a.snap.Dial = v.Trace
	case QRCodes:
		a.showCodes(v.Codes)
	case Paired:
		a.pairedWith(v.Identity)
	case RestartRequired:
		a.restartRequired()
	case LoggedIn:
		a.loggedIn(v.Identity)
	case Ready:
		a.ready()
	case Restricted:
		a.snap.Restriction = v.Restriction
	case Ended:
		a.connectionOver(v.Failure)
	}
}

// handleTraffic applies what comes again and again, and is published a few times a second at most. False means that s is something else.
func (a *actor) handleTraffic(s Signal) bool {
	ladder, counters := &a.snap.Ladder, &a.snap.Counters
	switch v := s.(type) {
	case Traffic:
		counters.StanzasIn += v.StanzasIn
		counters.StanzasOut += v.StanzasOut
		counters.BytesIn += v.BytesIn
		counters.BytesOut += v.BytesOut
		ladder.DataFresh = later(ladder.DataFresh, v.At)
	case Messages:
		if v.Outgoing {
			counters.MessagesOut += uint64(v.Count)
		} else {
			counters.MessagesIn += uint64(v.Count)
		}
		a.seenPhone(v.FromPhone, v.At)
		a.emit(vital.KindMessagesUpsert, vital.LevelInfo, plural(v.Count, "message"), vital.Field{Key: "count", Value: fmt.Sprint(v.Count)})
	case Receipt:
		a.seenPhone(v.FromPhone, v.At)
		a.emit(vital.KindReceipt, vital.LevelInfo, plural(v.Count, v.Type+" receipt"),
			vital.Field{Key: "type", Value: v.Type}, vital.Field{Key: "count", Value: fmt.Sprint(v.Count)})
	case PhoneSeen:
		a.seenPhone(true, v.At)
	case MediaSeen:
		a.keepMedia(v.Media)
	case Noted:
		a.emit(v.Kind, v.Level, v.Text, v.Fields...)
	default:
		return false
	}
	a.changeSoon()
	return true
}

func (a *actor) seenPhone(seen bool, at time.Time) {
	if seen {
		a.snap.Ladder.PhoneSeen = later(a.snap.Ladder.PhoneSeen, at)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// loggedIn notes who the server says we are. Operations may begin only after ready.
func (a *actor) loggedIn(identity vital.Identity) {
	a.snap.Phase = vital.PhaseReady
	a.snap.Ladder.Authenticated = time.Now()
	if identity.Paired() && (identity != a.snap.Identity || a.unstored) {
		a.setIdentity(identity)
	}
}

func (a *actor) setIdentity(identity vital.Identity) {
	a.snap.Identity = identity
	a.unstored = a.store("store the identity", func(ctx context.Context) error {
		return a.config.Store.SetIdentity(ctx, a.snap.ID, identity)
	}) != nil
}

// ready makes the session CONNECTED.
func (a *actor) ready() {
	if a.snap.State == vital.StateConnected {
		return
	}
	a.due.deadline, a.due.code = time.Time{}, time.Time{}
	a.codes, a.snap.Pairing = nil, nil
	a.snap.Phase = vital.PhaseNone
	a.snap.Attempt = 0
	if a.snap.Ladder.Authenticated.IsZero() {
		a.snap.Ladder.Authenticated = time.Now()
	}
	a.turn.leave()
	a.observed(resilience.Succeeded, vital.Failure{})
	if !a.move(vital.CauseAuthenticated, vital.ReasonAuthenticated, vital.Failure{}) {
		return
	}
	a.lend()
	a.snap.NewLogin = false
	now := time.Now()
	a.due.calm = now.Add(calmAfter)
	a.pings.missed = 0
	a.ping()
}
