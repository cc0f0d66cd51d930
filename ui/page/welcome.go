package page

import (
	"strings"

	"github.com/wapulse/wapulse/ui/widget"
)

// welcome is what stands where the sessions will be, while there are none: all that somebody needs who has read nothing else.
type welcome struct {
	theme   *widget.Theme
	hasDemo bool // the demo is a key away
}

// Where a welcome of all that is to be said, and the QR code that comes after it, have room.
const (
	welcomeWidth  = 76
	welcomeHeight = 16
	roomyWidth    = 100
	roomyHeight   = 34
)

// View draws it.
func (w welcome) View(width, height int) string {
	t, inner := w.theme, min(width-4, welcomeWidth)
	var lines []string
	say := func(text string) { lines = append(lines, widget.Wrap(text, inner, 4)...) }
	gap := func() { lines = append(lines, "") }
	step := func(sign, text string) {
		column := max(3, widget.Width(sign)+2)
		for _, line := range widget.Wrap(text, inner-1-column, 4) {
			lines = append(lines, " "+widget.Pad(sign, column)+line)
			sign = ""
		}
	}
	say(t.Strong.Render("wapulse keeps WhatsApp sessions alive, and shows how they are."))
	if height >= welcomeHeight {
		say("It watches every socket, and says of each failure what you can do.")
		gap()
	}
	say(t.Strong.Render("How to pair a phone"))
	step(t.Accent.Render("1"), "Press "+t.Key.Render(t.KeyOf("pair"))+" here and type a name for it, any you like: a code appears on this screen.")
	step(t.Accent.Render("2"), "On the phone, open WhatsApp: Settings (on Android the three dots), Linked devices, Link a device.")
	step(t.Accent.Render("3"), "Point its camera at the code here. The rest happens by itself, and at each later start, too.")
	if (width < roomyWidth || height < roomyHeight) && height >= welcomeHeight {
		step("", t.Muted.Render("The code is large: enlarge this window first. If it does not fit, there are eight characters to type on the phone instead."))
	}
	gap()
	if w.hasDemo {
		step(t.Key.Render(t.KeyOf("demo")), "see the demo first: sessions on a simulator, nothing of it is real")
	}
	step(t.Key.Render(t.KeyOf("help")), "all keys")
	step(t.Key.Render(t.KeyOf("quit")), "quit")
	if height >= roomyHeight {
		gap()
		say(t.Muted.Render("The phone stays the owner: it lists wapulse under Linked devices, and can end it there. Credentials stay in one file on this machine."))
	}
	margin := strings.Repeat(" ", max(1, (width-2-inner)/2))
	for i, line := range lines {
		lines[i] = margin + line
	}
	above := make([]string, max(0, (height-2-len(lines))/3))
	return t.Panel("Welcome", "", append(above, lines...), width, height)
}
