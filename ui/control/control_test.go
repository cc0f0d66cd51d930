package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// folder is a short one: the temporary folders of tests have names that are too long for a socket.
func folder(t *testing.T) string {
	t.Helper()
	path, err := os.MkdirTemp("", "wapulse-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(path) })
	return path
}

func about() About { return About{PID: 42, Version: "v1", Database: "/db"} }

// serving serves a handler until the test ends, and returns its path.
func serving(t *testing.T, handle Handler, edit func(*limits)) (string, *Server) {
	t.Helper()
	path := filepath.Join(folder(t), "db.sock")
	l, err := listen(path, peerUser)
	if err != nil {
		t.Fatal(err)
	}
	bounds := usualLimits()
	if edit != nil {
		edit(&bounds)
	}
	s := serve(l, about(), handle, slog.New(slog.DiscardHandler), bounds)
	t.Cleanup(func() { closed(t, s) })
	return path, s
}

func closed(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Error(err)
	}
}

func request(args ...string) Request { return Request{Args: args, Dir: "/"} }

// echo sends its input back, twice.
func echo(_ context.Context, call *Call) int {
	buffer := make([]byte, 8<<10)
	for {
		n, err := call.Stdin.Read(buffer)
		_, _ = call.Stdout.Write(buffer[:n])
		_, _ = call.Stderr.Write(buffer[:n])
		if err != nil {
			if errors.Is(err, io.EOF) {
				return 7
			}
			return 1
		}
	}
}

// Megabytes go both ways at once, bytes that are no text among them, and all arrive as they were.
func TestLargeStreamsBothWays(t *testing.T) {
	path, _ := serving(t, echo, nil)
	sent := make([]byte, 5<<20)
	chacha := rand.NewChaCha8([32]byte{1})
	_, _ = chacha.Read(sent)
	var out, errs bytes.Buffer
	code, err := Run(t.Context(), path, Call{Request: request("echo"), Stdin: bytes.NewReader(sent), Stdout: &out, Stderr: &errs})
	if err != nil || code != 7 {
		t.Fatalf("%d, %v", code, err)
	}
	if !bytes.Equal(out.Bytes(), sent) || errs.Len() != len(sent) {
		t.Errorf("%d bytes of stdout and %d of stderr came back for %d", out.Len(), errs.Len(), len(sent))
	}
}

// What a command says arrives while it runs, and its input while it answers: a conversation.
func TestStreamsAsTheyCome(t *testing.T) {
	path, _ := serving(t, echo, nil)
	questions, ask := io.Pipe()
	answers, answer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, err := Run(t.Context(), path, Call{Request: request("echo"), Stdin: questions, Stdout: answer, Stderr: io.Discard})
		_ = answer.Close()
		ended <- err
	}()
	for i := range 20 {
		question := fmt.Sprintf("question %d, grüße", i)
		if _, err := io.WriteString(ask, question); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(question))
		if _, err := io.ReadFull(answers, got); err != nil || string(got) != question {
			t.Fatalf("%q, %v", got, err)
		}
	}
	_ = ask.Close()
	if rest, err := io.ReadAll(answers); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// forbidden fails the test when it is read.
type forbidden struct{ t *testing.T }

func (f forbidden) Read([]byte) (int, error) {
	f.t.Error("the input was read, and no command wanted it")
	return 0, io.EOF
}

func TestInputStaysWhereItIsUntilACommandReadsIt(t *testing.T) {
	path, _ := serving(t, func(context.Context, *Call) int { return 0 }, nil)
	if code, err := Run(t.Context(), path, Call{Request: request("quiet"), Stdin: forbidden{t}, Stdout: io.Discard, Stderr: io.Discard}); code != 0 || err != nil {
		t.Error(code, err)
	}
}

func TestACommandWithoutInputFindsNone(t *testing.T) {
	path, _ := serving(t, echo, nil)
	var out bytes.Buffer
	code, err := Run(t.Context(), path, Call{Request: request("echo"), Stdout: &out, Stderr: io.Discard})
	if code != 7 || err != nil || out.Len() > 0 {
		t.Error(code, err, out.String())
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Read([]byte) (int, error)  { return 0, errBroken }
func (broken) Write([]byte) (int, error) { return 0, errBroken }

// Half an input is no input: the command is given up, and the cause told. So it is with output that nobody takes.
func TestBrokenStreamsOfTheClient(t *testing.T) {
	ended := make(chan struct{}, 2)
	path, _ := serving(t, func(ctx context.Context, call *Call) int {
		defer func() { ended <- struct{}{} }()
		_, _ = io.WriteString(call.Stdout, "begun")
		_, _ = io.ReadAll(call.Stdin)
		<-ctx.Done()
		return 0
	}, nil)
	_, err := Run(t.Context(), path, Call{Request: request("x"), Stdin: broken{}, Stdout: io.Discard, Stderr: io.Discard})
	if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "input") {
		t.Error(err)
	}
	<-ended
	_, err = Run(t.Context(), path, Call{Request: request("x"), Stdout: broken{}, Stderr: io.Discard})
	if !errors.Is(err, errBroken) {
		t.Error(err)
	}
	<-ended
}

// Ctrl-C: the command is cancelled, and what it says then still comes, with its exit code.
func TestCancelKeepsWhatIsThere(t *testing.T) {
	begun := make(chan struct{})
	path, _ := serving(t, func(ctx context.Context, call *Call) int {
		close(begun)
		<-ctx.Done()
		_, _ = io.WriteString(call.Stdout, "what was there already\n")
		_, _ = io.WriteString(call.Stderr, "interrupted\n")
		return 130
	}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	var out, errs bytes.Buffer
	code, err := Run(ctx, path, Call{Request: request("wait"), Stdout: &out, Stderr: &errs})
	if code != 130 || err != nil || out.String() != "what was there already\n" || errs.String() != "interrupted\n" {
		t.Errorf("%d, %v, %q, %q", code, err, out.String(), errs.String())
	}
}

// A read of the input that waits ends with the command's context.
func TestCancelEndsAReadOfTheInput(t *testing.T) {
	reading := make(chan struct{})
	path, _ := serving(t, func(_ context.Context, call *Call) int {
		close(reading)
		_, err := call.Stdin.Read(make([]byte, 1))
		fmt.Fprint(call.Stderr, err)
		return 5
	}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reading; cancel() }()
	silent, hold := io.Pipe()
	defer func() { _ = hold.Close() }()
	var errs bytes.Buffer
	code, err := Run(ctx, path, Call{Request: request("x"), Stdin: silent, Stdout: io.Discard, Stderr: &errs})
	if code != 5 || err != nil || errs.String() != context.Canceled.Error() {
		t.Error(code, err, errs.String())
	}
}

func TestCancelledBeforeItBegins(t *testing.T) {
	path, _ := serving(t, func(context.Context, *Call) int { t.Error("it ran"); return 0 }, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, path, Call{Request: request("x"), Stdout: io.Discard, Stderr: io.Discard}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestTheTerminalsSize(t *testing.T) {
	path, _ := serving(t, func(ctx context.Context, call *Call) int {
		if call.Size() != (Size{80, 24}) || !call.Terminal.StdoutTTY || call.Dir != "/" || call.Environ[0] != "NO_COLOR=1" {
			t.Errorf("%+v", call.Request)
		}
		look := time.NewTicker(10 * time.Millisecond)
		defer look.Stop()
		for call.Size() != (Size{120, 40}) {
			select {
			case <-look.C:
			case <-ctx.Done():
				return 1
			}
		}
		return 0
	}, nil)
	r := request("x")
	r.Terminal, r.Environ = Terminal{StdoutTTY: true, Columns: 80, Rows: 24}, []string{"NO_COLOR=1"}
	code, err := Run(t.Context(), path, Call{Request: r, Stdout: io.Discard, Stderr: io.Discard, Size: func() Size { return Size{120, 40} }})
	if code != 0 || err != nil {
		t.Error(code, err)
	}
}

func TestHealth(t *testing.T) {
	path, s := serving(t, echo, nil)
	if got, err := Health(t.Context(), path); got != about() || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	closed(t, s)
	if _, err := Health(t.Context(), path); !errors.Is(err, ErrNobody) {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) > 0 {
		t.Errorf("the server left %q", left)
	}
}

func TestAPanicIsThatCommandsError(t *testing.T) {
	path, _ := serving(t, func(_ context.Context, call *Call) int {
		if call.Args[0] == "panic" {
			panic("at the disco")
		}
		return 0
	}, nil)
	var errs bytes.Buffer
	code, err := Run(t.Context(), path, Call{Request: request("panic"), Stdout: io.Discard, Stderr: &errs})
	if code != 1 || err != nil || !strings.Contains(errs.String(), "next: ") || strings.Contains(errs.String(), "disco") {
		t.Error(code, err, errs.String())
	}
	if code, err := Run(t.Context(), path, Call{Request: request("fine"), Stdout: io.Discard, Stderr: io.Discard}); code != 0 || err != nil {
		t.Error(code, err)
	}
}

func TestTooManyCommands(t *testing.T) {
	begun := make(chan struct{}, 2)
	path, _ := serving(t, func(ctx context.Context, _ *Call) int { begun <- struct{}{}; <-ctx.Done(); return 0 }, func(l *limits) { l.commands = 2 })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := Run(ctx, path, Call{Request: request("wait"), Stdout: io.Discard, Stderr: io.Discard})
			ended <- err
		}()
		<-begun
	}
	_, err := Run(t.Context(), path, Call{Request: request("wait"), Stdout: io.Discard, Stderr: io.Discard})
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Status != 503 || !strings.Contains(err.Error(), "2 commands run already") {
		t.Error(err)
	}
	if _, err := Health(t.Context(), path); err != nil {
		t.Errorf("others are held up: %v", err)
	}
	cancel()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// Closing cancels commands and waits for them; one that does not end is told of, and its connection is cut.
func TestCloseEndsCommands(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	path, s := serving(t, func(ctx context.Context, call *Call) int {
		close(begun)
		<-ctx.Done()
		if call.Args[0] == "stubborn" {
			<-release
		}
		return 9
	}, nil)
	type result struct {
		code int
		err  error
	}
	ended := make(chan result, 1)
	ask := func(name string) {
		code, err := Run(context.WithoutCancel(t.Context()), path, Call{Request: request(name), Stdout: io.Discard, Stderr: io.Discard})
		ended <- result{code, err}
	}
	go ask("good")
	<-begun
	closed(t, s)
	if got := <-ended; got.code != 9 || got.err != nil {
		t.Error(got)
	}

	begun = make(chan struct{})
	path, s = serving(t, s.handle, nil)
	go ask("stubborn")
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := s.Close(ctx); err == nil || !strings.Contains(err.Error(), "1 commands did not end") {
		t.Error(err)
	}
	if got := <-ended; !errors.Is(got.err, ErrLost) {
		t.Error(got)
	}
	close(release)
}

// A server that is stopped in its tracks is given up.
func TestAServerThatSaysNothing(t *testing.T) {
	path := filepath.Join(folder(t), "db.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if _, err := run(t.Context(), path, Call{Request: request("x")}, 20*time.Millisecond, peerUser); !errors.Is(err, ErrSilent) {
		t.Error(err)
	}
	path, _ = serving(t, func(ctx context.Context, _ *Call) int { <-ctx.Done(); return 0 }, func(l *limits) { l.heartbeat = time.Hour })
	if _, err := run(t.Context(), path, Call{Request: request("x")}, 50*time.Millisecond, peerUser); !errors.Is(err, ErrSilent) {
		t.Error(err)
	}
	path, _ = serving(t, func(ctx context.Context, _ *Call) int {
		select {
		case <-ctx.Done():
			return 1
		case <-time.After(time.Second):
			return 0
		}
	}, func(l *limits) { l.heartbeat = 5 * time.Millisecond })
	if code, err := run(t.Context(), path, Call{Request: request("x")}, 500*time.Millisecond, peerUser); code != 0 || err != nil {
		t.Errorf("one that lives was given up: %d, %v", code, err)
	}
}
