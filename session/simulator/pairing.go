package simulator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mau.fi/libsignal/ecc"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"google.golang.org/protobuf/proto"
)

// How long the codes of one offer live: the first longer, as WhatsApp does it.
const (
	codesAnOffer   = 6
	firstCodeLife  = 60 * time.Second
	furtherLife    = 20 * time.Second
	scanGrace      = 5 * time.Second // a phone may need so long after the scan
	pairAnswerTime = 20 * time.Second
)

// registration is a client that waits to be linked. Guarded by Server.mu.
type registration struct {
	began    time.Time
	refs     []string
	identity [32]byte
	regData  *waWa6.ClientPayload_DevicePairingRegistrationData

	wanted *linking      // under way: the client's answer is awaited
	code   *codeExchange // a phone code was asked for
}

// linking is a pairing whose pair-success was sent.
type linking struct {
	id         string // of the IQ
	device     *device
	details    []byte
	accountKey [32]byte
	done       chan error // gets one value
}

// offerPairing sends the QR refs and closes when their time is over.
func (c *conn) offerPairing() {
	data := c.payload.GetDevicePairingData()
	if len(data.GetEIdent()) != 32 {
		c.close()
		return
	}
	reg := &registration{began: time.Now(), identity: [32]byte(data.GetEIdent()), regData: data}
	refs := make([]waBinary.Node, codesAnOffer)
	for i := range refs {
		raw := make([]byte, 60)
		_, _ = rand.Read(raw)
		ref := "2@" + base64.StdEncoding.EncodeToString(raw)
		reg.refs = append(reg.refs, ref)
		refs[i] = waBinary.Node{Tag: "ref", Content: []byte(ref)}
	}
	s := c.server
	s.mu.Lock()
	c.pairing = reg
	for _, ref := range reg.refs {
		s.refs[ref] = c
	}
	s.mu.Unlock()

	offer := serverIQ(s.nextID("pair-"), "set", waBinary.Node{Tag: "pair-device", Content: refs})
	offer.Attrs["xmlns"] = "md"
	c.answer(offer)
	c.goLater(func() {
		timer := time.NewTimer(firstCodeLife + (codesAnOffer-1)*furtherLife)
		defer timer.Stop()
		select {
		case <-timer.C:
			c.close()
		case <-c.ctx.Done():
		}
	})
}

// Scan links the client that shows qr to a phone, as the phone's owner does with its camera. It returns when the client has confirmed.
func (s *Server) Scan(qr, phone, pushName string) error {
	digits, err := normalizePhone(phone)
	if err != nil {
		return err
	}
	ref, noise, identity, adv, err := parseQR(qr)
	if err != nil {
		return err
	}
	s.mu.Lock()
	c, ok := s.refs[ref]
	s.mu.Unlock()
	if !ok {
		return ErrUnknownCode
	}
	if index := slices.Index(c.pairing.refs, ref); time.Since(c.pairing.began) > codeEnd(index)+scanGrace {
		return ErrUnknownCode
	}
	if c.static != noise || c.pairing.identity != identity {
		return ErrCodeMismatch
	}
	return s.link(c, digits, pushName, adv)
}

// codeEnd is when the code with that index stops being shown, counted from the offer.
func codeEnd(index int) time.Duration {
	return firstCodeLife + time.Duration(index)*furtherLife
}

// parseQR reads a payload: bare or behind WhatsApp's address, with or without the client's type at the end.
func parseQR(qr string) (ref string, noise, identity [32]byte, adv []byte, err error) {
	if _, fragment, found := strings.Cut(qr, "#"); found {
		qr = fragment
	}
	parts := strings.Split(strings.TrimSpace(qr), ",")
	if len(parts) < 4 {
		return "", noise, identity, nil, ErrNotAQRCode
	}
	var keys [3][]byte
	for i := range keys {
		keys[i], err = base64.StdEncoding.DecodeString(parts[i+1])
		if err != nil || len(keys[i]) != 32 {
			return "", noise, identity, nil, ErrNotAQRCode
		}
	}
	return parts[0], [32]byte(keys[0]), [32]byte(keys[1]), keys[2], nil
}

// link is the primary phone's part of a pairing: it signs the client's identity and waits for the client's own signature.
func (s *Server) link(c *conn, digits, pushName string, advSecret []byte) error {
	link, node, err := s.prepareLink(c, digits, pushName, advSecret)
	if err != nil {
		return err
	}
	c.answer(node)
	timer := time.NewTimer(pairAnswerTime)
	defer timer.Stop()
	select {
	case err = <-link.done:
	case <-c.ctx.Done():
		select {
		case err = <-link.done: // it confirmed before it went
		default:
			err = ErrPairingRefused
		}
	case <-timer.C:
		err = ErrPairingRefused
	}
	return err
}

func (s *Server) prepareLink(c *conn, digits, pushName string, advSecret []byte) (*linking, waBinary.Node, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var none waBinary.Node
	if s.closed {
		return nil, none, ErrClosed
	}
	if c.pairing == nil || c.pairing.wanted != nil {
		return nil, none, ErrUnknownCode
	}
	a, err := s.accountOf(digits, pushName)
	if err != nil {
		return nil, none, err
	}
	if len(a.devices) >= maxLinkedDevices {
		return nil, none, ErrTooManyDevices
	}
	a.nextID++
	d := newDevice(a, a.nextID, c)
	s.seq++
	link := &linking{id: fmt.Sprintf("pair-success-%d", s.seq), device: d, done: make(chan error, 1), accountKey: *a.identity.Pub}
	signed, details, err := s.signIdentity(a, uint32(s.seq), c.pairing.identity)
	if err != nil {
		return nil, none, err
	}
	link.details = details
	mac := hmac.New(sha256.New, advSecret)
	mac.Write(signed)
	container, err := proto.Marshal(&waAdv.ADVSignedDeviceIdentityHMAC{Details: signed, HMAC: mac.Sum(nil)})
	if err != nil {
		return nil, none, err
	}
	c.pairing.wanted = link
	node := serverIQ(link.id, "set", waBinary.Node{Tag: "pair-success", Content: []waBinary.Node{
		{Tag: "device-identity", Content: container},
		{Tag: "biz", Attrs: waBinary.Attrs{"name": ""}},
		{Tag: "platform", Attrs: waBinary.Attrs{"name": "android"}},
		{Tag: "device", Attrs: waBinary.Attrs{"jid": d.pn(), "lid": d.lid()}},
	}})
	node.Attrs["xmlns"] = "md"
	node.Attrs["t"] = time.Now().Unix()
	return link, node, nil
}

// signIdentity makes the account's signature of a linked device: the inner message, and its details alone.
func (s *Server) signIdentity(a *account, keyIndex uint32, identity [32]byte) (signed, details []byte, err error) {
	now := uint64(time.Now().Unix())
	details, err = proto.Marshal(&waAdv.ADVDeviceIdentity{
		RawID: proto.Uint32(keyIndex), Timestamp: &now, KeyIndex: &keyIndex,
		AccountType: waAdv.ADVEncryptionType_E2EE.Enum(), DeviceType: waAdv.ADVEncryptionType_E2EE.Enum(),
	})
	if err != nil {
		return nil, nil, err
	}
	message := slices.Concat([]byte{6, 0}, details, identity[:])
	signature := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*a.identity.Priv), message)
	signed, err = proto.Marshal(&waAdv.ADVSignedDeviceIdentity{
		Details: details, AccountSignatureKey: a.identity.Pub[:], AccountSignature: signature[:],
	})
	return signed, details, err
}

func newDevice(a *account, id uint16, c *conn) *device {
	data := c.pairing.regData
	d := &device{account: a, id: id, noiseKey: c.static, identityKey: c.pairing.identity, linked: time.Now()}
	if raw := data.GetERegid(); len(raw) == 4 {
		d.registrationID = binary.BigEndian.Uint32(raw)
	}
	d.signedPreKey = preKey{Signature: data.GetESkeySig()}
	if raw := data.GetESkeyID(); len(raw) == 3 {
		d.signedPreKey.ID = binary.BigEndian.Uint32(append([]byte{0}, raw...))
	}
	if raw := data.GetESkeyVal(); len(raw) == 32 {
		d.signedPreKey.Public = [32]byte(raw)
	}
	d.platform = c.payload.GetUserAgent().GetPlatform().String()
	return d
}

// takePairAnswer looks whether an IQ of the client is its answer to pair-success, and if so ends the pairing.
func (c *conn) takePairAnswer(node *waBinary.Node) bool {
	s := c.server
	s.mu.Lock()
	var link *linking
	if c.pairing != nil && c.pairing.wanted != nil && node.Attrs["id"] == c.pairing.wanted.id {
		link = c.pairing.wanted
	}
	s.mu.Unlock()
	if link == nil {
		return false
	}
	if err := c.confirmLink(link, node); err != nil {
		link.done <- err
		c.closeSoon()
		return true
	}
	s.mu.Lock()
	link.device.account.devices[link.device.id] = link.device
	s.stats.Pairings++
	s.mu.Unlock()
	if err := s.saveState(); err != nil {
		link.done <- err
		c.closeSoon()
		return true
	}
	link.done <- nil
	c.streamError(515, "")
	return true
}

// confirmLink checks the client's signature over what the account signed.
func (c *conn) confirmLink(link *linking, node *waBinary.Node) error {
	if node.Attrs["type"] != "result" {
		return ErrPairingRefused
	}
	raw, _ := node.GetChildByTag("pair-device-sign", "device-identity").Content.([]byte)
	var identity waAdv.ADVSignedDeviceIdentity
	if err := proto.Unmarshal(raw, &identity); err != nil || len(identity.GetDeviceSignature()) != 64 {
		return ErrPairingRefused
	}
	message := slices.Concat([]byte{6, 1}, link.details, c.pairing.identity[:], link.accountKey[:])
	if !ecc.VerifySignature(ecc.NewDjbECPublicKey(c.pairing.identity), message, [64]byte(identity.GetDeviceSignature())) {
		return ErrPairingRefused
	}
	return nil
}
