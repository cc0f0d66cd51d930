package session

import (
	"context"
	"fmt"
	"strings"
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
		a.dialled.reach(v.Phase)
		if v.Phase >= vital.PhaseLogin {
			a.turn.leave()
		}
	case Dialled:
		a.snap.Dial = v.Trace
		a.dialled.timed(v.Trace)
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
		a.restricted(v.Restriction)
		a.tellRestriction(v.Restriction)
	case ClientKnown:
		a.clientKnown(v.Client)
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
		a.tellMessages(v)
	case Receipt:
		a.seenPhone(v.FromPhone, v.At)
		if !v.FromPhone && vital.IsArrival(v.Type) && a.outbox.receipt(v.IDs, time.Now()) {
			a.snap.Receipts = a.outbox.view(time.Now())
		}
		a.emit(vital.KindReceipt, vital.LevelInfo, plural(v.Count, v.Type+" receipt"),
			vital.Field{Key: "type", Value: v.Type}, vital.Field{Key: "count", Value: fmt.Sprint(v.Count)},
			vital.Field{Key: "ids", Value: receiptIDs(v.IDs)}, vital.Field{Key: "at", Value: v.At.UTC().Format(time.RFC3339Nano)})
	case PhoneSeen:
		a.seenPhone(true, v.At)
	case MediaSeen:
		a.keepMedia(v.Media)
	case Noted:
		a.emit(v.Kind, v.Level, v.Text, v.Fields...)
		return true // nothing of the snapshot has changed
	default:
		return false
	}
	a.changeSoon()
	return true
}

// tellMessages tells of messages; of media what to ask for them by.
func (a *actor) tellMessages(v Messages) {
	text, fields := plural(v.Count, "message"), []vital.Field{{Key: "count", Value: fmt.Sprint(v.Count)}}
	if v.Media != "" {
		text += fmt.Sprintf(" (%s, %s)", v.Media, v.ID)
		fields = append(fields, vital.Field{Key: "media", Value: v.Media}, vital.Field{Key: "id", Value: v.ID})
	}
	a.emit(vital.KindMessagesUpsert, vital.LevelInfo, text, fields...)
}

// maxReceiptIDs bounds how many messages a receipt's event names; its count is that of all.
const maxReceiptIDs = 64

// receiptIDs is how an event names the messages of a receipt: with a space between them. One that could be taken for two is left out.
func receiptIDs(ids []string) string {
	named := make([]string, 0, min(len(ids), maxReceiptIDs))
	for _, id := range ids {
		if len(named) < maxReceiptIDs && id != "" && !strings.ContainsRune(id, ' ') {
			named = append(named, id)
		}
	}
	return strings.Join(named, " ")
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
	if identity.Paired() && (identity != a.snap.Identity || a.unstoredIdentity) {
		a.setIdentity(identity)
	}
}

func (a *actor) setIdentity(identity vital.Identity) {
	a.snap.Identity = identity
	a.unstoredIdentity = a.store("store the identity", func(ctx context.Context) error {
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
