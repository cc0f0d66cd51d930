package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
)

const patience = 60 * time.Second

// pane is a real terminal with the program in it.
type pane struct {
	t      *testing.T
	socket string
	home   string
	binary string
}

// newPane opens a terminal of that size. It skips where there is no tmux, unless WAPULSE_FORBID_SKIPS is set.
func newPane(t *testing.T, width, height int) *pane {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("WAPULSE_FORBID_SKIPS") != "" {
			t.Fatal("tmux is needed here")
		}
		t.Skip("tmux is not installed")
	}
	p := &pane{t: t, socket: fmt.Sprintf("wapulse-test-%d-%s", os.Getpid(), strings.ReplaceAll(t.Name(), "/", "-")), home: t.TempDir(), binary: binary(t)}
	p.tmux("-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height), "sh")
	t.Cleanup(func() { _ = exec.Command("tmux", "-L", p.socket, "kill-server").Run() })
	p.tmux("set-option", "-g", "status", "off")
	p.resize(width, height)
	p.freshShell()
	return p
}

// freshShell puts a shell of its own, with a prompt that tests know, into the terminal.
func (p *pane) freshShell() {
	p.t.Helper()
	p.tmux("respawn-pane", "-k", "sh")
	p.send("PS1='ready: '", "Enter")
	p.waitFor("ready: ")
	p.send("clear", "Enter")
}

func (p *pane) tmux(args ...string) string {
	p.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-L", p.socket}, args...)...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return string(out)
}

// payload waits for a QR code that a camera can read off the screen as it is in that theme, and returns what it says.
func (p *pane) payload(th theme) string {
	p.t.Helper()
	var read string
	p.waitUntil("a QR code that can be read", func(string) bool {
		read = readQR(p.tmux("capture-pane", "-p", "-e", "-N"), th)
		return read != ""
	})
	return read
}

// start runs the program with these arguments; its exit code shows on the line after it.
func (p *pane) start(args string) {
	p.t.Helper()
	p.send(fmt.Sprintf("sh -c 'echo $$ >%s; exec env -u WAPULSE_DB -u WAPULSE_ENDPOINT HOME=%s XDG_DATA_HOME= TMPDIR=%s %s %s'; echo exit code $?",
		p.pidFile(), p.home, p.home, p.binary, args), "Enter")
}

func (p *pane) pidFile() string { return p.home + "/pid" }

func (p *pane) send(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		p.tmux("send-keys", k)
	}
}

// clickOn waits for a text, and clicks on its first cell.
func (p *pane) clickOn(text string) {
	p.t.Helper()
	for y, line := range strings.Split(p.waitFor(text), "\n") {
		if at := strings.Index(line, text); at >= 0 {
			p.tmux("send-keys", "-l", fmt.Sprintf("\x1b[<0;%d;%dM", ansi.StringWidth(line[:at])+1, y+1))
			return
		}
	}
}

func (p *pane) resize(width, height int) {
	p.t.Helper()
	p.tmux("resize-window", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height))
}

func (p *pane) screen() string {
	p.t.Helper()
	return p.tmux("capture-pane", "-p")
}

// waitFor waits until all of these texts are on the screen at once, and returns it.
func (p *pane) waitFor(texts ...string) string {
	p.t.Helper()
	return p.waitUntil(fmt.Sprintf("%q", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

func (p *pane) waitUntil(what string, holds func(screen string) bool) string {
	p.t.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for deadline := time.After(patience); ; {
		screen := p.screen()
		if holds(screen) {
			return screen
		}
		select {
		case <-look.C:
		case <-deadline:
			p.t.Fatalf("the screen never showed %s:\n%s", what, screen)
		}
	}
}
