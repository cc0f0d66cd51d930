package widget

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"testing"

	"github.com/muesli/termenv"
)

// The least contrasts by WCAG: of text, and of text for those who see little.
const (
	enough = 4.5
	high   = 7.0
)

// A terminal's own first sixteen colours, and what it draws with if nobody says.
type ownColours struct {
	colours    [16]string
	foreground string
	background string
	dark       bool
}

func ownPalettes() map[string]ownColours {
	xterm := [16]string{
		"#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5",
		"#7f7f7f", "#ff0000", "#00ff00", "#ffff00", "#5c5cff", "#ff00ff", "#00ffff", "#ffffff",
	}
	console := [16]string{
		"#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa",
		"#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff",
	}
	codeDark := [16]string{
		"#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5",
		"#666666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#e5e5e5",
	}
	codeLight := [16]string{
		"#000000", "#cd3131", "#107c10", "#949800", "#0451a5", "#bc05bc", "#0598bc", "#555555",
		"#666666", "#cd3131", "#14ce14", "#b5ba00", "#0451a5", "#bc05bc", "#0598bc", "#a5a5a5",
	}
	return map[string]ownColours{
		"xterm, dark":   {xterm, "#ffffff", "#000000", true},
		"xterm, light":  {xterm, "#000000", "#ffffff", false},
		"the console":   {console, "#aaaaaa", "#000000", true},
		"editor, dark":  {codeDark, "#cccccc", "#1e1e1e", true},
		"editor, light": {codeLight, "#333333", "#ffffff", false},
	}
}

// hex is what a terminal shows for one of our colours.
func (o ownColours) hex(t *testing.T, colour string) string {
	t.Helper()
	n, err := strconv.Atoi(colour)
	switch {
	case colour == "":
		return o.foreground
	case err != nil:
		return colour
	case n < 16:
		return o.colours[n]
	default:
		return fmt.Sprintf("%v", termenv.ConvertToRGB(termenv.ANSI256Color(n)).Hex())
	}
}

// contrast is that of WCAG 2, 1 to 21.
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(hex string) float64 {
	var c color.RGBA
	if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &c.R, &c.G, &c.B); err != nil {
		return math.NaN()
	}
	linear := func(v uint8) float64 {
		if s := float64(v) / 255; s > 0.03928 {
			return math.Pow((s+0.055)/1.055, 2.4)
		}
		return float64(v) / 255 / 12.92
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// Every role that is text can be read on what terminals have behind it, and on the row that keys act on.
func TestEveryThemeCanBeRead(t *testing.T) {
	for _, name := range ThemeNames() {
		for _, profile := range []termenv.Profile{termenv.TrueColor, termenv.ANSI256, termenv.ANSI} {
			for terminal, own := range ownPalettes() {
				p := Look{Name: name, Profile: profile, Dark: own.dark}.palette()
				least := enough
				if name == highContrast && profile != termenv.ANSI {
					least = high
				}
				backgrounds := []string{own.background}
				if p.selected != "" {
					backgrounds = append(backgrounds, own.hex(t, p.selected))
				}
				for role, colour := range map[string]string{
					"text": p.text, "healthy": p.healthy, "working": p.working, "broken": p.broken, "off": p.off, "muted": p.muted, "accent": p.accent,
				} {
					for _, background := range backgrounds {
						if got := contrast(own.hex(t, colour), background); !(got >= least) {
							t.Errorf("%s, %s, %s: %s is %s on %s: %.2f, want %.1f", name, profile.Name(), terminal, role, own.hex(t, colour), background, got, least)
						}
					}
				}
			}
		}
	}
}

// States look different from each other, in every theme with colours.
func TestStatesHaveColoursOfTheirOwn(t *testing.T) {
	for _, name := range ThemeNames() {
		for _, profile := range []termenv.Profile{termenv.TrueColor, termenv.ANSI256, termenv.ANSI} {
			for _, dark := range []bool{true, false} {
				p := Look{Name: name, Profile: profile, Dark: dark}.palette()
				if p.healthy == p.working || p.working == p.broken || p.healthy == p.broken {
					t.Errorf("%s, %s, dark %t: %+v", name, profile.Name(), dark, p)
				}
			}
		}
	}
}

func TestAThemeTurnsWithItsBackground(t *testing.T) {
	theme := Look{Profile: termenv.TrueColor, Dark: true}.Theme()
	dark := theme.Healthy.Render("x")
	if theme.SetBackground(true) || !theme.SetBackground(false) || theme.SetBackground(false) {
		t.Error("it does not say whether something changes")
	}
	if light := theme.Healthy.Render("x"); light == dark || light != (Look{Profile: termenv.TrueColor}).Theme().Healthy.Render("x") {
		t.Errorf("%q on dark, %q on light", dark, light)
	}
}

// Without colours, attributes still show where one types and what is selected; without any of that, nothing but text is drawn.
func TestMonochromeHasNoColours(t *testing.T) {
	theme := Look{Monochrome: true, Dark: true}.Theme()
	for want, got := range map[string]string{
		"\x1b[7mx\x1b[0m":   theme.Cursor.Render("x"),
		"\x1b[4mx\x1b[24m":  theme.Field.Render("x"),
		"\x1b[1mx\x1b[0m":   theme.Broken.Render("x"),
		"x":                 theme.Healthy.Render("x"),
		"\x1b[1;7mx\x1b[0m": theme.OnSelected(theme.Broken).Render("x"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	plain := Look{Profile: termenv.Ascii, Dark: true}.Theme()
	for _, got := range []string{plain.Cursor.Render("x"), plain.Field.Render("x"), plain.OnSelected(plain.Broken).Render("x")} {
		if got != "x" {
			t.Errorf("%q", got)
		}
	}
}
