package graphics

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// answers takes the terminal's answers out of what comes from it. Keys pass unchanged.
type answers struct {
	held        []byte   // may be the beginning of an answer
	found       Terminal // so far; Kind None, or Kitty, until the last answer
	multiplexer bool     // tmux or screen answers, which does not know the terminal
}

// longest bounds what is held: no answer is longer.
const longest = 128

// take returns what of more is typed, and whether the last answer was among it.
func (a *answers) take(more []byte) (typed []byte, last bool) {
	data := slices.Concat(a.held, more)
	a.held = nil
	for len(data) > 0 {
		at := bytes.IndexByte(data, '\x1b')
		if at < 0 {
			return append(typed, data...), last
		}
		typed, data = append(typed, data[:at]...), data[at:]
		length, whole := answerAt(data)
		switch {
		case whole:
			last = a.read(string(data[:length])) || last
			data = data[length:]
		case length > 0 && len(data) < longest: // it may become one
			a.held = bytes.Clone(data)
			return typed, last
		default:
			typed, data = append(typed, data[0]), data[1:]
		}
	}
	return typed, last
}

// mayBeKeys says whether what is held can be keys that are typed; else it is an answer that has begun.
func (a *answers) mayBeKeys() bool { return len(a.held) <= len("\x1b[") }

// release gives back what is held, as the bytes that it would have continued with do not come: keys if it can be, nothing of an answer that broke off.
func (a *answers) release() []byte {
	held, keys := a.held, a.mayBeKeys()
	a.held = nil
	if keys {
		return held
	}
	return nil
}

// answerAt measures the answer that data begins with, whole or as far as it has come; 0 is no answer.
func answerAt(data []byte) (length int, whole bool) {
	if len(data) == 1 {
		return 1, false
	}
	switch data[1] {
	case '_':
		if len(data) > 2 && data[2] != 'G' {
			return 0, false
		}
		if end := bytes.Index(data, []byte("\x1b\\")); end >= 0 {
			return end + 2, true
		}
		return len(data), false
	case '[':
		return csiAnswerAt(data)
	default:
		return 0, false
	}
}

// csiAnswerAt knows "CSI ? … c" and "CSI > … c", the attributes, and "CSI 6 ; … t", the size of a cell. No key has these forms.
func csiAnswerAt(data []byte) (length int, whole bool) {
	final := byte('c')
	for at := 2; at < len(data); at++ {
		c := data[at]
		switch {
		case at == 2 && (c == '?' || c == '>'):
		case at == 2 && c == '6':
			final = 't'
		case at == 2, at == 3 && final == 't' && c != ';':
			return 0, false
		case c >= '0' && c <= '9' || c == ';':
		case c == final:
			return at + 1, true
		default:
			return 0, false
		}
	}
	return len(data), false
}

// What tmux and screen say that they are: "T" and "S".
const (
	ofTmux   = "84"
	ofScreen = "83"
)

// read takes one answer; true for the last.
func (a *answers) read(answer string) bool {
	body := answer[2:]
	switch {
	case strings.HasPrefix(body, "G"):
		if head, result, _ := strings.Cut(body[1:], ";"); strings.Contains(head, "i="+number) && strings.HasPrefix(result, "OK") {
			a.found.Kind = Kitty
		}
	case strings.HasSuffix(body, "t"):
		sides := strings.Split(strings.TrimSuffix(body, "t"), ";") // 6, height, width
		if len(sides) == 3 {
			a.found.CellHeight, a.found.CellWidth = pixels(sides[1]), pixels(sides[2])
		}
	case strings.HasPrefix(body, ">"):
		which, _, _ := strings.Cut(strings.Trim(body, ">c"), ";")
		a.multiplexer = which == ofTmux || which == ofScreen
	default:
		for _, attribute := range strings.Split(strings.Trim(body, "?c"), ";")[1:] {
			if attribute == "4" && a.found.Kind == None {
				a.found.Kind = Sixel
			}
		}
		return true
	}
	return false
}

// pixels is a side of a cell; 0 for one that cannot be.
func pixels(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 2 || n > 200 {
		return 0
	}
	return n
}
