package cli

import (
	"context"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/ui/cli/config"
	"github.com/wapulse/wapulse/ui/widget"
)

// isASCII decides whether nothing but ASCII is drawn and said: for the dashboard and for every command. The person's word goes first; then it is so where the
// locale has no UTF-8, on terminals whose font lacks the signs, and on those that are none.
func isASCII(conf config.Config, getenv func(string) string) bool {
	if conf.ASCII != nil {
		return *conf.ASCII
	}
	term := getenv("TERM")
	return isTerm(term, "dumb", "linux", "vt100", "vt220", "cons25") || !localeIsUTF8(getenv)
}

// isTerm says whether TERM is one of these, or of a kind of one, as linux-16color.
func isTerm(term string, names ...string) bool {
	kind, _, _ := strings.Cut(term, "-")
	return slices.Contains(names, kind)
}

// hasHalfBlocks decides whether a QR code can be drawn in half blocks: the font of a Linux console has them, if little else.
func hasHalfBlocks(conf config.Config, getenv func(string) string) bool {
	if conf.ASCII != nil {
		return !*conf.ASCII
	}
	return localeIsUTF8(getenv)
}

// settledFor is the configuration of a command that has read none, or none that is good.
func settledFor(ctx context.Context, root *cobra.Command, c *console) config.Config {
	load := config.Load
	if lentTo(ctx) != nil {
		load = config.LoadLent
	}
	conf, err := load(root.PersistentFlags(), c.environ, keysSection())
	if err != nil {
		conf, _ = config.LoadLent(root.PersistentFlags(), c.environ)
	}
	return conf
}

// conf is what was set.
func (c *console) conf() config.Config {
	if c.settled == nil {
		return config.Config{}
	}
	return c.settled()
}

// words is out for what people read: where it has to be ASCII, our signs become it, each in its cell. The letters of names and texts stay as they are. What
// programs read, JSON, CSV and files, never goes through here. A write has whole signs: a buffer lies behind it, as one in front would cut them.
func (c *console) words(out io.Writer) io.Writer { return wordWriter{c, out} }

// isPaper says that the terminal knows no escape codes: what stands there is not written anew, and has no colours.
func (c *console) isPaper() bool { return c.getenv("TERM") == "dumb" }

type wordWriter struct {
	console *console
	out     io.Writer
}

func (w wordWriter) Write(p []byte) (int, error) {
	if !isASCII(w.console.conf(), w.console.getenv) {
		return w.out.Write(p)
	}
	if _, err := io.WriteString(w.out, widget.ASCIISigns(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// lookFor is what the environment says of the terminal, which the dashboard needs. It is not asked: some never answer.
func lookFor(theme string, ascii bool, getenv func(string) string) widget.Look {
	profile := termenv.NewOutput(io.Discard, termenv.WithUnsafe(), termenv.WithEnvironment(environment(getenv))).EnvColorProfile()
	return widget.Look{
		Name: theme, Profile: profile, Dark: backgroundIsDark(getenv("COLORFGBG")), ASCII: ascii,
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
	if look.Monochrome || look.Profile == termenv.Ascii || isTerm(getenv("TERM"), "dumb", "linux", "screen", "vt100", "vt220", "cons25") {
		return nil
	}
	return func() error {
		_, err := io.WriteString(out, ansi.RequestBackgroundColor)
		return err
	}
}
