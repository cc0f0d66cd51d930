package whatsapp

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// pipe is a network in memory, for tests on a fake clock: Dial and Accept are two ends of a net.Pipe.
type pipe struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipe() *pipe { return &pipe{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipe) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipe) options() Options {
	return Options{Endpoint: &Endpoint{URL: "ws://127.0.0.1:1/ws/chat"}, Dial: p.Dial}
}

func (p *pipe) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "127.0.0.1:1" }

// pipeServer serves HTTP in memory until the test ends.
func pipeServer(t *testing.T, handler http.Handler) *pipe {
	t.Helper()
	p := newPipe()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(p)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		_ = p.Close()
		<-done
	})
	return p
}
