package record

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wapulse/wapulse/session/vital"
)

// maxRounds is how often a text is looked through until nothing more is found; one that still changes then is left out as a whole.
const maxRounds = 8

// shortestRun is how many digits are a number, whatever they are.
const shortestRun = 8

// Masker hides who and what a text is about. The same thing has the same mask in all that one Masker was given, and masking what is masked
// changes nothing. It is for one goroutine at a time.
type Masker struct {
	rules *rules
	masks map[string]string // by kind and what is hidden
	last  map[string]int    // number of the newest mask of a kind
	known []knownText       // the longest first
	sure  bool              // known is sorted
	short map[string]string // masks of numbers by their first and last two digits, as the program's own texts have them
	full  []string          // digits of the numbers that are known with their country
}

// knownText is something that is hidden wherever it stands.
type knownText struct {
	text, mask string
	whole      bool // only where it is a word of its own
}

// NewMasker returns one that knows nothing yet.
func NewMasker() *Masker {
	return &Masker{rules: newRules(), masks: map[string]string{}, last: map[string]int{}, short: map[string]string{}}
}

// mask is what stands for a thing of that kind.
func (m *Masker) mask(kind, thing string) string {
	key := kind + "\x00" + thing
	if have, ok := m.masks[key]; ok {
		return have
	}
	m.last[kind]++
	made := fmt.Sprintf("%s-%d", kind, m.last[kind])
	m.masks[key] = made
	return made
}

func (m *Masker) isMask(s string) bool {
	at := m.rules.masks.FindStringIndex(s)
	return at != nil && at[0] == 0 && at[1] == len(s)
}

// Know has a text hidden wherever it stands, whatever it looks like: a path, a password, a key. Kind is the word that its mask begins with: path, key,
// secret or address.
func (m *Masker) Know(kind, text string) {
	if len(text) > 1 {
		m.learn(knownText{text: text, mask: m.mask(kind, text)})
	}
}

// KnowIdentity has all that an account is called by hidden.
func (m *Masker) KnowIdentity(who vital.Identity) {
	m.Number(who.Phone)
	m.Account(who.JID)
	m.Account(who.LID)
	m.Name(who.PushName)
}

func (m *Masker) learn(k knownText) {
	if !slices.Contains(m.known, k) {
		m.known, m.sure = append(m.known, k), false
	}
}

// Name is the mask of a session's, a person's or a machine's name, which is known from now on.
func (m *Masker) Name(name string) string {
	if name == "" || m.isMask(name) {
		return name
	}
	made := m.mask("name", name)
	if utf8.RuneCountInString(name) > 1 { // a single letter tells nothing, and is in every text
		m.learn(knownText{text: name, mask: made, whole: isASCII(name)})
	}
	return made
}

// Number is the mask of a phone number, however it is written, which is known from now on.
func (m *Masker) Number(number string) string {
	digits := digitsOf(number)
	if digits == "" || m.isMask(number) {
		return number
	}
	made := m.number(digits)
	if !slices.Contains(m.full, digits) {
		m.full = append(m.full, digits)
	}
	if len(digits) < shortestRun { // as a few islands have them: no rule finds those
		m.learn(knownText{text: digits, mask: made, whole: true})
	}
	if len(digits) >= 4 {
		short := digits[:2] + "…" + digits[len(digits)-2:]
		if have, ok := m.short[short]; ok && have != made {
			m.short[short] = "" // two numbers look like that
		} else {
			m.short[short] = made
		}
	}
	return made
}

// number is the mask of digits. A number that is written as at home is one that is known with its country, if there is just one.
func (m *Masker) number(digits string) string {
	digits = strings.TrimPrefix(digits, "00")
	if _, known := m.masks["number\x00"+digits]; known {
		return m.mask("number", digits)
	}
	home := strings.TrimPrefix(digits, "0")
	found := ""
	for _, full := range m.full {
		if len(home) < shortestRun-1 || !strings.HasSuffix(full, home) {
			continue
		}
		if found != "" {
			return m.mask("number", digits)
		}
		found = full
	}
	if found == "" {
		found = digits
	}
	return m.mask("number", found)
}

// Message is the mask of a message's ID, which is known from now on.
func (m *Masker) Message(id string) string {
	if id == "" || m.isMask(id) {
		return id
	}
	made := m.mask("message", id)
	m.learn(knownText{text: id, mask: made, whole: true})
	return made
}

// Account is a JID, or an e-mail address, without who it is. The device stays, and where the user is a phone number its mask is the number's.
func (m *Masker) Account(jid string) string {
	user, server, ok := strings.Cut(jid, "@")
	if !ok || user == "" {
		return jid
	}
	kind := "email"
	switch server {
	case "s.whatsapp.net", "c.us", "hosted":
		kind = "number"
	case "lid", "hosted.lid":
		kind = "lid"
	case "g.us":
		kind = "group"
	case "broadcast", "newsletter", "bot", "msgr", "interop", "call":
		kind = "account"
	}
	if user == "status" && server == "broadcast" {
		return jid
	}
	if kind == "email" {
		if m.isMask(jid) {
			return jid
		}
		return m.mask("email", jid)
	}
	device := ""
	if at := strings.LastIndexByte(user, ':'); at >= 0 && isDevice(user[at+1:]) {
		user, device = user[:at], user[at:]
	}
	name, agent, hasAgent := strings.Cut(user, ".")
	if hasAgent && isDevice(agent) {
		user = name
	}
	switch {
	case m.isMask(user):
	case kind == "number" && digitsOf(user) != "" && len(digitsOf(user)) == len(strings.TrimPrefix(user, "+")):
		user = m.number(digitsOf(user))
	default:
		user = m.mask(kind, user)
	}
	return user + device + "@" + server
}

// Identity is who an account is, masked.
func (m *Masker) Identity(who vital.Identity) vital.Identity {
	return vital.Identity{
		JID: m.Account(who.JID), LID: m.Account(who.LID), Phone: m.Number(who.Phone), PushName: m.Name(who.PushName), Platform: m.Word(who.Platform),
	}
}

// Word is one of the program's own words as it is, and anything else masked as a text.
func (m *Masker) Word(s string) string {
	if m.rules.word.MatchString(s) && !m.rules.digits.MatchString(s) {
		return s
	}
	return m.Text(s)
}

// Text is a text for people without what is to be hidden: what is known, and what looks like a number, an account, a key, a code, an address or a path.
func (m *Masker) Text(s string) string {
	if s == "" {
		return ""
	}
	s = strings.ToValidUTF8(s, "�")
	for range maxRounds {
		masked := m.rules.all.ReplaceAllStringFunc(m.hideKnown(s), m.hideShape)
		if masked == s && !m.rules.digits.MatchString(s) {
			return s
		}
		s = masked
	}
	return "(hidden)"
}

// hideKnown replaces what is known.
func (m *Masker) hideKnown(s string) string {
	if !m.sure {
		slices.SortStableFunc(m.known, func(a, b knownText) int { return len(b.text) - len(a.text) })
		m.sure = true
	}
	for _, k := range m.known {
		if strings.Contains(s, k.text) {
			s = m.replaceKnown(s, k)
		}
	}
	return s
}

// replaceKnown replaces one known text, but not in masks.
func (m *Masker) replaceKnown(s string, k knownText) string {
	var b strings.Builder
	masks := m.rules.masks.FindAllStringIndex(s, -1)
	for at := 0; at < len(s); {
		i := strings.Index(s[at:], k.text)
		if i < 0 {
			b.WriteString(s[at:])
			break
		}
		begin := at + i
		end := begin + len(k.text)
		before, _ := utf8.DecodeLastRuneInString(s[:begin])
		after, _ := utf8.DecodeRuneInString(s[end:])
		inMask := slices.ContainsFunc(masks, func(mask []int) bool { return begin < mask[1] && end > mask[0] && end-begin <= mask[1]-mask[0] })
		if inMask || k.whole && (isWord(before) || isWord(after)) {
			_, size := utf8.DecodeRuneInString(s[begin:])
			b.WriteString(s[at : begin+size])
			at = begin + size
			continue
		}
		b.WriteString(s[at:begin])
		if isWord(before) {
			b.WriteByte(' ')
		}
		b.WriteString(k.mask)
		if isWord(after) {
			b.WriteByte(' ')
		}
		at = end
	}
	return b.String()
}

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
		return m.shortened(part)
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

// shortened is the mask of a number that is shown by its first and last two digits.
func (m *Masker) shortened(part string) string {
	short := strings.TrimPrefix(part, "+")
	if mask := m.short[short]; mask != "" {
		return mask
	}
	return m.mask("number", short)
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
		letters, tail := strings.TrimRight(piece, "0123456789"), ""
		tail = piece[len(letters):]
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
