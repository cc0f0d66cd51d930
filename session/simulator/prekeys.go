package simulator

import (
	"crypto/sha1"
	"encoding/binary"
	"strconv"
	"time"

	"go.mau.fi/libsignal/ecc"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// maxPreKeys bounds what a device may have published at a time.
const maxPreKeys = 4096

// handleEncrypt keeps the devices' prekeys and hands them to whoever wants to write to them.
func (c *conn) handleEncrypt(id string, node *waBinary.Node) {
	s := c.server
	switch {
	case has(node, "count"):
		s.mu.Lock()
		n := len(c.device.preKeys)
		s.mu.Unlock()
		c.answer(serverIQ(id, "result", waBinary.Node{Tag: "count", Attrs: waBinary.Attrs{"value": strconv.Itoa(n)}}))
	case has(node, "digest"):
		s.mu.Lock()
		digest := c.device.digest()
		published := len(c.device.preKeys) > 0
		s.mu.Unlock()
		if !published {
			c.answer(errorIQ(id, 404, "item-not-found", 0))
			return
		}
		c.answer(serverIQ(id, "result", digest))
	case has(node, "key"):
		c.answer(serverIQ(id, "result", waBinary.Node{Tag: "list", Content: s.bundles(node)}))
	case has(node, "rotate"):
		s.mu.Lock()
		rotate := node.GetChildByTag("rotate")
		if key, ok := readPreKey(rotate.GetChildByTag("skey")); ok {
			c.device.signedPreKey = key
		}
		s.mu.Unlock()
		c.finishUpload(id)
	case has(node, "list"):
		s.mu.Lock()
		c.device.publish(node)
		s.mu.Unlock()
		c.finishUpload(id)
	default:
		c.answer(errorIQ(id, 400, "bad-request", 0))
	}
}

func (c *conn) finishUpload(id string) {
	if err := c.server.saveState(); err != nil {
		c.answer(errorIQ(id, 500, "internal-server-error", 0))
		return
	}
	c.answer(serverIQ(id, "result"))
}

func has(node *waBinary.Node, tag string) bool {
	_, ok := node.GetOptionalChildByTag(tag)
	return ok
}

// publish takes an upload of prekeys. A key that is there already is not taken twice.
func (d *device) publish(node *waBinary.Node) {
	if raw, ok := node.GetChildByTag("registration").Content.([]byte); ok && len(raw) == 4 {
		d.registrationID = binary.BigEndian.Uint32(raw)
	}
	if key, ok := readPreKey(node.GetChildByTag("skey")); ok {
		d.signedPreKey = key
	}
	known := make(map[uint32]bool, len(d.preKeys))
	for _, k := range d.preKeys {
		known[k.ID] = true
	}
	list := node.GetChildByTag("list")
	for _, child := range list.GetChildren() {
		if key, ok := readPreKey(child); ok && !known[key.ID] && len(d.preKeys) < maxPreKeys {
			known[key.ID] = true
			d.preKeys = append(d.preKeys, key)
		}
	}
}

func readPreKey(node waBinary.Node) (preKey, bool) {
	id, _ := node.GetChildByTag("id").Content.([]byte)
	value, _ := node.GetChildByTag("value").Content.([]byte)
	if len(id) != 3 || len(value) != 32 {
		return preKey{}, false
	}
	key := preKey{ID: binary.BigEndian.Uint32(append([]byte{0}, id...)), Public: [32]byte(value)}
	if node.Tag == "skey" {
		key.Signature, _ = node.GetChildByTag("signature").Content.([]byte)
		if len(key.Signature) != 64 {
			return preKey{}, false
		}
	}
	return key, true
}

// idBytes is the key's number in the three bytes that the protocol gives it.
func (k preKey) idBytes() []byte { return binary.BigEndian.AppendUint32(nil, k.ID)[1:] }

func (k preKey) node() waBinary.Node {
	content := []waBinary.Node{{Tag: "id", Content: k.idBytes()}, {Tag: "value", Content: k.Public[:]}}
	if k.Signature == nil {
		return waBinary.Node{Tag: "key", Content: content}
	}
	return waBinary.Node{Tag: "skey", Content: append(content, waBinary.Node{Tag: "signature", Content: k.Signature})}
}

// digest is what a client compares with its own store. The caller holds Server.mu.
func (d *device) digest() waBinary.Node {
	sum := sha1.New()
	sum.Write(d.identityKey[:])
	sum.Write(d.signedPreKey.Public[:])
	sum.Write(d.signedPreKey.Signature)
	ids := make([]waBinary.Node, 0, len(d.preKeys))
	for _, k := range d.preKeys {
		ids = append(ids, waBinary.Node{Tag: "id", Content: k.idBytes()})
		sum.Write(k.Public[:])
	}
	return waBinary.Node{Tag: "digest", Content: []waBinary.Node{
		{Tag: "registration", Content: binary.BigEndian.AppendUint32(nil, d.registrationID)},
		{Tag: "type", Content: []byte{ecc.DjbType}},
		{Tag: "identity", Content: d.identityKey[:]},
		d.signedPreKey.node(),
		{Tag: "list", Content: ids},
		{Tag: "hash", Content: sum.Sum(nil)},
	}}
}

// bundles answers a request for the keys of devices: linked ones, and the phones of contacts and accounts.
func (s *Server) bundles(node *waBinary.Node) []waBinary.Node {
	request := node.GetChildByTag("key")
	users := request.GetChildrenByTag("user")
	answer := make([]waBinary.Node, 0, len(users))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, user := range users {
		jid, _ := user.Attrs["jid"].(types.JID)
		out := waBinary.Node{Tag: "user", Attrs: waBinary.Attrs{"jid": jid, "t": time.Now().Unix()}}
		if content := s.bundle(jid); content != nil {
			out.Content = content
		} else {
			out.Content = []waBinary.Node{{Tag: "error", Attrs: waBinary.Attrs{"code": "404", "text": "item-not-found"}}}
		}
		answer = append(answer, out)
	}
	return answer
}

// bundle is what is needed to write to one device; nil if there is none. The caller holds Server.mu.
func (s *Server) bundle(jid types.JID) []waBinary.Node {
	digits := phoneOf(jid)
	if digits == "" {
		return nil
	}
	if jid.Device == 0 {
		return s.personaOf(digits).bundle()
	}
	a, ok := s.accounts[digits]
	if !ok {
		return nil
	}
	d, ok := a.devices[jid.Device]
	if !ok || d.signedPreKey.Signature == nil {
		return nil
	}
	content := []waBinary.Node{
		{Tag: "registration", Content: binary.BigEndian.AppendUint32(nil, d.registrationID)},
		{Tag: "type", Content: []byte{ecc.DjbType}},
		{Tag: "identity", Content: d.identityKey[:]},
		d.signedPreKey.node(),
	}
	if key, ok := d.takePreKey(); ok {
		content = append(content, key.node())
	}
	return content
}

// takePreKey hands out a one-time key, each only once.
func (d *device) takePreKey() (preKey, bool) {
	if len(d.preKeys) == 0 {
		return preKey{}, false
	}
	key := d.preKeys[0]
	d.preKeys = d.preKeys[1:]
	return key, true
}
