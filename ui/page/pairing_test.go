package page

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"go.uber.org/goleak"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/graphics"
	"github.com/wapulse/wapulse/ui/widget"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pairingCode is the page with a code of the length that the server gives.
func pairingCode(terminal graphics.Terminal, file string) (p *Pairing, now time.Time) {
	now = time.Date(2026, 3, 4, 14, 2, 11, 0, time.UTC)
	p = NewPairing(widget.Look{Profile: termenv.TrueColor, Dark: true}.Theme(), "")
	p.Begin(&vital.Snapshot{ID: 1, Version: 1, Name: "sales", State: vital.StateConnecting, Pairing: &vital.Pairing{
		QR: strings.Repeat("https://wa.me/", 17), Index: 2, Total: 6, ExpiresAt: now.Add(14 * time.Second),
	}}, 0)
	p.Terminal, p.Picture = terminal, file
	return p, now
}

// At every size the code is whole, in its largest form, with which code it is and how long it is valid, and nothing is wider or higher than the window.
func TestTheCodeAtEverySize(t *testing.T) {
	seen := map[form]bool{}
	for _, terminal := range []graphics.Terminal{{}, {Kind: graphics.Kitty, CellWidth: 8, CellHeight: 16}} {
		for _, file := range []string{"", "/tmp/wapulse-qr-1234567890/pair.png", "/var/folders/zz/" + strings.Repeat("x", 40) + "/T/wapulse-qr-1234567890/pair.png"} {
			p, now := pairingCode(terminal, file)
			for _, width := range []int{40, 47, 57, 58, 59, 60, 62, 63, 67, 69, 79, 80, 92, 93, 94, 95, 98, 99, 101, 104, 105, 140} {
				for _, height := range []int{8, 11, 13, 14, 15, 17, 20, 22, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 44} {
					c := p.code(width, height)
					seen[c.form] = true
					view, top, room := p.View(width, height, now), c.row, height
					if full := p.FullScreen(width, height+2, now); (full != "") != (c.form == codeAlone) {
						t.Fatalf("%d×%d: full screen %v, form %v", width, height, full != "", c.form)
					} else if full != "" {
						view, room = full, height+2
					}
					lines := strings.Split(view, "\n")
					if len(lines) != room {
						t.Fatalf("%d×%d: %d lines", width, height, len(lines))
					}
					for i, line := range lines {
						if widget.Width(line) > width {
							t.Fatalf("%d×%d: line %d is %d wide", width, height, i, widget.Width(line))
						}
					}
					for i, cells := range c.cells {
						if !strings.HasPrefix(lines[top+i], strings.Repeat(" ", c.column)+cells) {
							t.Fatalf("%d×%d: line %d of the code is not there", width, height, i)
						}
					}
					mustBeLargest(t, p, c, width, height)
					mustTell(t, p, c, lines)
				}
			}
		}
	}
	for _, f := range []form{codeNowhere, codeBeside, codeAbove, codeAlone} {
		if !seen[f] {
			t.Errorf("form %d was never seen", f)
		}
	}
}

// mustBeLargest demands the full quiet zone if there is room for it, the least one else, then a picture.
func mustBeLargest(t *testing.T, p *Pairing, c code, width, height int) {
	t.Helper()
	forms := p.qr.Forms()
	fits := func(cells []string) bool {
		w, h := widget.Width(cells[0]), len(cells)
		return w+besideGap+besideWidth <= width && h <= height || w <= width && h+p.underHeight(width) <= height
	}
	want := "nothing"
	switch {
	case fits(forms[0]):
		want = "full"
	case fits(forms[1]):
		want = "least"
	case len(forms[0]) <= height+1 && widget.Width(forms[0][0]) <= width:
		want = "full"
	case len(forms[1]) <= height+1 && widget.Width(forms[1][0]) <= width:
		want = "least"
	default:
		if _, ok := p.qr.Picture(p.Terminal, width, height-p.underHeight(width)); ok {
			want = "picture"
		}
	}
	got := "nothing"
	switch {
	case c.image.Columns > 0:
		got = "picture"
	case slices.Equal(c.cells, forms[0]):
		got = "full"
	case slices.Equal(c.cells, forms[1]):
		got = "least"
	}
	if got != want && !(want == "nothing" && got == "picture") { // beside a picture it may be lower
		t.Fatalf("%d×%d: %s, want %s", width, height, got, want)
	}
}

// mustTell demands which code it is, or the whole name of the file in its place.
func mustTell(t *testing.T, p *Pairing, c code, lines []string) {
	t.Helper()
	var beside, all strings.Builder // without blanks: what is cut is put together
	for _, line := range lines {
		line = ansi.Strip(line)
		if c.form == codeBeside {
			right := ansi.TruncateLeft(line, c.column+widget.Width(c.cells[0])+besideGap, "")
			beside.WriteString(strings.TrimSpace(right))
		}
		all.WriteString(strings.Trim(line, " │"))
	}
	text := beside.String() + all.String()
	if p.Picture != "" && !strings.Contains(text, p.Picture) && !(c.form == codeAlone && len(p.Picture) > 45) {
		t.Fatalf("the file's name is not in %q", text)
	}
	if (p.Picture == "" || c.form != codeAlone) && !strings.Contains(text, "Code 2 of 6, 14 s left") {
		t.Fatalf("no countdown in %q", text)
	}
}
