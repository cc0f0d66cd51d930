package simulator

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.mau.fi/whatsmeow/appstate"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waSyncAction"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// Contact is an entry in a phone's address book.
type Contact struct {
	Phone string `json:"phone"`
	Name  string `json:"name"`
}

// firstContacts are in the address book of every new phone: the people who write in the demo.
func firstContacts() []Contact {
	return []Contact{
		{"+14155550132", "Maya Chen"}, {"+33612345678", "Léa Martin"}, {"+34612345678", "Carlos Ruiz"}, {"+6591234567", "Tan Wei Ling"},
	}
}

// AddContacts puts people into the address book of a session's phone, or gives those that are there a new name. All its devices hear of it.
func (s *Server) AddContacts(session string, contacts []Contact) error {
	devices, err := s.devicesOf(session)
	if err != nil {
		return err
	}
	if len(devices) == 0 {
		return ErrNoSuchSession
	}
	a := devices[0].account
	s.mu.Lock()
	err = a.state.addContacts(contacts)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if err := s.saveState(); err != nil {
		return err
	}
	s.announceState(a, appstate.WAPatchCriticalUnblockLow, nil)
	return nil
}

// addContacts is one change of the address book. The caller holds Server.mu.
func (st *appState) addContacts(contacts []Contact) error {
	names := make(map[string]string, len(contacts))
	for _, c := range contacts {
		digits, err := normalizePhone(c.Phone)
		if err != nil {
			return fmt.Errorf("contact %s: %w", c.Phone, err)
		}
		if c.Name == "" || len(c.Name) > 200 {
			return fmt.Errorf("contact %s: %w", c.Phone, ErrBadContact)
		}
		names[digits] = c.Name
	}
	var mutations []appstate.MutationInfo
	for _, digits := range slices.Sorted(maps.Keys(names)) {
		first, _, _ := strings.Cut(names[digits], " ")
		mutations = append(mutations, appstate.MutationInfo{
			Index: []string{appstate.IndexContact, types.NewJID(digits, types.DefaultUserServer).String()}, Version: 2,
			Value: &waSyncAction.SyncActionValue{ContactAction: &waSyncAction.ContactAction{
				FullName: proto.String(names[digits]), FirstName: &first,
				LidJID: proto.String(types.NewJID(lidUser(digits), types.HiddenUserServer).String()),
			}},
		})
	}
	if len(mutations) == 0 {
		return nil
	}
	return st.change(appstate.WAPatchCriticalUnblockLow, mutations)
}

// setPushName keeps the name that the account's owner shows to others. The caller holds Server.mu.
func (st *appState) setPushName(name string) error {
	if name == "" {
		return nil
	}
	return st.change(appstate.WAPatchCriticalBlock, appstate.BuildSettingPushName(name).Mutations)
}

// keysMessage begins the IDs of the messages with which a phone shares its keys.
const keysMessage = "3EB0KEYS"

// shareKeys makes the message with which the phone gives a linked device the key to the account's state. The caller holds Server.mu.
func (s *Server) shareKeys(d *device) (waBinary.Node, error) {
	a := d.account
	s.seq++
	msg := &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
		Type: waE2E.ProtocolMessage_APP_STATE_SYNC_KEY_SHARE.Enum(),
		AppStateSyncKeyShare: &waE2E.AppStateSyncKeyShare{Keys: []*waE2E.AppStateSyncKey{{
			KeyID: &waE2E.AppStateSyncKeyId{KeyID: a.state.keyID},
			KeyData: &waE2E.AppStateSyncKeyData{
				KeyData:     a.state.key,
				Fingerprint: &waE2E.AppStateSyncKeyFingerprint{RawID: proto.Uint32(a.state.fingerprint()), CurrentIndex: proto.Uint32(0), DeviceIndexes: []uint32{0}},
				Timestamp:   proto.Int64(time.Now().UnixMilli()),
			},
		}}},
	}}
	enc, err := s.personaOf(a.phone).encrypt(context.Background(), d, msg)
	if err != nil {
		return waBinary.Node{}, fmt.Errorf("share the key of the app state: %w", err)
	}
	return waBinary.Node{
		Tag: "message",
		Attrs: waBinary.Attrs{
			"from": a.pn(0), "id": fmt.Sprintf("%s%d", keysMessage, s.seq), "type": "text", "category": "peer", "t": time.Now().Unix(), "notify": a.pushName,
		},
		Content: []waBinary.Node{enc},
	}, nil
}
