package cli

import (
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/ui/widget"
)

// lookFor is what the environment says of the terminal, which the dashboard needs. It is not asked: some never answer.
func lookFor(theme string, getenv func(string) string) widget.Look {
	profile := termenv.NewOutput(io.Discard, termenv.WithUnsafe(), termenv.WithEnvironment(environment(getenv))).EnvColorProfile()
	return widget.Look{
		Name: theme, Profile: profile, Dark: backgroundIsDark(getenv("COLORFGBG")), ASCII: !localeIsUTF8(getenv),
		Monochrome: profile == termenv.Ascii && getenv("TERM") != "dumb" && getenv("TERM") != "",
	}
}

// backgroundIsDark reads COLORFGBG, "15;0" or "0;default;15": the last number is the background, 7 and 9 to 15 are light.
func backgroundIsDark(colorFGBG string) bool {
	fields := strings.Split(colorFGBG, ";")
	background, err := strconv.Atoi(fields[len(fields)-1])
	if err != nil {
		return true
	}
	return background != 7 && (background < 9 || background > 15)
}

// localeIsUTF8 says whether the terminal's characters are UTF-8: the first of these variables that is set says so. Windows' consoles are in any case, and
// where none is set, most terminals are.
func localeIsUTF8(getenv func(string) string) bool {
	if runtime.GOOS == "windows" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(getenv(name)); value != "" {
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return true
}

// environment is one for termenv, which needs no list of what is in it.
type environment func(string) string

func (e environment) Getenv(name string) string { return e(name) }
func (e environment) Environ() []string         { return nil }

// backgroundAsker asks the terminal for its background colour; nil where that is of no use, or where the question would be shown instead of answered.
func backgroundAsker(look widget.Look, getenv func(string) string, out io.Writer) func() error {
	term, _, _ := strings.Cut(getenv("TERM"), "-")
	if look.Monochrome || look.Profile == termenv.Ascii || slices.Contains([]string{"dumb", "linux", "screen", "vt100", "vt220", "cons25"}, term) {
		return nil
	}
	return func() error {
		_, err := io.WriteString(out, ansi.RequestBackgroundColor)
		return err
	}
}
