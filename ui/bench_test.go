package ui

import (
	"fmt"
	"testing"
	"time"

	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// twenty sessions, some of them in trouble.
func twenty() []*vital.Snapshot {
	var list []*vital.Snapshot
	for i := range 20 {
		s := *cast()[i%6]
		s.ID, s.Name = vital.SessionID(i+1), fmt.Sprintf("%s-%d", s.Name, i)
		list = append(list, &s)
	}
	return list
}

// BenchmarkFrame draws the dashboard at 120×40 with 20 sessions of which one has changed.
func BenchmarkFrame(b *testing.B) {
	bench := newBench(b, 120, 40, termenv.TrueColor, twenty()...)
	for range 300 {
		bench.model.Update(updatesMsg{session.Batch{Events: someEvents()}})
	}
	bench.model.View()
	changed := *bench.sessions.list[3]
	b.ReportAllocs()
	for b.Loop() {
		next := changed
		next.Version++
		next.Counters.BytesIn++
		changed = next
		bench.model.Update(updatesMsg{session.Batch{Snapshots: []*vital.Snapshot{&next}}})
		if bench.model.View() == "" {
			b.Fatal("no frame")
		}
	}
}

// BenchmarkFrameAllChanged is the worst case: every row, and a second that goes by.
func BenchmarkFrameAllChanged(b *testing.B) {
	bench := newBench(b, 120, 40, termenv.TrueColor, twenty()...)
	now := noon
	bench.model.clock = func() time.Time { return now }
	for b.Loop() {
		now = now.Add(time.Second)
		for i, s := range bench.sessions.list {
			next := *s
			next.Version++
			bench.sessions.list[i] = &next
		}
		bench.model.Update(updatesMsg{session.Batch{Snapshots: bench.sessions.list, Events: someEvents()}})
		bench.model.View()
	}
}
