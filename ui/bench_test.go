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

// flood is what comes between two frames while 20,000 events a second happen to fifty sessions.
func flood(frame int) session.Batch {
	var batch session.Batch
	for i := range 667 {
		n := frame*667 + i
		batch.Events = append(batch.Events, vital.Event{
			Seq: uint64(n), Time: noon.Add(time.Duration(n) * 50 * time.Microsecond), Session: vital.SessionID(n%50 + 1), Name: fmt.Sprintf("session-%d", n%50),
			Kind: vital.KindOperation, Level: vital.Level(n % 3), Text: "check 3 numbers → 182 ms, and what else there is to say of it",
			Fields: []vital.Field{{Key: "operation", Value: "check"}, {Key: "ms", Value: "182"}},
		})
	}
	return batch
}

// BenchmarkEventsPage takes a thirtieth of a second of such a flood and draws the page: followed; paused; with a text to search for; and a key that is pressed meanwhile.
func BenchmarkEventsPage(b *testing.B) {
	for name, keys := range map[string][]string{
		"follow": {"e"}, "details": {"e", "/", "level:debug", "enter"}, "paused": {"e", "up", "up"}, "text": {"e", "/", `"timed out"`, "enter"}, "open": {"e", "enter"},
	} {
		b.Run(name, func(b *testing.B) {
			bench := newBench(b, 200, 60, termenv.TrueColor, twenty()...)
			bench.model.Update(updatesMsg{flood(0)})
			bench.keys(keys...)
			batches := make([]session.Batch, 60)
			for i := range batches {
				batches[i] = flood(i + 1)
			}
			var worst, pressed time.Duration
			frame := 0
			for b.Loop() {
				began := time.Now()
				bench.model.Update(updatesMsg{batches[frame%len(batches)]})
				bench.model.View()
				worst = max(worst, time.Since(began))
				began = time.Now()
				bench.keys("up")
				bench.model.View()
				pressed += time.Since(began)
				frame++
			}
			b.ReportMetric(float64(worst.Microseconds())/1e3, "ms/worst")
			b.ReportMetric(float64(pressed.Microseconds())/1e3/float64(frame), "ms/key")
		})
	}
}
