package whatsapp

import (
	"strconv"
	"sync"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// maxDroppable is how many messages, receipts and notes may wait for a connection's goroutine.
const maxDroppable = 1024

// inbox is what a connection's goroutine has to do and to tell, in order. Putting into it never waits.
type inbox struct {
	wake chan struct{} // one slot

	mu        sync.Mutex
	items     []item
	droppable int
	dropped   int
}

// item is either something to do or a signal to pass on as it is.
type item struct {
	do     func()
	signal session.Signal
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1)} }

// put adds something to do. It is never dropped: only what moves the state comes this way, and there is little of it.
func (b *inbox) put(do func()) {
	b.mu.Lock()
	b.items = append(b.items, item{do: do})
	b.mu.Unlock()
	b.ring()
}

// pass adds a signal that may be dropped, and counted, when too many wait.
func (b *inbox) pass(s session.Signal) {
	b.mu.Lock()
	if b.droppable >= maxDroppable {
		b.dropped++
	} else {
		b.droppable++
		b.items = append(b.items, item{signal: s})
	}
	b.mu.Unlock()
	b.ring()
}

// ring wakes the goroutine up.
func (b *inbox) ring() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take empties the inbox. What had to be dropped comes last, as a gap.
func (b *inbox) take() []item {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := b.items
	if b.dropped > 0 {
		items = append(items, item{signal: gap(b.dropped)})
	}
	b.items, b.droppable, b.dropped = nil, 0, 0
	return items
}

func gap(count int) session.Noted {
	return session.Noted{
		Kind: vital.KindGap, Level: vital.LevelWarn, Text: "more came than could be told",
		Fields: []vital.Field{{Key: "count", Value: strconv.Itoa(count)}},
	}
}
