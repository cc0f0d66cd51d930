package check

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// written is a number as it was written: its digits, and what is known of them by the form.
type written struct {
	digits string
	world  bool // they begin with a country's code
	exact  bool // they are WhatsApp's own: from a JID
}

// What looks like an address of WhatsApp and holds no number.
var (
	errGroup      = errors.New("the JID of a group, which has no phone number")
	errLID        = errors.New("a LID, which hides the phone number")
	errNoPerson   = errors.New("a JID that is no person's")
	errEmail      = errors.New("an e-mail address")
	errInvite     = errors.New("a link without a phone number in it")
	errManyPieces = errors.New("more than one number in it")
)

var (
	schemes = []string{"tel:", "sms:", "smsto:", "callto:", "whatsapp:", "mailto:"}
	label   = regexp.MustCompile(`^[\p{L}][\p{L} ./_-]{0,30}[:=] *`)                   // Tel.: 0812…
	rounded = regexp.MustCompile(`^[+-]?\d(?:[.,]\d+)?[eE][+-]?\d+$`)                  // 6.28126E+12
	decimal = regexp.MustCompile(`^(\+?\d{7,})[.,]0{1,2}$`)                            // 6281260268381.0
	jidUser = regexp.MustCompile(`^\+?(\d+)(?:[._]\d{1,3})?(?::\d{1,5})?$`)            // with an agent and a device
	host    = regexp.MustCompile(`(?i)(?:^|[/ .@(])(wa\.me|(?:\w+\.)?whatsapp\.com)/`) // of links to a chat
)

// read finds the number in a plain text.
func read(text string) (written, error) {
	if text == "" {
		return written{}, errEmpty
	}
	if at := host.FindStringSubmatchIndex(text); at != nil {
		return readLink(strings.ToLower(text[at[2]:at[3]]), text[at[3]:])
	}
	for _, scheme := range schemes {
		if !hasPrefix(text, scheme) {
			continue
		}
		rest := strings.TrimLeft(text[len(scheme):], "/")
		if hasPrefix(rest, "send") {
			return readLink("whatsapp.com", "/"+rest)
		}
		text = fromURI(rest)
		break
	}
	if strings.Contains(text, "://") {
		return written{}, errInvite
	}
	text = label.ReplaceAllString(text, "")
	if strings.Contains(text, "@") {
		return readJID(text)
	}
	return readDigits(text)
}

// hasPrefix ignores case; the prefix is ASCII.
func hasPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// readLink reads what follows the host: /628126…, /send?phone=628126….
func readLink(host, rest string) (written, error) {
	if host == "chat.whatsapp.com" || host == "call.whatsapp.com" {
		return written{}, errInvite
	}
	rest, _, _ = strings.Cut(rest, "#")
	path, query, _ := strings.Cut(rest, "?")
	phone := strings.Trim(path, "/ ")
	if host != "wa.me" || strings.EqualFold(phone, "send") {
		phone = parameter(query, "phone")
	}
	if unescaped, err := url.PathUnescape(phone); err == nil {
		phone = plain(unescaped)
	}
	w, err := readDigits(phone)
	if err != nil {
		return written{}, errInvite
	}
	w.world = w.world || w.digits[0] != '0'
	return w, nil
}

// parameter returns one of a query, raw: as a form it would have lost its +.
func parameter(query, name string) string {
	for pair := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' }) {
		if key, value, _ := strings.Cut(pair, "="); strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

// fromURI returns the number of a tel: URI without its parameters; phone-context is what a local number there begins with.
func fromURI(rest string) string {
	if unescaped, err := url.PathUnescape(rest); err == nil {
		rest = plain(unescaped)
	}
	number, parameters, _ := strings.Cut(rest, ";")
	number, _, _ = strings.Cut(number, "?")
	if context := parameter(parameters, "phone-context"); strings.HasPrefix(context, "+") && !strings.HasPrefix(number, "+") {
		return context + number
	}
	return number
}

// readJID reads 628126…:12@s.whatsapp.net and its like.
func readJID(text string) (written, error) {
	user, server, _ := strings.Cut(text, "@")
	server = strings.ToLower(strings.TrimSpace(server))
	switch server {
	case "s.whatsapp.net", "c.us", "hosted":
	case "g.us":
		return written{}, errGroup
	case "lid", "hosted.lid":
		return written{}, errLID
	case "broadcast", "newsletter", "call", "bot", "msgr", "interop":
		return written{}, errNoPerson
	default:
		if strings.Contains(server, ".") {
			return written{}, errEmail
		}
		return written{}, errNoPerson
	}
	parts := jidUser.FindStringSubmatch(strings.TrimSpace(user))
	if parts == nil {
		return written{}, errNoPerson
	}
	return written{digits: parts[1], world: true, exact: true}, nil
}

// readDigits reads a number that is written as one.
func readDigits(text string) (written, error) {
	if rounded.MatchString(text) {
		return written{}, errRounded
	}
	if parts := decimal.FindStringSubmatch(text); parts != nil {
		text = parts[1] // a spreadsheet took it for an amount
	}
	if strings.Contains(text, ":::") { // how address books join them
		return written{}, errManyPieces
	}
	w := written{world: strings.HasPrefix(strings.TrimLeft(text, " ("), "+")}
	if w.world || strings.HasPrefix(strings.TrimLeft(text, " ("), "00") {
		text = strings.Replace(text, "(0)", "", 1) // +44 (0)7400…: dialled at home only
	}
	digits := make([]byte, 0, maxDigits+1)
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r))
		case r == '+' && len(digits) == 0:
		case r == '+':
			return written{}, errPlus
		case strings.ContainsRune(" -.()/_", r):
		case unicode.IsLetter(r):
			return written{}, errLetters
		default:
			return written{}, fmt.Errorf("%q has no place in a phone number", r)
		}
	}
	if len(digits) == 0 {
		return written{}, errNoDigits
	}
	w.digits = string(digits)
	return w, nil
}
