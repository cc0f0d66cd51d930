package check

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Number is a phone number that can be asked.
type Number struct {
	Input   string // as read, bounded
	E164    string // with +
	Warning string // what is odd about it; it may be asked all the same
}

// What bounds the work on one input.
const (
	maxText  = 4096 // bytes that are looked at: a link can carry a message
	maxInput = 512  // bytes that are kept
)

// The shape of E.164. It alone decides what may be asked: numbering plans, as libraries know them, lag behind what works.
const (
	minDigits = 8
	maxDigits = 15
)

// What can be wrong with an input, as a person is told.
var (
	errEmpty       = errors.New("empty")
	errNoDigits    = errors.New("no digits")
	errTooMuchText = errors.New("too long to be a phone number")
	errLetters     = errors.New("letters in it")
	errPlus        = errors.New("a + in the middle: more than one number?")
	errRounded     = errors.New("rounded by a spreadsheet: its digits are lost")
	errNoCountry   = errors.New("no country: begin with + and the country's code, or give a region")
	errZeroCountry = errors.New("no country's code begins with 0")
)

// Parse reads a phone number from whatever people paste: with spaces, dashes and invisible characters, in digits of any script, as a link to a chat,
// a JID or a tel: URI. Region, of two letters, is where a number without its country's code is from; "" for nowhere. The error says what is wrong
// with the input in words for its author; the Number has the input all the same.
func Parse(input, region string) (Number, error) {
	n := Number{Input: clip(input)}
	if region != "" {
		var err error
		if region, err = Region(region); err != nil {
			return n, err
		}
	}
	if len(input) > maxText {
		return n, errTooMuchText
	}
	w, err := read(plain(input))
	if err != nil {
		return n, err
	}
	n.E164, n.Warning, err = w.resolve(region)
	return n, err
}

// clip bounds what is kept of an input, and leaves valid UTF-8.
func clip(s string) string {
	if len(s) <= maxInput {
		return strings.ToValidUTF8(s, "�")
	}
	cut := maxInput
	for cut > maxInput-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strings.ToValidUTF8(s[:cut], "�") + "…"
}

// shaped returns digits as E.164, or what keeps them from being that.
func shaped(digits string) (string, error) {
	switch n := len(digits); {
	case n == 0:
		return "", errNoDigits
	case digits[0] == '0':
		return "", errZeroCountry
	case n < minDigits:
		return "", fmt.Errorf("too short: %s, and the least is %d with the country's code", count(n), minDigits)
	case n > maxDigits:
		return "", fmt.Errorf("too long: %s, and the most is %d with the country's code", count(n), maxDigits)
	}
	return "+" + digits, nil
}

func count(digits int) string {
	if digits == 1 {
		return "1 digit"
	}
	return fmt.Sprintf("%d digits", digits)
}
