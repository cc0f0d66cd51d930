package whatsapp

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
)

// line is the raw connection under one session's WebSocket. It counts what passes, notices the end, and can be cut without
// waiting for anybody: whatsmeow's own ways to disconnect wait for the peer, or for locks that a silent peer makes it hold.
type line struct {
	onLost func(error) // called once, with why the line ended; not after cut

	in, out atomic.Uint64 // bytes

	mu       sync.Mutex
	raw      net.Conn
	stopDial context.CancelFunc
	isCut    bool
	isLost   bool
	released chan struct{} // closed when the library has let go of raw
	isFree   bool
}

func newLine(onLost func(error)) *line {
	return &line{onLost: onLost, released: make(chan struct{})}
}

// dial makes the raw connection. Cutting the line ends the dial.
func (l *line) dial(ctx context.Context, network, addr string, dial dialFunc) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.mu.Lock()
	if l.isCut || l.raw != nil { // one line, one connection
		l.mu.Unlock()
		return nil, errDialEnded
	}
	l.stopDial = cancel
	l.mu.Unlock()

	raw, err := dial(ctx, network, addr)

	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopDial = nil
	if err != nil {
		return nil, err
	}
	if l.isCut {
		_ = raw.Close()
		return nil, errDialEnded
	}
	l.raw = raw
	return &wire{Conn: raw, line: l}, nil
}

// cut ends the line at once. It does not block and may be called often.
func (l *line) cut() {
	l.mu.Lock()
	l.isCut = true
	raw, stop := l.raw, l.stopDial
	l.mu.Unlock()
	if stop != nil {
		stop()
	}
	if raw != nil {
		_ = raw.Close()
	}
}

// lost notes that the line ended without us.
func (l *line) lost(err error) {
	l.mu.Lock()
	tell := !l.isCut && !l.isLost
	l.isLost = true
	l.mu.Unlock()
	if tell {
		l.onLost(err)
	}
}

func (l *line) free() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.isFree {
		l.isFree = true
		close(l.released)
	}
}

// wasMade says whether there ever was a connection.
func (l *line) wasMade() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.raw != nil
}

func (l *line) remote() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.raw == nil || l.raw.RemoteAddr() == nil {
		return ""
	}
	return l.raw.RemoteAddr().String()
}

// wire is the line as the library sees it.
type wire struct {
	net.Conn
	line *line
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.line.in.Add(uint64(n))
	if err != nil && !isTimeout(err) {
		w.line.lost(err)
	}
	return n, err
}

func (w *wire) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	w.line.out.Add(uint64(n))
	return n, err
}

func (w *wire) Close() error {
	err := w.Conn.Close()
	w.line.lost(nil)
	w.line.free()
	return err
}
