package widget

import (
	"fmt"
	"image/color"
	"maps"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
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

// shown are the colours that a terminal has of a style: of its text, and of what is behind it.
func (o ownColours) shown(t *testing.T, style lipgloss.Style) (ink, paper string) {
	t.Helper()
	ink, paper = o.foreground, o.background
	reversed := false
	for _, sgr := range regexp.MustCompile("\x1b\\[([0-9;]*)m").FindAllStringSubmatch(strings.SplitN(style.Render("x"), "x", 2)[0], -1) {
		params := strings.Split(sgr[1], ";")
		for i := 0; i < len(params); i++ {
			n, err := strconv.Atoi(params[i])
			if err != nil {
				t.Fatalf("%q", sgr[0])
			}
			into := &ink
			if n >= 40 && n <= 48 || n >= 100 {
				into, n = &paper, n-10
			}
			switch {
			case n == 7:
				reversed = true
			case n >= 30 && n <= 37:
				*into = o.colours[n-30]
			case n >= 90 && n <= 97:
				*into = o.colours[n-90+8]
			case n == 38 && params[i+1] == "5":
				*into = o.hex(t, params[i+2])
				i += 2
			case n == 38 && params[i+1] == "2":
				var rgb [3]int
				for j := range rgb {
					rgb[j], _ = strconv.Atoi(params[i+2+j])
				}
				*into = fmt.Sprintf("#%02x%02x%02x", rgb[0], rgb[1], rgb[2])
				i += 4
			case n != 0 && n != 1 && n != 4:
				t.Fatalf("%q is no look that this test knows", sgr[0])
			}
		}
	}
	if reversed {
		ink, paper = paper, ink
	}
	return ink, paper
}

// textRoles are the styles of a theme that text is drawn in: all but the one that only guides the eye.
func textRoles(theme *Theme) map[string]lipgloss.Style {
	roles := map[string]lipgloss.Style{}
	v := reflect.ValueOf(theme).Elem()
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.IsExported() && field.Name != "Faint" {
			if style, ok := v.Field(i).Interface().(lipgloss.Style); ok {
				roles[field.Name] = style
			}
		}
	}
	for name, style := range maps.Clone(roles) {
		switch name {
		case "Alert", "Field", "Cursor": // stand on no such row
		default:
			roles["selected "+name] = theme.OnSelected(style)
		}
	}
	return roles
}

// Every role that is text can be read on what terminals have behind it, on the row that keys act on, and where it is reversed.
func TestEveryThemeCanBeRead(t *testing.T) {
	for _, name := range ThemeNames() {
		for _, profile := range []termenv.Profile{termenv.TrueColor, termenv.ANSI256, termenv.ANSI} {
			for terminal, own := range ownPalettes() {
				least := enough
				if name == highContrast && profile != termenv.ANSI {
					least = high
				}
				for role, style := range textRoles(Look{Name: name, Profile: profile, Dark: own.dark}.Theme()) {
					ink, paper := own.shown(t, style)
					if got := contrast(ink, paper); !(got >= least) {
						t.Errorf("%s, %s, %s: %s is %s on %s: %.2f, want %.1f", name, profile.Name(), terminal, role, ink, paper, got, least)
					}
				}
			}
		}
	}
}

// The measure is that of WCAG, and the terminals' colours are read right.
func TestContrastIsMeasured(t *testing.T) {
	if got := contrast("#ffffff", "#000000"); got != 21 {
		t.Errorf("white on black has %.2f", got)
	}
	if got := contrast("#777777", "#ffffff"); math.Abs(got-4.48) > 0.005 {
		t.Errorf("#777777 on white has %.3f, which is just not enough", got)
	}
	own := ownPalettes()["xterm, dark"]
	theme := Look{Profile: termenv.ANSI, Dark: true}.Theme()
	for want, style := range map[string]lipgloss.Style{
		"#00ff00 #000000": theme.Healthy, "#ffffff #000000": theme.Text, "#000000 #ffffff": theme.Alert, "#000000 #ffffff again": theme.OnSelected(theme.Broken),
	} {
		if ink, paper := own.shown(t, style); ink+" "+paper != strings.TrimSuffix(want, " again") {
			t.Errorf("%s on %s, want %s", ink, paper, want)
		}
	}
	if roles := textRoles(theme); len(roles) < 20 {
		t.Errorf("only %d roles", len(roles))
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

// A theme in other looks names the same keys; before it is told of any, it has the names of actions.
func TestKeysOutliveLooks(t *testing.T) {
	theme := Look{Dark: true}.Theme()
	if got := theme.KeyOf("pair"); got != "pair" {
		t.Errorf("without keys: %q", got)
	}
	theme.NameKeys(func(action string) string { return "key of " + action })
	if !theme.SetBackground(false) || !theme.Wear(ThemeNames()[1], true) || theme.KeyOf("pair") != "key of pair" {
		t.Errorf("in other looks: %q", theme.KeyOf("pair"))
	}
}
