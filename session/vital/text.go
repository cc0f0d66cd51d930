package vital

import (
	"regexp"
	"strings"
	"unicode"
)

// phoneNumber is what may be one, in a text.
var phoneNumber = regexp.MustCompile(`\+?\d{7,}`)

// ShortNumber keeps of a phone number the first two and the last two digits, as every text of wapulse has it. One of less than seven digits is none.
func ShortNumber(number string) string {
	digits, plus := strings.CutPrefix(number, "+")
	if len(digits) < 7 {
		return number
	}
	short := digits[:2] + "…" + digits[len(digits)-2:]
	if plus {
		return "+" + short
	}
	return short
}

// ShortNumbers is a text in which whatever may be a phone number is short.
func ShortNumbers(text string) string { return phoneNumber.ReplaceAllStringFunc(text, ShortNumber) }

// OneLine leaves of a text what can be printed in one line, and what joins characters to one (U+200D, as in many emoji).
func OneLine(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r' || unicode.Is(unicode.Zs, r):
			return ' '
		case !unicode.IsPrint(r) && r != '\u200d':
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "�"))
}
