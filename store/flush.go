package store

import (
	"context"
	"fmt"
)

// flushMark stands in the queue of the journal between what came before a Flush and what comes after.
type flushMark struct{ written chan struct{} }

// Flush returns when everything that was appended before is on disk, or counted as a gap. The error is ErrClosed, or that of ctx, which bounds the wait
// where the disk takes nothing.
func (s *Store) Flush(ctx context.Context) error {
	mark := flushMark{make(chan struct{})}
	j := s.journal
	j.mu.Lock()
	if j.closing {
		j.mu.Unlock()
		return ErrClosed
	}
	j.queue = append(j.queue, mark) // a mark is always taken: it is no entry
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default:
	}
	select {
	case <-mark.written:
		return nil
	case <-j.done:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("write the journal: %w", ctx.Err())
	}
}

// tellFlushed tells those who wait that what came before their marks is written.
func tellFlushed(batch []any) {
	for _, entry := range batch {
		if mark, ok := entry.(flushMark); ok {
			close(mark.written)
		}
	}
}
