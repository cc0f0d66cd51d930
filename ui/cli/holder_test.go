package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/ui/cli"
	"github.com/wapulse/wapulse/ui/control"
)

// text is what a process writes while a test reads it.
type text struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (b *text) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.Write(p)
}

func (b *text) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}

// holder is a wapulse without a screen that holds a database.
type holder struct {
	t    *testing.T
	db   string
	cmd  *exec.Cmd
	errs text
	done bool
}

// hold starts one. It may not answer yet.
func hold(t *testing.T, db string, flags ...string) *holder {
	t.Helper()
	h := &holder{t: t, db: db, cmd: exec.Command(binary(t), append(flags, "--db", db, "run")...)}
	h.cmd.Stderr = &h.errs
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !h.done {
			h.end()
		}
	})
	return h
}

func (h *holder) socket() string {
	path, err := control.PathFor(h.db)
	if err != nil {
		h.t.Fatal(err)
	}
	return path
}

// waitFor waits until a condition holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for deadline := time.After(patience); !holds(); {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

// answering waits until it answers.
func (h *holder) answering() *holder {
	h.t.Helper()
	waitFor(h.t, "an answer from the holder", func() bool {
		about, err := control.Health(h.t.Context(), h.socket())
		return err == nil && about.PID == h.cmd.Process.Pid
	})
	return h
}

// end stops it as a service manager does, and checks that it goes in time and leaves nothing.
func (h *holder) end() {
	h.t.Helper()
	h.done = true
	began := time.Now()
	if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		h.t.Fatal(err)
	}
	if err := h.cmd.Wait(); err != nil {
		h.t.Errorf("%v: %s", err, h.errs.String())
	}
	if took := time.Since(began); took > 3*time.Second {
		h.t.Errorf("it took %v to end", took)
	}
	if _, err := os.Lstat(h.socket()); err == nil {
		h.t.Error("the socket is left")
	}
	if !strings.Contains(h.errs.String(), `msg="wapulse has ended"`) {
		h.t.Errorf("its last word is missing: %s", h.errs.String())
	}
}

// shortFolder has a name that is short enough for a socket in it.
func shortFolder(t *testing.T) string {
	t.Helper()
	path, err := os.MkdirTemp("", "wapulse-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(path) })
	return path
}

// What a command says, and its exit code, are the same with a holder and without.
func TestCommandsThroughAHolder(t *testing.T) {
	db := databaseWith(t, "sales", "support")
	if err := os.Chmod(filepath.Dir(db), 0o700); err != nil { // whoever opens the database in an open folder says so
		t.Fatal(err)
	}
	lines := [][]string{
		{"sessions"}, {"sessions", "--json"}, {"sessions", "--help"}, {"sessions", "x"}, {"sessions", "--frobnicate"},
		{"pair", "sales"}, {"pair", "new", "--format", "gif"}, {"pair"}, {"pair", " bad name "},
	}
	var without []ran
	for _, line := range lines {
		without = append(without, run(t, append([]string{"--db", db}, line...)...))
	}
	hold(t, db).answering()
	for i, line := range lines {
		if got := run(t, append([]string{"--db", db}, line...)...); got != without[i] {
			t.Errorf("%q through a holder: %+v; without: %+v", line, got, without[i])
		}
	}
	if got := run(t, "--db", db, "run"); got.code != 1 || !strings.Contains(got.err, "in use by process") {
		t.Errorf("a second one: %+v", got)
	}
}

// pairing is a "wapulse pair" with the phone in the test's hand.
type pairing struct {
	out, errs text
	code      chan int
}

// beginPairing runs the command until its first code.
func beginPairing(t *testing.T, ctx context.Context, args ...string) (p *pairing, payload string) {
	t.Helper()
	p = &pairing{code: make(chan int, 1)}
	reader, writer := io.Pipe()
	go func() {
		p.code <- cli.Execute(ctx, args, strings.NewReader(""), io.MultiWriter(&p.out, writer), &p.errs)
		_ = writer.Close()
	}()
	first, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		t.Fatalf("no code came: %v: %s", err, p.errs.String())
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	return p, strings.TrimSpace(first)
}

func pairOver(t *testing.T, server *simulator.Server, args []string) (code int, jid, errs string) {
	t.Helper()
	p, payload := beginPairing(t, t.Context(), args...)
	if err := server.Scan(payload, "+4915123456789", "Ada"); err != nil {
		t.Fatal(err)
	}
	code = <-p.code
	lines := strings.Split(strings.TrimSpace(p.out.String()), "\n")
	return code, lines[len(lines)-1], p.errs.String()
}

// Pairing through a holder looks like pairing without; the session lives on in the holder, whose lines tell of it without the phone's number.
func TestPairThroughAHolder(t *testing.T) {
	server, flags := serverFor(t)
	common := strings.Fields(flags)
	jid := regexp.MustCompile(`^4915123456789:\d+@s\.whatsapp\.net$`)
	args := func(db string) []string {
		return append(append([]string{}, common...), "--db", db, "pair", "sales", "--format", "raw")
	}
	code, got, alone := pairOver(t, server, args(filepath.Join(shortFolder(t), "alone.db")))
	if code != 0 || !jid.MatchString(got) {
		t.Fatalf("without a holder: %d, %q, %s", code, got, alone)
	}
	db := filepath.Join(shortFolder(t), "wapulse.db")
	h := hold(t, db, common...).answering()
	code, got, through := pairOver(t, server, args(db))
	if code != 0 || !jid.MatchString(got) {
		t.Fatalf("through a holder: %d, %q, %s", code, got, through)
	}
	if alone != through {
		t.Errorf("stderr through a holder: %q; without: %q", through, alone)
	}
	if listed := run(t, "--db", db, "sessions"); !strings.Contains(listed.out, "CONNECTED") || !strings.Contains(listed.out, "comes up") {
		t.Errorf("%+v", listed)
	}
	h.end()
	said := h.errs.String()
	for _, want := range []string{"msg=paired session=sales", "CONNECTING → CONNECTED", `state=DISCONNECTED reason=shutdown`} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing in:\n%s", want, said)
		}
	}
	if regexp.MustCompile(`\d{7}`).MatchString(strings.ReplaceAll(said, db, "")) {
		t.Errorf("a number is not shortened:\n%s", said)
	}
}

// Ctrl-C in a pairing through a holder takes the codes back there.
func TestInterruptedPairingThroughAHolder(t *testing.T) {
	_, flags := serverFor(t)
	common := strings.Fields(flags)
	db := filepath.Join(shortFolder(t), "wapulse.db")
	hold(t, db, common...).answering()
	ctx, cancel := context.WithCancel(t.Context())
	p, _ := beginPairing(t, ctx, append(common, "--db", db, "pair", "sales", "--format", "raw")...)
	cancel()
	if code := <-p.code; code != 1 || !strings.Contains(p.errs.String(), "interrupted before a phone was linked") {
		t.Errorf("%d: %s", code, p.errs.String())
	}
	if listed := run(t, "--db", db, "sessions"); !strings.Contains(listed.out, "DISCONNECTED") {
		t.Errorf("%+v", listed)
	}
}

// A holder that is ended ends what others run in it, and the others say so.
func TestAHolderThatEndsEndsCommands(t *testing.T) {
	_, flags := serverFor(t)
	common := strings.Fields(flags)
	db := filepath.Join(shortFolder(t), "wapulse.db")
	h := hold(t, db, common...).answering()
	p, _ := beginPairing(t, t.Context(), append(common, "--db", db, "pair", "sales", "--format", "raw")...)
	h.end()
	if code := <-p.code; code != 1 || !strings.Contains(p.errs.String(), "interrupted before a phone was linked") {
		t.Errorf("%d: %s", code, p.errs.String())
	}
	h = hold(t, db, common...).answering()
	p, _ = beginPairing(t, t.Context(), append(common, "--db", db, "pair", "sales", "--format", "raw")...)
	h.done = true
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = h.cmd.Wait() // killed
	if code := <-p.code; code != 1 || !strings.Contains(p.errs.String(), "has ended") || !strings.Contains(p.errs.String(), "next: ") {
		t.Errorf("killed: %d: %s", code, p.errs.String())
	}
}

// After kill -9 the socket is left: commands see through it, and the next holder takes it over.
func TestAKilledHolder(t *testing.T) {
	db := databaseWith(t, "sales")
	want := run(t, "--db", db, "sessions")
	h := hold(t, db).answering()
	h.done = true
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = h.cmd.Wait() // killed
	if _, err := os.Lstat(h.socket()); err != nil {
		t.Fatal("the test's premise: a killed process leaves its socket")
	}
	if got := run(t, "--db", db, "sessions"); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := run(t, "--db", db, "pair", "sales"); got.code != 1 || !strings.Contains(got.err, "paired already") {
		t.Errorf("%+v", got)
	}
	next := hold(t, db).answering()
	if got := run(t, "--db", db, "sessions"); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	next.end()
}

// A command that comes while another wapulse begins to hold the database waits until that one answers.
func TestAHolderThatIsStarting(t *testing.T) {
	db := databaseWith(t, "sales")
	hold(t, db)
	waitFor(t, "the database is taken", func() bool { _, err := os.Stat(db + ".holder"); return err == nil })
	if got := run(t, "--db", db, "pair", "sales"); got.code != 1 || !strings.Contains(got.err, "paired already") {
		t.Errorf("%+v", got)
	}
}

// A command that is meant for another server than the holder's is refused; so is what is not for others to run.
func TestWhatAHolderRefuses(t *testing.T) {
	_, flags := serverFor(t)
	_, others := serverFor(t)
	db := filepath.Join(shortFolder(t), "wapulse.db")
	h := hold(t, db, strings.Fields(flags)...).answering()
	for _, server := range []string{flags, ""} {
		if got := run(t, append(strings.Fields(server), "--db", db, "sessions")...); got.code != 0 {
			t.Errorf("%+v", got)
		}
	}
	if got := run(t, append(strings.Fields(others), "--db", db, "sessions")...); got.code != 2 || !strings.Contains(got.err, "is meant for ws://127.0.0.1:") {
		t.Errorf("%+v", got)
	}
	for _, args := range [][]string{{"run"}, {"demo"}, {"simulator"}, {"nothing"}, {"--json"}, {"sessions", "--db=x"}} {
		var errs bytes.Buffer
		code, err := control.Run(t.Context(), h.socket(), control.Call{
			Request: control.Request{Args: args, Dir: "/"}, Stdout: io.Discard, Stderr: &errs,
		})
		if code != 2 || err != nil || !strings.Contains(errs.String(), "next: ") {
			t.Errorf("%q: %d, %v, %s", args, code, err, errs.String())
		}
	}
}

// What a script does is seen live in the dashboard, which answers as any holder does. A second dashboard ends at once, and the log that a command was given
// says who ran it.
func TestScriptsBesideTheDashboard(t *testing.T) {
	server, flags := serverFor(t)
	common := strings.Fields(flags)
	folder := shortFolder(t)
	db := filepath.Join(folder, "wapulse.db")
	p := newPane(t, 120, 40)
	p.start(flags + " --db " + db)
	p.waitFor("pair a phone")
	code, _, errs := pairOver(t, server, append(common, "--db", db, "--log-file", filepath.Join(folder, "log"), "pair", "sales", "--format", "raw"))
	if code != 0 {
		t.Fatalf("%d: %s", code, errs)
	}
	p.waitFor("● 1 connected", "sales", "paired")
	if log, err := os.ReadFile(filepath.Join(folder, "log")); err != nil || !strings.Contains(string(log), "command=pair exit=0") {
		t.Errorf("%v: %s", err, log)
	}
	t.Run("a second one", func(t *testing.T) {
		second := newPane(t, 120, 40)
		second.start(flags + " --db " + db)
		second.waitFor("in use by process", "exit code 1")
	})
	p.send("q")
	p.waitFor("exit code 0")
	if _, err := os.Lstat(db + ".sock"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

// A QR code that a holder draws fits the terminal that asked for it.
func TestACodeFromAHolderFitsTheCallersTerminal(t *testing.T) {
	server, flags := serverFor(t)
	db := filepath.Join(shortFolder(t), "wapulse.db")
	hold(t, db, strings.Fields(flags)...).answering()
	p := newPane(t, 80, 24)
	p.start(flags + " --db " + db + " pair sales")
	p.waitFor("The code needs a window of", "this one has 80×24")
	p.send("C-c")
	p.waitFor("interrupted before a phone was linked", "exit code 1")
	p.resize(80, 50)
	p.send("clear", "Enter")
	p.start(flags + " --db " + db + " pair sales")
	if err := server.Scan(p.payload(darkTheme()), "+4915123456789", "Ada"); err != nil {
		t.Fatal(err)
	}
	p.waitFor("is connected as +4915123456789 Ada", "exit code 0")
}
