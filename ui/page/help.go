package page

import (
	"strings"
	"time"

	"github.com/wapulse/wapulse/ui/widget"
)

// KeyHelp is one key and what it does.
type KeyHelp struct{ Key, Does string }

// Help lists the keys of a page, and, asked again, explains the page's own words.
type Help struct {
	Still
	Theme *widget.Theme
	Of    Page
	Keys  func() []KeyHelp // as they are when it is drawn

	words  bool
	offset int
	length int // lines
}

// Title is the page's.
func (h *Help) Title() string { return "Help" }

// Turn goes from the keys to the words, and back. False means that the page has no words of its own.
func (h *Help) Turn() bool {
	if len(h.meanings()) == 0 {
		return false
	}
	h.words, h.offset = !h.words, 0
	return true
}

// meanings are those of the page's words; nil for none.
func (h *Help) meanings() [][2]string {
	if e, ok := h.Of.(Explainer); ok {
		return e.Words(h.Theme)
	}
	return nil
}

// Move moves by lines.
func (h *Help) Move(by int) { h.offset = max(0, h.offset+by) }

// Length is how many lines there are.
func (h *Help) Length() int { return h.length }

// Wording says what the help key turns to.
func (h *Help) Wording(action string) string {
	switch {
	case action != "help":
		return ""
	case h.words:
		return "keys"
	default:
		return "what the words mean"
	}
}

// View draws the page.
func (h *Help) View(width, height int, _ time.Time) string {
	t := h.Theme
	title, lines := "Keys: "+h.Of.Title(), []string{""}
	if h.words {
		title = "Words: " + h.Of.Title()
		for _, w := range h.meanings() {
			lines = append(lines, entryLines(w[0], meaningColumn+1, w[1], width-2)...)
		}
	} else {
		column, keys := keyColumn, h.Keys()
		for _, k := range keys {
			column = max(column, widget.Width(k.Key))
		}
		for _, k := range keys {
			lines = append(lines, entryLines(t.Key.Render(k.Key), column+2, k.Does, width-2)...)
		}
	}
	h.length = len(lines)
	shown := height - 2
	h.offset = max(0, min(h.offset, len(lines)-shown))
	if h.offset+shown < len(lines) {
		title += " (↓ more)"
	}
	return t.Panel(title, "", lines[h.offset:min(len(lines), h.offset+shown)], width, height)
}

// mostLines is more than any explanation needs, in the narrowest window too: the page scrolls, and what it says it says whole.
const mostLines = 16

// entryLines explain a term, in its column, in as many lines as the explanation needs.
func entryLines(term string, column int, text string, width int) []string {
	var lines []string
	for _, part := range widget.Wrap(text, max(8, width-column-3), mostLines) {
		lines = append(lines, "  "+widget.Pad(term, column)+part)
		term = ""
	}
	return lines
}

// The columns of the two lists.
const (
	keyColumn     = 8
	meaningColumn = 16
)

// Words explains what the dashboard shows.
func (d *Dashboard) Words(t *widget.Theme) [][2]string {
	return [][2]string{
		{t.Healthy.Render("● CONNECTED"), "logged in and ready; pings prove it every 15 s"},
		{t.Working.Render("◔ CONNECTING"), "dialling, waiting for a phone, or logging in"},
		{t.Working.Render("◔ RECONNECTING"), "the socket was lost; wapulse gets it back by itself"},
		{t.Broken.Render("✖ ERROR"), "retrying cannot mend it: the row says what you can do"},
		{t.Off.Render("◌ DISCONNECTED"), "nobody wants it up"},
		{"ws", "the websocket's ready state: CONNECTING, OPEN, CLOSING, CLOSED"},
		{t.Healthy.Render("▮▮▮▮▮") + " health", "socket open, logged in, server answers, data fresh, phone seen"},
		{t.Healthy.Render("HEALTHY"), "nothing to complain of"},
		{t.Working.Render("! DEGRADED"), "it lives, or comes back by itself, with something wrong: " + t.KeyOf("open") + " lists it all"},
		{t.Broken.Render("✖ UNHEALTHY"), "of no use until it changes: " + t.KeyOf("open") + " lists it all"},
		{"breaker", "CLOSED 2/5: two failures in a row, five open it for a minute"},
		{"ping p50 / p95", "half, and 95 in 100, of the pings of five minutes were faster"},
		{"recent", "the last pings, 20 ms to 5 s; × went unanswered"},
		{"load", "operations in flight of those that may be, and what waits"},
	}
}

// Words explains what the page of a session shows.
func (p *Session) Words(t *widget.Theme) [][2]string {
	return [][2]string{
		{t.Healthy.Render("▮") + " " + t.Off.Render("▯"), "a rung of the ladder that holds, or does not, with its evidence and when that was"},
		{"p50, p95", "half, and 95 in 100, of the pings of a step were faster; the scale is logarithmic"},
		{t.Broken.Render("×"), "a ping that was not answered within 10 s"},
		{"a gap", "nothing was measured: the bar below says where the session stood"},
		{LastMinute.title(t), "single pings; each holds until the next one"},
		{t.Working.Render("▄") + " partly", "up for most of the column; the colour is of what else it was"},
		{t.Working.Render("▾") + " why", "an end of a connection, or a pattern, that was diagnosed: put the cursor there"},
		{"up 24 h", "of the last 24 hours, as far as they are known, connected; 100 only if it never was down"},
		{"connects", "the last ten, on one scale; slow: far above what is usual, or over a second"},
		{"operations", "█ to the p50, ▒ to the p95, of the time-out that the line is long"},
		{"frames", "stanzas as events, masked; they end by themselves after 10 minutes"},
	}
}

// Words explains what the list of events shows, and what its filter understands.
func (e *Events) Words(t *widget.Theme) [][2]string {
	return [][2]string{
		{"columns", "when, whose, what kind, and what happened; those of another day show their date"},
		{t.Working.Render("a warning"), "wapulse mends it by itself"},
		{t.Broken.Render("an error"), "retrying cannot mend it"},
		{"paused", "a line is selected, or you have scrolled: what you read stays where it is"},
		{"new, lost", "what has come since, and what came faster than the screen takes it: a gap says where"},
		{"session:a,b", "in the filter: events of these sessions"},
		{"kind:qr,log", "of these kinds, such as the third column has them"},
		{"level:warn", "of that level and heavier; level:debug has the details too, which are live only"},
		{"since:2h", "at or after; until: before: 90s, 14:02, 2026-08-22, 2026-08-22T14:02"},
		{"other words", `must be in the text or in a field; "timed out" with its space`},
	}
}

// Words explains what the page that pairs shows.
func (p *Pairing) Words(*widget.Theme) [][2]string {
	return [][2]string{
		{"code 1 of 6", "WhatsApp gives six, one after the other; then they must be asked for anew"},
		{"phone code", "eight characters that are typed on the phone, where its camera is no help"},
		{"PNG file", "the same QR code, in a file that only you can read; it is deleted afterwards"},
		{"JID", "the account's address at WhatsApp, with the number of this device after the colon"},
		{"prekeys", "what others need to write to a new device; WhatsApp has them once pairing is over"},
	}
}

// Span is where a key stands in the footer, in columns from 0; To is the one after it.
type Span struct{ From, To int }

// Footer joins keys for the footer, as many as fit, and says where each of them stands. The last, which is the way back, is among those that fit; one that
// does not has an empty span.
func Footer(t *widget.Theme, keys []KeyHelp, width int) (text string, spans []Span) {
	var b strings.Builder
	needs := make([]int, len(keys))
	for i, k := range keys {
		needs[i] = widget.Width(k.Key) + 1 + widget.Width(k.Does) + 2
	}
	used := 1
	b.WriteByte(' ')
	spans = make([]Span, len(keys))
	for i, k := range keys {
		last := len(keys) - 1
		if used+needs[i]-2 > width || i < last && i > 0 && used+needs[i]+needs[last]-2 > width {
			continue
		}
		spans[i] = Span{used, used + needs[i] - 2}
		used += needs[i]
		b.WriteString(t.Key.Render(k.Key) + " " + t.Muted.Render(k.Does) + "  ")
	}
	return strings.TrimRight(b.String(), " "), spans
}
