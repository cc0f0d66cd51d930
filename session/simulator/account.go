package simulator

import (
	"slices"
	"strings"
	"time"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"

	waBinary "go.mau.fi/whatsmeow/binary"
)

const maxLinkedDevices = 4

// account is a phone number with a phone that exists only here, and the devices linked to it. Guarded by Server.mu.
type account struct {
	phone    string // digits
	pushName string
	identity *keys.KeyPair // of the primary phone: it signs linked devices
	devices  map[uint16]*device
	nextID   uint16
	state    *appState
}

// device is one linked device. Guarded by Server.mu.
type device struct {
	account        *account
	id             uint16
	noiseKey       [32]byte
	identityKey    [32]byte
	registrationID uint32
	signedPreKey   preKey
	preKeys        []preKey
	platform       string
	linked         time.Time

	hasKeys bool // it has acknowledged the key of the account's state since the server started; until then it gets it at each login

	conn   *conn           // while online
	active bool            // has said that it wants to receive
	queue  []waBinary.Node // messages for when it is
}

// preKey is the public half of a key that a device has published.
type preKey struct {
	ID        uint32
	Public    [32]byte
	Signature []byte // of signed ones
}

func (a *account) pn(device uint16) types.JID {
	return types.JID{User: a.phone, Device: device, Server: types.DefaultUserServer}
}

func (d *device) pn() types.JID { return d.account.pn(d.id) }

func (d *device) lid() types.JID {
	return types.JID{User: lidUser(d.account.phone), Device: d.id, Server: types.HiddenUserServer}
}

func (a *account) deviceIDs() []uint16 {
	ids := make([]uint16, 0, len(a.devices))
	for id := range a.devices {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

const lidPrefix = "77"

// lidUser gives every number its hidden identity: each digit turned round. It can be undone, so that a million checked numbers need no memory.
func lidUser(digits string) string {
	return lidPrefix + turnDigits(digits)
}

// phoneOfLID is the inverse of lidUser; "" if user is no hidden identity of ours.
func phoneOfLID(user string) string {
	turned, ok := strings.CutPrefix(user, lidPrefix)
	if !ok || !allDigits(turned) {
		return ""
	}
	return turnDigits(turned)
}

func turnDigits(digits string) string {
	turned := []byte(digits)
	for i, d := range turned {
		turned[i] = '0' + ('9' - d)
	}
	return string(turned)
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// phoneOf returns the digits behind a JID of either kind, "" if it is neither.
func phoneOf(jid types.JID) string {
	switch jid.Server {
	case types.DefaultUserServer, types.LegacyUserServer, types.HostedServer:
		if allDigits(jid.User) {
			return jid.User
		}
	case types.HiddenUserServer, types.HostedLIDServer:
		return phoneOfLID(jid.User)
	}
	return ""
}

// normalizePhone takes a number as people write it and returns its digits.
func normalizePhone(phone string) (string, error) {
	digits := strings.NewReplacer("+", "", " ", "", "-", "", "(", "", ")", "").Replace(phone)
	if !allDigits(digits) || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
		return "", ErrBadPhone
	}
	return digits, nil
}
