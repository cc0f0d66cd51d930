package page

import (
	"strings"

	"github.com/wapulse/wapulse/ui/widget"
)

// KeyHelp is one key and what it does.
type KeyHelp struct{ Key, Does string }

// Help lists the keys, and what the words and signs on the dashboard mean.
type Help struct {
	Theme  *widget.Theme
	Keys   []KeyHelp
	offset int
}

// Scroll moves by lines.
func (h *Help) Scroll(by int) { h.offset = max(0, h.offset+by) }

// words explains what the pages show.
func words(t *widget.Theme) [][2]string {
	return append([][2]string{
		{t.Healthy.Render("● CONNECTED"), "logged in and ready; pings prove it every 15 s"},
		{t.Working.Render("◔ CONNECTING"), "dialling, waiting for a phone, or logging in"},
		{t.Working.Render("◔ RECONNECTING"), "the socket was lost; wapulse gets it back by itself"},
		{t.Broken.Render("✖ ERROR"), "retrying cannot mend it: the row says what you can do"},
		{t.Off.Render("◌ DISCONNECTED"), "nobody wants it up"},
		{"ws", "the websocket's ready state: CONNECTING, OPEN, CLOSING, CLOSED"},
		{t.Healthy.Render("▮▮▮▮▮") + " health", "socket open, logged in, server answers, data fresh, phone seen"},
		{"breaker", "CLOSED 2/5: two failures in a row, five open it for a minute"},
		{"ping p50 / p95", "half, and 95 in 100, of the pings of five minutes were faster"},
		{"recent", "the last pings, 20 ms to 5 s; × went unanswered"},
		{"load", "operations in flight of those that may be, and what waits"},
	}, verdictWords(t)...)
}

// View draws the page: side by side if both lists fit, else one under the other.
func (h *Help) View(width, height int) string {
	t := h.Theme
	var keys, meanings []string
	for _, k := range h.Keys {
		keys = append(keys, "  "+t.Key.Render(widget.Pad(k.Key, 8))+" "+k.Does+"   ")
	}
	for _, w := range words(t) {
		meanings = append(meanings, "  "+widget.Pad(w[0], 16)+" "+w[1])
	}
	lines := append(append([]string{""}, keys...), append([]string{""}, meanings...)...)
	if left := widest(keys); left+widest(meanings) <= width-2 {
		lines = []string{""}
		for i := range max(len(keys), len(meanings)) {
			line := ""
			if i < len(keys) {
				line = keys[i]
			}
			if i < len(meanings) {
				line = widget.Pad(line, left) + meanings[i]
			}
			lines = append(lines, line)
		}
	}
	shown := height - 2
	h.offset = max(0, min(h.offset, len(lines)-shown))
	title := "Keys and words"
	if h.offset+shown < len(lines) {
		title += " (↓ more)"
	}
	return t.Panel(title, "", lines[h.offset:min(len(lines), h.offset+shown)], width, height)
}

func widest(lines []string) int {
	most := 0
	for _, line := range lines {
		most = max(most, widget.Width(line))
	}
	return most
}

// FooterText joins keys for the footer, as many as fit.
func FooterText(t *widget.Theme, keys []KeyHelp, width int) string {
	var b strings.Builder
	used := 1
	b.WriteByte(' ')
	for _, k := range keys {
		need := widget.Width(k.Key) + 1 + widget.Width(k.Does) + 2
		if used+need > width {
			break
		}
		used += need
		b.WriteString(t.Key.Render(k.Key) + " " + t.Muted.Render(k.Does) + "  ")
	}
	return b.String()
}
