package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/store"
	"github.com/wapulse/wapulse/ui"
	"github.com/wapulse/wapulse/ui/widget"
)

// silent is a terminal that shows and never answers.
type silent struct {
	t     testing.TB
	file  *os.File
	shown bytes.Buffer
}

// until reads what is shown until text is among it.
func (s *silent) until(text string) {
	s.t.Helper()
	buffer := make([]byte, 64<<10)
	for !bytes.Contains(s.shown.Bytes(), []byte(text)) {
		n, err := s.file.Read(buffer)
		s.shown.Write(buffer[:n])
		if err != nil {
			s.t.Fatalf("waiting for %q: %v; shown: %q", text, err, s.shown.String())
		}
	}
}

// runInSilence starts the program in a silent terminal.
func runInSilence(t testing.TB, args ...string) (*exec.Cmd, *silent) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary(t), args...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=", "COLORFGBG=", "LC_ALL=C.UTF-8", "HOME="+t.TempDir(), "XDG_DATA_HOME=")
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return cmd, &silent{t: t, file: file}
}

// A terminal that answers no question must not hold up the first frame, or a plain command. The dashboard asks one and does not wait.
func TestASilentTerminalHoldsNothingUp(t *testing.T) {
	for text, args := range map[string][]string{"wapulse (": {"version"}, "pair a phone": nil} {
		cmd, terminal := runInSilence(t, args...)
		terminal.until(strings.Fields(text)[0])
		terminal.until(strings.Fields(text)[1])
		if args == nil {
			terminal.until("\x1b]11;?")
		}
		if questions := strings.Count(terminal.shown.String(), "\x1b]11;?"); questions != 1 && args == nil || questions != 0 && args != nil {
			t.Errorf("%q asks the terminal for its background %d times", args, questions)
		}
		for _, question := range []string{"\x1b]10;?", "\x1b[6n", "\x1b[c"} {
			if strings.Contains(terminal.shown.String(), question) {
				t.Errorf("%q asks the terminal %q", args, question)
			}
		}
		if args == nil {
			if _, err := terminal.file.WriteString("q"); err != nil {
				t.Fatal(err)
			}
			terminal.until("Goodbye")
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// A terminal that says that it is light gets the colours for that, whenever it says so.
func TestTheTerminalsBackgroundChoosesTheColours(t *testing.T) {
	cmd, terminal := runInSilence(t)
	terminal.until("pair a phone")
	const onDark, onLight = "38;2;121;192;255m", "38;2;5;80;174m" // of keys
	terminal.until(onDark)
	if strings.Contains(terminal.shown.String(), onLight) {
		t.Error("it is taken for a light one")
	}
	if _, err := terminal.file.WriteString("\x1b]11;rgb:ffff/ffff/eeee\x1b\\"); err != nil {
		t.Fatal(err)
	}
	terminal.until(onLight)
	if _, err := terminal.file.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	terminal.until("Goodbye")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// A terminal that is paused, or behind a dead line, takes nothing: the program ends all the same, and its sessions with it.
func TestATerminalThatTakesNothingDoesNotHoldUpTheEnd(t *testing.T) {
	_, flags := serverFor(t)
	db := filepath.Join(t.TempDir(), "wapulse.db")
	cmd, terminal := runInSilence(t, append(strings.Fields(flags), "--db", db)...)
	terminal.until("pair a phone")
	// A window of this size takes more to fill than a terminal that nobody reads has room for.
	if err := pty.Setsize(terminal.file, &pty.Winsize{Rows: 400, Cols: 800}); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
	if s, err := store.Open(t.Context(), store.Options{Path: db, RootKey: flags[strings.LastIndex(flags, " ")+1:]}); err != nil {
		t.Errorf("the database is not free: %v", err)
	} else if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// BenchmarkFirstFrame is the time from the start of the process to its first frame, with 100 sessions in the database, in a terminal that answers
// nothing.
func BenchmarkFirstFrame(b *testing.B) {
	path := filepath.Join(b.TempDir(), "wapulse.db")
	s, err := store.Open(b.Context(), store.Options{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 100 {
		if _, err := s.CreateSession(b.Context(), fmt.Sprintf("session %d", i)); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	binary(b)
	for b.Loop() {
		cmd, terminal := runInSilence(b, "--db", path)
		terminal.until("session 0")
		b.StopTimer()
		if _, err := terminal.file.WriteString("q"); err != nil {
			b.Fatal(err)
		}
		terminal.until("Goodbye")
		if err := cmd.Wait(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// puppet is a client in the hands of a benchmark.
type puppet struct {
	sink func(session.Signal)
	done chan struct{}
}

func (p *puppet) Open(context.Context, vital.Identity) (session.Device, error) { return p, nil }
func (p *puppet) UseProxy(vital.Proxy)                                         {}
func (p *puppet) Delete(context.Context) error                                 { return nil }
func (p *puppet) Connect(sink func(session.Signal)) session.Connection {
	p.sink, p.done = sink, make(chan struct{})
	sink(session.Ready{})
	return p
}

func (p *puppet) end(f vital.Failure) {
	p.sink(session.Ended{Failure: f})
	select {
	case <-p.done:
	default:
		close(p.done)
	}
}
func (p *puppet) Close()                                                   { p.end(vital.Failure{}) }
func (p *puppet) Ping(context.Context) (time.Duration, error)              { return time.Millisecond, nil }
func (p *puppet) RequestPhoneCode(context.Context, string) (string, error) { return "", nil }
func (p *puppet) Logout(context.Context) error                             { return nil }
func (p *puppet) Done() <-chan struct{}                                    { return p.done }
func (p *puppet) Check(context.Context, []string) ([]vital.Answer, error)  { return nil, nil }
func (p *puppet) Send(context.Context, vital.Outgoing) (vital.Sent, error) { return vital.Sent{}, nil }
func (p *puppet) Contacts(context.Context) ([]vital.Contact, error)        { return nil, nil }
func (p *puppet) Download(context.Context, vital.Media, io.Writer) error   { return nil }
func (p *puppet) TellFrames(bool)                                          {}

// awaitConnected waits for the session, not for the screen, which draws old lines again when it scrolls.
func awaitConnected(b *testing.B, manager *session.Manager, id vital.SessionID) {
	b.Helper()
	watch := manager.Hub().Subscribe()
	defer watch.Close()
	for {
		if s, ok := manager.Snapshot(id); ok && s.State == vital.StateConnected {
			return
		}
		select {
		case <-watch.Wake():
			watch.Take()
		case <-b.Context().Done():
			b.Fatal("the session did not come up")
		}
	}
}

// BenchmarkTransitionOnScreen is the time from a client's report that its connection ended to the terminal showing it, stored in between.
func BenchmarkTransitionOnScreen(b *testing.B) {
	database, err := store.Open(b.Context(), store.Options{Path: filepath.Join(b.TempDir(), "wapulse.db")})
	if err != nil {
		b.Fatal(err)
	}
	record, err := database.CreateSession(b.Context(), "sales")
	if err != nil {
		b.Fatal(err)
	}
	if err := database.SetIdentity(b.Context(), record.ID, vital.Identity{JID: "491512345678:3@s.whatsapp.net", Phone: "+491512345678"}); err != nil {
		b.Fatal(err)
	}
	client := &puppet{}
	manager := session.NewManager(session.Config{Store: database, Devices: client, Hub: session.NewHub()})
	if err := manager.Load(b.Context()); err != nil {
		b.Fatal(err)
	}
	ours, theirs, err := pty.Open()
	if err != nil {
		b.Fatal(err)
	}
	if err := pty.Setsize(theirs, &pty.Winsize{Rows: 40, Cols: 200}); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	updates := manager.Hub().Subscribe()
	ended := make(chan error, 1)
	go func() {
		ended <- ui.Run(ctx, ui.Options{Sessions: manager, Updates: updates, Theme: widget.Look{Profile: termenv.TrueColor, Dark: true}.Theme()}, theirs, theirs)
	}()
	terminal := &silent{t: b, file: ours}
	terminal.until("sales")
	var total, worst time.Duration
	tries := 0
	for b.Loop() {
		tries++
		if err := manager.Reconnect(ctx, record.ID); err != nil {
			b.Fatal(err)
		}
		awaitConnected(b, manager, record.ID)
		terminal.shown.Reset()
		cause := fmt.Sprintf("try %d.", tries)
		began := time.Now()
		client.end(vital.Failure{Reason: vital.ReasonStreamError, Text: cause})
		terminal.until(cause)
		total, worst = total+time.Since(began), max(worst, time.Since(began))
	}
	b.ReportMetric(float64(total.Microseconds())/1e3/float64(tries), "ms/shown")
	b.ReportMetric(float64(worst.Microseconds())/1e3, "ms/worst")
	cancel()
	go func() { _, _ = io.Copy(io.Discard, ours) }() // until it is closed: the program has last words
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	if err := manager.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
	for _, file := range []*os.File{ours, theirs} {
		_ = file.Close()
	}
	if err := database.Close(); err != nil {
		b.Fatal(err)
	}
}
