package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	interruptGrace = 3 * time.Second        // for the output of a command that was interrupted
	dialTime       = 2 * time.Second        // to be let in
	sizeEvery      = 500 * time.Millisecond // a terminal's size is looked at
	host           = "wapulse"              // any: the socket knows one
	maxRefusal     = 64 << 10               // bytes of a refusal
)

// patience is how long the server may say nothing at all before it is given up.
const patience = 6 * heartbeatEvery

// Run has the process that listens at path run a command, and returns its exit code. When ctx ends the command is cancelled, and what it still says within
// three seconds is taken. ErrNobody means that nobody has even begun to run it.
//
// Stdin is read only if the command reads it, by a goroutine that ends with its next read after the command has ended.
func Run(ctx context.Context, path string, call Call) (int, error) {
	return run(ctx, path, call, patience, peerUser)
}

func run(ctx context.Context, path string, call Call, silence time.Duration, ask credentials) (int, error) {
	call.Request.Stdin = call.Stdin != nil
	first, err := json.Marshal(call.Request)
	if err != nil {
		return 0, fmt.Errorf("ask the wapulse that holds the database: %w", err)
	}
	if len(first) >= maxRequest {
		return 0, &RefusedError{http.StatusRequestEntityTooLarge, fmt.Sprintf("the request is longer than %d bytes", maxRequest)}
	}
	conn, err := dial(ctx, path, ask)
	if err != nil {
		return 0, err
	}
	inner, give := context.WithCancelCause(context.WithoutCancel(ctx))
	defer give(nil)
	cut := context.AfterFunc(inner, func() { _ = conn.Close() })
	defer func() {
		if cut() {
			_ = conn.Close()
		}
	}()
	watch := time.AfterFunc(silence, func() { give(ErrSilent) })
	defer watch.Stop()
	life, over := context.WithCancel(context.WithoutCancel(ctx))
	c := &conversation{path: path, ask: ask, call: call, watch: watch, silence: silence, give: give, named: make(chan struct{})}
	c.upload = &upload{first: append(first, '\n'), stdin: call.Stdin, give: give, wanted: make(chan struct{}), over: make(chan struct{})}
	defer close(c.upload.over)
	defer c.helpers.Wait()
	defer over()
	go c.upload.send(conn)
	c.helpers.Go(func() { c.cancelWith(ctx, life) })
	code, err := c.follow(life, conn)
	if cause := context.Cause(inner); err != nil && cause != nil {
		err = cause
	}
	return code, err
}

// Health asks the process that listens at path who it is.
func Health(ctx context.Context, path string) (About, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, ErrSilent)
	defer cancel()
	resp, err := askOnce(ctx, path, peerUser, http.MethodGet, "/v1/health", nil)
	if err != nil {
		if errors.Is(context.Cause(ctx), ErrSilent) {
			err = ErrSilent
		}
		return About{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return About{}, refusedBy(resp)
	}
	var about About
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxRefusal)).Decode(&about); err != nil {
		return About{}, fmt.Errorf("ask the wapulse that holds the database: %w", err)
	}
	return about, nil
}

// dial connects with the process that listens at path, if that is one of our user's.
func dial(ctx context.Context, path string, ask credentials) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialTime}
	conn, err := dialer.DialContext(ctx, "unix", reach(path))
	if err != nil {
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case nobodyListens(err):
			return nil, fmt.Errorf("%w: %w", ErrNobody, err)
		}
		return nil, fmt.Errorf("%w: %w", ErrSilent, err)
	}
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(ErrNobody, conn.Close())
	}
	if err := ask.sameUser(socket); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrNobody, err), conn.Close())
	}
	return conn, nil
}

// askOnce sends a short request over a connection of its own.
func askOnce(ctx context.Context, path string, ask credentials, method, route string, body []byte) (*http.Response, error) {
	transport := &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, path, ask) },
		DisableKeepAlives: true, DisableCompression: true,
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+host+route, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return transport.RoundTrip(req)
}

// refusedBy reads a refusal.
func refusedBy(resp *http.Response) error {
	var r refusal
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxRefusal)).Decode(&r); err != nil || r.Error == "" {
		r.Error = resp.Status
	}
	if r.Closing {
		return fmt.Errorf("%w: %s", ErrNobody, r.Error)
	}
	return &RefusedError{Status: resp.StatusCode, Text: r.Error}
}

// conversation is what the client does while a command runs.
type conversation struct {
	path    string
	ask     credentials
	call    Call
	upload  *upload
	watch   *time.Timer
	silence time.Duration
	give    context.CancelCauseFunc // gives the command up
	named   chan struct{}           // closed once id is known
	id      string
	helpers sync.WaitGroup
}

// follow takes the lines of the answer until the exit code.
func (c *conversation) follow(life context.Context, conn io.ReadCloser) (int, error) {
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrLost, err)
	}
	defer func() { _ = resp.Body.Close() }()
	defer func() { _ = conn.Close() }() // first, or closing the body would read all that is to come
	if resp.StatusCode != http.StatusOK {
		return 0, refusedBy(resp)
	}
	lines := json.NewDecoder(resp.Body)
	for {
		var l line
		if err := lines.Decode(&l); err != nil {
			return 0, fmt.Errorf("%w: %w", ErrLost, err)
		}
		c.watch.Reset(c.silence)
		if l.Exit != nil {
			return *l.Exit, nil
		}
		if l.ID != "" && c.id == "" {
			c.id = l.ID
			close(c.named)
			if c.call.Size != nil {
				c.helpers.Go(func() { c.tellSize(life) })
			}
		}
		if l.Want == wantStdin {
			c.upload.begin()
		}
		if err := c.write(l); err != nil {
			return 0, fmt.Errorf("write what the command says: %w", err)
		}
	}
}

func (c *conversation) write(l line) error {
	for _, part := range []struct {
		to    io.Writer
		text  string
		bytes []byte
	}{{c.call.Stdout, l.Stdout, l.StdoutBytes}, {c.call.Stderr, l.Stderr, l.StderrBytes}} {
		if part.text != "" {
			part.bytes = []byte(part.text)
		}
		if len(part.bytes) == 0 {
			continue
		}
		if _, err := part.to.Write(part.bytes); err != nil {
			return err
		}
	}
	return nil
}

// cancelWith asks the server to end the command when ctx ends, and gives it up if that does not help. Life is that of the answer.
func (c *conversation) cancelWith(ctx, life context.Context) {
	select {
	case <-ctx.Done():
	case <-life.Done():
		return
	}
	tooLate := time.AfterFunc(interruptGrace, func() { c.give(ErrNotEnded) })
	defer tooLate.Stop()
	select {
	case <-c.named:
	case <-life.Done():
		return
	}
	c.tell(life, http.MethodDelete, "", nil)
	<-life.Done()
}

// tellSize tells the server when the terminal has another size.
func (c *conversation) tellSize(life context.Context) {
	last := Size{Columns: c.call.Terminal.Columns, Rows: c.call.Terminal.Rows}
	look := time.NewTicker(sizeEvery)
	defer look.Stop()
	for {
		select {
		case <-life.Done():
			return
		case <-look.C:
		}
		size := c.call.Size()
		if size == last {
			continue
		}
		last = size
		if data, err := json.Marshal(size); err == nil {
			c.tell(life, http.MethodPut, "/size", data)
		}
	}
}

// tell sends a word about the command. If it does not arrive, the answer shows it.
func (c *conversation) tell(life context.Context, method, what string, body []byte) {
	ctx, cancel := context.WithTimeout(life, interruptGrace)
	defer cancel()
	if resp, err := askOnce(ctx, c.path, c.ask, method, "/v1/command/"+c.id+what, body); err == nil {
		_ = resp.Body.Close()
	}
}
