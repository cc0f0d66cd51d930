package whatsapp

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// How many lines of whatsmeow's log a connection tells as events. Warnings and errors have a budget of their own, so that no detail costs one of them.
const (
	linesPerSecond = 20
	linesAtOnce    = 200
)

// logBudget bounds what a burst of lines can cost: what is beyond it is not even put into words, but counted. It may be used from any goroutine.
type logBudget struct {
	light, heavy *rate.Limiter

	mu      sync.Mutex
	missed  int
	weights vital.Level // the heaviest of those missed
}

func newLogBudget() *logBudget {
	return &logBudget{light: rate.NewLimiter(linesPerSecond, linesAtOnce), heavy: rate.NewLimiter(linesPerSecond, linesAtOnce)}
}

// admits says whether a line may be told now, and counts it if not.
func (b *logBudget) admits(weight vital.Level, now time.Time) bool {
	limiter := b.light
	if weight >= vital.LevelWarn {
		limiter = b.heavy
	}
	if limiter.AllowN(now, 1) {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.missed++
	b.weights = max(b.weights, weight)
	return false
}

// left is the gap that missed lines have left since it was asked last; false for none.
func (b *logBudget) left() (session.Noted, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.missed == 0 {
		return session.Noted{}, false
	}
	note := gap(b.missed)
	note.Level, note.Text = b.weights, "more lines of the client's log came than could be told"
	b.missed, b.weights = 0, vital.LevelDebug
	return note, true
}

// mayNote says whether a line of the log may become an event. If it may, the gap before it is told.
func (c *connection) mayNote(weight vital.Level) bool {
	if !c.logged.admits(weight, time.Now()) {
		return false
	}
	if note, some := c.logged.left(); some {
		c.inbox.pass(note)
	}
	return true
}
