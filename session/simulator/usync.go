package simulator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waVnameCert"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// What SetNumbers may say of a number besides "true" and "false".
const (
	NumberOmit     = "omit"     // the answer leaves the number out
	NumberError    = "error"    // the number's contact carries an error 429
	NumberNoJID    = "nojid"    // registered, but the user has no jid
	NumberBusiness = "business" // registered, with a verified business name
	NumberOffline  = "offline"  // registered, but its phone is off: the server takes messages, and no receipt ever comes
)

func numberWords() []string {
	return []string{"true", "false", NumberOmit, NumberError, NumberNoJID, NumberBusiness, NumberOffline}
}

// SetNumbers overrides, by number, whether it is registered: "true", "false", or one of the words above. Without an override a number is
// registered if and only if its last digit is even.
func (s *Server) SetNumbers(numbers map[string]string) error {
	normal := make(map[string]string, len(numbers))
	for number, value := range numbers {
		digits, err := normalizePhone(number)
		if err != nil {
			return err
		}
		if !slices.Contains(numberWords(), value) {
			return fmt.Errorf("number %s: %s, not %q", number, strings.Join(numberWords(), ", "), value)
		}
		normal[digits] = value
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for digits, value := range normal {
		s.numbers[digits] = value
	}
	return nil
}

// registered says what a check of that number is to answer. The caller holds Server.mu.
func (s *Server) registered(digits string) string {
	if value, ok := s.numbers[digits]; ok {
		return value
	}
	if _, linked := s.accounts[digits]; linked {
		return "true"
	}
	return strconv.FormatBool(digits != "" && (digits[len(digits)-1]-'0')%2 == 0)
}

// handleUsync answers questions about users, any number at once: contact, devices, lid, and politely nothing for the rest.
func (c *conn) handleUsync(id string, node *waBinary.Node) {
	usync := node.GetChildByTag("usync")
	query := usync.GetChildByTag("query")
	list := usync.GetChildByTag("list")
	users := list.GetChildrenByTag("user")
	s := c.server
	_, isCheck := query.GetOptionalChildByTag("contact")
	answer := make([]waBinary.Node, 0, len(users))
	s.mu.Lock()
	if isCheck {
		s.stats.CheckQueries++
		s.stats.NumbersChecked += uint64(len(users))
	}
	for _, user := range users {
		if out, ok := s.usyncUser(&query, user); ok {
			answer = append(answer, out)
		}
	}
	s.mu.Unlock()
	result := make([]waBinary.Node, 0, 4)
	for _, protocol := range query.GetChildren() {
		result = append(result, waBinary.Node{Tag: protocol.Tag})
	}
	c.answer(serverIQ(id, "result", waBinary.Node{Tag: "usync", Attrs: usyncAttrs(usync), Content: []waBinary.Node{
		{Tag: "result", Content: result},
		{Tag: "list", Content: answer},
	}}))
}

func usyncAttrs(asked waBinary.Node) waBinary.Attrs {
	attrs := waBinary.Attrs{"index": "0", "last": "true"}
	for _, key := range []string{"sid", "mode", "context"} {
		if v, ok := asked.Attrs[key].(string); ok {
			attrs[key] = v
		}
	}
	return attrs
}

// usyncUser answers for one user. The caller holds Server.mu.
func (s *Server) usyncUser(query *waBinary.Node, user waBinary.Node) (waBinary.Node, bool) {
	contact, byNumber := user.GetOptionalChildByTag("contact")
	jid, _ := user.Attrs["jid"].(types.JID)
	digits := phoneOf(jid)
	asked := contentText(contact.Content)
	if byNumber {
		digits, _ = normalizePhone(strings.TrimSuffix(asked, "@"+types.LegacyUserServer))
	}
	state := s.registered(digits)
	if byNumber && state == NumberOmit {
		return waBinary.Node{}, false
	}
	known := digits != "" && state != "false"
	useLID := jid.Server == types.HiddenUserServer
	out := waBinary.Node{Tag: "user", Attrs: waBinary.Attrs{}}
	switch {
	case useLID:
		out.Attrs["jid"] = jid.ToNonAD()
	case digits != "" && state != NumberNoJID && (known || !byNumber):
		out.Attrs["jid"] = types.NewJID(digits, types.DefaultUserServer)
	}
	var content []waBinary.Node
	for _, protocol := range query.GetChildren() {
		switch protocol.Tag {
		case "contact":
			node := contactAnswer(asked, state)
			if mode, _ := protocol.Attrs["addressing_mode"].(string); mode == "lid" && known && state != NumberNoJID && state != NumberError {
				out.Attrs["jid"] = types.NewJID(lidUser(digits), types.HiddenUserServer)
				out.Attrs["pn_jid"] = types.NewJID(digits, types.DefaultUserServer)
			}
			content = append(content, node)
		case "devices":
			if digits != "" {
				content = append(content, s.deviceList(digits))
			}
		case "lid":
			if known {
				content = append(content, waBinary.Node{Tag: "lid", Attrs: waBinary.Attrs{"val": types.NewJID(lidUser(digits), types.HiddenUserServer)}})
			}
		case "business":
			if state == NumberBusiness {
				content = append(content, verifiedName("Shop "+digits[len(digits)-2:]))
			}
		case "disappearing_mode":
			content = append(content, waBinary.Node{Tag: "disappearing_mode", Attrs: waBinary.Attrs{"duration": "0"}})
		case "status":
			content = append(content, waBinary.Node{Tag: "status", Content: []byte("simulated")})
		}
	}
	out.Content = content
	return out, true
}

func contactAnswer(asked, state string) waBinary.Node {
	node := waBinary.Node{Tag: "contact", Attrs: waBinary.Attrs{}, Content: []byte(asked)}
	switch state {
	case "true", NumberNoJID, NumberBusiness, NumberOffline:
		node.Attrs["type"] = "in"
	case NumberError:
		node.Content = []waBinary.Node{{Tag: "error", Attrs: waBinary.Attrs{"code": "429", "text": "rate-overlimit"}}}
	default:
		node.Attrs["type"] = "out"
	}
	return node
}

// verifiedName is what the server says of a business: a certificate over its name, here without a signature.
func verifiedName(name string) waBinary.Node {
	details, _ := proto.Marshal(&waVnameCert.VerifiedNameCertificate_Details{Issuer: proto.String("smb:wa"), VerifiedName: &name})
	cert, _ := proto.Marshal(&waVnameCert.VerifiedNameCertificate{Details: details})
	return waBinary.Node{Tag: "business", Content: []waBinary.Node{{
		Tag: "verified_name", Attrs: waBinary.Attrs{"v": "2", "verified_level": "unknown", "host_storage": "1", "actual_actors": "1", "privacy_mode_ts": "1700000000"},
		Content: cert,
	}}}
}

// deviceList lists the phone and the linked devices of a number. The caller holds Server.mu.
func (s *Server) deviceList(digits string) waBinary.Node {
	devices := []waBinary.Node{{Tag: "device", Attrs: waBinary.Attrs{"id": "0"}}}
	if a, ok := s.accounts[digits]; ok {
		for _, id := range a.deviceIDs() {
			devices = append(devices, waBinary.Node{Tag: "device", Attrs: waBinary.Attrs{"id": strconv.Itoa(int(id)), "key-index": strconv.Itoa(int(id))}})
		}
	}
	return waBinary.Node{Tag: "devices", Content: []waBinary.Node{{Tag: "device-list", Content: devices}}}
}

func contentText(content any) string {
	switch v := content.(type) {
	case []byte:
		return string(v)
	case string:
		return v
	}
	return ""
}
