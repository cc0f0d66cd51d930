package simulator

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
)

// codeExchange is a linking by phone code. The client shows eight characters; whoever types them on the phone proves to
// know them by wrapping the phone's ephemeral key with them. Guarded by Server.mu.
type codeExchange struct {
	phone    string
	ref      []byte
	wrapped  []byte // the client's ephemeral key under the code
	bundle   chan []byte
	answered bool
}

const codeIterations = 2 << 16 // of PBKDF2, as clients do it

// handleLinkCode serves both stages of the exchange that the client begins.
func (c *conn) handleLinkCode(node *waBinary.Node) {
	id, _ := node.Attrs["id"].(string)
	reg := node.GetChildByTag("link_code_companion_reg")
	s := c.server
	switch stage, _ := reg.Attrs["stage"].(string); stage {
	case "companion_hello":
		jid, _ := reg.Attrs["jid"].(types.JID)
		wrapped, _ := reg.GetChildByTag("link_code_pairing_wrapped_companion_ephemeral_pub").Content.([]byte)
		ref := make([]byte, 32)
		_, _ = rand.Read(ref)
		s.mu.Lock()
		valid := c.pairing != nil && phoneOf(jid) != "" && len(wrapped) == 80
		if valid {
			c.pairing.code = &codeExchange{phone: phoneOf(jid), ref: ref, wrapped: wrapped, bundle: make(chan []byte, 1)}
			s.codes[phoneOf(jid)] = c
		}
		s.mu.Unlock()
		if !valid {
			c.answer(errorIQ(id, 400, "bad-request", 0))
			return
		}
		c.answer(serverIQ(id, "result", waBinary.Node{Tag: "link_code_companion_reg", Attrs: waBinary.Attrs{"stage": "companion_hello"},
			Content: []waBinary.Node{{Tag: "link_code_pairing_ref", Content: ref}}}))
	case "companion_finish":
		bundle, _ := reg.GetChildByTag("link_code_pairing_wrapped_key_bundle").Content.([]byte)
		s.mu.Lock()
		var exchange *codeExchange
		if c.pairing != nil && c.pairing.code != nil && !c.pairing.code.answered {
			exchange = c.pairing.code
			exchange.answered = true
		}
		s.mu.Unlock()
		if exchange == nil || len(bundle) < 44 {
			c.answer(errorIQ(id, 400, "bad-request", 0))
			return
		}
		c.answer(serverIQ(id, "result"))
		exchange.bundle <- bundle
	default: // the client may ask about its country code and other things that it can do without
		c.answer(errorIQ(id, 400, "bad-request", 0))
	}
}

// Code links the client that waits for a code with that phone, as the phone's owner does by typing it. Spaces, dashes and case do not matter.
func (s *Server) Code(phone, code, pushName string) error {
	digits, err := normalizePhone(phone)
	if err != nil {
		return err
	}
	code = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	s.mu.Lock()
	c := s.codes[digits]
	var exchange *codeExchange
	var identity *keys.KeyPair
	if c != nil && c.pairing != nil {
		var a *account
		if a, err = s.accountOf(digits, pushName); err == nil {
			exchange, identity = c.pairing.code, a.identity
		}
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if exchange == nil {
		return ErrNoPhoneCode
	}
	ephemeral := keys.NewKeyPair()
	clientKey, err := cryptWithCode(code, exchange.wrapped)
	if err != nil {
		return err
	}
	if err := c.sendPrimaryHello(code, exchange, identity, ephemeral); err != nil {
		return err
	}
	timer := time.NewTimer(pairAnswerTime)
	defer timer.Stop()
	select {
	case bundle := <-exchange.bundle:
		adv, err := openKeyBundle(bundle, clientKey[48:], ephemeral, identity, c.pairing.identity)
		if err != nil {
			return err
		}
		return s.link(c, digits, pushName, adv)
	case <-c.ctx.Done():
	case <-timer.C:
	}
	return ErrPairingRefused
}

func (c *conn) sendPrimaryHello(code string, exchange *codeExchange, identity, ephemeral *keys.KeyPair) error {
	wrapped := make([]byte, 80)
	_, _ = rand.Read(wrapped[:48])
	copy(wrapped[48:], ephemeral.Pub[:])
	wrapped, err := cryptWithCode(code, wrapped)
	if err != nil {
		return err
	}
	return c.send(waBinary.Node{
		Tag:   "notification",
		Attrs: waBinary.Attrs{"from": types.ServerJID, "type": "link_code_companion_reg", "id": c.server.nextID("code-"), "t": time.Now().Unix()},
		Content: []waBinary.Node{{
			Tag: "link_code_companion_reg", Attrs: waBinary.Attrs{"stage": "primary_hello"},
			Content: []waBinary.Node{
				{Tag: "link_code_pairing_wrapped_primary_ephemeral_pub", Content: wrapped},
				{Tag: "primary_identity_pub", Content: identity.Pub[:]},
				{Tag: "link_code_pairing_ref", Content: exchange.ref},
			},
		}},
	})
}

// cryptWithCode en- or decrypts the last 32 bytes of salt, IV and key under the code; both are the same in counter mode.
func cryptWithCode(code string, wrapped []byte) ([]byte, error) {
	key, err := pbkdf2.Key(sha256.New, code, wrapped[:32], codeIterations, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(wrapped)
	cipher.NewCTR(block, wrapped[32:48]).XORKeyStream(out[48:], wrapped[48:])
	return out, nil
}

// openKeyBundle decrypts what the client sent at the end, checks that it is the same client, and derives the secret that will authenticate
// pair-success. A wrong code has led to a wrong shared secret, so the bundle does not open.
func openKeyBundle(bundle, clientEphemeral []byte, ephemeral, identity *keys.KeyPair, clientIdentity [32]byte) ([]byte, error) {
	shared, err := curve25519.X25519(ephemeral.Priv[:], clientEphemeral)
	if err != nil {
		return nil, ErrPairingRefused
	}
	key, err := hkdf.Key(sha256.New, shared, bundle[:32], "link_code_pairing_key_bundle_encryption_key", 32)
	if err != nil {
		return nil, err
	}
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, bundle[32:44], bundle[44:], nil)
	if err != nil || len(plain) != 96 || [32]byte(plain[:32]) != clientIdentity || [32]byte(plain[32:64]) != *identity.Pub {
		return nil, ErrCodeMismatch
	}
	identityShared, err := curve25519.X25519(identity.Priv[:], clientIdentity[:])
	if err != nil {
		return nil, ErrPairingRefused
	}
	return hkdf.Key(sha256.New, slices.Concat(shared, identityShared, plain[64:]), nil, "adv_secret", 32)
}
