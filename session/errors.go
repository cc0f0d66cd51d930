package session

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// What can be wrong with what a person asks of the Manager. Each says the cause and what to do.
var (
	ErrNameTaken          = errors.New("there is a session of that name already: choose another name")
	ErrNameInvalid        = errors.New("a session's name has 1 to 64 printable characters and neither begins nor ends with a space")
	ErrNoSuchSession      = errors.New("there is no such session")
	ErrCredentialsMissing = errors.New("the database has no credentials for this session: pair it again")
	ErrNotConnected       = errors.New("the session is not connected: start it and wait until it is")
	ErrAlreadyPaired      = errors.New("the session is paired already: log it out before pairing it again")
	ErrNotPairing         = errors.New("the session is not waiting for a phone: ask for fresh codes first")
	ErrClosed             = errors.New("wapulse is shutting down")
)

// What can keep a session from being asked.
var (
	ErrBreakerOpen   = errors.New("the breaker is open after failures in a row: wait until it lets through again, or reconnect the session")
	ErrNoSession     = errors.New("no session can ask: start one, or pair a phone")
	ErrNoMedia       = errors.New("no media of such a message were seen in this session")
	ErrNotOnWhatsApp = errors.New("the number is not on WhatsApp")
	ErrKeysMissing   = errors.New("the phone has not shared yet what its address book is read with")
)

// ServerError is an answer of the server that refuses what was asked.
type ServerError struct {
	Code    int
	Text    string        // in its words, plain
	Backoff time.Duration // with 429: how long it wants to be left alone; 0 if it did not say
}

// The codes that more than one place knows.
const (
	CodeRateLimit   = 429
	CodeServerFault = 500 // and above
)

func (e *ServerError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("the server refuses: %d", e.Code)
	}
	return fmt.Sprintf("the server refuses: %d %s", e.Code, e.Text)
}

// RateLimitError says that the server wants to be left alone for a while; no number is asked on that session before.
type RateLimitError struct {
	Until time.Time
	Err   error // the refusal that began the pause
}

func (e *RateLimitError) Error() string {
	return "rate limit until " + e.Until.Local().Format("15:04:05")
}

func (e *RateLimitError) Unwrap() error { return e.Err }

// OperationError is the error of an operation with what surrounded it: a line for a person, fields for a log.
type OperationError struct {
	Operation vital.Operation
	Session   string // its name
	Attempt   int    // from 1; 0 if none was begun: nothing has left
	Elapsed   time.Duration
	State     vital.State
	Ready     vital.ReadyState
	Breaker   vital.BreakerState
	Err       error
}

func (e *OperationError) Error() string {
	where := fmt.Sprintf("%s on %s", e.Operation, e.Session)
	if e.Attempt > 1 {
		where += fmt.Sprintf(", attempt %d", e.Attempt)
	}
	if e.Elapsed >= time.Millisecond {
		where += fmt.Sprintf(", after %v", e.Elapsed.Round(time.Millisecond))
	}
	return fmt.Sprintf("%s: %v (%s, ws %s, breaker %s)", where, e.Err, e.State, e.Ready, e.Breaker)
}

func (e *OperationError) Unwrap() error { return e.Err }

// SendError is why a message may not have been taken. With its ID it can be sent again: if it did leave, nobody gets it twice.
type SendError struct {
	ID  string
	Err error
}

func (e *SendError) Error() string { return fmt.Sprintf("message %s: %v", e.ID, e.Err) }

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// LogValue implements slog.LogValuer.
func (e *OperationError) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("operation", string(e.Operation)), slog.String("session", e.Session), slog.Int("attempt", e.Attempt),
		slog.Duration("elapsed", e.Elapsed), slog.String("state", e.State.String()), slog.String("ws", e.Ready.String()),
		slog.String("breaker", e.Breaker.String()), slog.String("cause", e.Err.Error()),
	)
}
