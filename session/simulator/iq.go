package simulator

import (
	"strconv"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// handleIQ answers a question, or takes the client's answer to one of the server's.
func (c *conn) handleIQ(node *waBinary.Node) {
	kind, _ := node.Attrs["type"].(string)
	if kind == "result" || kind == "error" {
		c.takePairAnswer(node)
		return
	}
	id, _ := node.Attrs["id"].(string)
	xmlns, _ := node.Attrs["xmlns"].(string)
	c.server.count(func(st *Stats) { st.IQs++ })
	if c.strikeDrop(xmlns) {
		return
	}
	if xmlns != "md" || c.device != nil { // a pairing is not what these faults are about
		if fault := c.strikeIQ(xmlns); fault != nil {
			c.answer(errorIQ(id, fault.Code, errorText(fault.Code), fault.Backoff))
			return
		}
	}
	if c.device == nil && xmlns != "md" && xmlns != "w:p" {
		c.answer(errorIQ(id, 403, "forbidden", 0)) // not logged in
		return
	}
	switch xmlns {
	case "w:p":
		c.server.count(func(st *Stats) { st.Pings++ })
		pong := serverIQ(id, "result")
		pong.Attrs["t"] = time.Now().Unix()
		c.answer(pong)
	case "md":
		c.handleMD(id, node)
	case "passive":
		c.answer(serverIQ(id, "result"))
		_, active := node.GetOptionalChildByTag("active")
		c.setActive(active)
	case "encrypt":
		c.handleEncrypt(id, node)
	case "usync":
		c.handleUsync(id, node)
	case "w:sync:app:state":
		c.handleAppState(id, node)
	case "w:m":
		c.answer(serverIQ(id, "result", c.server.mediaConn()))
	default:
		if content, ok := plainAnswer(xmlns, kind); ok {
			c.answer(serverIQ(id, "result", content...))
			return
		}
		c.answer(errorIQ(id, 501, "feature-not-implemented", 0))
	}
}

// plainAnswer is what the server says to questions whose answer does not depend on anything here.
func plainAnswer(xmlns, kind string) ([]waBinary.Node, bool) {
	switch xmlns {
	case "w", "abt":
		return []waBinary.Node{{Tag: "props", Attrs: waBinary.Attrs{"protocol": "1", "hash": "sim", "version": "1"}}}, true
	case "privacy":
		if kind == "set" {
			return nil, true
		}
		var settings []waBinary.Node
		for _, name := range []string{"readreceipts", "profile", "status", "online", "last", "groupadd", "calladd", "messages", "defense", "stickers"} {
			settings = append(settings, waBinary.Node{Tag: "category", Attrs: waBinary.Attrs{"name": name, "value": "all"}})
		}
		return []waBinary.Node{{Tag: "privacy", Content: settings}}, true
	case "blocklist":
		return []waBinary.Node{{Tag: "list", Attrs: waBinary.Attrs{"dhash": "sim"}}}, true
	case "w:g2":
		return []waBinary.Node{{Tag: "groups"}}, true
	case "status", "w:stats", "urn:xmpp:whatsapp:dirty", "urn:xmpp:whatsapp:push", "tos", "w:biz", "fb:thrift_iq",
		"urn:xmpp:whatsapp:account", "w:profile:picture", "disappearing_mode", "newsletter", "bot", "w:web", "spam", "waffle":
		return nil, true
	}
	return nil, false
}

// handleMD serves what concerns linked devices: linking by phone code, and unlinking by the device itself.
func (c *conn) handleMD(id string, node *waBinary.Node) {
	if _, ok := node.GetOptionalChildByTag("link_code_companion_reg"); ok {
		c.handleLinkCode(node)
		return
	}
	if _, ok := node.GetOptionalChildByTag("remove-companion-device"); ok && c.device != nil {
		c.server.unlink(c.device)
		if err := c.server.saveState(); err != nil {
			c.answer(errorIQ(id, 500, "internal-server-error", 0))
			return
		}
		c.answer(serverIQ(id, "result"))
		return
	}
	c.answer(serverIQ(id, "result"))
}

func errorIQ(id string, code int, text string, backoff int) waBinary.Node {
	attrs := waBinary.Attrs{"code": strconv.Itoa(code), "text": text}
	if backoff > 0 {
		attrs["backoff"] = strconv.Itoa(backoff)
	}
	node := serverIQ(id, "error", waBinary.Node{Tag: "error", Attrs: attrs})
	node.Attrs["from"] = types.ServerJID
	return node
}

func errorText(code int) string {
	switch code {
	case 400:
		return "bad-request"
	case 401:
		return "not-authorized"
	case 403:
		return "forbidden"
	case 404:
		return "item-not-found"
	case 409:
		return "conflict"
	case 429:
		return "rate-overlimit"
	case 500:
		return "internal-server-error"
	case 503:
		return "service-unavailable"
	}
	return "error"
}
