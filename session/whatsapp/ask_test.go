package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/wapulse/wapulse/session"
)

// A socket that ends in mid-question makes whatsmeow report whatever it was doing; it is neither a time-out nor the caller's own giving up.
func TestTheEndOfTheSocketInMidQuestion(t *testing.T) {
	c := &connection{stop: make(chan struct{})}
	for name, cause := range map[string]error{
		"its context":  fmt.Errorf("failed to send: %w", context.Canceled),
		"a reset":      &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET},
		"a broken end": &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE},
	} {
		err := c.ask(t.Context(), "ping", func(context.Context) error { return cause })
		if !errors.Is(err, session.ErrNotConnected) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.ask(ctx, "ping", func(ctx context.Context) error { cancel(); return ctx.Err() }); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller gave up: %v", err)
	}
	c.work.Wait()
}
