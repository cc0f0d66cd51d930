package whatsapp

import (
	"testing"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waServerSync"
	"go.mau.fi/whatsmeow/proto/waSyncAction"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

// TestEvidenceOfThePhone: each way in which the primary device shows that it lives, as the simulator's phone does it.
func TestEvidenceOfThePhone(t *testing.T) {
	o := newOnline(t, newWorld(t))
	w, identity, e := o.world, o.identity, o.ear
	defer o.close()
	await[session.PhoneSeen](t, e) // the key share
	o.contactsUntil("~Alice", "Carlos Ruiz", "Léa Martin", "Maya Chen", "Tan Wei Ling")
	began := time.Now().Truncate(time.Millisecond)
	if err := w.server.AddContacts(identity.JID, []simulator.Contact{{Phone: "+4915100000002", Name: "Bob"}}); err != nil {
		t.Fatal(err)
	}
	await(t, e, func(p session.PhoneSeen) bool { return !p.At.Before(began) }) // a change of the account's state
	if _, err := w.server.Say(identity.JID, alice, "a note to myself"); err != nil {
		t.Fatal(err)
	}
	await(t, e, func(m session.Messages) bool { return m.FromPhone && m.Outgoing })
	if err := w.server.Read(identity.JID, "+4915100000002", "3EB0AA"); err != nil {
		t.Fatal(err)
	}
	await(t, e, func(r session.Receipt) bool { return r.FromPhone && r.Type == "read-self" && r.IDs[0] == "3EB0AA" })
}

// TestNoEvidenceOfThePhone: pings, other people and their receipts say nothing about it.
func TestNoEvidenceOfThePhone(t *testing.T) {
	w := newWorld(t)
	dev, identity := w.pair(alice)
	e, c := w.up(dev)
	await[session.PhoneSeen](t, e) // the key share of the first login
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for end := patient(t); w.server.Stats().Receipts == 0; { // until it is acknowledged the phone shares it at each login
		select {
		case <-look.C:
		case <-end.Done():
			t.Fatal("the key share is not acknowledged")
		}
	}
	shutDown(t, e, c)
	e, c = w.up(dev)
	if _, err := c.Ping(patient(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.server.Say(identity.JID, "+4915100000002", "hello"); err != nil {
		t.Fatal(err)
	}
	await(t, e, func(m session.Messages) bool { return m.Count == 1 && !m.FromPhone })
	if _, err := c.Send(patient(t), vital.Outgoing{ID: "3EB0BB", To: "+4915100000002", Text: "hello"}); err != nil {
		t.Fatal(err)
	}
	await(t, e, func(r session.Receipt) bool { return r.Type == "read" && !r.FromPhone })
	shutDown(t, e, c)
	for _, s := range e.all() {
		if _, seen := s.(session.PhoneSeen); seen {
			t.Errorf("taken for evidence: %s", describe(e.all()))
		}
	}
}

// TestWhatThePhoneSendsToItsDevices: key shares, history and the like are evidence of it, and no messages; from anybody else they are none.
func TestWhatThePhoneSendsToItsDevices(t *testing.T) {
	c, _ := still(t)
	c.device.learn(func(id *vital.Identity) { id.JID, id.LID = "6281260268381:7@s.whatsapp.net", "99:7@lid" })
	now := time.Now()
	sent := now.Add(-13 * 24 * time.Hour).Truncate(time.Second) // wapulse was down meanwhile
	for _, kind := range []waE2E.ProtocolMessage_Type{
		waE2E.ProtocolMessage_APP_STATE_SYNC_KEY_SHARE, waE2E.ProtocolMessage_HISTORY_SYNC_NOTIFICATION, waE2E.ProtocolMessage_INITIAL_SECURITY_NOTIFICATION_SETTING_SYNC,
		waE2E.ProtocolMessage_APP_STATE_FATAL_EXCEPTION_NOTIFICATION, waE2E.ProtocolMessage_PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
	} {
		for _, from := range []struct {
			jid   types.JID
			phone bool
		}{
			{types.NewJID("6281260268381", types.DefaultUserServer), true},
			{types.NewJID("99", types.HiddenUserServer), true},
			{types.JID{User: "6281260268381", Device: 3, Server: types.DefaultUserServer}, false},
			{types.NewJID("4915100000002", types.DefaultUserServer), false},
		} {
			evt := &events.Message{Message: &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: kind.Enum()}}}
			evt.Info.Sender, evt.Info.Timestamp = from.jid, sent
			seen, isSeen := c.messageSignal(evt, vital.Media{}, now).(session.PhoneSeen)
			if isSeen != from.phone || isSeen && !seen.At.Equal(sent) {
				t.Errorf("%s from %s: %v %v", kind, from.jid, isSeen, seen.At)
			}
		}
	}
}

// TestChangesOfTheAccountsState: what the phone changed counts as of when it did; what another linked device changed does not.
func TestChangesOfTheAccountsState(t *testing.T) {
	answer := func(indexes ...*uint32) *waBinary.Node {
		var patches []waBinary.Node
		for _, index := range indexes {
			raw, err := proto.Marshal(&waServerSync.SyncdPatch{DeviceIndex: index})
			if err != nil {
				t.Fatal(err)
			}
			patches = append(patches, waBinary.Node{Tag: "patch", Content: raw})
		}
		return &waBinary.Node{Tag: "iq", Content: []waBinary.Node{{Tag: "sync", Content: []waBinary.Node{{
			Tag: "collection", Content: []waBinary.Node{{Tag: "patches", Content: patches}},
		}}}}}
	}
	changed := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	for _, k := range []struct {
		name   string
		answer *waBinary.Node
		seen   bool
	}{
		{"the phone", answer(proto.Uint32(0)), true},
		{"not said", answer(nil), true},
		{"another device", answer(proto.Uint32(3)), false},
		{"both", answer(proto.Uint32(0), proto.Uint32(3)), false},
		{"nothing", &waBinary.Node{Tag: "iq", Content: []waBinary.Node{{Tag: "sync"}}}, true},
	} {
		c, e := still(t)
		c.tapped(k.answer, true)
		c.handle(&events.AppState{Index: []string{"mute"}, SyncActionValue: &waSyncAction.SyncActionValue{Timestamp: proto.Int64(changed.UnixMilli())}})
		c.drain()
		seen := time.Time{}
		for _, s := range e.all() {
			if s, ok := s.(session.PhoneSeen); ok {
				seen = s.At
			}
		}
		if seen.IsZero() == k.seen || k.seen && !seen.Equal(changed) {
			t.Errorf("%s: %v", k.name, seen)
		}
	}
}
