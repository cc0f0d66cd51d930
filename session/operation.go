package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// request is an operation on its way to a connection.
type request struct {
	operation vital.Operation
	timeout   time.Duration // 0 for the operation's own
	patient   bool
	rate      float64 // of checks
	numbers   int     // of a check
}

func (q request) String() string {
	if q.operation == vital.OpCheck {
		return fmt.Sprintf("%s %d", q.operation, q.numbers)
	}
	return string(q.operation)
}

// perform is the one path of an operation to a connection: health check, then the guard, then the client, in the caller's goroutine. It returns when
// the client has, or when ctx or the connection ends. Its error is an *OperationError.
func (a *actor) perform(ctx context.Context, q request, do func(ctx context.Context, conn Connection) error) error {
	began := time.Now()
	l, err := a.healthy()
	if err != nil {
		return a.finished(q, began, resilience.Report{}, err)
	}
	defer l.leave()
	ctx, cancel := l.bind(ctx)
	defer cancel()
	call := resilience.Call{
		Timeout: q.timeout, Attempts: q.operation.Attempts(), Patient: q.patient,
		Spends: q.operation == vital.OpCheck, Rate: q.rate, Retrying: a.retrying(q),
	}
	if call.Timeout == 0 {
		call.Timeout = q.operation.Timeout()
	}
	begun := 0
	report, err := a.policy.Do(ctx, call, func(ctx context.Context) error {
		if why := l.ended(); why != nil { // just now, and its place went to us
			return why
		}
		begun++
		err := caught(func() error { return do(ctx, l.conn) })
		var fault *caughtPanic
		if errors.As(err, &fault) {
			a.post(func() {
				if a.epoch == l.epoch {
					a.panicked(err)
				}
			})
		}
		return l.explainAttempt(err)
	})
	report.Attempts = begun
	return a.finished(q, began, report, translate(l.explain(err)))
}

// healthy is the check before every operation: a user is logged in, the socket open, the session CONNECTED, the breaker not open. The caller must leave
// the lease that it returns.
func (a *actor) healthy() (*lease, error) {
	l := a.lease.Load()
	snap, known := a.config.Hub.Snapshot(a.snap.ID)
	if l == nil || !known || snap.State != vital.StateConnected || snap.Ready != vital.ReadyOpen {
		return nil, ErrNotConnected
	}
	if a.breaker.View().State == resilience.Open {
		return nil, ErrBreakerOpen
	}
	if !l.enter() {
		return nil, ErrNotConnected
	}
	return l, nil
}

// retrying returns what tells of an attempt that another follows.
func (a *actor) retrying(q request) func(int, time.Duration, error) {
	return func(attempt int, delay time.Duration, err error) {
		why := vital.ShortNumbers(translate(err).Error())
		a.post(func() {
			a.emit(vital.KindOperation, vital.LevelWarn,
				fmt.Sprintf("%s: attempt %d failed, the next in %s: %s", q, attempt, vital.RTTText(delay), why),
				append(q.fields(attempt), vital.Field{Key: "delay", Value: vital.RoundRTT(delay).String()}, vital.Field{Key: "outcome", Value: "retry"})...)
		})
	}
}

func (q request) fields(attempt int) []vital.Field {
	fields := []vital.Field{{Key: "operation", Value: string(q.operation)}, {Key: "attempt", Value: fmt.Sprint(attempt)}}
	if q.operation == vital.OpCheck {
		fields = append(fields, vital.Field{Key: "numbers", Value: fmt.Sprint(q.numbers)})
	}
	return fields
}

// finished tells the actor how an operation ended, and gives the error its context.
func (a *actor) finished(q request, began time.Time, report resilience.Report, err error) error {
	elapsed := time.Since(began)
	done := operated{request: q, began: began, elapsed: elapsed, report: report, outcome: endedAs(err), err: err}
	if err == nil {
		a.post(func() { a.operated(done) })
		return nil
	}
	wrapped := &OperationError{Operation: q.operation, Attempt: report.Attempts, Elapsed: elapsed, Ready: vital.ReadyClosed, Err: err}
	if snap, known := a.config.Hub.Snapshot(a.snap.ID); known {
		wrapped.Session, wrapped.State, wrapped.Ready = snap.Name, snap.State, snap.Ready
	}
	wrapped.Breaker = breakerState(a.breaker.View().State)
	done.around = *wrapped
	a.post(func() { a.operated(done) })
	return wrapped
}

// operated is an operation that has ended.
type operated struct {
	request
	began   time.Time
	elapsed time.Duration
	report  resilience.Report
	outcome outcome
	err     error
	around  OperationError // with an error: what surrounded it
}

// operated tells of an operation, and keeps what is to be learnt from it.
func (a *actor) operated(o operated) {
	if a.snap.Removed {
		return
	}
	a.noteBreaker()
	a.changeSoon()
	switch {
	case o.err == nil:
		a.faulted = time.Time{}
	case judge(o.err).Outcome == resilience.Failed:
		a.faulted = time.Now()
	}
	if o.outcome == outcomeTimeout {
		a.snap.Counters.Timeouts++
	}
	trigger := ""
	if o.outcome.measured() && o.report.Attempts > 0 || o.outcome == outcomeTimeout {
		trigger = a.triggerOf(o)
		a.measured(o.operation, o.began, o.elapsed, o.outcome, trigger)
	}
	took := vital.RTTText(o.elapsed)
	level, text := vital.LevelInfo, fmt.Sprintf("%s → %s", o.request, took)
	if o.operation == vital.OpCheck || o.operation == vital.OpPing {
		level = vital.LevelDebug
	}
	fields := append(o.fields(o.report.Attempts),
		vital.Field{Key: "ms", Value: fmt.Sprint(o.elapsed.Milliseconds())}, vital.Field{Key: "outcome", Value: string(o.outcome)})
	if o.err != nil {
		level = vital.LevelInfo
		text = fmt.Sprintf("%s: %s after %s", o.request, o.outcome, took)
		if o.outcome != outcomeTimeout && o.outcome != outcomeCancelled {
			text += ": " + vital.ShortNumbers(o.err.Error())
		}
	}
	if o.outcome.failed() {
		level = vital.LevelWarn
		a.log().Warn("an operation failed", "operation", string(o.operation), "outcome", string(o.outcome), "attempt", o.report.Attempts,
			"elapsed", o.elapsed, "state", o.around.State.String(), "ws", o.around.Ready.String(), "breaker", o.around.Breaker.String(),
			"cause", vital.ShortNumbers(o.err.Error()))
	}
	if trigger != "" {
		text += " (" + trigger + ")"
		fields = append(fields, vital.Field{Key: "trigger", Value: trigger})
	}
	a.emit(vital.KindOperation, level, text, fields...)
}
