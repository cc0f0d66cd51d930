package cli

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/ui/cli/config"
)

// commandWith is a command that goes by that config file.
func commandWith(t *testing.T, path string) *cobra.Command {
	t.Helper()
	cmd := &cobra.Command{}
	config.AddFlags(cmd.Flags())
	cmd.SetContext(t.Context())
	if err := cmd.Flags().Set("config", path); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// The config file is read when it has changed, and once: what is wrong with it is told once too.
func TestSettingsReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	cmd := commandWith(t, path)
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
	conf, err := loadConfig(cmd)
	if err != nil {
		t.Fatal(err)
	}
	r := newSettingsReader(cmd, conf)
	r.later = true
	if _, changed, err := r.read(false); changed || err != nil {
		t.Fatalf("%v, %v", changed, err)
	}
	write("fps = 3\ntheme = \"high-contrast\"\nrate = 0.5\nascii = true\n[keys]\nquit = \"Q\"\nodd = \"x\"\n[notify]\nbell = true\n")
	s, changed, err := r.read(false)
	if want := []string{"fps = 3", `theme = "high-contrast"`, "ascii = true", "notify.bell = true", "keys of odd, quit"}; !slices.Equal(s.Changes, want) {
		t.Errorf("%q are different, want %q", s.Changes, want)
	}
	if s.Theme != "high-contrast" || !s.ASCII || !slices.Equal(s.Later, []string{"rate"}) {
		t.Errorf("%+v", s)
	}
	if !changed || err != nil || s.FPS != 3 || s.Keys["quit"][0] != "Q" || !s.Notify.Bell || len(s.Objections) != 1 {
		t.Fatalf("%+v, %v, %v", s, changed, err)
	}
	if s, changed, err := r.read(true); !changed || err != nil || len(s.Changes)+len(s.Later) > 0 {
		t.Errorf("not read though it was asked for, or with changes: %+v, %v", s, err)
	}
	write("\nfps = 31\n")
	if _, changed, err := r.read(false); changed || err == nil || !strings.HasPrefix(err.Error(), "config.toml, line 2: fps = 31: 1 to 30") {
		t.Errorf("%v, %v", changed, err)
	}
	if _, changed, err := r.read(false); changed || err != nil {
		t.Errorf("told again: %v", err)
	}
	write("[keys]\nquit = \"Q\"\nevents = []\n")
	if s, _, _ := r.read(false); !slices.Equal(s.Changes, []string{"fps = 30", `theme = "usual"`, `ascii = "auto"`, "notify.bell = false", "keys of events, odd"}) {
		t.Errorf("%q are different", s.Changes)
	}
}

// Who waits for a change is told of it as soon as it is there, and is let go at the end.
func TestSettingsAreWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	cmd := commandWith(t, path)
	synctest.Test(t, func(t *testing.T) {
		r := newSettingsReader(cmd, config.Config{})
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Hour+settingsLook/2, func() { // between two looks: half a file is another matter
			if err := os.WriteFile(path, []byte("fps = 7\n"), 0o600); err != nil {
				t.Error(err)
			}
		})
		began := time.Now()
		s, changed, err := r.reload(ctx, false)
		if waited := time.Since(began); err != nil || !changed || s.FPS != 7 || waited < time.Hour || waited > time.Hour+settingsLook {
			t.Errorf("%+v, %t, %v after %v", s, changed, err, waited)
		}
		time.AfterFunc(time.Hour, cancel)
		if _, changed, err := r.reload(ctx, false); changed || err != nil {
			t.Errorf("%t, %v at the end", changed, err)
		}
	})
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
