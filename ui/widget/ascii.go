package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/text/unicode/norm"
)

// Legible is a frame as the terminal can show it: where the locale has no UTF-8, all that is drawn becomes ASCII of the same width. This is the one place
// that decides it; pages draw as if every terminal could show everything.
func (t *Theme) Legible(frame string) string {
	if !t.look.ASCII {
		return frame
	}
	lines := strings.Split(frame, "\n")
	for i, line := range lines {
		lines[i] = asciiLine(line)
	}
	return strings.Join(lines, "\n")
}

// LegibleSign is a key's sign for the footer, whose places are measured.
func (t *Theme) LegibleSign(sign string) string {
	if !t.look.ASCII {
		return sign
	}
	return strings.NewReplacer("⏎", "enter", "⇧", "shift+", "↑↓", "up/down", "←→", "left/right", "↑", "up", "↓", "down", "←", "left", "→", "right").Replace(sign)
}

// ASCIISigns makes the signs that we write ASCII, each in as many cells. Letters, and whatever else we never write ourselves, stay.
func ASCIISigns(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r > 0x7f }) { // nearly always, of a million lines
		return text
	}
	pairs := make([]string, 0, 2*len(asciiTo))
	to := 0
	for _, sign := range asciiFrom {
		pairs = append(pairs, string(sign), asciiTo[to:to+1])
		to++
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// asciiLine keeps the width: a sign that becomes a word takes blanks that follow, as far as there are some to spare.
func asciiLine(line string) string {
	var b strings.Builder
	var state byte
	owed, run := 0, 0 // cells that the line has too many so far; blanks just written
	for rest := line; rest != ""; {
		part, width, n, next := ansi.DecodeSequence(rest, state, nil)
		rest, state = rest[n:], next
		switch {
		case width == 0:
			if strings.HasPrefix(part, "\x1b") {
				b.WriteString(part)
			}
			continue
		case part == " " && owed > 0 && run > 0:
			owed--
			continue
		case part == " ":
			run++
			b.WriteByte(' ')
			continue
		}
		run = 0
		text := asciiSign(part, width)
		if word := asciiWord(part, rest); word != "" && blanksToSpare(rest) >= owed+len(word)-width {
			text = word
			owed += len(word) - width
		}
		b.WriteString(text)
	}
	return b.String()
}

// asciiWord is what is better said in more cells, before that rest of the line; "" for nothing. What was cut off ends with … right before the next column.
func asciiWord(sign, rest string) string {
	switch {
	case sign == "⏎":
		return "enter"
	case sign == "…" && strings.HasPrefix(ansi.Strip(rest), "   "):
		return "..."
	}
	return ""
}

// blanksToSpare is how many blanks may go without two words running together.
func blanksToSpare(line string) int {
	count, run := 0, 0
	for _, r := range ansi.Strip(line) {
		if r != ' ' {
			run = 0
		} else if run++; run > 1 {
			count++
		}
	}
	return count
}

// asciiSign is a character in ASCII, in as many cells. Letters lose their accents; of other scripts only the place is left.
func asciiSign(sign string, width int) string {
	if len(sign) == 1 {
		return sign
	}
	if i := strings.Index(asciiFrom, sign); i >= 0 && width == 1 {
		return asciiTo[len([]rune(asciiFrom[:i])):][:1]
	}
	r := []rune(sign)[0]
	switch {
	case r >= 0x2801 && r <= 0x28ff: // braille, of charts
		return ":"
	case r >= 0x2500 && r <= 0x257f && width == 1: // other boxes
		return "+"
	}
	if base := norm.NFD.String(sign)[0]; base > ' ' && base < 0x7f && width == 1 {
		return string(base)
	}
	return strings.Repeat("?", width)
}

// The signs that we draw, and below each its form in ASCII. Shapes that differ still do where they stand for different things.
const (
	asciiFrom = "●◔✖◌○◆▮▯█▇▆▅▄▃▂▁░▒▓▀▐▌▸✓⏎…×·–—›‹→←↑↓│─┌┐└┘├┤┬┴┼━┃╭╮╰╯┄┈≤≥µ“”‘’▲▾▶◂╌╵⇧\u00a0"
	asciiTo   = "*~X-o&#-#*+=:-._.:##||>+~~x.--><><^v|-+++++++++-|++++--<>u\"\"''^v><-|^" + " "
)
