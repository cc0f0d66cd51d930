package cli_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// Numbers are asked one by one and pasted together, their answers stay, and a JID goes to the clipboard.
func TestThePromptInATerminal(t *testing.T) {
	t.Parallel()
	server, flags := serverFor(t)
	p := newPane(t, 120, 40)
	p.tmux("set-option", "-s", "set-clipboard", "on")
	p.start(flags + " --db " + filepath.Join(t.TempDir(), "wapulse.db"))
	p.waitFor("pair a phone")
	p.send("c")
	p.waitFor("Check numbers", "no phone is paired")
	p.send("+6281260268380", "Enter")
	p.waitFor("◔ unverified")
	back := func(shown string) { // awaited: an escape with a key right behind it is another key
		t.Helper()
		p.send("Escape")
		p.waitFor(shown)
	}
	back("pair a phone")
	p.send("p")
	p.waitFor("Session name")
	p.send("sales", "Enter")
	if err := server.Scan(p.payload(darkTheme()), "+6281260268381", "Budi"); err != nil {
		t.Fatal(err)
	}
	p.waitFor("Paired and connected")
	p.send("Enter")
	p.waitFor("● 1 connected")

	p.send("c")
	p.waitFor("one session can ask", "◔ unverified")
	p.send("+6281260268382", "Enter")
	p.waitFor("● registered", "+62 812-6026-8382")
	p.send("+6281260268383", "Enter")
	p.waitFor("○ not_registered", "+62 812-6026-8383")
	p.tmux("set-buffer", "+4915123456780\n+4915123456781\n+4915123456782\n")
	p.tmux("paste-buffer", "-p")
	p.waitFor("+4915123456780, +4915123456781, +4915123456782")
	p.send("Enter")
	p.waitFor("+49 1512 3456780", "+49 1512 3456781", "+49 1512 3456782", "Answers 6")
	p.waitUntil("three registered numbers, and two that are not", func(screen string) bool {
		list := screen[:strings.LastIndex(screen, "verdict  ")]
		return strings.Count(list, "● registered") == 3 && strings.Count(list, "○ not_registered") == 2
	})
	p.send("Tab", "y")
	p.waitFor("4915123456782@s.whatsapp.net is on the clipboard")
	p.waitUntil("the JID on the clipboard", func(string) bool {
		return strings.TrimSpace(p.tmux("show-buffer")) == "4915123456782@s.whatsapp.net"
	})
	asked := server.Stats().NumbersChecked
	p.send("r")
	p.waitFor("Answers 7")
	if now := server.Stats().NumbersChecked; now != asked+1 {
		t.Errorf("%d numbers were asked for one that is to be asked afresh", now-asked)
	}
	back("q quit")
	p.send("i")
	p.waitFor("the server answers sales in")
	p.send("o")
	p.waitFor("Contacts of sales")
	back("q quit")
	p.send("m")
	p.waitFor("Message from sales")
	p.send("+6281260268382", "Enter", "hello", "Enter")
	p.waitFor("● sent at")
	back("q quit")
	p.send("q")
	p.waitFor("exit code 0")
}
