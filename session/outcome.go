package session

import (
	"context"
	"errors"

	"github.com/wapulse/wapulse/resilience"
)

// outcome is how an operation ended, in the word that its event has.
type outcome string

const (
	outcomeOK        outcome = "ok"
	outcomeTimeout   outcome = "time-out"
	outcomeRateLimit outcome = "rate limit"
	outcomeLost      outcome = "connection lost"
	outcomeStopped   outcome = "stopped" // its session was
	outcomeRefused   outcome = "refused" // by the health check or the breaker
	outcomeCancelled outcome = "cancelled"
	outcomeError     outcome = "error"
)

// partialError is the error of an operation that has given a part of its answer away: another attempt would give it twice.
type partialError struct{ err error }

func (e *partialError) Error() string { return e.err.Error() }

func (e *partialError) Unwrap() error { return e.err }

// judge tells the guard what an error means.
func judge(err error) resilience.Judgement {
	j := judgeWhole(err)
	var partial *partialError
	if errors.As(err, &partial) {
		j.Transient = false
	}
	return j
}

func judgeWhole(err error) resilience.Judgement {
	var cut *cutError
	var server *ServerError
	var fault *caughtPanic
	switch {
	case errors.As(err, &cut):
		if cut.counts {
			return resilience.Judgement{Outcome: resilience.Failed}
		}
		return resilience.Judgement{Outcome: resilience.Abandoned}
	case errors.As(err, &fault):
		return resilience.Judgement{Outcome: resilience.Abandoned}
	case errors.As(err, &server) && server.Code == CodeRateLimit:
		return resilience.Judgement{Outcome: resilience.Abandoned, Pause: true, PauseFor: server.Backoff}
	case errors.As(err, &server) && server.Code >= CodeServerFault:
		return resilience.Judgement{Outcome: resilience.Failed, Transient: true}
	case errors.As(err, &server), errors.Is(err, ErrNotOnWhatsApp): // a "no" is an answer, too
		return resilience.Judgement{Outcome: resilience.Succeeded}
	case errors.Is(err, context.DeadlineExceeded):
		return resilience.Judgement{Outcome: resilience.Failed, Transient: true}
	default:
		return resilience.Judgement{Outcome: resilience.Abandoned}
	}
}

// translate makes the guard's errors those of this package.
func translate(err error) error {
	var paused *resilience.PausedError
	switch {
	case errors.As(err, &paused):
		return &RateLimitError{Until: paused.Until, Err: paused.Err}
	case errors.Is(err, resilience.ErrOpen):
		return ErrBreakerOpen
	}
	return err
}

// endedAs classes a translated error.
func endedAs(err error) outcome {
	var limit *RateLimitError
	var cut *cutError
	switch {
	case err == nil:
		return outcomeOK
	case errors.As(err, &limit):
		return outcomeRateLimit
	case errors.As(err, &cut) && !cut.peer:
		return outcomeStopped
	case errors.As(err, &cut):
		return outcomeLost
	case errors.Is(err, ErrNotConnected), errors.Is(err, ErrBreakerOpen):
		return outcomeRefused
	case errors.Is(err, context.DeadlineExceeded):
		return outcomeTimeout
	case errors.Is(err, context.Canceled):
		return outcomeCancelled
	default:
		return outcomeError
	}
}

// failed says whether somebody is to blame.
func (o outcome) failed() bool { return o != outcomeOK && o != outcomeCancelled }

// measured says whether it tells how long the server takes.
func (o outcome) measured() bool {
	return o != outcomeRefused && o != outcomeCancelled && o != outcomeStopped
}
