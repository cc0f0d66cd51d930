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

// words explains what the dashboard shows.
func words(t *widget.Theme) [][2]string {
	return [][2]string{
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
	}
}

// View draws the page.
func (h *Help) View(width, height int) string {
	t := h.Theme
	lines := []string{""}
	for _, k := range h.Keys {
		lines = append(lines, "  "+t.Key.Render(widget.Pad(k.Key, 10))+" "+k.Does)
	}
	second := []string{""}
	for _, w := range words(t) {
		second = append(second, "  "+widget.Pad(w[0], 16)+" "+w[1])
	}
	if width >= 120 {
		left := 48
		for i := range max(len(lines), len(second)) {
			l, r := "", ""
			if i < len(lines) {
				l = lines[i]
			}
			if i < len(second) {
				r = second[i]
			}
			joined := widget.Pad(l, left) + r
			if i < len(lines) {
				lines[i] = joined
			} else {
				lines = append(lines, joined)
			}
		}
	} else {
		lines = append(lines, second...)
	}
	shown := height - 2
	h.offset = max(0, min(h.offset, len(lines)-shown))
	title := "Keys and words"
	if h.offset+shown < len(lines) {
		title += " (↓ more)"
	}
	return t.Panel(title, "", lines[h.offset:min(len(lines), h.offset+shown)], width, height)
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
