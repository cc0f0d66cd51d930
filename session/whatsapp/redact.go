package whatsapp

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wapulse/wapulse/session/vital"
)

// longestText is how much of a text from outside is kept.
const longestText = 300

var (
	secretQR   = regexp.MustCompile(`(?i)(https?://wa\.me/\S*|2@[A-Za-z0-9+/=,_-]{20,}\S*)`)
	secretBlob = regexp.MustCompile(`[A-Za-z0-9+/_=-]{32,}`)
)

// plain makes a text from outside fit to be shown and logged: one line, no control characters, no secrets, bounded.
func plain(s string) string {
	s = oneLine(s)
	s = secretQR.ReplaceAllString(s, "(QR code)")
	s = secretBlob.ReplaceAllStringFunc(s, maskBlob)
	return bounded(vital.ShortNumbers(s))
}

// named makes a name from outside fit to be shown. It is somebody's own choice, so nothing in it is masked.
func named(s string) string {
	return bounded(oneLine(s))
}

// oneLine is no more work than a text is worth.
func oneLine(s string) string { return vital.OneLine(s[:min(len(s), 4*longestText)]) }

func namedAll(list []string) []string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = named(s)
	}
	return all
}

func bounded(s string) string {
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > longestText {
		s = string([]rune(s)[:longestText-1]) + "…"
	}
	return s
}

// maskBlob hides what looks like a key. Words and paths, without any digit, are left alone.
func maskBlob(s string) string {
	if !strings.ContainsAny(s, "0123456789") {
		return s
	}
	return "(hidden)"
}

func maskedJID(jid types.JID) string {
	user := vital.ShortNumber(jid.User)
	if jid.Server == types.DefaultUserServer && user != "" {
		user = "+" + user
	}
	if user == "" {
		return jid.Server
	}
	return user + "@" + jid.Server
}

// argument is what a log line may say of one of its arguments. Only what is known to be harmless is said; of stanzas the tag, of all
// else the type.
func argument(v any) any {
	switch v := v.(type) {
	case nil, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64, time.Duration, time.Time:
		return v
	case string:
		return plain(v)
	case types.JID:
		return maskedJID(v)
	case *types.JID:
		if v == nil {
			return described("no JID")
		}
		return described(maskedJID(*v))
	case *waBinary.Node:
		if v == nil {
			return described("<>")
		}
		return described("<" + plain(v.Tag) + ">")
	case waBinary.Node:
		return described("<" + plain(v.Tag) + ">")
	case error:
		return described(plain(v.Error()))
	default:
		return described(fmt.Sprintf("%T", v))
	}
}

// holdsPrivate says of a log line whether texts in it are what people are called, or data.
func holdsPrivate(format string) bool {
	lower := strings.ToLower(format)
	return strings.Contains(lower, "push name") || strings.Contains(lower, "business name") || strings.Contains(lower, "hex")
}

// described is printed as it is, whatever verb the format has for it.
type described string

func (d described) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(d)) }

// logLine formats one of whatsmeow's log lines without its secrets.
func logLine(format string, args []any) string {
	safe := make([]any, len(args))
	private := holdsPrivate(format)
	for i, a := range args {
		safe[i] = argument(a)
		if _, isText := a.(string); isText && private {
			safe[i] = described("(hidden)")
		}
	}
	return plain(fmt.Sprintf(strings.ReplaceAll(format, "%p", "%v"), safe...)) // %p would go round Format
}
