package check

import (
	"strings"
	"unicode"
)

// plain rewrites a text so that what looks the same is the same: digits of all scripts as ASCII, full-width characters as the usual ones, every dash
// a "-", every space a " ", nothing invisible; quotes and brackets around it are gone.
func plain(s string) string {
	s = strings.Map(plainRune, s)
	s = strings.TrimLeft(s, "= ") // ="0812…" is how a spreadsheet is kept from counting
	return strings.Trim(s, " \"'`<>[]{},;|")
}

func plainRune(r rune) rune {
	if r < 0x80 {
		return plainASCII(r)
	}
	if digit := digitOf(r); digit >= 0 {
		return '0' + rune(digit)
	}
	switch {
	case r >= 0xFF01 && r <= 0xFF5E: // full width
		return plainASCII(r - 0xFEE0)
	case unicode.Is(unicode.Pd, r), r == '−', r == '\u00AD', r == 'ー':
		return '-'
	case unicode.IsSpace(r), unicode.Is(unicode.Z, r):
		return ' '
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cc, r), r == unicode.ReplacementChar:
		return -1
	case unicode.Is(unicode.Pi, r), unicode.Is(unicode.Pf, r), r == '„', r == '‚', r == '「', r == '」', r == '【', r == '】':
		return '"'
	case r == '﹢', r == '➕':
		return '+'
	case r == '·', r == '•', r == '․', r == '。', r == '⋅':
		return '.'
	case r == '⁄', r == '∕':
		return '/'
	}
	return r
}

func plainASCII(r rune) rune {
	switch {
	case r == '\t', r == '\n', r == '\v', r == '\f', r == '\r':
		return ' '
	case r < ' ', r == 0x7F:
		return -1
	}
	return r
}

// digitOf returns the value of a decimal digit of any script, or -1. Unicode keeps the ten digits of a script side by side and in order, so the place
// in a range of its table is the value.
func digitOf(r rune) int {
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10
		}
	}
	return -1
}
