package session

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// comingUp is how long a question waits for a session that is coming up.
const comingUp = 15 * time.Second

// Ask puts a question about numbers to the session that can answer it best. Without a connected one it waits until one has come up, 15 s at most,
// and fails at once if none can: ErrNoSession. A patient query waits as long as ctx lets it, for a session that can come up, for its turn, and for the
// end of a pause. What was asked once is not asked again by itself, but for the attempts that a check has.
func (m *Manager) Ask(ctx context.Context, q vital.Query) (vital.Reply, error) {
	giveUp := time.Now().Add(comingUp)
	delays := resilience.NewBackoff(m.config.Chance)
	for {
		w := newWaiter(Need{Operation: vital.OpCheck, Sessions: q.Sessions})
		w.patient, w.rate, w.hasty = q.Patient, q.Rate, true
		if !q.Patient {
			w.until, w.busyFor = giveUp, vital.OpCheck.Timeout()
		}
		held, err := m.pool.acquire(ctx, w)
		if err != nil {
			return vital.Reply{}, err
		}
		timeout := vital.OpCheck.Timeout()
		if !q.Patient {
			timeout = max(timeout-w.busy(), time.Millisecond)
		}
		reply, err := held.member.actor.check(ctx, q, timeout)
		held.Release()
		var failed *OperationError
		if !errors.As(err, &failed) || failed.Attempt > 0 || ctx.Err() != nil || m.isClosed() {
			return reply, err
		}
		switch { // nothing has left
		case errors.Is(err, ErrNotConnected): // it went away just now
		case q.Patient && errors.Is(err, ErrBreakerOpen): // half open, with enough trials under way
			if err := m.pool.pause(ctx, delays.Next()); err != nil {
				return vital.Reply{}, err
			}
		default:
			return reply, err
		}
	}
}

// Await returns when a session can be asked, one of these or any, and waits as Ask does for one that is coming up: 15 s at most, and ErrNoSession at once
// if none can.
func (m *Manager) Await(ctx context.Context, sessions []vital.SessionID) error {
	w := newWaiter(Need{Operation: vital.OpCheck, Sessions: sessions})
	w.hasty, w.until = true, time.Now().Add(comingUp)
	held, err := m.pool.acquire(ctx, w)
	if err != nil {
		return err
	}
	held.Release()
	return nil
}

// check asks on this session.
func (a *actor) check(ctx context.Context, q vital.Query, timeout time.Duration) (vital.Reply, error) {
	var reply vital.Reply
	r := request{operation: vital.OpCheck, patient: q.Patient, rate: q.Rate, numbers: len(q.Numbers), timeout: timeout}
	err := a.perform(ctx, r, func(ctx context.Context, conn Connection) error {
		asked := time.Now()
		answers, err := conn.Check(ctx, q.Numbers)
		if err == nil {
			reply = vital.Reply{AskedAt: asked, Latency: time.Since(asked), Answers: answers}
		}
		return err
	})
	if err != nil {
		return vital.Reply{}, err
	}
	reply.Session = a.snap.ID
	if snap, known := a.config.Hub.Snapshot(a.snap.ID); known {
		reply.Name = snap.Name
	}
	return reply, nil
}

// Ping lets a session ask the server for an answer, and returns how long it took. The timed pings go on as if nothing had been.
func (m *Manager) Ping(ctx context.Context, id vital.SessionID) (time.Duration, error) {
	var rtt time.Duration
	err := m.perform(ctx, id, request{operation: vital.OpPing}, func(ctx context.Context, conn Connection) (err error) {
		rtt, err = conn.Ping(ctx)
		return err
	})
	return rtt, err
}

// Send sends a text. It is tried once. An error is a *SendError: with its ID the same message can be sent again without anybody getting it twice.
func (m *Manager) Send(ctx context.Context, id vital.SessionID, message vital.Outgoing) (vital.Sent, error) {
	if message.ID == "" {
		message.ID = newMessageID()
	}
	a, err := m.actor(id)
	if err != nil {
		return vital.Sent{}, &SendError{ID: message.ID, Err: err}
	}
	var sent vital.Sent
	err = a.perform(ctx, request{operation: vital.OpSend}, func(ctx context.Context, conn Connection) (err error) {
		a.post(func() { a.outbox.add(message.ID, time.Now()) }) // its receipts come after this
		sent, err = conn.Send(ctx, message)
		return err
	})
	a.post(func() { a.sendEnded(message.ID, err) })
	if err != nil {
		return vital.Sent{}, &SendError{ID: message.ID, Err: err}
	}
	return sent, nil
}

// newMessageID is one of the form that WhatsApp's own clients use.
func newMessageID() string {
	var random [9]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the process instead
	return "3EB0" + strings.ToUpper(hex.EncodeToString(random[:]))
}

// Contacts returns whom a session knows.
func (m *Manager) Contacts(ctx context.Context, id vital.SessionID) ([]vital.Contact, error) {
	var contacts []vital.Contact
	err := m.perform(ctx, id, request{operation: vital.OpContacts}, func(ctx context.Context, conn Connection) (err error) {
		contacts, err = conn.Contacts(ctx)
		return err
	})
	return contacts, err
}

// Download writes the media of a message that a session has seen. ErrNoMedia if it has seen none.
func (m *Manager) Download(ctx context.Context, id vital.SessionID, messageID string, w io.Writer) (vital.Media, error) {
	a, err := m.actor(id)
	if err != nil {
		return vital.Media{}, err
	}
	lookup, cancel := context.WithTimeout(ctx, storeDeadline)
	media, err := m.config.Store.Media(lookup, id, messageID)
	cancel()
	if err != nil {
		return vital.Media{}, fmt.Errorf("look the media up: %w", err)
	}
	out := &countingWriter{to: w}
	err = a.perform(ctx, request{operation: vital.OpDownload}, func(ctx context.Context, conn Connection) error {
		err := conn.Download(ctx, media, out)
		if err != nil && out.written {
			return &partialError{err}
		}
		return err
	})
	return media, err
}

// countingWriter knows whether something was written.
type countingWriter struct {
	to      io.Writer
	written bool
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	w.written = w.written || n > 0
	return n, err
}

func (m *Manager) perform(ctx context.Context, id vital.SessionID, q request, do func(context.Context, Connection) error) error {
	a, err := m.actor(id)
	if err != nil {
		return err
	}
	return a.perform(ctx, q, do)
}

// actor of a session, for what does not go through its mailbox.
func (m *Manager) actor(id vital.SessionID) (*actor, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	a, ok := m.actors[id]
	if !ok {
		return nil, ErrNoSuchSession
	}
	return a, nil
}
