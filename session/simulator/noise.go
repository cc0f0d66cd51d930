package simulator

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/proto"
)

const noisePattern = "Noise_XX_25519_AESGCM_SHA256\x00\x00\x00\x00"

// noiseState is the symmetric state of the handshake, the responder's side. WhatsApp leaves out the empty payload of the first
// message that the Noise specification would mix in, so a general Noise library does not fit.
type noiseState struct {
	hash, salt []byte
	aead       cipher.AEAD
	counter    uint32
}

func newNoiseState(header []byte) (*noiseState, error) {
	n := &noiseState{hash: []byte(noisePattern), salt: []byte(noisePattern)}
	var err error
	if n.aead, err = newGCM(n.hash); err != nil {
		return nil, err
	}
	n.authenticate(header)
	return n, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func nonce(counter uint32) []byte {
	iv := make([]byte, 12)
	binary.BigEndian.PutUint32(iv[8:], counter)
	return iv
}

func (n *noiseState) authenticate(data []byte) {
	sum := sha256.New()
	sum.Write(n.hash)
	sum.Write(data)
	n.hash = sum.Sum(nil)
}

func (n *noiseState) encrypt(plain []byte) []byte {
	sealed := n.aead.Seal(nil, nonce(n.counter), plain, n.hash)
	n.counter++
	n.authenticate(sealed)
	return sealed
}

func (n *noiseState) decrypt(sealed []byte) ([]byte, error) {
	plain, err := n.aead.Open(nil, nonce(n.counter), sealed, n.hash)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBadHandshake, err)
	}
	n.counter++
	n.authenticate(sealed)
	return plain, nil
}

func (n *noiseState) mix(private, public []byte) error {
	secret, err := curve25519.X25519(private, public)
	if err != nil {
		return fmt.Errorf("%w: %w", errBadHandshake, err)
	}
	salt, key, err := n.expand(secret)
	if err != nil {
		return err
	}
	n.salt, n.counter = salt, 0
	n.aead, err = newGCM(key)
	return err
}

func (n *noiseState) expand(secret []byte) (first, second []byte, err error) {
	out, err := hkdf.Key(sha256.New, secret, n.salt, "", 64)
	if err != nil {
		return nil, nil, err
	}
	return out[:32], out[32:], nil
}

// transport is an established channel: the two ciphers and their counters. Reading and writing may go on side by side; each by one goroutine at a time.
type transport struct {
	read, write               cipher.AEAD
	readCounter, writeCounter uint32
}

func (n *noiseState) finish() (*transport, error) {
	fromClient, toClient, err := n.expand(nil)
	if err != nil {
		return nil, err
	}
	t := &transport{}
	if t.read, err = newGCM(fromClient); err != nil {
		return nil, err
	}
	t.write, err = newGCM(toClient)
	return t, err
}

func (t *transport) seal(plain []byte) []byte {
	sealed := t.write.Seal(nil, nonce(t.writeCounter), plain, nil)
	t.writeCounter++
	return sealed
}

func (t *transport) open(sealed []byte) ([]byte, error) {
	plain, err := t.read.Open(nil, nonce(t.readCounter), sealed, nil)
	t.readCounter++
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBadFrame, err)
	}
	return plain, nil
}

// hello answers the client's first handshake message. Static is the server's key that the certificate chain vouches for.
func (n *noiseState) hello(frame []byte, static *keys.KeyPair, chain []byte) (answer []byte, ephemeral *keys.KeyPair, err error) {
	var msg waWa6.HandshakeMessage
	if err := proto.Unmarshal(frame, &msg); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errBadHandshake, err)
	}
	clientEphemeral := msg.GetClientHello().GetEphemeral()
	if len(clientEphemeral) != 32 {
		return nil, nil, fmt.Errorf("%w: no ephemeral key", errBadHandshake)
	}
	ephemeral = keys.NewKeyPair()
	n.authenticate(clientEphemeral)
	n.authenticate(ephemeral.Pub[:])
	if err := n.mix(ephemeral.Priv[:], clientEphemeral); err != nil {
		return nil, nil, err
	}
	sealedStatic := n.encrypt(static.Pub[:])
	if err := n.mix(static.Priv[:], clientEphemeral); err != nil {
		return nil, nil, err
	}
	answer, err = proto.Marshal(&waWa6.HandshakeMessage{ServerHello: &waWa6.HandshakeMessage_ServerHello{
		Ephemeral: ephemeral.Pub[:], Static: sealedStatic, Payload: n.encrypt(chain),
	}})
	return answer, ephemeral, err
}

// clientFinish reads the client's second message: its static key and what it wants.
func (n *noiseState) clientFinish(frame []byte, ephemeral *keys.KeyPair) (static [32]byte, payload *waWa6.ClientPayload, err error) {
	var msg waWa6.HandshakeMessage
	if err := proto.Unmarshal(frame, &msg); err != nil {
		return static, nil, fmt.Errorf("%w: %w", errBadHandshake, err)
	}
	plainStatic, err := n.decrypt(msg.GetClientFinish().GetStatic())
	if err != nil {
		return static, nil, err
	}
	if len(plainStatic) != 32 {
		return static, nil, fmt.Errorf("%w: static key of %d bytes", errBadHandshake, len(plainStatic))
	}
	static = [32]byte(plainStatic)
	if err := n.mix(ephemeral.Priv[:], static[:]); err != nil {
		return static, nil, err
	}
	plain, err := n.decrypt(msg.GetClientFinish().GetPayload())
	if err != nil {
		return static, nil, err
	}
	payload = &waWa6.ClientPayload{}
	if err := proto.Unmarshal(plain, payload); err != nil {
		return static, nil, fmt.Errorf("%w: %w", errBadHandshake, err)
	}
	return static, payload, nil
}
