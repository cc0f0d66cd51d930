package simulator

import (
	"context"
	"strconv"
	"strings"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
)

// maxMessages bounds the memory of GET /messages; the oldest go first.
const maxMessages = 10_000

// Message is one that reached a phone here, decrypted, or that Say sent.
type Message struct {
	Time time.Time `json:"time"`
	ID   string    `json:"id"`
	From string    `json:"from"` // phone with +
	To   string    `json:"to"`   // phone with +
	Text string    `json:"text"`
	Err  string    `json:"error,omitempty"` // why it could not be decrypted
}

// Messages returns what was sent and received so far, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message{}, s.messages...)
}

// remember keeps a message. The caller holds Server.mu.
func (s *Server) remember(m Message) {
	s.stats.Messages++
	s.messages = append(s.messages, m)
	if len(s.messages) > maxMessages {
		s.messages = s.messages[len(s.messages)-maxMessages:]
	}
}

// delivery is a stanza on its way to a device.
type delivery struct {
	to   *device
	node waBinary.Node
}

// handleMessage acknowledges a message and brings each encrypted copy to the device it is for. Copies for phones end here: a contact's phone
// answers with receipts.
func (c *conn) handleMessage(node *waBinary.Node) {
	s := c.server
	to, _ := node.Attrs["to"].(types.JID)
	if c.strikeDrop("message") {
		return
	}
	ack := ackOf(node)
	if fault := c.strikeAck(); fault != nil {
		ack.Attrs["error"] = strconv.Itoa(fault.Code)
		c.answer(ack)
		return
	}
	c.answer(ack)
	if c.device == nil || phoneOf(to) == "" {
		return
	}
	s.mu.Lock()
	deliveries, received := s.route(c.device, to, node)
	s.mu.Unlock()
	for _, each := range deliveries {
		s.deliver(each.to, each.node)
	}
	if received {
		c.phoneReceipts(to, node)
	}
}

// route sorts a message's copies. Received says whether the recipient's phone, which is not the sender's own, could read it. The caller holds Server.mu.
func (s *Server) route(from *device, to types.JID, node *waBinary.Node) (deliveries []delivery, received bool) {
	copies := node.GetChildByTag("participants")
	list := copies.GetChildrenByTag("to")
	if enc, ok := node.GetOptionalChildByTag("enc"); ok {
		list = append(list, waBinary.Node{Tag: "to", Attrs: waBinary.Attrs{"jid": to}, Content: []waBinary.Node{enc}})
	}
	for _, each := range list {
		jid, _ := each.Attrs["jid"].(types.JID)
		enc, ok := each.GetOptionalChildByTag("enc")
		digits := phoneOf(jid)
		if !ok || digits == "" {
			continue
		}
		own := digits == from.account.phone
		if jid.Device == 0 {
			if s.numbers[digits] == NumberOffline {
				continue
			}
			msg, err := s.readByPhone(from, digits, node, enc)
			received = received || (err == nil && !own)
			if own && msg.GetProtocolMessage().GetAppStateSyncKeyRequest() != nil {
				if share, err := s.shareKeys(from); err == nil {
					deliveries = append(deliveries, delivery{from, share})
				}
			}
			continue
		}
		if a, ok := s.accounts[digits]; ok && a.devices[jid.Device] != nil {
			deliveries = append(deliveries, delivery{a.devices[jid.Device], forwarded(from, jid, to, node, enc, own)})
		}
	}
	return deliveries, received
}

// readByPhone lets a phone decrypt its copy. The sender's own phone gets one too, of which nothing is kept.
func (s *Server) readByPhone(from *device, digits string, node *waBinary.Node, enc waBinary.Node) (*waE2E.Message, error) {
	msg, err := s.personaOf(digits).decrypt(context.Background(), from.lid(), enc)
	if digits == from.account.phone {
		return msg, err
	}
	id, _ := node.Attrs["id"].(string)
	kept := Message{Time: time.Now(), ID: id, From: "+" + from.account.phone, To: "+" + digits, Text: textOf(msg)}
	if err != nil {
		kept.Err = err.Error()
	}
	s.remember(kept)
	return msg, err
}

func textOf(msg *waE2E.Message) string {
	if text := msg.GetConversation(); text != "" {
		return text
	}
	return msg.GetExtendedTextMessage().GetText()
}

// forwarded is the stanza that another linked device gets: from the sender, in the addressing that the sender used.
func forwarded(from *device, jid, to types.JID, node *waBinary.Node, enc waBinary.Node, own bool) waBinary.Node {
	sender, alt, altKey := from.pn(), from.lid(), "sender_lid"
	if jid.Server == types.HiddenUserServer {
		sender, alt, altKey = from.lid(), from.pn(), "sender_pn"
	}
	attrs := waBinary.Attrs{
		"from": sender, "id": node.Attrs["id"], "type": node.Attrs["type"], "t": time.Now().Unix(),
		"notify": from.account.pushName, altKey: alt.ToNonAD(),
	}
	if own {
		attrs["recipient"] = to.ToNonAD()
	}
	content := []waBinary.Node{enc}
	if identity, ok := node.GetOptionalChildByTag("device-identity"); ok {
		content = append(content, identity)
	}
	return waBinary.Node{Tag: "message", Attrs: attrs, Content: content}
}

// phoneReceipts are what a contact's phone answers: delivered, and read.
func (c *conn) phoneReceipts(from types.JID, node *waBinary.Node) {
	for _, kind := range []string{"", "read"} {
		attrs := waBinary.Attrs{"from": from.ToNonAD(), "id": node.Attrs["id"], "t": time.Now().Unix()}
		if kind != "" {
			attrs["type"] = kind
		}
		c.server.deliver(c.device, waBinary.Node{Tag: "receipt", Attrs: attrs})
	}
}

// handleReceipt acknowledges a receipt and passes it on to the devices of whoever sent the message.
func (c *conn) handleReceipt(node *waBinary.Node) {
	c.answer(ackOf(node))
	s := c.server
	to, _ := node.Attrs["to"].(types.JID)
	if c.device == nil {
		return
	}
	s.mu.Lock()
	s.stats.Receipts++
	if id, _ := node.Attrs["id"].(string); strings.HasPrefix(id, keysMessage) && node.Attrs["type"] != "retry" {
		c.device.hasKeys = true
	}
	var receivers []*device
	if a, ok := s.accounts[phoneOf(to)]; ok && a != c.device.account {
		for _, id := range a.deviceIDs() {
			receivers = append(receivers, a.devices[id])
		}
	}
	from := c.device.pn()
	if to.Server == types.HiddenUserServer {
		from = c.device.lid()
	}
	s.mu.Unlock()
	for _, d := range receivers {
		attrs := waBinary.Attrs{"from": from.ToNonAD(), "id": node.Attrs["id"], "t": time.Now().Unix()}
		if kind, ok := node.Attrs["type"].(string); ok {
			attrs["type"] = kind
		}
		s.deliver(d, waBinary.Node{Tag: "receipt", Attrs: attrs, Content: node.Content})
	}
}
