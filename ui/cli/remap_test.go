package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A person with keys of their own: what is wrong with them is said at the start, they work everywhere, and a changed config file is in force without a new
// start.
func TestRemappedHandsInATerminal(t *testing.T) {
	t.Parallel()
	p := newPane(t, 120, 30)
	title := func() string { return strings.TrimSpace(p.tmux("display-message", "-p", "#{pane_title}")) }
	before := title()
	config := filepath.Join(p.home, "config.toml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("[keys]\nquit = \"Q\"\nevents = [\"z\", \"f5\"]\npair = \"s\"\n")
	p.start("demo --config " + config + " --fps 5")
	p.waitFor(`config.toml, line 4: keys: "s" is that of "pair" and of "start-stop" on the same page`)
	p.waitFor("SIMULATION", "waits for a phone", "temporarily banned")
	p.waitUntil("the worst state in the title", func(string) bool { return strings.HasPrefix(title(), "wapulse SIMULATION ✖ ") })

	back := func() {
		t.Helper()
		p.send("Escape")
		p.waitFor("Sessions", "Q quit")
	}
	p.send("z")
	p.waitFor("Events", "esc back")
	p.send("Q")
	p.waitFor("Sessions", "Q quit")
	write("[keys]\nquit = \"Q\"\nevents = \"v\"\n")
	p.send(":", "read the config", "Enter")
	p.waitFor("config file read again: keys of events, pair")
	p.send("v")
	p.waitFor("Events", "esc back")
	back()
	write("[keys]\nquit = 1\n")
	p.waitFor("config.toml, line 2: keys.quit is text in quotes") // by itself: clocks are on the screen
	p.send("Q")
	p.waitFor("Nothing of the demo is left", "exit code 0")
	if after := title(); after != before {
		t.Errorf("the title was %q and is %q", before, after)
	}
}
