package control

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// limits bound what one who asks can take.
type limits struct {
	commands  int           // at once
	header    time.Duration // to send the header
	firstLine time.Duration // to send the Request
	heartbeat time.Duration // between two signs of life
	grace     time.Duration // that a cancelled command's output may still take
}

func usualLimits() limits {
	return limits{
		commands: 32, header: 5 * time.Second, firstLine: 5 * time.Second, heartbeat: heartbeatEvery, grace: interruptGrace,
	}
}

// How many bytes each may have.
const (
	maxHeader  = 16 << 10
	maxRequest = 1 << 20
	maxSize    = 1 << 10 // of a terminal
)

// Server runs the commands that come over a listener. Close it.
type Server struct {
	handle Handler
	about  About
	log    *slog.Logger
	limits limits
	http   *http.Server
	cancel context.CancelFunc // of all commands

	mu      sync.Mutex
	running map[string]*command
	taken   int // places for commands
	closing bool

	commands sync.WaitGroup
	served   chan struct{}
}

// Serve runs what is asked for over l with handle, until Close. A nil logger logs nothing.
func Serve(l net.Listener, about About, handle Handler, log *slog.Logger) *Server {
	return serve(l, about, handle, log, usualLimits())
}

func serve(l net.Listener, about About, handle Handler, log *slog.Logger, bounds limits) *Server {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	s := &Server{
		handle: handle, about: about, log: log, limits: bounds, cancel: func() { cancel(ErrEnds) }, running: map[string]*command{}, served: make(chan struct{}),
	}
	if ours, ok := l.(*listener); ok {
		ours.turned = func(err error) { log.Warn("a connection to the socket was refused", "err", err) }
	}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /v1/command", s.run)
	routes.HandleFunc("DELETE /v1/command/{id}", s.cancelOne)
	routes.HandleFunc("PUT /v1/command/{id}/size", s.resizeOne)
	routes.HandleFunc("GET /v1/health", s.health)
	s.http = &http.Server{
		Handler: routes, ReadHeaderTimeout: bounds.header, IdleTimeout: bounds.header, MaxHeaderBytes: maxHeader,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the socket answers no more", "err", err)
		}
	}()
	return s
}

// Close removes the socket, cancels every command and waits for them until ctx ends; then their connections are cut. An error says that some command
// goes on all the same.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	over, stop := context.WithCancel(ctx)
	stop()
	_ = s.http.Shutdown(over) // closes the listener and waits for nothing
	<-s.served
	s.cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.commands.Wait()
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	_ = s.http.Close()
	select {
	case <-ended: // a command that was held up by a client which does not read ends now
		return nil
	case <-time.After(s.limits.grace / 10):
		s.mu.Lock()
		defer s.mu.Unlock()
		return fmt.Errorf("%d commands did not end in time", s.taken)
	}
}

// command is one that runs.
type command struct {
	cancel context.CancelFunc
	size   atomic.Pointer[Size]
}

// enter takes a place for a command; the refusal says why there is none.
func (s *Server) enter() (status int, r refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closing:
		return http.StatusServiceUnavailable, refusal{Error: "it is shutting down", Closing: true}
	case s.taken >= s.limits.commands:
		return http.StatusServiceUnavailable, refusal{Error: fmt.Sprintf("%d commands run already: wait until one has ended", s.taken)}
	}
	s.taken++
	s.commands.Add(1)
	return http.StatusOK, refusal{}
}

func (s *Server) leave() {
	s.mu.Lock()
	s.taken--
	s.mu.Unlock()
	s.commands.Done()
}

// register gives a command its name, until forget.
func (s *Server) register(c *command) (id string) {
	id = rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running[id] = c
	return id
}

func (s *Server) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, id)
}

func (s *Server) find(w http.ResponseWriter, r *http.Request) (*command, bool) {
	s.mu.Lock()
	c, ok := s.running[r.PathValue("id")]
	s.mu.Unlock()
	if !ok {
		refuse(w, http.StatusNotFound, refusal{Error: "no such command runs"})
	}
	return c, ok
}

func (s *Server) cancelOne(w http.ResponseWriter, r *http.Request) {
	if c, ok := s.find(w, r); ok {
		c.cancel()
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Server) resizeOne(w http.ResponseWriter, r *http.Request) {
	c, ok := s.find(w, r)
	if !ok {
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.limits.firstLine))
	var size Size
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxSize)).Decode(&size); err != nil {
		refuse(w, http.StatusBadRequest, refusal{Error: "this is no size of a terminal"})
		return
	}
	c.size.Store(&size)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.about) // who does not take it has gone
}

// refuse answers with an error, and ends the connection: what its sender has still to say would not be understood.
func refuse(w http.ResponseWriter, status int, r refusal) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(r) // who does not take it has gone
}
