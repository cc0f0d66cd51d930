package ui

import (
	"maps"
	"testing"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// scene is what golden frames show: a dashboard, and what happens to it.
type scene struct {
	opts     func() Options           // nil: none
	sessions func() []*vital.Snapshot // nil: the cast
	bare     bool                     // there were no events before
	before   func(b *bench)           // what is so before it begins; nil: nothing
	play     func(b *bench)
}

// allScenes are the scenes by their names: the page, and its condition.
func allScenes() map[string]scene {
	all := map[string]scene{}
	for name, play := range scenes() {
		all[name] = scene{play: play}
		if play == nil {
			all[name] = scene{sessions: nobody, bare: true, play: func(*bench) {}}
		}
	}
	for name, play := range replayScenes() {
		all[name] = scene{opts: aReplay, sessions: nobody, bare: true, play: play}
	}
	maps.Copy(all, conditions())
	return all
}

func nobody() []*vital.Snapshot { return nil }

func aReplay() Options {
	return Options{Replay: &Replay{Recording: fakeRecording{}, About: "1 h 30 min of a test"}}
}

// simulated is the scene on a simulator.
func (s scene) simulated() scene {
	opts := s.opts
	s.opts = func() Options {
		var o Options
		if opts != nil {
			o = opts()
		}
		o.Simulation = true
		return o
	}
	return s
}

// on plays the scene in a window of that size.
func (s scene) on(t testing.TB, size size, theme *widget.Theme) *bench {
	t.Helper()
	var opts Options
	if s.opts != nil {
		opts = s.opts()
	}
	opts.Theme = theme
	sessions := cast()
	if s.sessions != nil {
		sessions = s.sessions()
	}
	b := newBenchWith(t, size.width, size.height, 0, opts, sessions...)
	if s.before != nil {
		s.before(b)
	}
	if !s.bare {
		b.send(updatesMsg{session.Batch{Events: someEvents(), Gap: 3}})
	}
	s.play(b)
	return b
}
