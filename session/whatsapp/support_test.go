package whatsapp

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/store"
	_ "modernc.org/sqlite"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

func TestMain(m *testing.M) {
	if state := os.Getenv(serverStateEnv); state != "" {
		serveForBenchmarks(state)
		return
	}
	withAuthority(m)
}

// patienceInTests is how long a test waits for what must happen.
const patienceInTests = 45 * time.Second

func openDB(tb testing.TB) *sql.DB {
	tb.Helper()
	return openDBFile(tb, filepath.Join(tb.TempDir(), "wapulse.db"))
}

func openDBFile(tb testing.TB, path string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		tb.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// newDevices makes Devices that end with the test.
func newDevices(tb testing.TB, opts Options) *Devices {
	tb.Helper()
	if opts.DB == nil {
		opts.DB = openDB(tb)
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.NewTextHandler(testWriter{tb}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	if opts.LatestVersion == nil { // nobody is asked from a test
		opts.LatestVersion = func(context.Context, *http.Client) (store.WAVersionContainer, error) {
			return store.WAVersionContainer{}, errors.New("no network in tests")
		}
	}
	d, err := New(context.Background(), opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
		defer cancel()
		if err := d.Close(ctx); err != nil {
			tb.Error(err)
		}
	})
	return d
}

// testWriter sends log lines to the test's own log.
type testWriter struct{ tb testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.tb.Logf("%s", p)
	return len(p), nil
}

func openDevice(tb testing.TB, d *Devices, identity vital.Identity) session.Device {
	tb.Helper()
	dev, err := d.Open(context.Background(), identity)
	if err != nil {
		tb.Fatal(err)
	}
	return dev
}

// ear is a sink that remembers.
type ear struct {
	mu      sync.Mutex
	signals []session.Signal
	changed chan struct{} // closed and made anew with every signal
}

func newEar() *ear { return &ear{changed: make(chan struct{})} }

func (e *ear) hear(s session.Signal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.signals = append(e.signals, s)
	close(e.changed)
	e.changed = make(chan struct{})
}

func (e *ear) all() []session.Signal {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]session.Signal(nil), e.signals...)
}

// await returns the first signal of a type that satisfies all conditions.
func await[S session.Signal](tb testing.TB, e *ear, conditions ...func(S) bool) S {
	tb.Helper()
	limit := time.NewTimer(patienceInTests)
	defer limit.Stop()
	for {
		e.mu.Lock()
		changed := e.changed
		for _, s := range e.signals {
			if s, ok := s.(S); ok && satisfies(s, conditions) {
				e.mu.Unlock()
				return s
			}
		}
		e.mu.Unlock()
		select {
		case <-changed:
		case <-limit.C:
			var want S
			tb.Fatalf("no %T came; heard: %s", want, describe(e.all()))
		}
	}
}

func satisfies[S any](s S, conditions []func(S) bool) bool {
	for _, c := range conditions {
		if !c(s) {
			return false
		}
	}
	return true
}

// describe names signals without the payloads of QR codes.
func describe(signals []session.Signal) string {
	text := ""
	for _, s := range signals {
		if q, ok := s.(session.QRCodes); ok {
			text += fmt.Sprintf("\n  QRCodes %d", len(q.Codes))
			continue
		}
		text += fmt.Sprintf("\n  %T%+v", s, s)
	}
	return text
}

func ended(tb testing.TB, e *ear, c session.Connection) vital.Failure {
	tb.Helper()
	f := await[session.Ended](tb, e).Failure
	select {
	case <-c.Done():
	case <-time.After(patienceInTests):
		tb.Fatal("Done was not closed after Ended")
	}
	signals := e.all()
	if _, ok := signals[len(signals)-1].(session.Ended); !ok {
		tb.Errorf("Ended was not the last signal: %s", describe(signals))
	}
	count := 0
	for _, s := range signals {
		if _, ok := s.(session.Ended); ok {
			count++
		}
	}
	if count != 1 {
		tb.Errorf("%d Ended signals", count)
	}
	return f
}
