package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"sync"
)

// upload sends a request, and then the input as soon as it is asked for. It is no http.Transport: that one gives an answer up that is still to be read when
// its server takes no more input.
type upload struct {
	first  []byte
	stdin  io.Reader // nil for none
	give   context.CancelCauseFunc
	wanted chan struct{}
	over   chan struct{}
	start  sync.Once
}

// send ends when the answer does, but for a read of the input that does not return. What cannot be sent is nobody's loss: the answer tells how the command
// ended. An input that cannot be read gives the command up: what it would do with half of it nobody can say.
func (u *upload) send(conn net.Conn) {
	_, err := fmt.Fprintf(conn, "POST /v1/command HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/x-ndjson\r\n"+
		"Transfer-Encoding: chunked\r\n\r\n", host)
	if err != nil {
		return
	}
	body := httputil.NewChunkedWriter(conn)
	if _, err := body.Write(u.first); err != nil {
		return
	}
	if u.stdin != nil {
		select {
		case <-u.wanted:
		case <-u.over:
			return
		}
		input := &source{from: u.stdin}
		_, err := io.Copy(body, input)
		if input.failed != nil {
			u.give(fmt.Errorf("read the input: %w", input.failed))
		}
		if err != nil {
			return
		}
	}
	if body.Close() == nil {
		_, _ = io.WriteString(conn, "\r\n") // the end of the trailer, which is empty
	}
}

// begin lets the input follow.
func (u *upload) begin() { u.start.Do(func() { close(u.wanted) }) }

// source remembers that reading failed, which is not the same as that nobody takes what was read.
type source struct {
	from   io.Reader
	failed error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed = err
	}
	return n, err
}
