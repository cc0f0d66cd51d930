package store

import (
	"context"
	"fmt"
)

// flushMark is somebody who waits until the entries that were queued before are written.
type flushMark struct {
	ahead   int // entries that are not written yet
	written chan struct{}
}

// Flush returns when everything that was appended before it is in the database, or counted as a gap there. The error is ErrClosed, or ctx's, which bounds the
// wait where the disk takes nothing.
func (s *Store) Flush(ctx context.Context) error {
	j := s.journal
	j.mu.Lock()
	if j.closing {
		j.mu.Unlock()
		return ErrClosed
	}
	if len(j.queue) == 0 && j.lost == 0 {
		j.mu.Unlock()
		return nil
	}
	mark := flushMark{ahead: len(j.queue), written: make(chan struct{})}
	j.marks = append(j.marks, mark)
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

// tellWritten tells whoever waits that n more entries are written. The caller holds the lock.
func (j *journal) tellWritten(n int) {
	waiting := j.marks[:0]
	for _, mark := range j.marks {
		if mark.ahead -= n; mark.ahead <= 0 {
			close(mark.written)
			continue
		}
		waiting = append(waiting, mark)
	}
	j.marks = waiting
}
