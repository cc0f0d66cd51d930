package page

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

func itoa(n int) string { return strconv.Itoa(n) }

// What the steps on the phone need next to a QR code, and under it.
const (
	besideWidth  = 34
	besideHeight = 18 // with the name of a file
	underHeight  = 3
	besideGap    = 2
)

// form is how the QR code is shown: the first of these that the window takes.
type form uint8

const (
	codeNowhere   form = iota // as a file, or by a phone code
	codeBeside                // in characters, the steps on the phone at its right
	codeAbove                 // the steps under it
	codeAlone                 // with one line under it, and nothing else in the window
	pictureBeside             // as a picture of the terminal, the steps at its right
	pictureAbove
)

// form measures the body of a window.
func (p *Pairing) form(width, height int) form {
	if p.step != PairingCode || p.qr == nil {
		return codeNowhere
	}
	w, h := p.qr.Least()
	switch {
	case w == 0:
		return codeNowhere
	case w+besideGap+besideWidth <= width && h <= height:
		return codeBeside
	case w <= width && h+underHeight <= height:
		return codeAbove
	case w <= width && h+1 <= height+2:
		return codeAlone
	}
	if _, ok := p.qr.Picture(p.Terminal, width-besideGap-besideWidth, height-1); ok {
		return pictureBeside
	}
	if _, ok := p.qr.Picture(p.Terminal, width, height-underHeight); ok {
		return pictureAbove
	}
	return codeNowhere
}

// Illustration is the picture, if the code is shown as one. View leaves its cells blank.
func (p *Pairing) Illustration(width, height int) (i Illustration, ok bool) {
	switch p.form(width, height) {
	case pictureBeside:
		i.Image, ok = p.qr.Picture(p.Terminal, width-besideGap-besideWidth, height-1)
		i.Row, i.Column = besideAt(i.Image.Columns, i.Image.Rows, width, height)
	case pictureAbove:
		i.Image, ok = p.qr.Picture(p.Terminal, width, height-underHeight)
		i.Row, i.Column = aboveAt(i.Image.Columns, i.Image.Rows, width, height)
	}
	return i, ok
}

// besideAt is where a code of that size begins, so that it and the steps at its right are in the middle, and the steps have their room.
func besideAt(codeWidth, codeHeight, width, height int) (row, column int) {
	row = max(0, min((height-codeHeight)/2, height-besideHeight))
	return row, (width - codeWidth - besideGap - besideWidth) / 2
}

func aboveAt(codeWidth, codeHeight, width, height int) (row, column int) {
	return (height - codeHeight - underHeight) / 2, (width - codeWidth) / 2
}

// cells are the lines of the code: characters, or the blanks under a picture.
func (p *Pairing) cells(width, height int) []string {
	i, ok := p.Illustration(width, height)
	if !ok {
		if p.form(width, height) == codeBeside {
			return p.qr.Fit(width-besideGap-besideWidth, height)
		}
		return p.qr.Fit(width, height-underHeight)
	}
	lines := make([]string, i.Image.Rows)
	for at := range lines {
		lines[at] = strings.Repeat(" ", i.Image.Columns)
	}
	return lines
}

// FullScreen draws the QR code with one line under it if that is the only way it fits into the window, and says so; else it returns "".
func (p *Pairing) FullScreen(width, height int, now time.Time) string {
	if p.form(width, height-2) != codeAlone {
		return ""
	}
	lines := p.qr.Fit(width, height-1)
	margin := strings.Repeat(" ", (width-widget.Width(lines[0]))/2)
	view := make([]string, 0, height)
	for _, line := range lines {
		view = append(view, margin+line)
	}
	under := " " + p.countdown(now) + "   " + p.Theme.Key.Render("c") + " phone code  " + p.Theme.Key.Render("esc") + " stop"
	if p.Simulation {
		under = " " + p.Theme.Alert.Render(" SIMULATION ") + under
	}
	view = widget.Fill(view, height-1)
	return strings.Join(append(view, widget.Truncate(under, width)), "\n")
}

// View draws the page.
func (p *Pairing) View(width, height int, now time.Time) string {
	switch p.form(width, height) {
	case codeBeside, pictureBeside:
		return p.viewBeside(width, height, now)
	case codeAbove, pictureAbove:
		return p.viewAbove(width, height, now)
	}
	lines := p.text(width-4, now)
	above := make([]string, max(0, min(2, (height-2-len(lines))/3)))
	margin := " "
	if width >= 100 {
		margin = "    "
	}
	for i, line := range lines {
		lines[i] = margin + line
	}
	return p.Theme.Panel(p.title(), "", append(above, lines...), width, height)
}

func (p *Pairing) title() string {
	if p.session == nil {
		return "Pair a phone"
	}
	return "Pair " + widget.TruncateMiddle(widget.Clean(p.session.Name), 30)
}

func (p *Pairing) viewBeside(width, height int, now time.Time) string {
	code := p.cells(width, height)
	codeWidth := widget.Width(code[0])
	row, column := besideAt(codeWidth, len(code), width, height)
	text := []string{"", p.Theme.Strong.Render(p.title()), "", p.countdown(now), ""}
	text = append(text, p.phoneSteps(scanSteps())...)
	text = append(text, "")
	text = append(text, p.pictureLines(width-column-codeWidth-besideGap-1)...)
	lines := make([]string, 0, height)
	for range row {
		lines = append(lines, strings.Repeat(" ", width))
	}
	for i := range height - row {
		left, right := strings.Repeat(" ", codeWidth), ""
		if i < len(code) {
			left = code[i]
		}
		if i < len(text) {
			right = text[i]
		}
		lines = append(lines, widget.Pad(strings.Repeat(" ", column)+left+strings.Repeat(" ", besideGap)+right, width))
	}
	return strings.Join(lines, "\n")
}

func (p *Pairing) viewAbove(width, height int, now time.Time) string {
	code := p.cells(width, height)
	row, column := aboveAt(widget.Width(code[0]), len(code), width, height)
	lines := make([]string, row, height)
	for _, line := range code {
		lines = append(lines, strings.Repeat(" ", column)+line)
	}
	lines = append(lines, " "+p.Theme.Strong.Render(p.title())+"   "+p.countdown(now))
	file := p.pictureLines(width - 2)
	for _, line := range widget.Wrap(strings.Join(scanSteps(), " › "), width-2, max(1, height-len(lines)-len(file))) {
		lines = append(lines, " "+line)
	}
	lines = append(lines, file...)
	for i, line := range lines {
		lines[i] = widget.Pad(line, width)
	}
	return strings.Join(widget.Fill(lines, height), "\n")
}

// scanSteps and typeSteps say what to do on the phone.
func scanSteps() []string {
	return []string{"Open WhatsApp on the phone", "Settings", "Linked devices", "Link a device", "Point the camera here"}
}

func typeSteps() []string {
	return []string{"Open WhatsApp on that phone", "Settings", "Linked devices", "Link a device", "Link with phone number instead", "Type the code"}
}

func (p *Pairing) phoneSteps(steps []string) []string {
	lines := []string{p.Theme.Muted.Render("On the phone")}
	for i, step := range steps {
		lines = append(lines, p.Theme.Muted.Render(itoa(i+1))+" "+step)
	}
	return lines
}

func (p *Pairing) pictureLines(width int) []string {
	if p.Picture == "" {
		return nil
	}
	lines := widget.Wrap("The code is in a file too, which only you can read and which is deleted afterwards:", width, 4)
	for path := p.Picture; path != ""; { // whole, so that it can be copied
		part := widget.Truncate(path, width)
		if part == path {
			return append(lines, path)
		}
		part = path[:min(len(path), max(1, width))]
		lines, path = append(lines, part), path[len(part):]
	}
	return lines
}

// text is the page when it shows no QR code.
func (p *Pairing) text(width int, now time.Time) []string {
	t := p.Theme
	var lines []string
	say := func(s string) { lines = append(lines, widget.Wrap(s, width, 6)...) }
	gap := func() { lines = append(lines, "") }
	switch p.step {
	case PairingName:
		lines = append(lines, p.name.View(t, width))
		gap()
		say("A name of your own for this session, to know it by. The QR code comes next.")
		if p.name.Default != "" {
			say("⏎ alone pairs " + widget.Clean(p.name.Default) + " again.")
		}
	case PairingCode:
		lines = append(lines, p.codeText(width, now)...)
	case PairingPhone:
		lines = append(lines, p.phone.View(t, width))
		gap()
		say("With country code, as +4915123456789. WhatsApp gives a code of eight characters to type on that phone.")
		say(p.countdown(now))
	case PairingTyped:
		lines = append(lines, p.typedText(width, now)...)
	case PairingLogin:
		lines = append(lines, t.Working.Render("◔ The phone has answered. Logging in, sending prekeys…"), "")
		lines = append(lines, p.whoLines()...)
	case PairingDone:
		lines = append(lines, t.Healthy.Render("● Paired and connected"), "")
		lines = append(lines, p.whoLines()...)
		gap()
		say(t.Key.Render("⏎") + " back to the dashboard")
	case PairingFailed:
		lines = append(lines, p.failedText(width)...)
	}
	if p.Busy != "" {
		gap()
		say(t.Working.Render(p.Busy + "…"))
	}
	if p.Problem != "" {
		gap()
		for _, line := range widget.Wrap(widget.Clean(p.Problem), width, 4) {
			lines = append(lines, t.Broken.Render(line))
		}
	}
	return lines
}

// codeText stands where a QR code would, as long as there is none, or none that fits.
func (p *Pairing) codeText(width int, now time.Time) []string {
	t := p.Theme
	if p.qr == nil {
		lines := []string{t.Working.Render("◔ Asking WhatsApp for codes: " + phaseText(p.session) + "…")}
		if p.session.State == vital.StateReconnecting || p.session.LastError != "" {
			lines = append(lines, widget.Wrap(widget.Clean(p.session.LastError), width, 3)...)
		}
		return lines
	}
	w, h := p.qr.Least()
	lines := []string{t.Strong.Render(p.countdown(now)), ""}
	if w == 0 {
		return append(lines, t.Broken.Render("The server's code is too long for a QR code."), t.Key.Render("c")+"  pair with a phone code instead")
	}
	lines = append(lines, widget.Wrap(fmt.Sprintf("This window is too small for the QR code, which needs %d×%d.", w, h+1), width, 3)...)
	lines = append(lines, t.Key.Render("c")+"  pair with a phone code instead: eight characters to type on the phone",
		t.Key.Render("g")+"  write the same QR code to a PNG file that only you can read")
	lines = append(lines, widget.Wrap("Or enlarge the window, or make its font smaller: the code appears by itself.", width, 3)...)
	lines = append(lines, "")
	return append(lines, p.pictureLines(width)...)
}

func (p *Pairing) typedText(width int, now time.Time) []string {
	t, shown := p.Theme, p.session.Pairing
	lines := []string{"Code for " + widget.Phone(widget.Clean(shown.PhoneFor)), "", "    " + t.Strong.Render(widget.Clean(shown.PhoneCode)), ""}
	lines = append(lines, p.phoneSteps(typeSteps())...)
	left := time.Duration(shown.Total-shown.Index)*20*time.Second + shown.ExpiresAt.Sub(now)
	lines = append(lines, "", "Valid for "+widget.Countdown(left)+".")
	return lines
}

func (p *Pairing) whoLines() []string {
	var lines []string
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, p.Theme.Muted.Render(widget.Pad(label, labelWidth))+value)
		}
	}
	id := p.session.Identity
	add("JID", widget.Clean(id.JID))
	add("name", widget.Clean(id.PushName))
	add("phone", widget.Phone(id.Phone))
	return lines
}

func (p *Pairing) failedText(width int) []string {
	t := p.Theme
	d := p.session.Diagnosis()
	var lines []string
	switch {
	case p.session.Reason == vital.ReasonCodesRanOut:
		lines = []string{t.Working.Render("◌ Every code was shown, and no phone has scanned one.")}
	case d.What != "":
		for _, line := range widget.Wrap("✖ Not paired: "+widget.Clean(d.What), width, 4) {
			lines = append(lines, t.Broken.Render(line))
		}
		lines = append(lines, widget.Wrap(widget.Clean(d.Meaning), width, 3)...)
		if advice := d.Advice(); advice != "" {
			lines = append(lines, t.Muted.Render("do  ")+advice)
		}
	default:
		lines = []string{t.Off.Render("◌ Pairing was stopped.")}
	}
	return append(lines, "", t.Key.Render("⏎")+"  fresh codes", t.Key.Render("esc")+"  back to the dashboard")
}
