package record

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hideShape is what is left of a part of a text that looks like something.
func (m *Masker) hideShape(part string) string {
	found := m.rules.all.FindStringSubmatchIndex(part)
	shape := ""
	for i, name := range m.rules.names {
		if name != "" && found != nil && found[2*i] == 0 && found[2*i+1] == len(part) {
			shape = name
			break
		}
	}
	switch shape {
	case "mask":
		return part
	case "time":
		return shortTime(part)
	case "url":
		return m.url(part)
	case "qr":
		return m.mask("qr", part)
	case "account":
		return m.account(part)
	case "short":
		return m.shortened("number", strings.TrimPrefix(part, "+"))
	case "address":
		return m.address(part)
	case "path":
		return m.path(part)
	case "host":
		at := strings.LastIndexByte(part, ' ') + 1
		return part[:at] + m.host(part[at:])
	case "code":
		return m.code(part)
	case "blob":
		return m.blob(part)
	default:
		return m.run(part)
	}
}

// account is what is left of something with an @ in it.
func (m *Masker) account(part string) string {
	lead := len(part) - len(strings.TrimLeft(part, ".:/-+*#|…"))
	if strings.HasSuffix(part[:lead], "+") { // it is a part of the number
		return part[:lead-1] + m.Account(part[lead:])
	}
	return part[:lead] + m.Account(part[lead:])
}

// shortTime is a time without the fraction of its second beyond milliseconds.
func shortTime(s string) string {
	at := strings.LastIndexAny(s, ".,")
	if at < 0 {
		return s
	}
	end := at + 1
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	return s[:min(at+4, end)] + s[end:]
}

func (m *Masker) url(part string) string {
	scheme, rest, _ := strings.Cut(part, "://")
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#\\…"); i >= 0 {
		authority, path = rest[:i], "/…"
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	port := ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && isDevice(authority[i+1:]) {
		authority, port = authority[:i], authority[i:]
	}
	return scheme + "://" + m.host(authority) + port + path
}

// host is the name or address of a machine. WhatsApp's own names and this machine's own address are nobody's secret.
func (m *Masker) host(name string) string {
	lower := strings.ToLower(strings.TrimSuffix(name, "."))
	for _, open := range []string{"whatsapp.net", "whatsapp.com", "wa.me"} {
		if lower == open || strings.HasSuffix(lower, "."+open) && len(lower) < 40 {
			return name
		}
	}
	if name == "" || lower == "localhost" || lower == "tcp" || lower == "udp" || m.isMask(name) {
		return name
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return m.address(name)
	}
	return m.mask("host", lower)
}

func (m *Masker) address(part string) string {
	a, err := netip.ParseAddr(strings.Trim(part, "[]"))
	if err != nil {
		if strings.Count(part, ":") == 5 && len(part) == 17 { // of a network card
			return m.mask("address", part)
		}
		return m.rules.number.ReplaceAllStringFunc(part, m.run) // a time of the day, or nothing in particular
	}
	if a.IsLoopback() || a.IsUnspecified() {
		return part
	}
	return m.mask("address", a.String())
}

func (m *Masker) path(part string) string {
	first, size := utf8.DecodeRuneInString(part)
	lead := ""
	if first != '/' && first != '~' && first != '\\' && !(unicode.IsLetter(first) && strings.HasPrefix(part[size:], `:\`)) {
		lead, part = part[:size], part[size:]
	}
	return lead + m.mask("path", part)
}

// code is the mask of a code that is typed on a phone; words and years stay.
func (m *Masker) code(part string) string {
	if !strings.ContainsAny(part, "0123456789") || strings.Trim(part, "0123456789-") == "" {
		return part
	}
	return m.mask("code", part)
}

// blob is the mask of what may be a key. Words that are joined to a long one stay.
func (m *Masker) blob(part string) string {
	if isMessageID(part) {
		return m.mask("message", part)
	}
	upper, lower, digits := 0, 0, 0
	for _, r := range part {
		switch {
		case r >= 'A' && r <= 'Z':
			upper++
		case r >= 'a' && r <= 'z':
			lower++
		case r >= '0' && r <= '9':
			digits++
		}
	}
	if upper+lower == 0 {
		return m.run(part)
	}
	mixed := upper >= len(part)/5 && lower >= len(part)/5 && len(part) >= 24
	if digits == 0 && !mixed || m.isWords(part) {
		return part
	}
	return m.mask("key", part)
}

// isWords says whether a part is made of words, numbers and masks with signs between them.
func (m *Masker) isWords(part string) bool {
	part = m.rules.masks.ReplaceAllString(part, "")
	for piece := range strings.FieldsFuncSeq(part, func(r rune) bool { return strings.ContainsRune("+/_=-", r) }) {
		letters := strings.TrimRight(piece, "0123456789")
		tail := piece[len(letters):]
		rest := letters
		if rest != "" {
			rest = rest[1:]
		}
		isWord := strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz") == "" || strings.Trim(letters, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
		if len(tail) > 5 || len(letters) > 15 || !isWord {
			return false
		}
	}
	return true
}

// run is the mask of digits that may be a phone number, with or without signs between them. More than a number has are several.
func (m *Masker) run(part string) string {
	if digits := digitsOf(part); utf8.RuneCountInString(digits) <= 15 {
		if utf8.RuneCountInString(digits) < shortestRun {
			return part
		}
		return m.number(digits)
	}
	if m.rules.digits.MatchString(part) {
		return m.rules.digits.ReplaceAllStringFunc(part, m.number)
	}
	return m.mask("number", part)
}

// isMessageID says whether a part has the form of a message's ID.
func isMessageID(part string) bool {
	return len(part) <= 32 && strings.Trim(part, "0123456789ABCDEF") == "" && strings.ContainsAny(part, "ABCDEF")
}

// digitsOf leaves the digits, of whatever script.
func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// isDevice says whether that is the number of a device, or a port.
func isDevice(s string) bool {
	return len(s) > 0 && len(s) <= 5 && strings.Trim(s, "0123456789") == ""
}

func isWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
