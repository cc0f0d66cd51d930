package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// Asker asks whichever session may. The session Manager is one.
type Asker interface {
	Ask(ctx context.Context, q vital.Query) (vital.Reply, error)
}

// ask asks once, and notes when in replies that do not tell.
func ask(ctx context.Context, asker Asker, q vital.Query) (vital.Reply, error) {
	began := time.Now()
	reply, err := asker.Ask(ctx, q)
	if reply.AskedAt.IsZero() {
		reply.AskedAt = began
	}
	return reply, err
}

// wasAsked says whether a session was asked for a result, whatever came of it.
func wasAsked(r Result) bool { return !r.AskedAt.IsZero() }

// Judge turns what came of a query into one result for each of its numbers, in their order; their inputs are the numbers. Nothing else decides what
// a verdict is. What the server said of a number stands, whatever else happened; a number of which it said nothing is never taken for one that is
// not registered. There are no results if ctx was cancelled: whoever cancels wants none.
//
// Reply.AskedAt is when the query left, or when it was tried if there is no reply; results have it only if a session was asked.
func Judge(ctx context.Context, numbers []string, reply vital.Reply, err error) []Result {
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return nil
	}
	answers := make(map[string]vital.Answer, len(reply.Answers))
	for _, a := range reply.Answers {
		if first, twice := answers[a.Number]; twice && first.Verdict != a.Verdict {
			a = vital.Answer{Number: a.Number, Verdict: vital.VerdictError, Reason: "the server contradicts itself"}
		}
		answers[a.Number] = a
	}
	rest := unanswered(reply, err)
	results := make([]Result, len(numbers))
	for i, number := range numbers {
		r := rest
		if a, ok := answers[number]; ok {
			r = answered(reply, a)
		}
		r.Input, r.E164 = number, number
		results[i] = r
	}
	return results
}

// answered is the result of a number of which the server said something.
func answered(reply vital.Reply, a vital.Answer) Result {
	r := told(reply)
	r.Verdict = a.Verdict
	switch a.Verdict {
	case vital.VerdictRegistered:
		r.JID, r.LID, r.Business = a.JID, a.LID, a.Business
	case vital.VerdictNotRegistered:
	case vital.VerdictError:
		r.Reason = refusal(a)
	default:
		r.Verdict, r.Reason = vital.VerdictError, fmt.Sprintf("an answer that means nothing: %q", string(a.Verdict))
	}
	return r
}

func refusal(a vital.Answer) string {
	switch {
	case a.Code != 0:
		return (&session.ServerError{Code: a.Code, Text: a.Reason}).Error()
	case a.Reason != "":
		return a.Reason
	}
	return "the server refuses"
}

// unanswered is the result of the numbers of which the server said nothing.
func unanswered(reply vital.Reply, err error) Result {
	r := told(reply)
	if err == nil {
		r.Verdict, r.Reason = vital.VerdictNoAnswer, "the server left it out"
		return r
	}
	var (
		operation *session.OperationError
		limit     *session.RateLimitError
		server    *session.ServerError
	)
	inTime := "time-out"
	if errors.As(err, &operation) && operation.Attempt > 0 {
		r.Session = operation.Session
		inTime = "time-out after " + vital.RTTText(operation.Elapsed)
	}
	if r.Session == "" {
		r.AskedAt = time.Time{}
	}
	r.Verdict, r.Reason = vital.VerdictUnverified, err.Error()
	switch {
	case errors.As(err, &limit):
		r.Verdict, r.Reason = vital.VerdictError, limit.Error()
	case errors.As(err, &server):
		r.Verdict, r.Reason = vital.VerdictError, server.Error()
	case errors.Is(err, session.ErrNotConnected), errors.Is(err, session.ErrBreakerOpen), errors.Is(err, session.ErrNoSession), errors.Is(err, session.ErrClosed):
	case errors.Is(err, context.DeadlineExceeded):
		r.Reason = inTime
	case errors.Is(err, context.Canceled):
		r.Reason = "the session was stopped meanwhile"
	default:
		r.Verdict = vital.VerdictError
	}
	return r
}

// told is what a reply says of itself.
func told(reply vital.Reply) Result {
	r := Result{Session: reply.Name, AskedAt: reply.AskedAt}
	if reply.Latency > 0 {
		r.LatencyMS = int64((reply.Latency + time.Millisecond - 1) / time.Millisecond)
	}
	return r
}
