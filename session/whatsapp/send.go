package whatsapp

import (
	"context"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

var errNoHiddenIdentity = errors.New("the server did not tell the number's hidden identity, without which nothing can be encrypted for it")

// Send implements session.Connection. Messages of a connection leave one after the other: whatsmeow queues them behind a lock that hears no deadline, so
// the queue is here.
func (c *connection) Send(ctx context.Context, m vital.Outgoing) (vital.Sent, error) {
	if !c.loggedIn.Load() {
		return vital.Sent{}, fmt.Errorf("send: %w", session.ErrNotConnected)
	}
	select {
	case c.sending <- struct{}{}:
	case <-ctx.Done():
		return vital.Sent{}, fmt.Errorf("send: %w", ctx.Err())
	case <-c.stop:
		return vital.Sent{}, fmt.Errorf("send: %w", session.ErrNotConnected)
	}
	defer func() { <-c.sending }()
	to, err := c.recipient(ctx, m.To)
	if err != nil {
		return vital.Sent{}, err
	}
	sent := make(chan whatsmeow.SendResponse, 1)
	err = c.ask(ctx, "send", func(ctx context.Context) error {
		resp, err := c.client.SendMessage(ctx, to, &waE2E.Message{Conversation: proto.String(m.Text)},
			whatsmeow.SendRequestExtra{ID: m.ID, Timeout: patience(ctx)})
		sent <- resp
		return err
	})
	if err != nil {
		return vital.Sent{}, err
	}
	resp := <-sent
	return vital.Sent{ID: resp.ID, At: resp.Timestamp}, nil
}

// recipient is the account of a number. Messages are encrypted for its hidden identity, and whatsmeow has no words for a number without one; so
// whoever is written to for the first time is asked for here, which also tells who is not on WhatsApp.
func (c *connection) recipient(ctx context.Context, number string) (types.JID, error) {
	jid := types.NewJID(digitsOf(number), types.DefaultUserServer)
	known, err := c.lids.GetLIDForPN(ctx, jid)
	if err != nil {
		return jid, fmt.Errorf("send: look the recipient up: %w", err)
	}
	if !known.IsEmpty() {
		return jid, nil
	}
	answers, err := c.Check(ctx, []string{number})
	if err != nil {
		return jid, fmt.Errorf("send: %w", err)
	}
	if len(answers) == 0 {
		return jid, fmt.Errorf("send: %w", &session.ServerError{Text: "it says nothing of the number"})
	}
	a := answers[0]
	switch a.Verdict {
	case vital.VerdictNotRegistered:
		return jid, fmt.Errorf("send: %w", session.ErrNotOnWhatsApp)
	case vital.VerdictRegistered:
	default:
		return jid, fmt.Errorf("send: %w", &session.ServerError{Code: a.Code, Text: a.Reason})
	}
	if a.JID != "" { // the number may be written in another way than asked
		if jid, err = types.ParseJID(a.JID); err != nil {
			return jid, fmt.Errorf("send: the recipient's JID: %w", err)
		}
	}
	lid, err := types.ParseJID(a.LID)
	if err != nil || lid.IsEmpty() {
		return jid, fmt.Errorf("send: %w", errNoHiddenIdentity)
	}
	if err := c.lids.PutLIDMapping(ctx, lid, jid); err != nil {
		return jid, fmt.Errorf("send: keep the recipient's identity: %w", err)
	}
	return jid, nil
}
