package widget

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"github.com/rivo/uniseg"
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
	end := CutLeft(s, Width(s)-tail)
	return ansi.Truncate(s, width-1-tail, "") + "…" + end
}

// CutLeft cuts cells from the beginning of s. Of a wide character that stands across the cut nothing is left.
func CutLeft(s string, cells int) string {
	left := max(0, Width(s)-cells)
	cut := ansi.TruncateLeft(s, cells, "")
	for more := 1; Width(cut) > left; more++ {
		cut = ansi.TruncateLeft(s, cells+more, "")
	}
	return cut
}

// FirstCharacter takes the first character off s, with all that combines into it.
func FirstCharacter(s string) (first, rest string) {
	first, rest, _, _ = uniseg.FirstGraphemeClusterInString(s, -1)
	return first, rest
}

// Overlay puts a block onto the middle of a page. Both are plain lines of exact widths.
func Overlay(page, block string) string {
	return overlay(page, block, max(0, (strings.Count(page, "\n")-strings.Count(block, "\n"))/2))
}

// OverlayFoot puts a block onto the foot of a page, in the middle of its width.
func OverlayFoot(page, block string) string {
	return overlay(page, block, max(0, strings.Count(page, "\n")-strings.Count(block, "\n")))
}

// overlay puts a block onto a page from that line on.
func overlay(page, block string, y int) string {
	under, over := strings.Split(page, "\n"), strings.Split(block, "\n")
	width, least := Width(over[0]), Width(under[0])
	x := max(0, (least-width)/2)
	for i, line := range over {
		if y+i >= len(under) {
			break
		}
		have := under[y+i]
		under[y+i] = Pad(ansi.Truncate(have, x, ""), x) + line + PadLeft(CutLeft(have, x+width), max(0, least-x-width))
	}
	return strings.Join(under, "\n")
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
	lines := strings.Split(strings.ReplaceAll(ansi.Wrap(s, width, " "), noBreak, " "), "\n")
	if len(lines) > limit {
		rest := strings.Join(lines[limit-1:], " ")
		lines = append(lines[:limit-1:limit-1], Truncate(rest, width))
	}
	return styledAlone(lines)
}

// noBreak is a space at which Wrap ends no line, and which it draws as one.
const noBreak = "\u00a0"

// Together is parts with spaces between them, none of which Wrap tears apart where there is room.
func Together(parts []string) string {
	whole := make([]string, len(parts))
	for i, part := range parts {
		whole[i] = strings.ReplaceAll(part, " ", noBreak)
	}
	return strings.Join(whole, " ")
}

// styledAlone ends what styles a line at the line's end, and begins it anew on the next: between the two there are borders.
func styledAlone(lines []string) []string {
	style := ""
	for i, line := range lines {
		if style == "" && !strings.Contains(line, "\x1b") {
			continue
		}
		line = style + line
		style = styleAfter(line)
		if lines[i] = line; style != "" {
			lines[i] += "\x1b[0m"
		}
	}
	return lines
}

// styleAfter is what styles the text that follows.
func styleAfter(line string) string {
	var style string
	var state byte
	for line != "" {
		part, width, n, next := ansi.DecodeSequence(line, state, nil)
		line, state = line[n:], next
		switch {
		case width > 0 || !strings.HasPrefix(part, "\x1b[") || !strings.HasSuffix(part, "m"):
		case part == "\x1b[0m" || part == "\x1b[m":
			style = ""
		default:
			style += part
		}
	}
	return style
}
