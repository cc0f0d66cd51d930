package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/socket"

	"github.com/wapulse/wapulse/session"
)

// longestBackoff bounds what a server may say about how long it wants to be left alone, so that the sum is a date.
const longestBackoff = 24 * time.Hour

var errMediaHost = errors.New("the media host cannot be reached")

// asked translates whatsmeow's errors of a question into the session's: the socket is gone, the time is over, or the server refuses.
func asked(err error) error {
	var gone *whatsmeow.DisconnectedError
	var refused *whatsmeow.IQError
	var media whatsmeow.DownloadHTTPError
	var host *url.Error
	var broken *net.OpError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &host): // its text has the address of the media
		return fmt.Errorf("%w: %s", errMediaHost, plain(rootCause(err)))
	case errors.As(err, &gone), errors.Is(err, whatsmeow.ErrNotConnected), errors.Is(err, socket.ErrSocketClosed), errors.Is(err, net.ErrClosed),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrClosedPipe), errors.As(err, &broken):
		return session.ErrNotConnected
	case errors.Is(err, whatsmeow.ErrIQTimedOut), errors.Is(err, whatsmeow.ErrMessageTimedOut):
		return context.DeadlineExceeded
	case errors.As(err, &refused):
		return refusal(refused.ErrorNode)
	case errors.As(err, &media):
		return &session.ServerError{Code: media.StatusCode, Text: mediaText(media.StatusCode)}
	case errors.Is(err, whatsmeow.ErrServerReturnedError):
		return ackRefusal(err)
	}
	return err
}

// refusal reads <error code=… text=… backoff=…>.
func refusal(node *waBinary.Node) *session.ServerError {
	if node == nil {
		return &session.ServerError{Text: "an error without a code"}
	}
	e := &session.ServerError{Code: intAttr(node, "code"), Text: plain(textAttr(node, "text"))}
	e.Backoff = time.Duration(min(intAttr(node, "backoff"), int(longestBackoff/time.Second))) * time.Second
	if e.Code == 0 && e.Text == "" {
		e.Text = "an error without a code"
	}
	return e
}

// mediaText says what an answer of the media host means.
func mediaText(code int) string {
	switch code {
	case http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return "the media are no longer on WhatsApp's servers"
	default:
		return plain(strings.ToLower(http.StatusText(code)))
	}
}

// ackRefusal reads the code of a message that the server did not take: whatsmeow tells it in words only.
func ackRefusal(err error) error {
	_, after, _ := strings.Cut(err.Error(), whatsmeow.ErrServerReturnedError.Error())
	e := &session.ServerError{}
	if _, scanErr := fmt.Sscan(after, &e.Code); scanErr != nil {
		return err
	}
	switch e.Code {
	case 463:
		e.Text = "this account is restricted: it may not begin new chats"
	case 479:
		e.Text = "the message is not valid for its recipient"
	case session.CodeRateLimit:
		e.Text = "too many messages"
	default:
		e.Text = "the message was not taken"
	}
	return e
}
