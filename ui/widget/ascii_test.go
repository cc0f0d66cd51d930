package widget

import (
	"strings"
	"testing"

	"github.com/muesli/termenv"
	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/session/vital"
)

func TestWhatIsDrawnHasAFormInASCII(t *testing.T) {
	theme := Look{Profile: termenv.TrueColor, Dark: true, ASCII: true}.Theme()
	for in, want := range map[string]string{
		"┌ Title ─┐\n│● up…   │\n└────────┘": "+ Title -+\n|* up... |\n+--------+",
		"⏎ start    esc back   ": "enter start esc back  ",
		"⏎ x":                    "~ x",
		"+4915…456  +49151…":     "+4915~456  +49151~",
		"\x1b[1m▮▮▮\x1b[0m▯▯  ▁▄×█": "\x1b[1m###\x1b[0m--  _:x#",
		"Zoë, Ünal, สวัสดี, 中文, 🛒":  "Zoe, Unal, ????, ????, ??",
		"nothing of it": "nothing of it",
	} {
		if got := theme.Legible(in); got != want {
			t.Errorf("%q becomes\n%q, want\n%q", in, got, want)
		}
		if got := (Look{Profile: termenv.TrueColor, Dark: true}).Theme().Legible(in); got != in {
			t.Errorf("with UTF-8, %q becomes %q", in, got)
		}
	}
}

func TestASCIIIsAsWide(t *testing.T) {
	theme := Look{ASCII: true}.Theme()
	rapid.Check(t, func(r *rapid.T) {
		signs := rapid.StringOfN(rapid.SampledFrom([]rune("⏎… ●✖│─中é🛒a0▮")), 0, 40, -1)
		line := Clean(rapid.OneOf(signs, rapid.String()).Draw(r, "line"))
		got := theme.Legible(line)
		if Width(got) != Width(line) {
			r.Fatalf("%q is %d wide, %q %d", line, Width(line), got, Width(got))
		}
		if strings.ContainsFunc(got, func(c rune) bool { return c > 0x7e }) {
			r.Fatalf("%q is not ASCII", got)
		}
	})
}

// Signs that stand for different things on one page have forms that differ.
func TestSignsDifferInASCIIToo(t *testing.T) {
	theme := Look{ASCII: true}.Theme()
	states, verdicts := map[string]bool{}, map[string]bool{}
	for _, s := range vital.States() {
		states[theme.Legible(StateSign(s))] = true
	}
	for _, v := range vital.Verdicts() {
		verdicts[theme.Legible(VerdictSign(v))] = true
	}
	if len(states) != 4 || len(verdicts) != 5 {
		t.Errorf("states %v, verdicts %v", states, verdicts)
	}
}
