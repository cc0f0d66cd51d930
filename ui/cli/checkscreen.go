package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/wapulse/wapulse/ui/control"
)

const (
	gatherFor   = 200 * time.Millisecond // results are printed together, and the progress drawn
	firstLine   = 10 * time.Second       // of progress where it cannot be rewritten; each pause is twice the one before
	longestLull = 10 * time.Minute       // between two of those lines
	clearLine   = "\r\x1b[K"
)

// checkScreen is where a check writes: results to stdout, gathered, and all else to stderr. On a terminal the last line of stderr is how far it is, and is
// rewritten; elsewhere a line comes now and then.
type checkScreen struct {
	errs io.Writer
	size func() control.Size
	tty  bool // stderr is a terminal whose last line can be written anew
	both bool // and stdout too

	mu     sync.Mutex
	out    *bufio.Writer
	status func(now time.Time) string // nil: there is nothing to say
	shown  bool                       // a line of progress is on the terminal
	next   time.Time                  // for a line of progress elsewhere
	lull   time.Duration
	failed error
}

func newCheckScreen(stdout, stderr io.Writer, c *console) *checkScreen {
	tty := c.terminal.StderrTTY && !c.isPaper()
	s := &checkScreen{errs: stderr, size: c.size, tty: tty, both: tty && c.terminal.StdoutTTY, lull: firstLine}
	s.out = bufio.NewWriterSize(results{s, stdout}, 64<<10)
	return s
}

// results is stdout. What is written to a terminal goes where the progress is.
type results struct {
	screen *checkScreen
	stdout io.Writer
}

func (r results) Write(p []byte) (int, error) {
	if r.screen.both {
		r.screen.wipe()
	}
	return r.stdout.Write(p)
}

// run prints what is gathered, and the progress, until the returned function is called. If stdout takes no more, it calls gone.
func (s *checkScreen) run(gone func()) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(gatherFor)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				if s.beat(now) != nil {
					gone()
				}
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		running.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.status = nil
		s.flush()
		s.wipe()
	}
}

// print has something written to stdout, with others.
func (s *checkScreen) print(write func(w io.Writer) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := write(s.out); err != nil && s.failed == nil {
		s.failed = err
	}
}

// say writes a line to stderr at once.
func (s *checkScreen) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
	fmt.Fprintf(s.errs, format+"\n", args...)
}

// progress sets what is said of how far it is.
func (s *checkScreen) progress(status func(now time.Time) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next.IsZero() {
		s.next = time.Now().Add(s.lull)
	}
	s.status = status
}

// end is what went wrong with stdout.
func (s *checkScreen) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
	if s.failed == nil {
		return nil
	}
	return fmt.Errorf("write the results: %w", s.failed)
}

func (s *checkScreen) beat(now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
	switch {
	case s.status == nil:
	case s.tty:
		width := s.size().Columns
		if width <= 0 {
			width = 80
		}
		fmt.Fprint(s.errs, clearLine+ansi.Truncate(s.status(now), width-1, "…"))
		s.shown = true
	case !now.Before(s.next):
		s.lull = min(2*s.lull, longestLull)
		s.next = now.Add(s.lull)
		fmt.Fprintln(s.errs, s.status(now))
	}
	return s.failed
}

func (s *checkScreen) flush() {
	if err := s.out.Flush(); err != nil && !errors.Is(err, s.failed) {
		s.failed = err
	}
}

// wipe takes the progress off the terminal.
func (s *checkScreen) wipe() {
	if s.shown {
		fmt.Fprint(s.errs, clearLine)
		s.shown = false
	}
}
