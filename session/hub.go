package session

import (
	"slices"
	"sync"

	"github.com/wapulse/wapulse/session/vital"
)

// maxPendingEvents bounds what a subscriber may have left unread; the oldest go first and are counted.
const maxPendingEvents = 4096

// Hub passes snapshots and events from the actors to whoever watches. Publishing never waits for a reader. A reader finds the newest
// snapshot of each session, and all events, but for those it was too slow for, which it is told the number of.
type Hub struct {
	mu          sync.Mutex
	newest      map[vital.SessionID]*vital.Snapshot
	subscribers []*Subscription
}

// NewHub returns a Hub without subscribers.
func NewHub() *Hub {
	return &Hub{newest: map[vital.SessionID]*vital.Snapshot{}}
}

// Batch is what came since the last Take.
type Batch struct {
	Snapshots []*vital.Snapshot // changed ones, each once, the newest
	Events    []vital.Event     // in the order of publishing
	Gap       uint64            // how many events were dropped before the first of Events
}

// Subscription is one reader's view of a Hub. Take is for one goroutine at a time.
type Subscription struct {
	hub  *Hub
	wake chan struct{}

	mu     sync.Mutex
	dirty  map[vital.SessionID]*vital.Snapshot
	events ring
}

// Publish makes a snapshot the newest of its session and appends events. An older snapshot than the present one is dropped. Both may be empty.
func (h *Hub) Publish(s *vital.Snapshot, events ...vital.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s != nil {
		if present, ok := h.newest[s.ID]; ok && present.Version > s.Version {
			s = nil
		} else if s.Removed {
			delete(h.newest, s.ID)
		} else {
			h.newest[s.ID] = s
		}
	}
	for _, sub := range h.subscribers {
		sub.put(s, events)
	}
}

// Subscribe returns a Subscription that finds every session's newest snapshot at its first Take.
func (h *Hub) Subscribe() *Subscription {
	sub := &Subscription{hub: h, wake: make(chan struct{}, 1), dirty: map[vital.SessionID]*vital.Snapshot{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.newest {
		sub.put(s, nil)
	}
	h.subscribers = append(h.subscribers, sub)
	return sub
}

// Snapshots returns the newest snapshot of each session, in the order of their creation.
func (h *Hub) Snapshots() []*vital.Snapshot {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*vital.Snapshot, 0, len(h.newest))
	for _, s := range h.newest {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *vital.Snapshot) int { return int(a.ID - b.ID) })
	return list
}

// Snapshot returns the newest snapshot of a session.
func (h *Hub) Snapshot(id vital.SessionID) (*vital.Snapshot, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.newest[id]
	return s, ok
}

// Wake is readable after something was published that no Take has returned yet.
func (s *Subscription) Wake() <-chan struct{} { return s.wake }

// Take returns what came since the last Take. It never blocks.
func (s *Subscription) Take() Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b Batch
	if len(s.dirty) > 0 {
		b.Snapshots = make([]*vital.Snapshot, 0, len(s.dirty))
		for _, snap := range s.dirty {
			b.Snapshots = append(b.Snapshots, snap)
		}
		slices.SortFunc(b.Snapshots, func(x, y *vital.Snapshot) int { return int(x.ID - y.ID) })
		clear(s.dirty)
	}
	b.Events, b.Gap = s.events.take()
	select {
	case <-s.wake: // what it announced is in this batch
	default:
	}
	return b
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.subscribers = slices.DeleteFunc(s.hub.subscribers, func(other *Subscription) bool { return other == s })
}

func (s *Subscription) put(snap *vital.Snapshot, events []vital.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if snap != nil {
		s.dirty[snap.ID] = snap
	}
	for _, e := range events {
		s.events.add(e)
	}
	if snap == nil && len(events) == 0 {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// ring keeps the last maxPendingEvents events and counts what it had to forget.
type ring struct {
	events []vital.Event // grows up to the bound, then is written round
	head   int           // of the oldest, once the bound is reached
	lost   uint64
}

func (r *ring) add(e vital.Event) {
	if len(r.events) < maxPendingEvents {
		r.events = append(r.events, e)
		return
	}
	r.events[r.head] = e
	r.head = (r.head + 1) % maxPendingEvents
	r.lost++
}

func (r *ring) take() (events []vital.Event, lost uint64) {
	events, lost = r.events, r.lost
	if r.head > 0 {
		events = slices.Concat(r.events[r.head:], r.events[:r.head])
	}
	*r = ring{}
	return events, lost
}
