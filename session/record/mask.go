package record

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wapulse/wapulse/session/vital"
)

// maxRounds is how often a text is looked through until nothing more is found; one that still changes then is left out as a whole.
const maxRounds = 8

// maxTexts bounds how many masked texts are kept.
const maxTexts = 20_000

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
	short map[string]string // masks by kind and by first and last two digits, as the program's own texts have numbers and hidden identities
	texts map[string]string // what was masked already, as long as nothing more is known: events say the same again and again
	full  []string          // digits of the numbers that are known with their country
}

// knownText is something that is hidden wherever it stands.
type knownText struct {
	text, mask string
	whole      bool // only where it is a word of its own
}

// NewMasker returns one that knows nothing yet.
func NewMasker() *Masker {
	return &Masker{rules: newRules(), masks: map[string]string{}, last: map[string]int{}, short: map[string]string{}, texts: map[string]string{}}
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
		clear(m.texts)
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
		clear(m.texts)
	}
	if len(digits) < shortestRun { // as a few islands have them: no rule finds those
		m.learn(knownText{text: digits, mask: made, whole: true})
	}
	m.learnShort("number", digits, made)
	return made
}

// learnShort has what a mask stands for recognized by its first and last two digits, unless two look like that.
func (m *Masker) learnShort(kind, digits, made string) {
	short := vital.ShortNumber(digits)
	if short == digits {
		return
	}
	key := kind + "\x00" + short
	have, known := m.short[key]
	if known && have != made {
		made = "" // two look like that
	}
	if have != made {
		m.short[key] = made
		clear(m.texts)
	}
}

// shortened is the mask of something that is shown by its first and last two digits.
func (m *Masker) shortened(kind, short string) string {
	if made := m.short[kind+"\x00"+short]; made != "" {
		return made
	}
	return m.mask(kind, short)
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
	case (kind == "number" || kind == "lid") && strings.Contains(user, "…"):
		user = m.shortened(kind, strings.TrimPrefix(user, "+"))
	case kind == "number" && digitsOf(user) != "" && len(digitsOf(user)) == len(strings.TrimPrefix(user, "+")):
		user = m.number(digitsOf(user))
	default:
		digits := user
		if user = m.mask(kind, user); kind == "lid" {
			m.learnShort(kind, digits, user)
		}
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

// Version is a version of WhatsApp's client as it is, though its last part has as many digits as a phone number, and anything else masked as a text.
func (m *Masker) Version(s string) string {
	if m.rules.version.MatchString(s) {
		return s
	}
	return m.Text(s)
}

// Text is a text for people without what is to be hidden: what is known, and what looks like a number, an account, a key, a code, an address or a path.
func (m *Masker) Text(s string) string {
	if s == "" {
		return ""
	}
	if have, ok := m.texts[s]; ok {
		return have
	}
	masked := m.untilAtRest(strings.ToValidUTF8(s, "�"))
	if len(m.texts) < maxTexts {
		m.texts[s] = masked
	}
	return masked
}

// untilAtRest masks a text again and again until that changes nothing.
func (m *Masker) untilAtRest(s string) string {
	for range maxRounds {
		masked := m.rules.all.ReplaceAllStringFunc(m.hideKnown(s), m.hideShape)
		if masked == s && !m.rules.digits.MatchString(s) {
			return s
		}
		if masked == s { // the number of a mask and digits behind it make a run
			masked = m.rules.digits.ReplaceAllString(s, "…")
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
