package widget

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Clean makes a string from outside safe to draw on one line: escape sequences go, control characters and what turns or hides the direction of
// text too; other white space becomes a space.
func Clean(s string) string {
	s = ansi.Strip(s)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200d', r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// Width is how many cells s takes.
func Width(s string) int { return ansi.StringWidth(s) }

// Truncate cuts s to width cells, with … at its end if something went.
func Truncate(s string, width int) string {
	if width <= 0 {
		return ""
	}
	return ansi.Truncate(s, width, "…")
}

// TruncateMiddle cuts an identifier to width cells and keeps its beginning and its end.
func TruncateMiddle(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	if width < 5 {
		return Truncate(s, width)
	}
	tail := (width - 1) / 2
	end := ansi.TruncateLeft(s, Width(s)-tail, "")
	for Width(end) > tail { // a wide character stood across the cut
		_, size := utf8.DecodeRuneInString(end)
		end = end[size:]
	}
	return ansi.Truncate(s, width-1-tail, "") + "…" + end
}

// Pad makes s exactly width cells wide, cutting or filling at its end.
func Pad(s string, width int) string {
	s = Truncate(s, width)
	return s + strings.Repeat(" ", max(0, width-Width(s)))
}

// PadLeft makes s exactly width cells wide, filling at its beginning: for numbers.
func PadLeft(s string, width int) string {
	s = Truncate(s, width)
	return strings.Repeat(" ", max(0, width-Width(s))) + s
}

// Wrap breaks s into lines of at most width cells, at most limit of them, the last with … if something is left.
func Wrap(s string, width, limit int) []string {
	if width <= 0 || limit <= 0 || s == "" {
		return nil
	}
	lines := strings.Split(ansi.Wrap(s, width, " "), "\n")
	if len(lines) <= limit {
		return lines
	}
	rest := strings.Join(lines[limit-1:], " ")
	return append(lines[:limit-1:limit-1], Truncate(rest, width))
}
