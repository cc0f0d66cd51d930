package check

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

const (
	batchAttempts = 3                // of a batch, those of the session layer included
	breakerPause  = 30 * time.Second // twice that is how long a breaker is open
)

// ask asks one batch.
func (x *run) ask(batch []Item, sessions []vital.SessionID) outcome {
	numbers := make([]string, len(batch))
	for i, item := range batch {
		numbers[i] = item.E164
	}
	q := vital.Query{Numbers: numbers, Sessions: sessions, Patient: !x.job.Settings.Hasty, Rate: x.job.Settings.Rate}
	reply, err := x.insist(q)
	if err != nil && (errors.Is(err, session.ErrNoSession) && !limited(err) || errors.Is(err, session.ErrClosed)) {
		return outcome{batch, err}
	}
	results := Judge(x.ctx, numbers, reply, err)
	if results == nil {
		return outcome{batch, x.ctx.Err()}
	}
	for i := range batch {
		results[i].Input = batch[i].Input
		batch[i].Result = &results[i]
	}
	return outcome{items: batch}
}

// insist asks again what a later moment or another session may answer.
func (x *run) insist(q vital.Query) (vital.Reply, error) {
	for tried := 0; ; {
		reply, err := ask(x.ctx, x.asker, q)
		if err == nil || x.ctx.Err() != nil || !q.Patient {
			return reply, err
		}
		tried += attempts(err)
		wait, again := delay(err, tried, time.Now())
		if !again || tried >= batchAttempts {
			return reply, err
		}
		if wait > time.Second*batchAttempts { // shorter ones are of no interest
			x.pauses(time.Now().Add(wait))
		}
		if err := sleep(x.ctx, wait); err != nil {
			return reply, err
		}
	}
}

// attempts is how often something was tried before this error, by whoever tried.
func attempts(err error) int {
	var o *session.OperationError
	if errors.As(err, &o) {
		return max(1, o.Attempt)
	}
	return 1
}

func limited(err error) bool {
	var limit *session.RateLimitError
	return errors.As(err, &limit)
}

// delay says whether a batch that ended in this error may be asked again, and after how long.
func delay(err error, tried int, now time.Time) (time.Duration, bool) {
	var (
		limit  *session.RateLimitError
		server *session.ServerError
	)
	short := time.Duration(tried) * (time.Second/2 + rand.N(time.Second))
	switch {
	case errors.As(err, &limit):
		return max(short, limit.Until.Sub(now)), true
	case errors.As(err, &server):
		if server.Code == session.CodeRateLimit {
			return max(short, server.Backoff), true
		}
		return short, server.Code >= session.CodeServerFault
	case errors.Is(err, session.ErrNoSession), errors.Is(err, session.ErrClosed):
		return 0, false
	case errors.Is(err, session.ErrBreakerOpen):
		return breakerPause + short, true
	case errors.Is(err, session.ErrNotConnected), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return short, true
	}
	return 0, false
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pauses notes for the progress that a batch waits.
func (x *run) pauses(until time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if until.After(x.paused) {
		x.paused = until
	}
}
