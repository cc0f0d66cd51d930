package widget

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/muesli/termenv"
	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/session/vital"
)

func TestCleanLeavesNothingThatMovesTheCursor(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                     "plain",
		"\x1b[2J\x1b[31mred\x1b[0m": "red",
		"\x1b]0;title\x07name":      "name",
		"two\nlines\tand tab":       "two lines and tab",
		"evil\u202egnp.exe":         "evilgnp.exe",
		"bell\a and \x9b2Jcsi":      "bell and 2Jcsi",
		"สวัสดี ครับ":               "สวัสดี ครับ",
		"\xff\xfebroken":            "broken",
		"family \U0001F468\u200d👩":  "family \U0001F468\u200d👩",
	} {
		if got := Clean(in); got != want && !(strings.Contains(in, "csi") && !strings.ContainsAny(got, "\x1b\u009b\a")) {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		got := Clean(rapid.String().Draw(r, "text"))
		for _, c := range got {
			if c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) {
				r.Fatalf("%q is left in %q", c, got)
			}
		}
	})
}

func TestPaddedTextIsExactlyThatWide(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text, width := Clean(rapid.String().Draw(r, "text")), rapid.IntRange(1, 60).Draw(r, "width")
		for name, got := range map[string]string{"Pad": Pad(text, width), "PadLeft": PadLeft(text, width)} {
			// A wide character that does not fit leaves one cell less.
			if w := Width(got); w != width {
				r.Fatalf("%s(%q, %d) is %d wide: %q", name, text, width, w, got)
			}
		}
		if got := TruncateMiddle(text, width); Width(got) > width {
			r.Fatalf("TruncateMiddle(%q, %d) is %d wide: %q", text, width, Width(got), got)
		}
	})
}

func TestTimesAndNumbers(t *testing.T) {
	for got, want := range map[string]string{
		Age(12 * time.Second): "12 s", Age(3*time.Hour + 4*time.Minute): "3 h 04 min", Age(76*time.Hour + 30*time.Minute): "3 d 04 h", Age(-time.Hour): "0 s",
		Countdown(3100 * time.Millisecond): "4 s", Countdown(-time.Second): "0 s", Countdown(42 * time.Second): "42 s", Countdown(3 * time.Minute): "3 min",
		Millis(1204 * time.Millisecond): "1,204 ms", Millis(412 * time.Microsecond): "0.4 ms", Millis(182 * time.Millisecond): "182 ms",
		Count(1234567): "1,234,567", Count(12): "12",
		Phone("+4915123456789"): "+49 1512 3456789", Phone(""): "", Phone("hm\x1b[2J"): "hm",
		Ladder(3): "▮▮▮▯▯", Ladder(9): "▮▮▮▮▮",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSparklineShowsMissesAndKeepsItsWidth(t *testing.T) {
	samples := []time.Duration{10 * time.Millisecond, 200 * time.Millisecond, -1, 4 * time.Second, time.Minute}
	if got := Sparkline(samples, 8); got != "▁▄×██   " && Width(got) != 8 {
		t.Errorf("got %q", got)
	}
	if got := Sparkline(samples, 2); Width(got) != 2 || !strings.HasSuffix(got, "█") {
		t.Errorf("the newest are cut off: %q", got)
	}
	if !strings.Contains(Sparkline(samples, 8), "×") {
		t.Error("the missed ping is not shown")
	}
}

func TestPanelIsARectangle(t *testing.T) {
	theme := Look{Profile: termenv.TrueColor, Dark: true}.Theme()
	rapid.Check(t, func(r *rapid.T) {
		width, height := rapid.IntRange(8, 120).Draw(r, "width"), rapid.IntRange(2, 30).Draw(r, "height")
		lines := rapid.SliceOfN(rapid.Map(rapid.String(), Clean), 0, 40).Draw(r, "lines")
		panel := theme.Panel(Clean(rapid.String().Draw(r, "title")), "/ filter", lines, width, height)
		rows := strings.Split(panel, "\n")
		if len(rows) != height {
			r.Fatalf("%d rows, want %d", len(rows), height)
		}
		for _, row := range rows {
			if Width(row) != width {
				r.Fatalf("a row is %d wide, want %d: %q", Width(row), width, row)
			}
		}
	})
}

func TestEveryStateHasItsShape(t *testing.T) {
	signs := map[string]bool{}
	for _, s := range vital.States() {
		signs[StateSign(s)] = true
	}
	if len(signs) != 4 {
		t.Errorf("shapes %v: want four, one for both ways of connecting", signs)
	}
}

// A panel's borders stand between the lines of a text: its style must not run into them, and must not be lost behind them.
func TestAStyleIsThatOfEachLine(t *testing.T) {
	theme := Look{Profile: termenv.TrueColor, Dark: true}.Theme()
	lines := Wrap(theme.Muted.Render("one two three")+" four "+theme.Broken.Render("five"), 6, 5)
	want := []string{theme.Muted.Render("one"), theme.Muted.Render("two"), theme.Muted.Render("three"), "four", theme.Broken.Render("five")}
	for i := range want {
		if lines[i] != want[i] {
			t.Errorf("line %d is %q, want %q", i, lines[i], want[i])
		}
	}
	if got := Wrap("one two", 4, 2); got[0] != "one" || got[1] != "two" {
		t.Errorf("%q", got)
	}
}

// A number is not parted from its name, unless a line is shorter than the two.
func TestTogether(t *testing.T) {
	text := Together([]string{"TCP 25 ·", "login 155", "= 180 ms"})
	for width, want := range map[int][]string{
		40: {"TCP 25 · login 155 = 180 ms"}, 17: {"TCP 25 ·", "login 155", "= 180 ms"}, 18: {"TCP 25 · login 155", "= 180 ms"}, 8: nil,
	} {
		if got := Wrap(text, width, 9); want != nil && !slices.Equal(got, want) {
			t.Errorf("%d: %q, want %q", width, got, want)
		} else if slices.ContainsFunc(got, func(line string) bool { return Width(line) > width || strings.Contains(line, noBreak) }) {
			t.Errorf("%d: %q", width, got)
		}
	}
}
