package page

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/wapulse/wapulse/ui/graphics"
	"github.com/wapulse/wapulse/ui/widget"
)

// What the steps on the phone need next to a QR code, and under it.
const (
	besideWidth   = 34
	besideHeight  = 18 // with the name of a file
	besideGap     = 2
	underSteps    = 2  // lines
	sentenceWidth = 60 // where a sentence takes two lines at most
)

// form is where the QR code stands.
type form uint8

const (
	codeNowhere form = iota // in a file, or a phone code takes its place
	codeBeside              // the steps on the phone at its right
	codeAbove               // the steps under it
	codeAlone               // one line under it, and nothing else in the window
)

// code is the QR code as a window takes it.
type code struct {
	form        form
	cells       []string       // characters, or the blanks under a picture
	image       graphics.Image // no columns: none
	row, column int            // of its upper left corner
}

// code is the largest form that the body of a window takes: characters, with more white around rather than less, and else a picture.
func (p *Pairing) code(width, height int) code {
	if p.step != PairingCode || p.qr == nil {
		return code{}
	}
	under := p.underHeight(width)
	for _, cells := range p.qr.Forms() {
		w, h := widget.Width(cells[0]), len(cells)
		switch {
		case w+besideGap+besideWidth <= width && h <= height:
			return beside(code{cells: cells}, width, height)
		case w <= width && h+under <= height:
			return above(code{cells: cells}, width, height-under)
		}
	}
	if cells := p.qr.Fit(width, height+1); cells != nil { // without the header and the footer, but for one line
		return code{form: codeAlone, cells: cells, column: (width - widget.Width(cells[0])) / 2}
	}
	if image, ok := p.qr.Picture(p.Terminal, width-besideGap-besideWidth, height-1); ok {
		return beside(code{cells: blank(image), image: image}, width, height)
	}
	if image, ok := p.qr.Picture(p.Terminal, width, height-under); ok {
		return above(code{cells: blank(image), image: image}, width, height-under)
	}
	return code{}
}

func blank(image graphics.Image) []string {
	lines := make([]string, image.Rows)
	for i := range lines {
		lines[i] = strings.Repeat(" ", image.Columns)
	}
	return lines
}

// beside puts a code and the steps at its right into the middle, so that the steps have their room.
func beside(c code, width, height int) code {
	c.form = codeBeside
	c.row = max(0, min((height-len(c.cells))/2, height-besideHeight))
	c.column = (width - widget.Width(c.cells[0]) - besideGap - besideWidth) / 2
	return c
}

// underHeight is the room under a code: which one it is, and the steps or the name of the file.
func (p *Pairing) underHeight(width int) int {
	if p.Picture == "" {
		return 1 + underSteps
	}
	return 1 + max(underSteps, len(p.fileName(width-2)))
}

// above puts a code into the middle of the room that is left above the text.
func above(c code, width, height int) code {
	c.form = codeAbove
	c.row, c.column = (height-len(c.cells))/2, (width-widget.Width(c.cells[0]))/2
	return c
}

// Illustration is the picture, if the code is shown as one. View leaves its cells blank.
func (p *Pairing) Illustration(width, height int) (Illustration, bool) {
	c := p.code(width, height)
	return Illustration{Image: c.image, Row: c.row, Column: c.column}, c.image.Columns > 0
}

// FullScreen draws the QR code with one line under it if that is the only way it fits into the window, and says so; else it returns "".
func (p *Pairing) FullScreen(width, height int, now time.Time) string {
	c := p.code(width, height-2)
	if c.form != codeAlone {
		return ""
	}
	view := make([]string, 0, height)
	for _, line := range c.cells {
		view = append(view, strings.Repeat(" ", c.column)+line)
	}
	key := func(action string) string { return p.Theme.Key.Render(p.Theme.KeyOf(action)) }
	under := " " + p.countdown(now) + "   " + key("phone-code") + " phone code  " + key("back") + " stop"
	if p.Picture != "" {
		under = " " + p.fileName(width)[0]
	}
	if p.Simulation {
		under = " " + p.Theme.Alert.Render(" SIMULATION ") + under
	}
	view = widget.Fill(view, height-1)
	return strings.Join(append(view, widget.Truncate(under, width)), "\n")
}

func (p *Pairing) viewBeside(c code, width, height int, now time.Time) string {
	codeWidth := widget.Width(c.cells[0])
	text := p.besideText(width-c.column-codeWidth-besideGap-1, height-c.row, now)
	margin, gap := strings.Repeat(" ", c.column), strings.Repeat(" ", besideGap)
	lines := make([]string, c.row, height)
	for i := range height - c.row {
		left, right := strings.Repeat(" ", codeWidth), ""
		if i < len(c.cells) {
			left = c.cells[i]
		}
		if i < len(text) {
			right = text[i]
		}
		lines = append(lines, margin+left+gap+right)
	}
	return padded(lines, width)
}

// besideText is what stands at the right of a code. Where not all has room, the name of the file takes the place of the steps.
func (p *Pairing) besideText(width, height int, now time.Time) []string {
	text := []string{"", p.Theme.Strong.Render(p.title()), "", p.countdown(now), ""}
	steps, file := p.phoneSteps(scanSteps()), p.fileLines(width)
	if len(file) == 0 {
		return append(text, steps...)
	}
	if len(text)+len(steps)+1+len(file) <= height {
		text = append(append(text, steps...), "")
	}
	return append(text, file...)
}

func (p *Pairing) viewAbove(c code, width, height int, now time.Time) string {
	lines := make([]string, c.row, height)
	for _, line := range c.cells {
		lines = append(lines, strings.Repeat(" ", c.column)+line)
	}
	lines = append(lines, " "+p.Theme.Strong.Render(p.title())+"   "+p.countdown(now))
	under := widget.Wrap(strings.Join(scanSteps(), " › "), width-2, underSteps)
	if p.Picture != "" {
		under = p.fileName(width - 2)
	}
	for _, line := range under {
		lines = append(lines, " "+line)
	}
	return padded(widget.Fill(lines, height), width)
}

func padded(lines []string, width int) string {
	for i, line := range lines {
		lines[i] = widget.Pad(line, width)
	}
	return strings.Join(lines, "\n")
}

// fileLines tell of the code's file; none as long as there is none.
func (p *Pairing) fileLines(width int) []string {
	if p.Picture == "" {
		return nil
	}
	return append(widget.Wrap("The code is in a file too, which only you can read and which is deleted afterwards:", width, 4), whole(p.Picture, width)...)
}

// fileName is the same in few words.
func (p *Pairing) fileName(width int) []string { return whole("In a file too: "+p.Picture, width) }

// whole takes a text apart wherever a line is full, so that a path can be copied.
func whole(text string, width int) []string {
	return strings.Split(ansi.Hardwrap(text, max(1, width), true), "\n")
}
