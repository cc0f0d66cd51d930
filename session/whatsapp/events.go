package whatsapp

import (
	"strings"
	"time"

	"go.mau.fi/whatsmeow/appstate"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waServerSync"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// handle gets whatsmeow's events, in whatsmeow's goroutines. It only puts into the inbox. Logins and ends are not taken from here but
// from the stanza tap: events come late, out of order, or not at all.
func (c *connection) handle(evt any) {
	defer c.guard("event handler")
	switch evt := evt.(type) {
	case *events.QR:
		c.inbox.put(func() { c.codesCame(evt.Codes) })
	case *events.PairSuccess:
		c.pairSucceeded(evt)
	case *events.PairError:
		c.device.spoil()
		text := plain(evt.Error.Error())
		c.inbox.put(func() { c.pairFailed(text) })
	case *events.PairPasskeyRequest, *events.PairPasskeyConfirmation:
		c.inbox.put(func() {
			c.pairFailed("this account asks for a passkey, which only a browser can give: pair by phone code instead")
		})
	case *events.QRScannedWithoutMultidevice:
		c.note(vital.KindPair, vital.LevelWarn, "the phone that scanned has linked devices turned off: turn them on and scan again")
	case *events.ClientOutdated:
		select {
		case c.refused <- struct{}{}:
		default:
		}
	case *events.Connected:
		c.inbox.put(c.loginAnswered)
	default:
		c.handleTraffic(evt)
	}
}

// handleTraffic is for what comes once a session is up.
func (c *connection) handleTraffic(evt any) {
	now := time.Now()
	switch evt := evt.(type) {
	case *events.Message:
		media, some := mediaOf(evt, now)
		if some {
			c.inbox.pass(session.MediaSeen{Media: media}) // first, so that whoever is told of the message can have them
		}
		c.inbox.pass(c.messageSignal(evt, media, now))
	case *events.UndecryptableMessage:
		c.inbox.pass(session.Messages{
			Count: 1, Outgoing: evt.Info.IsFromMe, FromPhone: c.isOwnPhone(evt.Info.Sender), At: timeOr(evt.Info.Timestamp, now),
		})
		if !evt.IsUnavailable {
			c.note(vital.KindLog, vital.LevelWarn, "a message could not be decrypted; its sender is asked to send it again")
		}
	case *events.Receipt:
		c.inbox.pass(session.Receipt{
			Type: receiptName(evt.Type), IDs: namedAll(evt.MessageIDs), Count: len(evt.MessageIDs),
			FromPhone: c.isOwnPhone(evt.Sender), At: timeOr(evt.Timestamp, now),
		})
	case *events.AppState:
		if !c.companionPatches.Load() {
			c.inbox.pass(session.PhoneSeen{At: timeOr(stateChangedAt(evt), now)})
		}
	case *events.AppStateSyncComplete:
		if evt.Name == appstate.WAPatchCriticalUnblockLow {
			c.addressBookRead()
		}
	case *events.PushNameSetting:
		if name := plain(evt.Action.GetName()); name != "" {
			c.device.learn(func(id *vital.Identity) { id.PushName = name })
		}
	case *events.NotifyAccountReachoutTimelock:
		restriction := restrictionOf(evt)
		c.inbox.put(func() { c.tell(session.Restricted{Restriction: restriction}) })
	}
}

// pairSucceeded copies the identity in the goroutine that has just written it.
func (c *connection) pairSucceeded(evt *events.PairSuccess) {
	identity := c.device.learn(func(id *vital.Identity) {
		id.JID, id.Phone = evt.ID.String(), "+"+evt.ID.User
		id.LID, id.Platform = textOfJID(evt.LID), plain(evt.Platform)
		if evt.BusinessName != "" {
			id.PushName = plain(evt.BusinessName)
		}
	})
	c.inbox.put(func() { c.paired(identity) })
}

// messageSignal counts a message, and names it if it has media. What the own phone sends to its linked devices to keep them going is evidence of it, not a message.
func (c *connection) messageSignal(evt *events.Message, media vital.Media, now time.Time) session.Signal {
	at := timeOr(evt.Info.Timestamp, now)
	fromPhone := c.isOwnPhone(evt.Info.Sender)
	if p := evt.Message.GetProtocolMessage(); p != nil && fromPhone {
		switch p.GetType() {
		case waE2E.ProtocolMessage_REVOKE, waE2E.ProtocolMessage_MESSAGE_EDIT, waE2E.ProtocolMessage_EPHEMERAL_SETTING:
		default:
			return session.PhoneSeen{At: at}
		}
	}
	return session.Messages{Count: 1, ID: media.MessageID, Media: media.Kind, Outgoing: evt.Info.IsFromMe, FromPhone: fromPhone, At: at}
}

// stateChangedAt is when the account's state was changed, by the clock of whoever did; now may be days later, when wapulse was down.
func stateChangedAt(evt *events.AppState) time.Time {
	if ms := evt.GetTimestamp(); ms > 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}

// patchesOfCompanions says whether an answer has changes of the account's state that another linked device has made: they are no evidence of the phone.
func patchesOfCompanions(answer *waBinary.Node) bool {
	sync, ok := answer.GetOptionalChildByTag("sync")
	if !ok {
		return false
	}
	for _, collection := range sync.GetChildrenByTag("collection") {
		patches := collection.GetChildByTag("patches")
		for _, node := range patches.GetChildrenByTag("patch") {
			raw, _ := node.Content.([]byte)
			var patch waServerSync.SyncdPatch
			if proto.Unmarshal(raw, &patch) == nil && patch.GetDeviceIndex() != 0 {
				return true
			}
		}
	}
	return false
}

func restrictionOf(evt *events.NotifyAccountReachoutTimelock) vital.Restriction {
	if !evt.IsActive {
		return vital.Restriction{}
	}
	return vital.Restriction{Active: true, Kind: plain(evt.EnforcementType), Until: evt.TimeEnforcementEnds.Time}
}

// isOwnPhone says whether a JID is this account's primary device.
func (c *connection) isOwnPhone(jid types.JID) bool {
	if jid.Device != 0 || jid.User == "" {
		return false
	}
	own := c.device.known()
	return sameUser(own.JID, jid) || sameUser(own.LID, jid)
}

// sameUser says whether text is a JID of the same user on the same server, on whatever device.
func sameUser(text string, jid types.JID) bool {
	user, server, ok := strings.Cut(text, "@")
	if !ok || server != jid.Server {
		return false
	}
	user, _, _ = strings.Cut(user, ":")
	user, _, _ = strings.Cut(user, ".")
	return user == jid.User
}

func (c *connection) note(kind vital.Kind, level vital.Level, text string, fields ...vital.Field) {
	c.inbox.pass(session.Noted{Kind: kind, Level: level, Text: text, Fields: fields})
}

func receiptName(t types.ReceiptType) string {
	if t == types.ReceiptTypeDelivered {
		return "delivered"
	}
	return plain(string(t))
}

// timeOr is when something happened by the server's clock, unless that is unset or in the future.
func timeOr(t, now time.Time) time.Time {
	if t.IsZero() || t.After(now) {
		return now
	}
	return t
}
