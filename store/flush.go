package store

import (
	"context"
	"fmt"
	"slices"
)

// flushMark is somebody who waits for the journal.
type flushMark struct {
	left    int // entries before it that are not written yet
	written chan struct{}
}

// Flush returns when every event that was appended before is on disk, or counted as lost. The error is ErrClosed, or that of ctx, which bounds the wait
// where the disk takes nothing.
func (s *Store) Flush(ctx context.Context) error {
	j := s.journal
	j.mu.Lock()
	if j.closing {
		j.mu.Unlock()
		return ErrClosed
	}
	if len(j.queue) == 0 {
		j.mu.Unlock()
		return nil
	}
	mark := &flushMark{len(j.queue), make(chan struct{})}
	j.flushes = append(j.flushes, mark)
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}: // where the disk has refused the entries, nobody else would try again
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

// wroteLocked tells those who wait that the oldest n entries are written.
func (j *journal) wroteLocked(n int) {
	j.flushes = slices.DeleteFunc(j.flushes, func(mark *flushMark) bool {
		if mark.left -= n; mark.left > 0 {
			return false
		}
		close(mark.written)
		return true
	})
}
