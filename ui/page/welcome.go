package page

import (
	"strings"

	"github.com/wapulse/wapulse/ui/widget"
)

// welcome is what stands where the sessions will be, while there are none.
type welcome struct {
	theme   *widget.Theme
	hasDemo bool // the demo is a key away
}

// View draws it.
func (w welcome) View(width, height int) string {
	t := w.theme
	text := []string{
		t.Strong.Render("wapulse keeps WhatsApp sessions alive, and shows how they are."),
		"It pairs phones by QR code, watches every socket, and says of each failure what it means and what to do.",
		"",
		t.Key.Render("p") + "  pair a phone",
	}
	if w.hasDemo {
		text = append(text, t.Key.Render("d")+"  see the demo: six sessions on a simulator, nothing of it is real")
	}
	text = append(text, t.Key.Render("?")+"  keys", t.Key.Render("q")+"  quit")
	var lines []string
	inner := min(width-6, 76)
	for _, line := range text {
		if line == "" {
			lines = append(lines, "")
			continue
		}
		lines = append(lines, widget.Wrap(line, inner, 3)...)
	}
	margin := strings.Repeat(" ", max(2, (width-2-inner)/2))
	for i, line := range lines {
		lines[i] = margin + line
	}
	above := make([]string, max(0, (height-2-len(lines))/3))
	return t.Panel("Welcome", "", append(above, lines...), width, height)
}
