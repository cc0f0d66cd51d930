package cli

import (
	"bytes"
	"slices"
	"testing"

	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/ui/cli/config"
	"github.com/wapulse/wapulse/ui/widget"
)

func TestTheLookIsTheEnvironments(t *testing.T) {
	usual := widget.Look{Profile: termenv.TrueColor, Dark: true}
	for name, c := range map[string]struct {
		environ map[string]string
		change  func(*widget.Look)
		asked   bool
	}{
		"a terminal of today":   {map[string]string{}, func(*widget.Look) {}, true},
		"256 colours":           {map[string]string{"COLORTERM": "", "TERM": "xterm-256color"}, func(l *widget.Look) { l.Profile = termenv.ANSI256 }, true},
		"16 colours":            {map[string]string{"COLORTERM": "", "TERM": "xterm"}, func(l *widget.Look) { l.Profile = termenv.ANSI }, true},
		"light, it says":        {map[string]string{"COLORFGBG": "0;15"}, func(l *widget.Look) { l.Dark = false }, true},
		"no colours":            {map[string]string{"NO_COLOR": "1"}, func(l *widget.Look) { l.Profile, l.Monochrome = termenv.Ascii, true }, false},
		"a terminal of old":     {map[string]string{"COLORTERM": "", "TERM": "vt220"}, func(l *widget.Look) { l.Profile, l.Monochrome = termenv.Ascii, true }, false},
		"dumb":                  {map[string]string{"COLORTERM": "", "TERM": "dumb"}, func(l *widget.Look) { l.Profile = termenv.Ascii }, false},
		"the Linux console":     {map[string]string{"COLORTERM": "", "TERM": "linux"}, func(l *widget.Look) { l.Profile = termenv.ANSI }, false},
		"Latin 1":               {map[string]string{"LANG": "de_DE.ISO-8859-1"}, func(l *widget.Look) { l.ASCII = true }, true},
		"no language":           {map[string]string{"LANG": "C"}, func(l *widget.Look) { l.ASCII = true }, true},
		"the first that is set": {map[string]string{"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, func(l *widget.Look) { l.ASCII = true }, true},
		"UTF-8 of no language":  {map[string]string{"LC_CTYPE": "C.utf8", "LANG": "C"}, func(*widget.Look) {}, true},
		"nothing said of it":    {map[string]string{"LANG": ""}, func(*widget.Look) {}, true},
	} {
		environ := map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "en_GB.UTF-8"}
		for key, value := range c.environ {
			environ[key] = value
		}
		getenv := func(name string) string { return environ[name] }
		want, got := usual, lookFor("", getenv)
		if c.change(&want); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		var out bytes.Buffer
		ask := backgroundAsker(got, getenv, &out)
		if (ask != nil) != c.asked {
			t.Errorf("%s: asked for its background: %t", name, ask != nil)
		}
		if ask != nil && (ask() != nil || out.String() != "\x1b]11;?\a") {
			t.Errorf("%s: asked %q", name, out.String())
		}
	}
}

func TestTheConfigFileKnowsTheThemes(t *testing.T) {
	if !slices.Equal(config.Themes(), widget.ThemeNames()) {
		t.Errorf("%q, the widgets have %q", config.Themes(), widget.ThemeNames())
	}
}
