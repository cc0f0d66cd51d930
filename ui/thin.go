package ui

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// thinner stands between Bubble Tea, which writes a line anew for one changed cell, and the terminal: of a line that it knows, only the cells that differ
// are written. What it does not understand it passes on as it is, and writes the lines whole after that.
type thinner struct {
	mu    sync.Mutex
	lines []thinLine // of the window, as the program wants them
}

// thinLine is a line as it was written, and what of it the terminal shows.
type thinLine struct {
	text    string
	cells   []thinCell // nil: the line is written whole, whatever is there
	unknown bool       // the terminal may show something else
}

// thinCell is a cell with all that has been said of its looks.
type thinCell struct{ looks, text string }

const (
	thinHome  = ansi.CursorHomePosition
	thinErase = ansi.EraseLineRight
	thinReset = "\x1b[m"
	thinGap   = 6 // cells that are the same are written again rather than skipped
)

// thin returns what is to be written in the place of b.
func (t *thinner) thin(b []byte) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	changed, end, ok := frameLines(b)
	if !ok {
		if !harmless(b) {
			t.allUnknown()
		}
		return b
	}
	if len(t.lines) != len(changed) {
		t.lines = make([]thinLine, len(changed))
		t.allUnknown()
	}
	var out bytes.Buffer
	for i, line := range changed {
		have := &t.lines[i]
		switch {
		case line != "":
			next := thinLine{text: line, cells: cellsOf(line)}
			next.write(&out, i, have)
			*have = next
		case have.unknown && have.text != "":
			have.write(&out, i, have)
			have.unknown = false
		}
	}
	if out.Len() == 0 {
		return nil
	}
	out.WriteString(end)
	return out.Bytes()
}

// forget means that the terminal may show anything: its window has another size.
func (t *thinner) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.allUnknown()
}

func (t *thinner) allUnknown() {
	for i := range t.lines {
		t.lines[i].unknown = true
	}
}

// harmless says whether a write leaves all cells as they are: a title, the clipboard, a bell.
func harmless(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\x1b]")) || bytes.HasPrefix(b, []byte("\x1bP")) || bytes.HasPrefix(b, []byte("\a"))
}

// frameLines takes a frame of Bubble Tea's apart: from the top of the window to its end, an empty text for each line that has not changed. End is
// where it leaves the cursor.
func frameLines(b []byte) (lines []string, end string, ok bool) {
	frame, ok := strings.CutPrefix(string(b), thinHome)
	if !ok {
		return nil, "", false
	}
	at := strings.LastIndex(frame, "\x1b[")
	if at < 0 || !strings.HasSuffix(frame, "H") {
		return nil, "", false
	}
	frame, end = frame[:at], frame[at:]
	row, _, _ := strings.Cut(end[2:len(end)-1], ";")
	height, err := strconv.Atoi(row)
	lines = strings.Split(frame, "\n")
	if err != nil || height != len(lines) || strings.Contains(frame, ansi.EraseScreenBelow) {
		return nil, "", false
	}
	for i, line := range lines {
		lines[i] = strings.Trim(line, "\r")
	}
	return lines, end, true
}

// write writes what differs from what is there, or all of it if that is shorter.
func (l *thinLine) write(out *bytes.Buffer, row int, have *thinLine) {
	whole := ansi.CursorPosition(1, row+1) + l.text
	before := out.Len()
	if !have.unknown && have.cells != nil && l.cells != nil {
		if l.writeSpans(out, row, have); out.Len()-before < len(whole) {
			return
		}
	}
	out.Truncate(before)
	out.WriteString(whole)
}

func (l *thinLine) writeSpans(out *bytes.Buffer, row int, have *thinLine) {
	for at := 0; at < len(l.cells); {
		if at < len(have.cells) && l.cells[at] == have.cells[at] {
			at++
			continue
		}
		end := l.spanFrom(at, have)
		out.WriteString(ansi.CursorPosition(at+1, row+1))
		writeCells(out, l.cells[at:end])
		at = end
	}
	if len(have.cells) > len(l.cells) {
		out.WriteString(ansi.CursorPosition(len(l.cells)+1, row+1) + thinErase)
	}
}

// spanFrom is the end of what is written together from a cell that differs.
func (l *thinLine) spanFrom(at int, have *thinLine) int {
	end := at + 1
	for i := end; i < len(l.cells) && i-end < thinGap; i++ {
		if i >= len(have.cells) || l.cells[i] != have.cells[i] {
			end = i + 1
		}
	}
	return end
}

func writeCells(out *bytes.Buffer, cells []thinCell) {
	looks := ""
	for _, c := range cells {
		blank := c.text == " " && c.looks == "" && !paints(looks)
		if c.looks != looks && !blank {
			if looks != "" {
				out.WriteString(thinReset)
			}
			out.WriteString(c.looks)
			looks = c.looks
		}
		out.WriteString(c.text)
	}
	if looks != "" {
		out.WriteString(thinReset)
	}
}

// cellsOf takes a line apart; nil if it has anything but text of single cells and looks: terminals do not agree on how wide other text is.
func cellsOf(line string) []thinCell {
	line = strings.TrimSuffix(line, thinErase)
	cells := make([]thinCell, 0, len(line))
	looks := ""
	for len(line) > 0 {
		if rest, ok := strings.CutPrefix(line, "\x1b["); ok {
			end := strings.IndexFunc(rest, func(r rune) bool { return r != ';' && r != ':' && (r < '0' || r > '9') })
			if end < 0 || rest[end] != 'm' {
				return nil
			}
			if params := rest[:end]; params == "" || params == "0" {
				looks = ""
			} else {
				looks += line[:len("\x1b[")+end+1]
			}
			line = rest[end+1:]
			continue
		}
		cluster, width := ansi.FirstGraphemeCluster(line, ansi.GraphemeWidth)
		if width != 1 || utf8.RuneCountInString(cluster) != 1 {
			return nil
		}
		c := thinCell{looks, cluster}
		if cluster == " " && !paints(looks) {
			c.looks = ""
		}
		cells = append(cells, c)
		line = line[len(cluster):]
	}
	return cells
}

// paints says whether looks are seen on a blank: a background, a line, or reversed colours.
func paints(looks string) bool {
	for _, sgr := range strings.Split(looks, "\x1b[") {
		params := strings.Split(strings.TrimSuffix(sgr, "m"), ";")
		for i := 0; i < len(params); i++ {
			n, err := strconv.Atoi(params[i])
			switch {
			case err != nil && params[i] != "":
				return true
			case n == 38 && i+1 < len(params) && params[i+1] == "2":
				i += 4
			case n == 38 && i+1 < len(params) && params[i+1] == "5":
				i += 2
			case n != 0 && n != 1 && n != 2 && n != 3 && n != 22 && n != 39 && (n < 30 || n > 37) && (n < 90 || n > 97):
				return true
			}
		}
	}
	return false
}
