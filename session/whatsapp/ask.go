package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wapulse/wapulse/session"
)

// ask lets whatsmeow ask the server, in a goroutine of the connection: a frozen peer can make whatsmeow hold its locks for ever, and no
// context of ours is heard there. The caller waits until the answer, its own deadline, or the connection's end.
func (c *connection) ask(ctx context.Context, what string, question func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answer := make(chan error, 1)
	if !c.spawn(what, func() { answer <- question(ctx) }) {
		return fmt.Errorf("%s: %w", what, session.ErrNotConnected)
	}
	select {
	case err := <-answer:
		if err != nil && ctx.Err() == nil && errors.Is(err, context.Canceled) {
			err = session.ErrNotConnected // the socket's own context: it ended in mid-question
		}
		if err != nil {
			return fmt.Errorf("%s: %w", what, asked(err))
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, ctx.Err())
	case <-c.stop:
		return fmt.Errorf("%s: %w", what, session.ErrNotConnected)
	}
}

// patience is a timeout for whatsmeow that never comes before ctx's own.
func patience(ctx context.Context) time.Duration {
	if at, ok := ctx.Deadline(); ok {
		return time.Until(at) + time.Second
	}
	return 75 * time.Second
}

// Ping implements session.Connection. An error as an answer is an answer.
func (c *connection) Ping(ctx context.Context) (time.Duration, error) {
	if !c.loggedIn.Load() {
		return 0, fmt.Errorf("ping: %w", session.ErrNotConnected)
	}
	began := time.Now()
	err := c.ask(ctx, "ping", func(ctx context.Context) error {
		_, err := c.query(ctx, query{namespace: "w:p", kind: "get"})
		var refused *whatsmeow.IQError
		if errors.As(err, &refused) {
			return nil
		}
		return err
	})
	return time.Since(began), err
}

// Logout implements session.Connection.
func (c *connection) Logout(ctx context.Context) error {
	jid, err := types.ParseJID(c.device.known().JID)
	if err != nil || jid.IsEmpty() || !c.loggedIn.Load() {
		return fmt.Errorf("log out: %w", session.ErrNotConnected)
	}
	return c.ask(ctx, "log out", func(ctx context.Context) error {
		_, err := c.query(ctx, query{namespace: "md", kind: "set", content: []waBinary.Node{{
			Tag: "remove-companion-device", Attrs: waBinary.Attrs{"jid": jid, "reason": "user_initiated"},
		}}})
		return err
	})
}

// RequestPhoneCode implements session.Connection.
func (c *connection) RequestPhoneCode(ctx context.Context, phone string) (string, error) {
	if !c.pairing.Load() {
		return "", fmt.Errorf("ask for a phone code: %w", session.ErrNotPairing)
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
	var code string
	err := c.ask(ctx, "ask for a phone code", func(ctx context.Context) error {
		var err error
		code, err = c.client.PairPhone(ctx, digits, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
		return err
	})
	if err != nil {
		return "", err
	}
	return code, nil
}
