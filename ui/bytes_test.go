package ui

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// line is a terminal that counts.
type line struct {
	mu     sync.Mutex
	bytes  int
	frames int
	since  strings.Builder // what was written since it was asked for
}

func (l *line) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bytes += len(b)
	l.frames++
	l.since.Write(b)
	return len(b), nil
}

func (l *line) counted() (bytes, frames int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes, l.frames
}

// take is what was written since it was asked last.
func (l *line) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.since.Reset()
	return l.since.String()
}

// live is a dashboard of 20 sessions, connected but for what a test does to them, on a line, in the time of a bubble.
type live struct {
	line *line
	hub  *session.Hub
	list []vital.Snapshot
	keys *io.PipeWriter
}

// onALine runs the dashboard, as it is in a terminal of 120×40, for as long as do does.
func onALine(t *testing.T, fps int, do func(l *live)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &live{line: &line{}, hub: session.NewHub()}
		var pointers []*vital.Snapshot
		now := time.Now()
		for i := range 20 {
			s := *cast()[0]
			s.ID, s.Name, s.Since = vital.SessionID(i+1), fmt.Sprintf("session-%d", i+1), now.Add(-time.Hour)
			s.Ladder.ServerAnswers, s.Ladder.DataFresh = now, now
			l.list = append(l.list, s)
			pointers = append(pointers, &s)
		}
		updates := l.hub.Subscribe()
		ctx, cancel := context.WithCancel(t.Context())
		in, keys := io.Pipe()
		l.keys = keys
		ended := make(chan error, 1)
		model := New(ctx, Options{Sessions: &fakeSessions{list: pointers}, Updates: updates, Theme: widget.Look{Profile: termenv.TrueColor, Dark: true}.Theme(), FPS: fps})
		model.width, model.height = 120, 40 // what is no terminal has no size to tell
		go func() { ended <- run(ctx, cancel, model, in, l.line) }()
		time.Sleep(time.Second)
		do(l)
		_ = keys.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		updates.Close()
	})
}

// publish tells the hub of a session, with events.
func (l *live) publish(i int, change func(s *vital.Snapshot), events ...vital.Event) {
	s := &l.list[i]
	s.Version++
	change(s)
	next := *s
	for j := range events {
		events[j].Session, events[j].Name, events[j].Time = s.ID, s.Name, time.Now()
	}
	l.hub.Publish(&next, events...)
}

// pong is what a session tells of a ping.
func (l *live) pong(i int, took time.Duration) {
	l.publish(i, func(s *vital.Snapshot) {
		s.Ping.Recent = append(append([]time.Duration{}, s.Ping.Recent[1:]...), took)
		sorted := slices.Sorted(slices.Values(s.Ping.Recent))
		s.Ping.P50, s.Ping.P95, s.Ping.P99 = vital.Percentile(sorted, 50), vital.Percentile(sorted, 95), vital.Percentile(sorted, 99)
		s.Ping.Last, s.Ping.LastAt, s.Ladder.ServerAnswers, s.Ladder.DataFresh = took, time.Now(), time.Now(), time.Now()
	}, vital.Event{Kind: vital.KindProbe, Level: vital.LevelDebug, Text: "ping " + vital.RTTText(took)})
}

// rest lets the sessions live for ten minutes: each is pinged every 15 s, over a line that is now fast and now slow, and a message comes every two seconds.
func (l *live) rest() {
	chance := rand.New(rand.NewPCG(11, 12))
	for step := range 10 * 60 * 4 {
		time.Sleep(250 * time.Millisecond)
		if step%3 == 0 {
			l.pong(step/3%20, time.Duration(30+chance.ExpFloat64()*300)*time.Millisecond)
		}
		if step%8 == 4 {
			l.publish(chance.IntN(20), func(s *vital.Snapshot) { s.Counters.MessagesIn++ },
				vital.Event{Kind: vital.KindMessagesUpsert, Level: vital.LevelInfo, Text: "1 message"})
		}
	}
}

// storm changes every session without an end: 500 transitions a second.
func (l *live) storm(seconds int) {
	for step := range seconds * 500 {
		time.Sleep(2 * time.Millisecond)
		l.publish(step%20, func(s *vital.Snapshot) {
			if s.State = vital.StateReconnecting; step/20%2 == 0 {
				s.State = vital.StateConnected
			}
			s.Since, s.Attempt, s.NextTry = time.Now(), step%9, time.Now().Add(4*time.Second)
			s.Failure = vital.Failure{Reason: vital.ReasonStreamError, Code: 500 + step%30}
		}, vital.Event{Kind: vital.KindConnectionUpdate, Level: vital.LevelWarn, Text: fmt.Sprintf("CONNECTED → RECONNECTING: stream error %d", step)})
	}
}

// What the screen costs a line stays within its bounds, whatever happens to the sessions.
func TestBytesToTheTerminal(t *testing.T) {
	aStorm := func(l *live) { l.storm(15) } // what may be spent at its beginning is paid for by then
	for name, c := range map[string]struct {
		fps, most int
		live      func(l *live)
		frames    float64 // a second at most; 0: not looked at
	}{
		"at rest":            {maxFPS, 8000, (*live).rest, 0},
		"in a storm":         {maxFPS, 40000, aStorm, stormFrames + 1.1}, // and the clock
		"at rest, slow line": {1, 2000, (*live).rest, 0},
		"in a storm, slow":   {1, 2000, aStorm, 0},
		"in a storm, 5 fps":  {5, 10000, aStorm, 0},
		"nothing at all":     {maxFPS, 100, func(*live) { time.Sleep(2 * time.Minute) }, 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			onALine(t, c.fps, func(l *live) {
				began := time.Now()
				bytes, frames := l.line.counted()
				c.live(l)
				after, drawn := l.line.counted()
				spent := time.Since(began).Seconds()
				rate, fps := float64(after-bytes)/spent, float64(drawn-frames)/spent
				t.Logf("%.0f bytes a second, %.2f frames a second", rate, fps)
				if rate > float64(c.most) {
					t.Errorf("%.0f bytes a second, at most %d", rate, c.most)
				}
				if c.frames > 0 && fps > c.frames {
					t.Errorf("%.1f frames a second, at most %.1f", fps, c.frames)
				}
				if drawn == frames && c.frames != 0.1 {
					t.Error("nothing was drawn")
				}
			})
		})
	}
}

// A key is answered with the next frame of the renderer, and so is what happens alone, whatever the line bears in the long run.
func TestKeysAndLoneChangesDoNotWait(t *testing.T) {
	const soon = time.Second/lookFPS + 2*time.Millisecond
	for _, fps := range []int{1, 5, maxFPS} {
		onALine(t, fps, func(l *live) {
			time.Sleep(10 * time.Second) // the first frame is paid for
			l.publish(3, func(s *vital.Snapshot) { s.State, s.Failure.Reason = vital.StateError, vital.ReasonDeviceRemoved })
			l.line.take()
			time.Sleep(soon)
			if shown := l.line.take(); !strings.Contains(shown, "ERROR") {
				t.Errorf("%d fps: a lone change waits: %q", fps, shown)
			}
			l.storm(3)
			l.line.take()
			if _, err := io.WriteString(l.keys, "?"); err != nil {
				t.Error(err)
			}
			time.Sleep(soon)
			if shown := l.line.take(); !strings.Contains(shown, "Keys") {
				t.Errorf("%d fps: a key waits: %q", fps, shown)
			}
		})
	}
}
