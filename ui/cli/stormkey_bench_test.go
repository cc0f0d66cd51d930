package cli

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/store"
	"github.com/wapulse/wapulse/ui"
)

// The storm that a key is pressed in.
const (
	stormSessions  = 50
	stormPerSecond = 20_000 / stormSessions // events of each
	stormTick      = 10 * time.Millisecond
)

// stormClient is the client of a session that says whatever it is told to say.
type stormClient struct {
	session.Device
	session.Connection
	done chan struct{}
	sink func(session.Signal)
	over func() // once
}

func (c *stormClient) UseProxy(vital.Proxy)                        {}
func (c *stormClient) Ping(context.Context) (time.Duration, error) { return time.Millisecond, nil }
func (c *stormClient) Close()                                      { c.over() }
func (c *stormClient) Done() <-chan struct{}                       { return c.done }
func (c *stormClient) Connect(sink func(session.Signal)) session.Connection {
	c.done, c.sink = make(chan struct{}), sink
	c.over = sync.OnceFunc(func() {
		sink(session.Ended{})
		close(c.done)
	})
	sink(session.Ready{})
	return c
}

// storm says so many messages a second came in, as evenly as the machine lets it, until ctx ends. Told is how many.
func (c *stormClient) storm(ctx context.Context, told *atomic.Int64) {
	tick := time.NewTicker(stormTick)
	defer tick.Stop()
	began, n := time.Now(), 0
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			told.Add(int64(n))
			return
		}
		for due := int(time.Since(began) * stormPerSecond / time.Second); n < due; n++ {
			c.sink(session.Messages{Count: 1, At: time.Now()})
		}
	}
}

// stormClients are the devices of all sessions.
type stormClients struct {
	mu  sync.Mutex
	all []*stormClient
}

func (s *stormClients) Open(context.Context, vital.Identity) (session.Device, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &stormClient{}
	s.all = append(s.all, c)
	return c, nil
}

// stormHouse is a house whose sessions are connected to nothing.
func stormHouse(b *testing.B) (*house, *stormClients) {
	b.Helper()
	log := slog.New(slog.DiscardHandler)
	database, err := store.Open(b.Context(), store.Options{Path: filepath.Join(b.TempDir(), "wapulse.db"), Logger: log})
	if err != nil {
		b.Fatal(err)
	}
	h, clients := &house{store: database, log: log, closeLog: func() {}}, &stormClients{}
	for i := range stormSessions {
		r, err := database.CreateSession(b.Context(), fmt.Sprintf("session-%02d", i))
		if err != nil {
			b.Fatal(err)
		}
		phone := fmt.Sprintf("4915123456%03d", i)
		if err := database.SetIdentity(b.Context(), r.ID, vital.Identity{JID: phone + ":3@s.whatsapp.net", Phone: "+" + phone}); err != nil {
			b.Fatal(err)
		}
		if err := database.SetWanted(b.Context(), r.ID, true); err != nil {
			b.Fatal(err)
		}
	}
	h.furnish(session.Config{Devices: clients})
	if err := h.manager.Load(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		h.sampler.Close(ctx)
		if err := database.Close(); err != nil {
			b.Error(err)
		}
	})
	return h, clients
}

// stormOver ends the sessions, and says how much of the storm is in the journal.
func stormOver(b *testing.B, h *house) (stored int64) {
	b.Helper()
	h.checker.Close()
	if err := h.manager.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := h.store.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := h.store.WriteDB().QueryRow("SELECT count(*) FROM wapulse_event WHERE kind = ?", string(vital.KindMessagesUpsert)).Scan(&stored); err != nil {
		b.Fatal(err)
	}
	return stored
}

// shownTerminal is a terminal that somebody looks at: it says when a text was written to it.
type shownTerminal struct {
	file *os.File

	mu    sync.Mutex
	want  []byte // nil: nothing is waited for
	since []byte // what was written since it is
	seen  chan time.Time
	bytes int64
}

// watch reads until the terminal is closed.
func (s *shownTerminal) watch() {
	buffer := make([]byte, 64<<10)
	for {
		n, err := s.file.Read(buffer)
		now := time.Now()
		s.mu.Lock()
		s.bytes += int64(n)
		if s.want != nil {
			if s.since = append(s.since, buffer[:n]...); bytes.Contains(s.since, s.want) {
				s.want = nil
				s.seen <- now
			}
		}
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// until waits for a text that is written after do was called, and says how long that took.
func (s *shownTerminal) until(b *testing.B, text string, do func() error) time.Duration {
	b.Helper()
	s.mu.Lock()
	s.want, s.since, s.seen = []byte(text), nil, make(chan time.Time, 1)
	seen := s.seen
	s.mu.Unlock()
	began := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	select {
	case at := <-seen:
		return at.Sub(began)
	case <-time.After(10 * time.Second):
		s.mu.Lock()
		defer s.mu.Unlock()
		b.Fatalf("waiting for %q: %q", text, s.since)
		return 0
	}
}

// BenchmarkKeyInAStorm is the time from a key that is pressed in a terminal to the frame that shows what it did, in the whole program, while 50 sessions have 20,000
// events a second: the page of all events is opened, stopped, followed again and left.
func BenchmarkKeyInAStorm(b *testing.B) {
	for name, value := range map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "", "COLORFGBG": ""} {
		b.Setenv(name, value)
	}
	h, clients := stormHouse(b)
	ours, theirs, err := pty.Open()
	if err != nil {
		b.Fatal(err)
	}
	if err := pty.Setsize(theirs, &pty.Winsize{Rows: 40, Cols: 120}); err != nil {
		b.Fatal(err)
	}
	ctx, quit := context.WithCancel(b.Context())
	terminal := &shownTerminal{file: ours}
	var all sync.WaitGroup
	all.Go(terminal.watch)
	ended := make(chan error, 1)
	terminal.until(b, "session-00", func() error {
		go func() {
			ended <- screen{settings: ui.Settings{Theme: "dark"}, reload: &settingsReader{}}.show(ctx, h, theirs, theirs)
		}()
		return nil
	})
	for _, snap := range h.manager.Snapshots() {
		awaitUp(b, h, snap.ID)
	}
	var told atomic.Int64
	var late []time.Duration
	began := time.Now()
	all.Go(func() { late = lateness(ctx) })
	for _, c := range clients.all {
		all.Go(func() { c.storm(ctx, &told) })
	}
	steps := []struct{ key, shows string }{{"e", "without details"}, {" ", "(paused"}, {" ", "pause  "}, {"\x1b", "Sessions"}}
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		time.Sleep(20*time.Millisecond + rand.N(100*time.Millisecond)) // a person's keys are not in step with frames
		step := steps[i%len(steps)]
		took = append(took, terminal.until(b, step.shows, func() error {
			_, err := ours.WriteString(step.key)
			return err
		}))
	}
	lasted := time.Since(began)
	quit()
	if err := <-ended; err != nil {
		b.Error(err)
	}
	_, _ = theirs.Close(), ours.Close()
	all.Wait()
	slices.Sort(took)
	slices.Sort(late)
	b.ReportMetric(milliseconds(vital.Percentile(took, 50)), "ms/p50")
	b.ReportMetric(milliseconds(vital.Percentile(took, 99)), "ms/p99")
	b.ReportMetric(milliseconds(took[len(took)-1]), "ms/worst")
	b.ReportMetric(milliseconds(vital.Percentile(late, 99)), "ms/timer-late-p99")
	b.ReportMetric(float64(told.Load())/lasted.Seconds(), "events/s")
	b.ReportMetric(float64(told.Load()-stormOver(b, h)), "lost")
}

// lateness is how late a timer is, again and again until ctx ends: what this machine, with all that runs on it, does to anything that waits.
func lateness(ctx context.Context) (late []time.Duration) {
	for ctx.Err() == nil {
		began := time.Now()
		time.Sleep(stormTick)
		late = append(late, time.Since(began)-stormTick)
	}
	return late
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

func awaitUp(b *testing.B, h *house, id vital.SessionID) {
	b.Helper()
	watch := h.manager.Hub().Subscribe()
	defer watch.Close()
	for {
		if s, ok := h.manager.Snapshot(id); ok && s.State == vital.StateConnected {
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
