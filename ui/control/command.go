package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

// run answers POST /v1/command.
func (s *Server) run(w http.ResponseWriter, r *http.Request) {
	rc := http.NewResponseController(w)
	if err := rc.EnableFullDuplex(); err != nil {
		refuse(w, http.StatusHTTPVersionNotSupported, refusal{Error: "commands need HTTP/1.1"})
		return
	}
	if status, why := s.enter(); status != http.StatusOK {
		refuse(w, status, why)
		return
	}
	defer s.leave()
	_ = rc.SetReadDeadline(time.Now().Add(s.limits.firstLine))
	body := bufio.NewReader(r.Body)
	req, status, err := readRequest(body)
	if err != nil {
		refuse(w, status, refusal{Error: err.Error()})
		return
	}
	_ = rc.SetReadDeadline(time.Time{})
	s.runRequest(w, r, body, req)
}

// runRequest runs a command, and waits for all that belongs to it.
func (s *Server) runRequest(w http.ResponseWriter, r *http.Request, body io.Reader, req Request) {
	rc := http.NewResponseController(w)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	c := &command{cancel: cancel}
	c.size.Store(&Size{Columns: req.Terminal.Columns, Rows: req.Terminal.Rows})
	id := s.register(c)
	defer s.forget(id)
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Connection", "close")
	out := &answer{w: w, flush: rc.Flush, gone: cancel}
	if out.send(line{ID: id}) != nil {
		return
	}
	// A client that was cancelled and does not read its output holds the command up no longer than this.
	unbind := context.AfterFunc(ctx, func() { _ = rc.SetWriteDeadline(time.Now().Add(s.limits.grace)) })
	defer unbind()

	var helpers sync.WaitGroup
	in, feed := io.Pipe()
	helpers.Go(func() {
		_, err := io.Copy(feed, body)
		_ = feed.CloseWithError(err) // nil is the end of the input
		if err != nil {
			cancel() // the client has gone
		}
	})
	release := context.AfterFunc(ctx, func() { _ = feed.CloseWithError(context.Canceled) })
	defer release()
	helpers.Go(func() { out.live(ctx, s.limits.heartbeat) })

	call := &Call{Request: req, Stdin: &input{from: in, out: out}, Stdout: output{out, false}, Stderr: output{out, true}, Size: func() Size { return *c.size.Load() }}
	if !req.Stdin {
		call.Stdin = bytes.NewReader(nil)
	}
	code := s.guard(ctx, call)
	out.end(code)
	cancel()
	_ = in.Close()
	_ = rc.SetReadDeadline(time.Unix(1, 0)) // what reads the body ends now
	helpers.Wait()
}

// guard runs the handler. A panic in it is an error of this command and of nothing else.
func (s *Server) guard(ctx context.Context, call *Call) (code int) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a command panicked", "command", call.Args[0], "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			fmt.Fprintf(call.Stderr, "wapulse: the command met a fault in wapulse and was ended\nnext: look into the log of the wapulse that ran it, and report the fault\n")
			code = 1
		}
	}()
	return s.handle(ctx, call)
}

// readRequest reads the first line of a body.
func readRequest(body *bufio.Reader) (req Request, status int, err error) {
	var text []byte
	for {
		piece, err := body.ReadSlice('\n')
		if len(text)+len(piece) > maxRequest {
			return req, http.StatusRequestEntityTooLarge, fmt.Errorf("the request is longer than %d bytes", maxRequest)
		}
		text = append(text, piece...)
		if err == nil || errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return req, http.StatusRequestTimeout, errors.New("the request did not come in time")
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return req, http.StatusBadRequest, fmt.Errorf("read the request: %w", err)
		}
	}
	if err := json.Unmarshal(text, &req); err != nil {
		return req, http.StatusBadRequest, fmt.Errorf("the first line is no request: %w", err)
	}
	if err := req.check(); err != nil {
		return req, http.StatusBadRequest, err
	}
	return req, http.StatusOK, nil
}
