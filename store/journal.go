package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

const (
	maxQueued    = 20_000 // entries that may wait for the writer
	maxBatch     = 500    // entries a transaction
	gatherFor    = 100 * time.Millisecond
	batchTimeout = 5 * time.Second
	closeTimeout = 900 * time.Millisecond // for a batch when the store closes
)

// journal writes events behind everybody's back. Nobody who appends waits; what the queue cannot hold, or the disk refuses, is
// counted, and the count is stored as a gap as soon as writing goes again.
type journal struct {
	store  *Store
	done   chan struct{}
	wake   chan struct{}
	ctx    context.Context // of the writing
	cancel context.CancelFunc

	mu       sync.Mutex
	queue    []vital.Event
	flushes  []*flushMark
	lost     uint64
	closing  bool
	patience *time.Timer // ends the writing when the store closes and a batch takes too long
}

func startJournal(s *Store) *journal {
	j := &journal{store: s, done: make(chan struct{}), wake: make(chan struct{}, 1)}
	j.ctx, j.cancel = context.WithCancel(context.Background())
	go j.run()
	return j
}

// Append queues an event for the journal. It never blocks.
func (s *Store) Append(e vital.Event) { s.journal.add(e) }

func (j *journal) add(entry vital.Event) {
	j.mu.Lock()
	if j.closing || len(j.queue) >= maxQueued {
		j.lost++
	} else {
		j.queue = append(j.queue, entry)
	}
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

func (j *journal) run() {
	defer close(j.done)
	for {
		<-j.wake
		if !j.isClosing() {
			j.gather()
		}
		for j.writeBatch() {
		}
		if j.isClosing() && j.isEmpty() {
			return
		}
	}
}

// gather waits a moment, so that what comes together is written together.
func (j *journal) gather() {
	timer := time.NewTimer(gatherFor)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return
		case <-j.wake:
			if j.isClosing() {
				return
			}
		}
	}
}

func (j *journal) isClosing() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.closing
}

func (j *journal) isEmpty() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.queue) == 0
}

// writeBatch writes the oldest entries. True means that it is worth calling again.
func (j *journal) writeBatch() bool {
	j.mu.Lock()
	n := min(len(j.queue), maxBatch)
	batch, lost := j.queue[:n:n], j.lost
	j.mu.Unlock()
	if n == 0 && lost == 0 {
		return false
	}
	err := j.store.writeJournal(j.ctx, batch, lost)
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case err != nil && j.closing: // nobody waits longer for a database that does not take it
		j.store.log.Error("write the journal", "err", err, "entries lost", len(j.queue))
		j.queue = nil
		return false
	case err != nil:
		j.store.log.Error("write the journal", "err", err)
		return false // they stay queued; the next entry wakes the writer again
	}
	if j.patience != nil {
		j.patience.Reset(closeTimeout)
	}
	j.lost -= lost
	j.queue = j.queue[n:]
	j.wroteLocked(n)
	if len(j.queue) == 0 {
		j.queue = nil
	}
	return len(j.queue) > 0
}

// stop writes what is queued, as long as the database takes it, and ends the writer.
func (j *journal) stop() {
	defer j.cancel()
	j.mu.Lock()
	j.closing = true
	j.patience = time.AfterFunc(closeTimeout, j.cancel)
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default:
	}
	<-j.done
	j.patience.Stop()
}

// The session of an event may have been deleted since it was told.
const (
	insertEvents = `INSERT INTO wapulse_event (session_id, seq, at, kind, level, epoch, text, fields)
		SELECT column1, column2, column3, column4, column5, column6, column7, column8 FROM (VALUES `
	ofSessionsThatAre = ") WHERE column1 IS NULL OR EXISTS (SELECT 1 FROM wapulse_session WHERE id = column1)"
)

func (s *Store) writeJournal(ctx context.Context, batch []vital.Event, lost uint64) error {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	if lost > 0 {
		batch = append([]vital.Event{vital.NewGap(time.Now(), lost, "entries were not stored")}, batch...)
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		values := make([]any, 0, rowsAtOnce*s.rows.events.columns)
		for some := range slices.Chunk(batch, rowsAtOnce) {
			values = values[:0]
			for _, e := range some {
				fields, err := encodeFields(e.Fields)
				if err != nil {
					return err
				}
				session := sql.NullInt64{Int64: int64(e.Session), Valid: e.Session != 0}
				values = append(values, session, e.Seq, e.Time.UnixMicro(), string(e.Kind), int(e.Level), e.Epoch, e.Text, fields)
			}
			if err := s.writeEvents(ctx, tx, values); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) writeEvents(ctx context.Context, tx *sql.Tx, values []any) error {
	stmt, err := s.rows.events.stmt(ctx, tx, len(values)/s.rows.events.columns) //nolint:sqlclosecheck // the end of the transaction closes it
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(context.WithoutCancel(ctx), values...) // the transaction is bounded; each statement by itself would want a goroutine to watch it
	return err
}

func encodeFields(fields []vital.Field) (string, error) {
	if len(fields) == 0 {
		return "", nil
	}
	data, err := json.Marshal(fields)
	return string(data), err
}

func decodeFields(data string) ([]vital.Field, error) {
	if data == "" {
		return nil, nil
	}
	var fields []vital.Field
	if err := json.Unmarshal([]byte(data), &fields); err != nil {
		return nil, fmt.Errorf("read a stored event: %w", err)
	}
	return fields, nil
}
