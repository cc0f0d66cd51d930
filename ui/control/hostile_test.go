package control

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// raw opens a connection to say anything over.
func raw(t *testing.T, path string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// says sends text and returns the status and the body that come back.
func says(t *testing.T, path, text string) (int, string) {
	t.Helper()
	conn := raw(t, path)
	go func() { _, _ = io.WriteString(conn, text) }() // who is refused need not be read to the end
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

func post(body string) string {
	return fmt.Sprintf("POST /v1/command HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// chunk begins a body that goes on.
func chunk(body string) string {
	return fmt.Sprintf("POST /v1/command HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(body), body)
}

func TestRequestsThatCannotBeRun(t *testing.T) {
	runs := func(context.Context, *Call) int { t.Error("it ran"); return 0 }
	path, _ := serving(t, runs, nil)
	hurried, _ := serving(t, runs, func(l *limits) { l.firstLine, l.header = 200*time.Millisecond, 200*time.Millisecond })
	for name, c := range map[string]struct {
		text   string
		status int
		word   string
	}{
		"rubbish":        {post("rubbish\n"), 400, "no request"},
		"nothing":        {post(""), 400, "no request"},
		"no command":     {post(`{"dir":"/"}` + "\n"), 400, "names no command"},
		"no folder":      {post(`{"args":["x"],"dir":"here"}` + "\n"), 400, "absolute"},
		"wrong type":     {post(`{"args":"x"}` + "\n"), 400, "no request"},
		"too large":      {post(`{"args":["` + strings.Repeat("x", maxRequest) + `"]}` + "\n"), 413, "longer than"},
		"endless":        {chunk(strings.Repeat("x", maxRequest+1)), 413, "longer than"},
		"too slow":       {chunk(`{"args":[`), 408, "in time"},
		"unknown route":  {"GET /v2/anything HTTP/1.1\r\nHost: x\r\n\r\n", 404, ""},
		"wrong method":   {"GET /v1/command HTTP/1.1\r\nHost: x\r\n\r\n", 405, ""},
		"nobody to end":  {"DELETE /v1/command/none HTTP/1.1\r\nHost: x\r\n\r\n", 404, "no such command"},
		"nobody to size": {"PUT /v1/command/none/size HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 404, "no such command"},
		"no HTTP":        {"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, ""},
		"huge header":    {"GET /v1/health HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 2*maxHeader) + "\r\n\r\n", 431, ""},
		"old HTTP":       {"POST /v1/command HTTP/1.0\r\nContent-Length: 3\r\n\r\n{}\n", 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			at := path
			if c.status == http.StatusRequestTimeout {
				at = hurried
			}
			status, body := says(t, at, c.text)
			if status != c.status || !strings.Contains(body, c.word) {
				t.Errorf("%d %q, want %d and %q", status, body, c.status, c.word)
			}
		})
	}
	slow := raw(t, hurried) // says nothing at all
	if _, err := slow.Read(make([]byte, 1)); err == nil {
		t.Error("a connection that says nothing was answered")
	}
	if _, err := Health(t.Context(), hurried); err != nil {
		t.Errorf("others are held up: %v", err)
	}
}

// Who sends the request in one piece with its input, as curl does, need not wait until it is wanted.
func TestTheInputMayComeAtOnce(t *testing.T) {
	path, _ := serving(t, echo, nil)
	status, body := says(t, path, post(`{"args":["echo"],"dir":"/","stdin":true}`+"\nhello"))
	for _, want := range []string{`{"id":"`, `{"want":"stdin"}`, `{"stdout":"hello"}`, `{"stderr":"hello"}`, `{"exit":7}`} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("%d %q, want %q", status, body, want)
		}
	}
	if !strings.HasSuffix(body, "{\"exit\":7}\n") {
		t.Errorf("something follows the exit code: %q", body)
	}
}

// A client that goes away ends its command, whether its input has ended, goes on, or is more than the command has read.
func TestAClientThatGoesAway(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	path, _ := serving(t, func(ctx context.Context, _ *Call) int {
		begun <- struct{}{}
		<-ctx.Done()
		ended <- struct{}{}
		return 0
	}, func(l *limits) { l.heartbeat = 20 * time.Millisecond })
	request := `{"args":["x"],"dir":"/","stdin":true}` + "\n"
	for name, text := range map[string]string{
		"input ended":   post(request),
		"input goes on": chunk(request),
		"input unread":  chunk(request + strings.Repeat("x", 64<<10)),
	} {
		t.Run(name, func(t *testing.T) {
			conn := raw(t, path)
			if _, err := io.WriteString(conn, text); err != nil {
				t.Fatal(err)
			}
			<-begun
			_ = conn.Close()
			<-ended
		})
	}
}

// A client that takes nothing holds up its own command only, and that one no longer than until it is cancelled.
func TestAClientThatTakesNothing(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	path, s := serving(t, func(_ context.Context, call *Call) int {
		close(begun)
		defer close(ended)
		for {
			if _, err := io.WriteString(call.Stdout, strings.Repeat("x", 64<<10)); err != nil {
				return 0
			}
		}
	}, func(l *limits) { l.grace = 50 * time.Millisecond })
	if _, err := io.WriteString(raw(t, path), post(`{"args":["x"],"dir":"/"}`+"\n")); err != nil {
		t.Fatal(err)
	}
	<-begun
	if _, err := Health(t.Context(), path); err != nil {
		t.Errorf("others are held up: %v", err)
	}
	s.mu.Lock()
	for _, c := range s.running {
		c.cancel()
	}
	s.mu.Unlock()
	<-ended
}

// What a command has left running cannot write after its end.
func TestNothingIsSaidAfterTheEnd(t *testing.T) {
	left := make(chan *Call, 1)
	path, _ := serving(t, func(_ context.Context, call *Call) int { left <- call; return 0 }, nil)
	if _, err := Run(t.Context(), path, Call{Request: request("x"), Stdout: io.Discard, Stderr: io.Discard}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString((<-left).Stdout, "late"); err == nil {
		t.Error("a line was written after the end")
	}
}
