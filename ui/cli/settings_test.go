package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/ui/cli/config"
)

// The config file is read when it has changed, and once: what is wrong with it is told once too.
func TestSettingsReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	cmd := &cobra.Command{}
	config.AddFlags(cmd.Flags())
	cmd.SetContext(t.Context())
	if err := cmd.Flags().Set("config", path); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-time.Hour)
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Minute)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	write("fps = 2\n")
	r := newSettingsReader(cmd)
	if _, changed, err := r.read(false); changed || err != nil {
		t.Fatalf("%v, %v", changed, err)
	}
	write("fps = 3\n[keys]\nquit = \"Q\"\nodd = \"x\"\n[notify]\nbell = true\n")
	s, changed, err := r.read(false)
	if !changed || err != nil || s.FPS != 3 || s.Keys["quit"][0] != "Q" || !s.Notify.Bell || len(s.Objections) != 1 {
		t.Fatalf("%+v, %v, %v", s, changed, err)
	}
	if _, changed, err := r.read(true); !changed || err != nil {
		t.Errorf("not read though it was asked for: %v", err)
	}
	write("\nfps = 31\n")
	if _, changed, err := r.read(false); changed || err == nil || !strings.HasPrefix(err.Error(), "config.toml holds as it was before: line 2: fps = 31: 1 to 30") {
		t.Errorf("%v, %v", changed, err)
	}
	if _, changed, err := r.read(false); changed || err != nil {
		t.Errorf("told again: %v", err)
	}
}

// What goes to a terminal round tmux is wrapped for it; which notification is sent depends on the terminal.
func TestSequencesForTheTerminal(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	copied := ansi.SetSystemClipboard("text")
	for want, getenv := range map[string]func(string) string{copied: env(), copied + ansi.TmuxPassthrough(copied): env("TMUX", "/tmp/x,1,0")} {
		var out strings.Builder
		if err := clipboard(&out, getenv)("text"); err != nil || out.String() != want {
			t.Errorf("%q, %v", out.String(), err)
		}
	}
	for want, getenv := range map[string]func(string) string{
		"\x1b]9;wapulse: sales\a":                     env("TERM", "xterm-256color"),
		"\x1b]777;notify;wapulse;sales\a":             env("TERM", "foot"),
		"\x1bPtmux;\x1b\x1b]9;wapulse: sales\a\x1b\\": env("TERM", "tmux-256color", "TMUX", "x"),
	} {
		if got := desktopNotification(getenv)("sales"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
