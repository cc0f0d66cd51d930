package simulator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
	"go.mau.fi/whatsmeow/util/keys"
)

// Options says how a Server is set up. The zero value is a server on a free loopback port that forgets everything at its end.
type Options struct {
	Listen    string       // host:port on loopback; "" for 127.0.0.1:0
	Listener  net.Listener // instead of Listen, for example a PipeListener
	StateFile string       // remembers root key and linked devices across restarts; "" to forget
	Seed      uint64       // of jitter and rates; 0 for a random one
}

// Server is the simulated WhatsApp. Make it with New, end it with Close.
type Server struct {
	authority *authority
	stateFile string
	addr      string
	canListen bool // refuse_tcp can close and reopen the port
	http      *http.Server
	ctx       context.Context
	cancel    context.CancelFunc
	wg        sync.WaitGroup // every goroutine of the server

	mu       sync.Mutex
	rand     *rand.Rand
	closed   bool
	listener net.Listener // nil while refusing
	accounts map[string]*account
	personas map[string]*persona
	conns    map[*conn]struct{}
	refs     map[string]*conn // QR refs that a client shows now
	codes    map[string]*conn // phones that a client waits for with a phone code
	numbers  map[string]string
	media    mediaHost
	faults   faultTable
	messages []Message
	seq      uint64 // for ids and ADV key indexes

	stats Stats
}

// New starts a server.
func New(opts Options) (*Server, error) {
	s := &Server{
		stateFile: opts.StateFile,
		accounts:  map[string]*account{}, personas: map[string]*persona{}, conns: map[*conn]struct{}{},
		refs: map[string]*conn{}, codes: map[string]*conn{}, numbers: map[string]string{},
		media: newMediaHost(), faults: newFaultTable(),
	}
	seed := opts.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	s.rand = rand.New(rand.NewPCG(seed, seed))
	quietSignalLogger()
	if err := s.loadState(); err != nil {
		return nil, err
	}
	if s.authority == nil {
		s.authority = newAuthority(keys.NewKeyPair())
		if err := s.saveState(); err != nil {
			return nil, err
		}
	}
	if err := s.listen(opts); err != nil {
		return nil, err
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &http.Server{Handler: http.HandlerFunc(s.serveHTTP), ReadHeaderTimeout: 10 * time.Second}
	s.serve(s.listener)
	return s, nil
}

func (s *Server) listen(opts Options) error {
	s.listener = opts.Listener
	if s.listener == nil {
		addr := opts.Listen
		if addr == "" {
			addr = "127.0.0.1:0"
		}
		l, err := listenLoopback(addr)
		if err != nil {
			return err
		}
		s.listener, s.canListen = l, true
	}
	s.addr = s.listener.Addr().String()
	return nil
}

// listenLoopback listens on addr, which must name a loopback address.
func listenLoopback(addr string) (net.Listener, error) {
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", addr, err)
	}
	if !tcp.IP.IsLoopback() {
		return nil, fmt.Errorf("listen on %q: %w", addr, ErrNotLoopback)
	}
	l, err := net.ListenTCP("tcp", tcp)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", addr, err)
	}
	return l, nil
}

func (s *Server) serve(l net.Listener) {
	s.wg.Go(func() { _ = s.http.Serve(l) }) // ends with the listener
}

// Close ends all connections and waits for every goroutine of the server.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	_ = s.http.Close()
	for _, c := range s.everyConn() {
		c.close()
	}
	s.wg.Wait()
}

func (s *Server) everyConn() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.conns))
}

// URL is where clients connect to.
func (s *Server) URL() string { return "ws://" + s.addr + "/ws/chat" }

// Addr is the address listened on, host:port.
func (s *Server) Addr() string { return s.addr }

// RootKey is the public key that the server's certificate chain goes back to.
func (s *Server) RootKey() [32]byte { return *s.authority.root.Pub }

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if isMedia(r.URL.Path) {
		s.serveMedia(w, r)
		return
	}
	if s.spoilUpgrade(w) {
		return
	}
	if r.URL.Path != "/ws/chat" {
		http.NotFound(w, r)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // clients say that they come from WhatsApp's own site
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return // Accept has answered
	}
	ws.SetReadLimit(maxFrame + 1024)
	c := &conn{server: s, ws: ws}
	c.ctx, c.cancel = context.WithCancel(s.ctx)
	if !s.register(c) {
		_ = ws.CloseNow()
		return
	}
	c.run()
}

func (s *Server) register(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[c] = struct{}{}
	s.wg.Add(1)
	s.stats.Connections++
	return true
}

// unregister forgets a connection that has ended.
func (s *Server) unregister(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	for ref, owner := range s.refs {
		if owner == c {
			delete(s.refs, ref)
		}
	}
	for phone, owner := range s.codes {
		if owner == c {
			delete(s.codes, phone)
		}
	}
	if c.device != nil && c.device.conn == c {
		c.device.conn, c.device.active = nil, false
	}
	s.wg.Done()
}

// refuse closes or reopens the port.
func (s *Server) refuse(refuse bool) error {
	s.mu.Lock()
	l := s.listener
	s.mu.Unlock()
	switch {
	case !s.canListen:
		if refuse {
			return errors.New("refuse_tcp needs a TCP port of the server's own")
		}
		return nil
	case refuse && l != nil:
		s.setListener(nil)
		return l.Close()
	case !refuse && l == nil:
		reopened, err := listenLoopback(s.addr)
		if err != nil {
			return err
		}
		s.setListener(reopened)
		s.serve(reopened)
	}
	return nil
}

func (s *Server) setListener(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listener = l
}

// nextID gives ids that are unique within the run.
func (s *Server) nextID(prefix string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	return fmt.Sprintf("%s%d", prefix, s.seq)
}
