package ui

import (
	"context"
	"sync"

	"github.com/wapulse/wapulse/ui/page"
)

// answerQueue is where answers wait for the screen. Whoever puts never waits; what is taken comes in batches, at the pace of the screen. There is never more in
// it than the prompt lets be asked at once.
type answerQueue struct {
	wake chan struct{} // one slot
	pace *pace

	mu      sync.Mutex
	waiting []page.Answer
}

func newAnswerQueue(p *pace) *answerQueue { return &answerQueue{wake: make(chan struct{}, 1), pace: p} }

func (q *answerQueue) put(a page.Answer) {
	q.mu.Lock()
	q.waiting = append(q.waiting, a)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take waits for answers, and then until the last batch is old enough. It returns nothing when ctx ends.
func (q *answerQueue) take(ctx context.Context) []page.Answer {
	if !awaitFrame(ctx, q.wake, q.pace) {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	batch := q.waiting
	q.waiting = nil
	return batch
}
