package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
)

// ended says how a check ended, and gives its exit code.
func (c *checking) ended(job check.Job, s check.Summary, err error) error {
	resume := fmt.Sprintf("wapulse check --resume %d", job.ID)
	code := check.ExitCode(s, err)
	if err != nil && c.cmd.Context().Err() != nil { // whatever an interruption makes of what was under way
		code = check.ExitInterrupted
	}
	if !job.Settings.Hasty && s.Results > 0 {
		c.screen.say("%s", s.String())
	}
	switch code {
	case check.ExitAnswered:
		return nil
	case check.ExitInterrupted:
		return withCode(advise(errors.New(c.interrupted(job)), resume+" prints it all and goes on"), code)
	case check.ExitNoSession, check.ExitUnanswered:
		cause := fmt.Errorf("%s of %s are not answered", check.Count(s.Unanswered()), check.Count(s.Results))
		if s.Results == 1 {
			cause = errors.New("the number is not answered")
		}
		if err != nil {
			cause = fmt.Errorf("%w: %w", cause, err)
		} else if code == check.ExitNoSession {
			cause = fmt.Errorf("%w: no session could ask", cause)
		}
		next := resume + " asks them again"
		switch {
		case code == check.ExitNoSession:
			next = whenNobodyCould(err) + "; then " + resume
		case s.Unanswered() == s.Verdicts[vital.VerdictNoAnswer]:
			next = "check them again later: the server has left them out"
		}
		return withCode(advise(cause, next), code)
	}
	return adviseOnCheck(err)
}

// whenNobodyCould says what to do about sessions of which none could ask.
func whenNobodyCould(err error) string {
	if errors.Is(err, session.ErrBreakerOpen) {
		return "a session is up, and has failed too often in a row: wait until its breaker lets through again"
	}
	return "start a session, or pair a phone with wapulse pair NAME"
}

// interrupted says how far a job is.
func (c *checking) interrupted(job check.Job) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), lastWords)
	defer cancel()
	now, err := c.house.store.Job(ctx, job.ID)
	if err != nil { // the database is closed already
		return fmt.Sprintf("interrupted: job %d is kept", job.ID)
	}
	return fmt.Sprintf("interrupted: %s of %s in job %d are answered and kept", check.Count(now.Answered), check.Count(now.Items), job.ID)
}

// adviseOnCheck adds the next step to what can be wrong with a job.
func adviseOnCheck(err error) error {
	switch {
	case errors.Is(err, check.ErrNoSuchJob):
		return advise(err, "wapulse check --jobs lists them")
	case errors.Is(err, check.ErrUnsealed):
		return advise(err, "check its file again; wapulse check --jobs lists the others")
	case errors.Is(err, check.ErrJobRunning):
		return advise(err, "wait for it, or interrupt it where it was begun")
	}
	return adviseOnStore(err)
}

// watch says what happens to the sessions that ask while it runs: a pause that the server wants, a ban, and whatever else ends one for good.
func (c *checking) watch(names []string) (stop func()) {
	ctx, cancel := context.WithCancel(c.ctx)
	var running sync.WaitGroup
	updates := c.house.manager.Hub().Subscribe()
	running.Go(func() {
		seen := make(map[vital.SessionID]*vital.Snapshot)
		for {
			for _, s := range updates.Take().Snapshots {
				if len(names) > 0 && !slices.Contains(names, s.Name) {
					continue
				}
				if text := newsOf(seen[s.ID], s); text != "" {
					c.screen.say("%s: %s", oneLine(s.Name), oneLine(text))
				}
				seen[s.ID] = s
			}
			select {
			case <-updates.Wake():
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		running.Wait()
		updates.Close()
	}
}

// newsOf is what a person who waits for a check wants to know of the step between two snapshots, the first of which may be nil.
func newsOf(before, now *vital.Snapshot) string {
	if before == nil {
		return ""
	}
	was, until := before.Load.PausedUntil, now.Load.PausedUntil
	switch {
	case now.State == vital.StateError && before.State != vital.StateError:
		d := now.Diagnosis()
		return fmt.Sprintf("asks no more: %s; next: %s", d.What, d.Action)
	case until.After(was):
		return "the server answers 429: it is asked nothing until " + until.Local().Format("15:04:05")
	case now.Breaker.State == vital.BreakerOpen && before.Breaker.State != vital.BreakerOpen:
		return "the breaker is open after failures in a row: it is asked nothing until " + now.Breaker.RetryAt.Local().Format("15:04:05")
	}
	return ""
}
