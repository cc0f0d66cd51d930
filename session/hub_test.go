package session

import (
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/session/vital"
)

func snapshot(id, version int) *vital.Snapshot {
	return &vital.Snapshot{ID: vital.SessionID(id), Version: uint64(version)}
}

// Whatever is published and whenever it is taken: a reader ends with the newest snapshot of every session, never goes back in time, gets the
// events in their order, and is told exactly how many it missed.
func TestHubAgainstAModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		hub := NewHub()
		sub := hub.Subscribe()
		defer sub.Close()
		newest, seen := map[vital.SessionID]uint64{}, map[vital.SessionID]uint64{}
		var published, next uint64
		take := func() {
			batch := sub.Take()
			for _, s := range batch.Snapshots {
				if s.Version < seen[s.ID] {
					r.Fatalf("session %d went back from version %d to %d", s.ID, seen[s.ID], s.Version)
				}
				seen[s.ID] = s.Version
			}
			next += batch.Gap
			for _, e := range batch.Events {
				if next++; e.Seq != next {
					r.Fatalf("event %d came, want %d", e.Seq, next)
				}
			}
			if next != published {
				r.Fatalf("%d events accounted for, %d published", next, published)
			}
		}
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, 40), 1, 60).Draw(r, "steps") {
			if step == 0 {
				take()
				continue
			}
			id, version := vital.SessionID(step%5), uint64(rapid.IntRange(1, 50).Draw(r, "version"))
			var events []vital.Event
			for range rapid.SampledFrom([]int{0, 1, 2, maxPendingEvents - 1, maxPendingEvents + 3}).Draw(r, "events") {
				published++
				events = append(events, vital.Event{Seq: published})
			}
			newest[id] = max(newest[id], version)
			hub.Publish(snapshot(int(id), int(version)), events...)
		}
		take()
		for id, version := range newest {
			if seen[id] != version {
				r.Fatalf("session %d: saw version %d, the newest is %d", id, seen[id], version)
			}
		}
	})
}

func TestHubWakesAfterEveryPublish(t *testing.T) {
	hub := NewHub()
	hub.Publish(snapshot(1, 1))
	sub := hub.Subscribe()
	defer sub.Close()
	<-sub.Wake() // what was there before
	sub.Take()
	select {
	case <-sub.Wake():
		t.Fatal("awake without news")
	default:
	}
	hub.Publish(nil, vital.Event{Seq: 1})
	<-sub.Wake()
	if batch := sub.Take(); len(batch.Events) != 1 {
		t.Errorf("%+v", batch)
	}
}

// Readers that come and go while others publish: the race detector's own test.
func TestHubWithManyHands(t *testing.T) {
	hub := NewHub()
	var publishers, readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				sub := hub.Subscribe()
				sub.Take()
				hub.Snapshots()
				sub.Close()
			}
		})
	}
	last := hub.Subscribe()
	defer last.Close()
	for id := range 8 {
		publishers.Go(func() {
			for v := range 500 {
				hub.Publish(snapshot(id, v+1), vital.Event{Seq: uint64(v + 1)})
			}
		})
	}
	publishers.Wait()
	close(stop)
	readers.Wait()
	batch := last.Take()
	if len(batch.Snapshots) != 8 || uint64(len(batch.Events))+batch.Gap != 8*500 {
		t.Errorf("%d snapshots, %d events and a gap of %d", len(batch.Snapshots), len(batch.Events), batch.Gap)
	}
	for _, s := range batch.Snapshots {
		if s.Version != 500 {
			t.Errorf("session %d: version %d", s.ID, s.Version)
		}
	}
}

// BenchmarkHubPublish publishes from 30 goroutines beside a reader that takes all the time. The last snapshot of each must have been seen.
func BenchmarkHubPublish(b *testing.B) {
	const publishers = 30
	hub := NewHub()
	sub := hub.Subscribe()
	defer sub.Close()
	seen := map[vital.SessionID]uint64{}
	stop, reader := make(chan struct{}), sync.WaitGroup{}
	take := func() {
		for _, s := range sub.Take().Snapshots {
			seen[s.ID] = s.Version
		}
	}
	reader.Go(func() {
		for {
			select {
			case <-sub.Wake():
				take()
			case <-stop:
				return
			}
		}
	})
	each := b.N/publishers + 1
	b.ReportAllocs()
	b.ResetTimer()
	var all sync.WaitGroup
	for id := range publishers {
		all.Go(func() {
			s := snapshot(id, 0)
			for v := range each {
				next := *s
				next.Version = uint64(v + 1)
				hub.Publish(&next, vital.Event{Seq: uint64(v + 1)})
			}
		})
	}
	all.Wait()
	b.StopTimer()
	close(stop)
	reader.Wait()
	take()
	for id := range publishers {
		if seen[vital.SessionID(id)] != uint64(each) {
			b.Fatalf("session %d: saw version %d of %d", id, seen[vital.SessionID(id)], each)
		}
	}
	b.ReportMetric(float64(each*publishers)/b.Elapsed().Seconds()/1e6, "Mpublishes/s")
}
