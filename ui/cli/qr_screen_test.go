package cli_test

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// The code is found at every size, in the largest form that fits, and nothing ever scrolls. Below, the page says what to do.
func TestQRAtEverySizeOfTheWindow(t *testing.T) {
	_, flags := serverFor(t)
	p := newPane(t, 200, 60)
	p.start(flags)
	p.waitFor("pair a phone")
	p.send("p")
	p.waitFor("Session name")
	p.send("sales", "Enter")
	for _, size := range [][2]int{{200, 60}, {110, 38}, {100, 40}, {70, 40}, {70, 34}, {64, 33}} {
		p.resize(size[0], size[1])
		if payload := p.payload(darkTheme()); !strings.HasPrefix(payload, "https://wa.me/") {
			t.Errorf("%v: the camera read %q", size, payload)
		}
		if lines := strings.Count(p.screen(), "\n"); lines > size[1] {
			t.Errorf("%v: %d lines", size, lines)
		}
	}
	for _, size := range [][2]int{{64, 30}, {80, 24}, {40, 10}} {
		p.resize(size[0], size[1])
		p.waitFor("window is too small for the QR", "c  pair with a phone code")
	}
	p.resize(80, 24)
	p.send("g")
	p.waitFor("The code is in a file too")
	p.resize(120, 40)
	p.payload(darkTheme())
	if history := strings.TrimSpace(p.tmux("display-message", "-p", "#{history_size}")); history != "0" {
		t.Errorf("%s lines have scrolled away", history)
	}
	p.send("Escape")
	p.waitFor("not paired")
	p.send("q")
	p.waitFor("exit code 0")
}

// graphicsTerminal runs the dashboard in a window of 80×24, opens the page that pairs, and gives these answers when the terminal is asked.
func graphicsTerminal(t *testing.T, answers string) (*exec.Cmd, *silent) {
	t.Helper()
	_, flags := serverFor(t)
	cmd := exec.CommandContext(t.Context(), binary(t), append(strings.Fields(flags), "--db", filepath.Join(t.TempDir(), "wapulse.db"))...)
	cmd.Env = []string{"TERM=xterm-256color", "HOME=" + t.TempDir(), "LANG=C.UTF-8", "TMPDIR=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	terminal := &silent{t: t, file: file}
	terminal.until("pair a phone")
	terminal.types("p")
	terminal.until("\x1b[c")
	if shown := terminal.shown.String(); strings.Index(shown, "pair a phone") > strings.Index(shown, "\x1b[c") {
		t.Error("it is asked before the first frame")
	}
	terminal.types(answers)
	terminal.until("Session name")
	terminal.types("sales\r")
	return cmd, terminal
}

func (s *silent) types(keys string) {
	s.t.Helper()
	if _, err := s.file.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// leaves goes back to the dashboard and quits.
func (s *silent) leaves(cmd *exec.Cmd) {
	s.t.Helper()
	s.shown.Reset()
	s.types("\x1b")
	s.until("not paired")
	s.types("q")
	s.until("Goodbye")
	if err := cmd.Wait(); err != nil {
		s.t.Error(err)
	}
}

// Where the terminal answers that it shows pictures, the code stands beside the steps in 80×24, is drawn anew when the window changes, and is erased when
// the page is left. The answers are no keys: the name would have them in it.
func TestQRAsAPicture(t *testing.T) {
	const cells = "\x1b[6;16;8t"
	for name, c := range map[string]struct{ answers, begins, erased string }{
		"sixel": {cells + "\x1b[?62;4;22c", "\x1bP0;1q", ""},
		"kitty": {cells + "\x1b_Gi=7309;OK\x1b\\" + "\x1b[?62;22c", "\x1b_Ga=T,", "\x1b_Ga=d,d=I,i=7309"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, terminal := graphicsTerminal(t, c.answers)
			terminal.until(c.begins)
			terminal.until("Point the camera here")
			if shown := terminal.shown.String(); !strings.Contains(shown, "Pair sales") {
				t.Errorf("the name is another: %.2000q", shown)
			}
			terminal.shown.Reset()
			if err := pty.Setsize(terminal.file, &pty.Winsize{Rows: 26, Cols: 90}); err != nil {
				t.Fatal(err)
			}
			terminal.until(c.begins)
			terminal.until("\x1b[c")
			terminal.types(c.answers)
			terminal.shown.Reset()
			terminal.types("?")
			terminal.until("Keys: Pairing")
			if c.erased != "" {
				terminal.until(c.erased)
			}
			terminal.shown.Reset()
			terminal.types("\x1b")
			terminal.until(c.begins)
			terminal.leaves(cmd)
			if c.erased != "" && !strings.Contains(terminal.shown.String(), c.erased) {
				t.Error("the picture is left")
			}
		})
	}
}

// A terminal that does not answer, or not yet when the program ends, changes nothing: its late answer is no key.
func TestATerminalThatDoesNotSay(t *testing.T) {
	cmd, terminal := graphicsTerminal(t, "")
	terminal.until("too small for the QR code")
	if !strings.Contains(terminal.shown.String(), "sales") {
		t.Errorf("what was typed is lost: %.2000q", terminal.shown.String())
	}
	terminal.shown.Reset()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	terminal.types("\x1b[?62;4;22c")
	terminal.until("Goodbye")
	if strings.Contains(terminal.shown.String(), "[?62") {
		t.Error("the answer is the shell's input")
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// Who reads a code can link his phone: it is neither in the log, nor in the database, nor in a report, nor in an event.
func TestTheCodeIsWrittenNowhere(t *testing.T) {
	t.Parallel()
	_, flags := serverFor(t)
	folder := t.TempDir()
	shared := append(strings.Fields(flags), "--db", filepath.Join(folder, "wapulse.db"), "--log-file", filepath.Join(folder, "log"))
	cmd := exec.CommandContext(t.Context(), binary(t), append(shared, "pair", "sales", "--format", "raw")...)
	lines := firstCode(t, cmd)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // interrupted
	_, secrets, _ := strings.Cut(lines.Text(), "#")
	parts := strings.Split(secrets, ",")
	if len(parts) < 4 {
		t.Fatalf("a code of %d parts", len(parts))
	}
	events, err := exec.CommandContext(t.Context(), binary(t), append(shared, "events", "--json")...).Output()
	if err != nil || !bytes.Contains(events, []byte(`"qr"`)) {
		t.Fatalf("%v: %s", err, events)
	}
	report, err := exec.CommandContext(t.Context(), binary(t), append(shared, "report", "sales", "-o", "-")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	written := map[string][]byte{"the events": events}
	for _, name := range []string{"wapulse.db", "log"} {
		if written[name], err = os.ReadFile(filepath.Join(folder, name)); err != nil || len(written[name]) == 0 {
			t.Fatal(name, err)
		}
	}
	files, err := zip.NewReader(bytes.NewReader(report), int64(len(report)))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files.File {
		if written["the report's "+file.Name], err = fs.ReadFile(files, file.Name); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range written {
		for _, part := range parts {
			if bytes.Contains(text, []byte(part)) && len(part) > 8 {
				t.Errorf("%s has a part of the code", name)
			}
		}
	}
}
