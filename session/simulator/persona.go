package simulator

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/session"
	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/libsignal/util/keyhelper"
	"go.mau.fi/libsignal/util/optional"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"
)

// maxPersonas bounds how many phones are remembered; beyond it the ones that own no account are forgotten and made anew when needed.
const maxPersonas = 10_000

// persona is a phone that exists only here: a contact's, or the primary one of an account. It has real Signal sessions with the clients that write to
// it. Guarded by Server.mu.
type persona struct {
	phone          string
	identity       *keys.KeyPair
	registrationID uint32
	signedPreKey   *keys.PreKey
	nextPreKey     uint32
	store          *signalStore
}

// personaOf returns the phone of a number, made if need be. The caller holds Server.mu.
func (s *Server) personaOf(digits string) *persona {
	if p, ok := s.personas[digits]; ok {
		return p
	}
	if len(s.personas) >= maxPersonas {
		for phone := range s.personas {
			if _, owned := s.accounts[phone]; !owned {
				delete(s.personas, phone)
				break
			}
		}
	}
	p := newPersona(digits, keys.NewKeyPair())
	s.personas[digits] = p
	return p
}

func newPersona(digits string, id *keys.KeyPair) *persona {
	p := &persona{phone: digits, identity: id, registrationID: keyhelper.GenerateRegistrationID(), nextPreKey: 1}
	p.signedPreKey = id.CreateSignedPreKey(1)
	p.store = newSignalStore(id, p.registrationID)
	p.store.signedPreKeys[1] = record.NewSignedPreKey(1, time.Now().UnixMilli(), signalPair(&p.signedPreKey.KeyPair), *p.signedPreKey.Signature, p.store.serializer.SignedPreKeyRecord)
	return p
}

func signalPair(k *keys.KeyPair) *ecc.ECKeyPair {
	return ecc.NewECKeyPair(ecc.NewDjbECPublicKey(*k.Pub), ecc.NewDjbECPrivateKey(*k.Priv))
}

// bundle publishes what is needed to write to the phone, with a one-time key that is used once.
func (p *persona) bundle() []waBinary.Node {
	oneTime := keys.NewPreKey(p.nextPreKey)
	p.nextPreKey = p.nextPreKey%0xffffff + 1
	p.store.preKeys[oneTime.KeyID] = record.NewPreKey(oneTime.KeyID, signalPair(&oneTime.KeyPair), p.store.serializer.PreKeyRecord)
	return []waBinary.Node{
		{Tag: "registration", Content: binary.BigEndian.AppendUint32(nil, p.registrationID)},
		{Tag: "type", Content: []byte{ecc.DjbType}},
		{Tag: "identity", Content: p.identity.Pub[:]},
		preKey{ID: 1, Public: *p.signedPreKey.Pub, Signature: p.signedPreKey.Signature[:]}.node(),
		preKey{ID: oneTime.KeyID, Public: *oneTime.Pub}.node(),
	}
}

// encrypt makes the enc node of a message for a linked device, and begins a Signal session with it if there is none.
func (p *persona) encrypt(ctx context.Context, d *device, msg *waE2E.Message) (waBinary.Node, error) {
	var none waBinary.Node
	plain, err := proto.Marshal(msg)
	if err != nil {
		return none, err
	}
	addr := d.lid().SignalAddress()
	builder := session.NewBuilderFromSignal(p.store, addr, p.store.serializer)
	known, err := p.store.ContainsSession(ctx, addr)
	if err != nil {
		return none, err
	}
	if !known {
		if err := builder.ProcessBundle(ctx, d.takeBundle()); err != nil {
			return none, fmt.Errorf("begin a session with %s: %w", d.pn(), err)
		}
	}
	sealed, err := session.NewCipher(builder, addr).Encrypt(ctx, pad(plain))
	if err != nil {
		return none, fmt.Errorf("encrypt for %s: %w", d.pn(), err)
	}
	kind := "msg"
	if sealed.Type() == protocol.PREKEY_TYPE {
		kind = "pkmsg"
	}
	return waBinary.Node{Tag: "enc", Attrs: waBinary.Attrs{"v": "2", "type": kind}, Content: sealed.Serialize()}, nil
}

// takeBundle is the device's published bundle in Signal's terms, with a one-time key while there are any.
func (d *device) takeBundle() *prekey.Bundle {
	var oneTimeID *optional.Uint32 = optional.NewEmptyUint32()
	var oneTime ecc.ECPublicKeyable
	if key, ok := d.takePreKey(); ok {
		oneTimeID, oneTime = optional.NewOptionalUint32(key.ID), ecc.NewDjbECPublicKey(key.Public)
	}
	var signature [64]byte
	copy(signature[:], d.signedPreKey.Signature)
	return prekey.NewBundle(d.registrationID, uint32(d.id), oneTimeID, d.signedPreKey.ID, oneTime,
		ecc.NewDjbECPublicKey(d.signedPreKey.Public), signature, identity.NewKey(ecc.NewDjbECPublicKey(d.identityKey)))
}

// decrypt opens an enc node that a linked device has sent to the phone.
func (p *persona) decrypt(ctx context.Context, from types.JID, enc waBinary.Node) (*waE2E.Message, error) {
	sealed, _ := enc.Content.([]byte)
	addr := from.SignalAddress()
	builder := session.NewBuilderFromSignal(p.store, addr, p.store.serializer)
	cipher := session.NewCipher(builder, addr)
	var plain []byte
	switch enc.Attrs["type"] {
	case "pkmsg":
		msg, err := protocol.NewPreKeySignalMessageFromBytes(sealed, p.store.serializer.PreKeySignalMessage, p.store.serializer.SignalMessage)
		if err != nil {
			return nil, fmt.Errorf("read a first message: %w", err)
		}
		if plain, err = cipher.DecryptMessage(ctx, msg); err != nil {
			return nil, fmt.Errorf("decrypt a first message: %w", err)
		}
	case "msg":
		msg, err := protocol.NewSignalMessageFromBytes(sealed, p.store.serializer.SignalMessage)
		if err != nil {
			return nil, fmt.Errorf("read a message: %w", err)
		}
		if plain, err = cipher.Decrypt(ctx, msg); err != nil {
			return nil, fmt.Errorf("decrypt a message: %w", err)
		}
	default:
		return nil, fmt.Errorf("%w: enc of type %v", errBadFrame, enc.Attrs["type"])
	}
	plain, err := unpad(plain)
	if err != nil {
		return nil, err
	}
	var message waE2E.Message
	if err := proto.Unmarshal(plain, &message); err != nil {
		return nil, fmt.Errorf("read the decrypted message: %w", err)
	}
	return &message, nil
}

// pad appends one to fifteen bytes of their own number, as WhatsApp does it.
func pad(plain []byte) []byte {
	n := byte(time.Now().UnixNano()&0xf) | 1
	for range n {
		plain = append(plain, n)
	}
	return plain
}

func unpad(plain []byte) ([]byte, error) {
	if len(plain) == 0 || int(plain[len(plain)-1]) > len(plain) {
		return nil, fmt.Errorf("%w: padding", errBadFrame)
	}
	return plain[:len(plain)-int(plain[len(plain)-1])], nil
}
