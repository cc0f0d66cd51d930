package page

import (
	"fmt"
	"strconv"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

func itoa(n int) string { return strconv.Itoa(n) }

// View draws the page.
func (p *Pairing) View(width, height int, now time.Time) string {
	switch c := p.code(width, height); c.form {
	case codeBeside:
		return p.viewBeside(c, width, height, now)
	case codeAbove:
		return p.viewAbove(c, width, height, now)
	}
	lines := p.text(width-4, now)
	if over := len(lines) - (height - 2); over > 0 && (p.Busy != "" || p.Problem != "") { // what comes of what was typed is at the end
		lines = append(lines[:1:1], lines[1+over:]...)
	}
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
			say(t.KeyOf("accept") + " alone pairs " + widget.Clean(p.name.Default) + " again.")
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
		say(t.Key.Render(t.KeyOf("accept")) + " back to the dashboard")
	case PairingFailed:
		lines = append(lines, p.failedText(width)...)
	}
	if p.Busy != "" {
		gap()
		say(t.Working.Render(p.Busy + "…"))
	}
	if p.Problem != "" {
		gap()
		for _, line := range widget.Wrap("✖ "+widget.Clean(p.Problem), width, 4) {
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
		return append(lines, t.Broken.Render("The server's code is too long for a QR code."), t.Key.Render(t.KeyOf("phone-code"))+"  pair with a phone code instead")
	}
	if p.Picture != "" {
		file := p.fileLines(width)
		if width < sentenceWidth {
			file = p.fileName(width)
		}
		lines = append(append(lines[:1], file...), "")
	}
	lines = append(lines, widget.Wrap(fmt.Sprintf("This window is too small for the QR code, which needs %d×%d.", w, h+1), width, 3)...)
	lines = append(lines, t.Key.Render(t.KeyOf("phone-code"))+"  pair with a phone code instead: eight characters to type on the phone")
	if p.Picture == "" {
		lines = append(lines, t.Key.Render(t.KeyOf("picture"))+"  write the same QR code to a PNG file that only you can read")
	}
	return append(lines, widget.Wrap("Or enlarge the window, or make its font smaller: the code appears by itself.", width, 3)...)
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
			lines = append(lines, t.Muted.Render("do  ")+keyed(t, advice))
		}
	default:
		lines = []string{t.Off.Render("◌ Pairing was stopped.")}
	}
	return append(lines, "", t.Key.Render(t.KeyOf("accept"))+"  fresh codes", t.Key.Render(t.KeyOf("back"))+"  back to the dashboard")
}
