package cli

import (
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// clipboard copies by OSC 52, which works over SSH too where the terminal allows it. A tmux between takes it for itself, if it may, and the terminal
// around it gets it as well, if it may be passed on.
func clipboard(out io.Writer, getenv func(string) string) func(string) error {
	return func(text string) error {
		sequence := ansi.SetSystemClipboard(text)
		if getenv("TMUX") != "" {
			sequence += ansi.TmuxPassthrough(sequence)
		}
		_, err := io.WriteString(out, sequence)
		return err
	}
}

// desktopNotification is the sequence for which this terminal shows a text on the desktop: OSC 777 where that is known, else OSC 9.
func desktopNotification(getenv func(string) string) func(text string) string {
	term := getenv("TERM")
	hasTitle := strings.HasPrefix(term, "rxvt") || strings.HasPrefix(term, "foot") || getenv("VTE_VERSION") != ""
	isInTmux := getenv("TMUX") != ""
	return func(text string) string {
		sequence := ansi.Notify("wapulse: " + text)
		if hasTitle {
			sequence = "\x1b]777;notify;wapulse;" + text + "\a"
		}
		if isInTmux {
			sequence = ansi.TmuxPassthrough(sequence)
		}
		return sequence
	}
}
