package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session"
)

// codeRestricted is the server's answer to a message of an account that may not begin new chats.
const codeRestricted = 463

// arguments demands exactly these.
func arguments(what ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(what) {
			return nil
		}
		return usage(fmt.Errorf("%s needs %s, but got %d arguments", cmd.CommandPath(), strings.Join(what, ", "), len(args)), cmd.CommandPath())
	}
}

// adviseOnOperation adds the next step to the error of an operation. What ended with the command's context was interrupted.
func adviseOnOperation(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return withCode(advise(err, "run it again"), exitInterrupted)
	}
	return advise(err, stepAfter(err))
}

// stepAfter is the next step after an operation that has failed.
func stepAfter(err error) string {
	var limit *session.RateLimitError
	var server *session.ServerError
	switch {
	case errors.As(err, &limit):
		return "wait until then, and run it again"
	case errors.Is(err, session.ErrBreakerOpen):
		return "wait until the breaker lets through again, or reconnect the session in the dashboard"
	case errors.Is(err, session.ErrNoSuchSession):
		return "wapulse sessions lists those that there are"
	case errors.Is(err, session.ErrClosed):
		return "that wapulse ends: run it again"
	case errors.Is(err, session.ErrNoMedia):
		return "take the ID from an event messages.upsert of this session; media of messages that came while no wapulse ran, or to be seen once, are not known"
	case errors.Is(err, session.ErrKeysMissing):
		return "it comes a moment after pairing, from the phone: see that the phone is on, and run it again"
	case errors.Is(err, session.ErrNotOnWhatsApp):
		return "look at the number: is its country's code right?"
	case errors.As(err, &server):
		return stepAfterRefusal(server)
	case errors.Is(err, session.ErrNotConnected):
		return "run it again; if it stays so, look at the session in the dashboard"
	case errors.Is(err, context.DeadlineExceeded):
		return "run it again; if it stays so, look in the dashboard at whether the server answers this session's pings"
	}
	return "run it again with --log-file FILE and look there"
}

func stepAfterRefusal(e *session.ServerError) string {
	switch e.Code {
	case session.CodeRateLimit:
		return "leave the session alone for a while, then run it again"
	case codeRestricted:
		return "wait until the restriction ends (the dashboard shows it), or use another session"
	case http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return "ask the sender for it again: WhatsApp keeps media for some weeks only"
	}
	if e.Code >= http.StatusInternalServerError {
		return "run it again in a while: the server is in trouble"
	}
	return "look at what was asked: the server will not answer otherwise the next time"
}
