package session

import "sync"

// mailbox is an actor's queue. Putting never blocks, so that neither a client's reader nor a person waits for an actor that is busy with its
// store. It cannot grow without end: a client coalesces its traffic, and everything else is as rare as its cause.
type mailbox struct {
	mu    sync.Mutex
	queue []any
	wake  chan struct{}
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

func (m *mailbox) put(item any) {
	m.mu.Lock()
	m.queue = append(m.queue, item)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *mailbox) take() []any {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.queue
	m.queue = nil
	return items
}
