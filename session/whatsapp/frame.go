package whatsapp

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wapulse/wapulse/session/vital"
)

// How much of a stanza a frame tells.
const (
	maxFrame      = 8 << 10 // bytes
	maxFrameDepth = 16
	maxFrameLine  = 160 // bytes of the stanza's own tag in the event's text
)

// What may be seen of a stanza. Everything else is hidden: what is not known to be safe may be a key, a text, a name or a number.
var (
	frameName   = regexp.MustCompile(`^[a-z][a-z_.-]{0,31}(?::[a-z][a-z_.-]{0,31})?[0-9]{0,2}$`) // of tags and keys: as XML has them, with one colon at most
	frameWord   = regexp.MustCompile(`^[a-z](?:[a-z_.-]|:[a-z]){0,47}[0-9]{0,2}$`)               // of plain values
	frameNumber = regexp.MustCompile(`^-?[0-9]{1,6}$`)
	frameID     = regexp.MustCompile(`^[A-Za-z0-9.:_-]+$`)
	framePhone  = regexp.MustCompile(`^\+?[0-9]{7,18}$`)
	frameDigits = regexp.MustCompile(`[0-9]{6}`)
	frameServer = regexp.MustCompile(`^(?:s\.whatsapp\.net|g\.us|lid|broadcast|newsletter|c\.us|call|hosted|hosted\.lid|bot|msgr|interop)$`)
)

// frameAttr is how the value of an attribute is shown.
type frameAttr uint8

const (
	hiddenAttr frameAttr = iota
	wordAttr             // one of the protocol's words, or a small number
	idAttr               // of a stanza: its ends, by which question and answer find each other
	jidAttr              // shortened as in logs
	timeAttr             // seconds since 1970
)

// frameAttrOf says how an attribute is shown, wherever it stands.
func frameAttrOf(key string) frameAttr {
	switch key {
	case "type", "xmlns", "class", "code", "reason", "mode", "index", "last", "context", "action", "category", "state", "stage", "edit", "mediatype",
		"count", "value", "v", "version", "retry", "decrypt-fail", "location", "expire", "passive", "active", "platform", "smax_id", "error", "order", "registration",
		"return_snapshot", "has_more_patches", "addressing_mode", "offline", "web", "backoff", "max_buckets", "ttl", "auth_ttl", "hash-type", "participants_count":
		return wordAttr
	case "id", "message_id", "call-id":
		return idAttr
	case "from", "to", "jid", "lid", "participant", "recipient", "sender", "sender_lid", "sender_pn", "participant_lid", "participant_pn", "recipient_lid",
		"recipient_pn", "peer_recipient_lid", "peer_recipient_pn", "creator", "author", "phone_number", "pn_jid", "link_code_pairing_jid":
		return jidAttr
	case "t", "timestamp", "creation", "expiration", "s_t":
		return timeAttr
	default:
		return hiddenAttr
	}
}

// tellFrame tells a stanza, masked. Like all of the tap it never waits: what the inbox cannot hold is counted.
func (c *connection) tellFrame(node *waBinary.Node, incoming bool) {
	dir, arrow := "out", "→ "
	if incoming {
		dir, arrow = "in", "← "
	}
	xml := maskedXML(node)
	c.note(vital.KindFrame, vital.LevelDebug, arrow+firstTag(xml), vital.Field{Key: "dir", Value: dir}, vital.Field{Key: "xml", Value: xml})
}

// TellFrames implements session.Connection.
func (c *connection) TellFrames(on bool) { c.frames.Store(on) }

// firstTag is the stanza's own tag, without what is in it.
func firstTag(xml string) string {
	tag, _, _ := strings.Cut(xml, ">")
	tag = strings.TrimSuffix(tag, "/")
	if len(tag) > maxFrameLine {
		tag = strings.ToValidUTF8(tag[:maxFrameLine], "") + "…"
	}
	return tag + ">"
}

// maskedXML writes a stanza as XML in one line, with all hidden that is not known to be safe. What would make it longer than maxFrame is left out, with a
// comment in its place; it is well-formed either way.
func maskedXML(node *waBinary.Node) string {
	var b strings.Builder
	writeMasked(&b, node, 0)
	return b.String()
}

func writeMasked(b *strings.Builder, node *waBinary.Node, depth int) {
	tag := node.Tag
	if !frameName.MatchString(tag) {
		tag = "hidden"
	}
	b.WriteString("<" + tag)
	hidden := 0
	for _, key := range sortedKeys(node.Attrs) {
		if !frameName.MatchString(key) {
			hidden++
			continue
		}
		b.WriteString(" " + key + `="` + maskedAttr(key, node.Attrs[key]) + `"`)
	}
	if hidden > 0 {
		b.WriteString(` hidden="` + plainCount(hidden) + `"`)
	}
	switch content := node.Content.(type) {
	case nil:
		b.WriteString("/>")
		return
	case []waBinary.Node:
		if len(content) == 0 {
			b.WriteString("/>")
			return
		}
		b.WriteString(">")
		for i := range content {
			if b.Len() > maxFrame || depth+1 >= maxFrameDepth {
				b.WriteString("<!-- " + plainCount(len(content)-i) + " more -->")
				break
			}
			writeMasked(b, &content[i], depth+1)
		}
	case []byte:
		b.WriteString(">" + maskedContent(tag, string(content)))
	case string:
		b.WriteString(">" + maskedContent(tag, content))
	default:
		b.WriteString(">(hidden)")
	}
	b.WriteString("</" + tag + ">")
}

func sortedKeys(attrs waBinary.Attrs) []string {
	keys := make([]string, 0, len(attrs))
	for key := range attrs {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// maskedContent says how long a content is, or, where the number that is asked about stands, what it ends in.
func maskedContent(tag, content string) string {
	number, server, both := strings.Cut(content, "@")
	if tag == "contact" && framePhone.MatchString(number) && (!both || frameServer.MatchString(server)) {
		return vital.ShortNumber(number) + strings.Repeat("@", min(1, len(server))) + server
	}
	return "(" + plainCount(len(content)) + " bytes)"
}

// plainCount writes a count so that it cannot be taken for a number of somebody's.
func plainCount(n int) string {
	if n > 999_999 {
		return "many"
	}
	return strconv.Itoa(n)
}

const hiddenValue = "(hidden)"

func maskedAttr(key string, value any) string {
	switch frameAttrOf(key) {
	case wordAttr:
		if text, ok := attrText(value); ok && (frameWord.MatchString(text) || frameNumber.MatchString(text)) {
			return text
		}
	case idAttr:
		if text, ok := attrText(value); ok && frameID.MatchString(text) {
			return maskedID(text)
		}
	case jidAttr:
		switch v := value.(type) {
		case types.JID:
			return frameJID(v)
		case *types.JID:
			if v != nil {
				return frameJID(*v)
			}
		case string:
			if jid, err := types.ParseJID(v); err == nil {
				return frameJID(jid)
			}
		}
	case timeAttr:
		if text, ok := attrText(value); ok {
			return frameTime(text)
		}
	}
	return hiddenValue
}

func attrText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(v), true
	default:
		return "", false
	}
}

// maskedID keeps a short identifier, such as those of questions, and the ends of another.
func maskedID(id string) string {
	const short, end = 14, 3
	if len(id) > short || len(id) > 2*end && frameDigits.MatchString(id) {
		return id[:end] + "…" + id[len(id)-end:]
	}
	return id
}

// frameJID is a JID as logs have it, with its device. One whose user is not a number is of somebody's choice and hidden, but for a few of the protocol's own.
func frameJID(jid types.JID) string {
	if !frameServer.MatchString(jid.Server) {
		return hiddenValue
	}
	if user := jid.User; user != "" && user != "status" && strings.Trim(user, "0123456789-") != "" {
		return hiddenValue + "@" + jid.Server
	}
	device := ""
	if jid.Device > 0 && jid.User != "" {
		device = ":" + strconv.Itoa(int(jid.Device))
	}
	user, server, both := strings.Cut(maskedJID(jid), "@")
	if !both {
		return user
	}
	return user + device + "@" + server
}

// frameTime writes a time so that it is no long run of digits.
func frameTime(text string) string {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<33 {
		return hiddenValue
	}
	if seconds < 1_000_000 {
		return text
	}
	return time.Unix(seconds, 0).UTC().Format("2006-01-02T15:04:05Z")
}
