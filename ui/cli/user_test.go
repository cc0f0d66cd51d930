package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A user from the first run to the goodbye: pairs two phones, finds, marks, uses the palette and keys of their own, pastes a list of numbers while the window
// changes its size, looks at every page, clicks, quits, and finds all as it was at the next start.
func TestAUserInATerminal(t *testing.T) {
	t.Parallel()
	server, flags := serverFor(t)
	p := newPane(t, 120, 40)
	config := filepath.Join(p.home, "config.toml")
	if err := os.WriteFile(config, []byte("[keys]\nquit = \"Q\"\nevents = [\"z\", \"f5\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.start(flags + " --config " + config)
	p.waitFor("wapulse keeps WhatsApp sessions alive", "pair a phone", "Q quit")
	back := func(shown ...string) { // awaited: an escape with a key right behind it is another key
		t.Helper()
		p.send("Escape")
		p.waitFor(append(shown, "Q quit")...)
	}
	for _, who := range []struct{ name, phone string }{{"sales", "+6281260268381"}, {"support", "+4915123456789"}} {
		p.send("p")
		p.waitFor("Session name")
		p.send(who.name, "Enter")
		if err := server.Scan(p.payload(darkTheme()), who.phone, "Ada"); err != nil {
			t.Fatal(err)
		}
		p.waitFor("Paired and connected")
		p.send("Enter")
		p.waitFor(who.name, "Q quit")
	}
	p.waitFor("● 2 connected")

	p.send("/", "supp")
	p.waitFor("Sessions: 1 of 2", "▸ support", "no filter")
	p.send("Enter", "Space")
	p.waitFor("1 marked")
	p.send("Escape")
	p.waitFor("Sessions: 1 of 2", "no filter")
	back("Sessions ─")
	p.send("*")
	p.waitFor("2 marked", "▸✓")
	p.send(":")
	p.waitFor("Actions", "do it")
	p.send("ping", "Enter")
	p.waitFor("2 sessions have an answer from the server")
	back("Sessions ─")

	p.pages(back)
	p.pasted()
	back()
	p.clicks(back)

	p.send("Q")
	p.waitFor("2 sessions stop now and come back at the next start", "exit code 0")
	p.send("clear", "Enter")
	p.start(flags + " --config " + config)
	p.waitFor("● 2 connected", "Sessions, by name")
	p.send("Q")
	p.waitFor("exit code 0")
	if stats := server.Stats(); stats.Pairings != 2 || stats.NumbersChecked != 41 {
		t.Errorf("%+v, want two pairings and 41 numbers", stats)
	}
}

// pages opens every page by its key, and leaves it by esc.
func (p *pane) pages(back func(shown ...string)) {
	p.t.Helper()
	for _, page := range []struct {
		key   string
		shown []string
	}{
		{"Enter", []string{"the server answers", "ping latency and state"}},
		{"z", []string{"/ filter", "esc back"}},
		{"F5", []string{"/ filter", "esc back"}},
		{"c", []string{"Check numbers", "2 sessions can ask"}},
		{"o", []string{"Contacts of"}},
		{"m", []string{"Message from"}},
		{"n", []string{"Notifications", "2 sessions have an answer"}},
		{"p", []string{"Session name"}},
		{":", []string{"Actions", "do it"}},
		{"|", []string{"Columns", "show or hide"}},
		{"L", []string{"Log out", "keep it"}},
		{"R", []string{"Rename"}},
		{"D", []string{"Delete", "keep it"}},
		{"?", []string{"Keys: Sessions", "z f5"}},
	} {
		p.send(page.key)
		p.waitFor(page.shown...)
		back("Sessions ─")
	}
	p.send("?")
	p.waitFor("Keys: Sessions")
	p.send("?")
	p.waitFor("Words: Sessions")
	back("Sessions ─")
}

// pasted types a number, changes the window meanwhile, pastes forty more in one paste, and has their answers.
func (p *pane) pasted() {
	p.t.Helper()
	p.send("c")
	p.waitFor("Check numbers")
	p.send("+62812602683")
	p.resize(60, 20)
	p.send("80", ",")
	p.waitFor("+6281260268380,")
	p.resize(120, 40)
	var numbers strings.Builder
	for i := range 40 {
		fmt.Fprintf(&numbers, "+49151234567%02d\n", i)
	}
	p.tmux("set-buffer", " "+numbers.String())
	p.tmux("paste-buffer", "-p")
	p.waitFor("+4915123456738, +4915123456739", "⏎")
	p.send("Enter")
	p.waitUntil("41 answers, and none that is asked for", func(screen string) bool {
		return strings.Contains(screen, "of 41") && !strings.Contains(screen, "asking")
	})
}

// clicks selects and opens with the mouse, sorts by a title, and uses the keys in the last line.
func (p *pane) clicks(back func(shown ...string)) {
	p.t.Helper()
	p.clickOn("name  ")
	p.waitFor("Sessions, by name")
	p.send("g")
	p.waitFor("▸ sales")
	p.clickOn("support ")
	p.waitFor("▸ support")
	p.clickOn("? help")
	p.waitFor("Keys: Sessions")
	p.clickOn("esc back")
	p.waitFor("Sessions, by name")
	p.clickOn("▸ support")
	p.waitFor("ping latency and state")
	back("Sessions, by name")
}
