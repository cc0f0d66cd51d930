package cli_test

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/wapulse/wapulse/session/simulator"
)

func TestFirstRunInATerminal(t *testing.T) {
	t.Parallel()
	p := newPane(t, 80, 24)
	p.start("")
	p.waitFor("wapulse keeps WhatsApp sessions alive", "pair a phone", "see the demo")
	p.send("?")
	p.waitFor("Keys: Sessions")
	p.send("Escape")
	p.waitFor("see the demo")
	p.resize(20, 5)
	p.waitFor("20×5 is too small")
	p.resize(80, 24)
	p.waitFor("see the demo")
	p.send("q")
	p.waitFor("Goodbye.", "exit code 0")
	folder, err := os.Stat(filepath.Join(p.home, ".local", "share", "wapulse"))
	if err != nil || folder.Mode().Perm() != 0o700 {
		t.Errorf("the data folder: %v, %v", folder.Mode(), err)
	}
}

func TestDemoShowsEveryCondition(t *testing.T) {
	t.Parallel()
	p := newPane(t, 120, 40)
	p.start("demo")
	p.waitFor("SIMULATION", "Sessions")
	p.waitFor("CONNECTED", "RECONNECTING", "ERROR", "logged out", "temporarily banned", "waits for a phone")
	p.send("G", "p", "Enter")
	p.payload(darkTheme())
	p.waitFor("SIMULATION")
	p.send("Escape")
	p.waitFor("Sessions") // an escape that is read together with the next key is another key
	p.send("q")
	p.waitFor("Nothing of the demo is left", "exit code 0")
	if left, _ := filepath.Glob(filepath.Join(p.home, "wapulse-*")); len(left) > 0 {
		t.Errorf("the demo left %q", left)
	}
}

// The code is black on white on a dark theme, on a light one, on one that calls white black, and without colours.
func TestQRIsReadableOnEveryTheme(t *testing.T) {
	t.Parallel()
	_, flags := serverFor(t)
	for name, c := range map[string]struct {
		environment string
		theme       theme
	}{
		"dark":            {"COLORFGBG='15;0'", darkTheme()},
		"light":           {"COLORFGBG='0;15'", lightTheme()},
		"swapped":         {"COLORFGBG='0;15'", swappedTheme()},
		"NO_COLOR, dark":  {"NO_COLOR=1", darkTheme()},
		"NO_COLOR, light": {"NO_COLOR=1", swappedTheme()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPane(t, 120, 40)
			p.send("export "+c.environment, "Enter")
			p.start(flags)
			p.waitFor("pair a phone")
			p.send("p")
			p.waitFor("Session name")
			p.send("sales", "Enter")
			if payload := p.payload(c.theme); !strings.HasPrefix(payload, "https://wa.me/settings/linked_devices#") {
				t.Errorf("the camera read %q", payload)
			}
			p.send("Escape")
			p.waitFor("not paired")
			p.send("q")
			p.waitFor("exit code 0")
		})
	}
}

// serverFor runs a simulator and returns the flags that lead sessions to it.
func serverFor(t *testing.T) (s *simulator.Server, flags string) {
	t.Helper()
	s, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	key := s.RootKey()
	return s, fmt.Sprintf("--endpoint %s --root-key %s", s.URL(), hex.EncodeToString(key[:]))
}

// The main job: pair by the picture on the screen, lose the line, come back, quit, start again, be killed, start again.
func TestPairDropRecoverQuitRestart(t *testing.T) {
	t.Parallel()
	server, flags := serverFor(t)
	p := newPane(t, 120, 40)
	p.start(flags)
	p.waitFor("pair a phone", "SIMULATION")
	p.send("p")
	p.waitFor("Session name")
	p.send("sales", "Enter")
	p.waitFor("Code 1 of 6", "Linked devices")
	if err := server.Scan(p.payload(darkTheme()), "+6281260268381", "Budi"); err != nil {
		t.Fatal(err)
	}
	p.waitFor("Paired and connected", "6281260268381:", "Budi", "+62 812-6026-8381")
	p.send("Enter")
	p.waitFor("● 1 connected", "OPEN")
	if err := server.Drop("+6281260268381"); err != nil {
		t.Fatal(err)
	}
	p.waitFor("CONNECTED → RECONNECTING")
	p.waitFor("● 1 connected", "RECONNECTING → CONNECTED")
	p.send("q")
	p.waitFor("comes back at the next start", "exit code 0")

	p.send("clear", "Enter")
	p.start(flags)
	p.waitFor("● 1 connected", "sales")
	killProgram(t, p)
	p.waitFor("exit code 137")
	p.freshShell() // the killed one could not put the terminal back
	p.start(flags)
	p.waitFor("● 1 connected", "sales")
	p.send("q")
	p.waitFor("exit code 0")
	if stats := server.Stats(); stats.Pairings != 1 || stats.Logins != 4 {
		t.Errorf("%+v, want one pairing and four logins", stats)
	}
}

// killProgram ends the program in the pane as a crash would.
func killProgram(t *testing.T, p *pane) {
	t.Helper()
	written, err := os.ReadFile(p.pidFile())
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(written)))
	if err != nil {
		t.Fatal(err)
	}
	victim, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Kill(); err != nil {
		t.Fatal(err)
	}
}

// A window that is too small for the code says so, offers two ways out, and shows the code when it has grown.
func TestPairingInASmallWindow(t *testing.T) {
	t.Parallel()
	server, flags := serverFor(t)
	p := newPane(t, 80, 24)
	p.start(flags)
	p.waitFor("pair a phone")
	p.send("p")
	p.waitFor("Session name")
	p.send("sales", "Enter")
	p.waitFor("too small for the QR code", "phone code", "PNG")
	p.resize(80, 34)
	p.payload(darkTheme())
	p.waitFor("SIMULATION")
	p.resize(80, 24)
	p.waitFor("too small for the QR code")
	p.send("c")
	p.waitFor("Phone number")
	p.send("+4915123456789", "Enter")
	screen := p.waitFor("Code for", "Link with phone number instead")
	var code string
	for _, word := range strings.Fields(screen) {
		if len(word) == 9 && word[4] == '-' && strings.ToUpper(word) == word {
			code = word
		}
	}
	if err := server.Code("+4915123456789", code, "Ada"); err != nil {
		t.Fatalf("the code %q: %v", code, err)
	}
	p.waitFor("Paired and connected", "4915123456789:")
	p.send("Enter", "q")
	p.waitFor("exit code 0")
}

// firstCode starts "wapulse pair --format raw" and reads until there is a code: the line that is read.
func firstCode(t *testing.T, cmd *exec.Cmd) *bufio.Scanner {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("no code came")
	}
	return lines
}

// The bare command prints each payload on a line, waits for CONNECTED, prints the JID, and leaves a session that the dashboard starts.
func TestPairWithoutTheScreen(t *testing.T) {
	t.Parallel()
	server, flags := serverFor(t)
	db := filepath.Join(t.TempDir(), "wapulse.db")
	args := append(strings.Fields(flags), "--db", db, "pair", "sales", "--format", "raw")
	cmd := exec.CommandContext(t.Context(), binary(t), args...)
	cmd.Stderr = os.Stderr
	lines := firstCode(t, cmd)
	if err := server.Scan(lines.Text(), "+4915123456789", "Ada"); err != nil {
		t.Fatal(err)
	}
	var last string
	for lines.Scan() {
		last = lines.Text()
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(last, "4915123456789:") || !strings.HasSuffix(last, "@s.whatsapp.net") {
		t.Errorf("the last line is %q, want the JID", last)
	}
	if sessions := server.Sessions(); len(sessions) != 1 || sessions[0].PreKeys == 0 {
		t.Errorf("%+v, want prekeys on the server", sessions)
	}
	p := newPane(t, 100, 30)
	p.start(flags + " --db " + db)
	p.waitFor("● 1 connected", "sales")
	p.send("q")
	p.waitFor("exit code 0")
}

// A server that does not even read holds up neither Ctrl-C nor SIGTERM.
func TestAFrozenServerDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*exec.Cmd) error{
		"SIGTERM": func(c *exec.Cmd) error { return c.Process.Signal(syscall.SIGTERM) },
		"SIGINT":  func(c *exec.Cmd) error { return c.Process.Signal(os.Interrupt) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, flags := serverFor(t)
			if err := server.SetFaults("", func(f *simulator.Faults) { f.StallHandshake = true }); err != nil {
				t.Fatal(err)
			}
			args := append(strings.Fields(flags), "--db", filepath.Join(t.TempDir(), "wapulse.db"), "pair", "sales", "--format", "raw")
			cmd := exec.CommandContext(t.Context(), binary(t), args...)
			stderr := &strings.Builder{}
			cmd.Stderr = stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			waitFor(t, "a connection", func() bool { return server.Stats().Connections > 0 })
			if err := end(cmd); err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(stderr.String(), "interrupted before a phone was linked") {
				t.Errorf("%v: %s", err, stderr)
			}
		})
	}
}
