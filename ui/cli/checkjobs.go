package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/check"
)

// shownHistory is how many answers of one number are printed, the newest.
const shownHistory = 1000

// listedJob is a job as programs read it.
type listedJob struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Created    time.Time  `json:"created"`
	Items      int64      `json:"items"`
	Invalid    int64      `json:"invalid"`
	Duplicates int64      `json:"duplicates"`
	Answered   int64      `json:"answered"`
	Left       int64      `json:"left"`
	State      string     `json:"state"`
	Finished   *time.Time `json:"finished,omitempty"`
}

// What can be said of a job.
const (
	jobUnread   = "unread"   // its input was not read to its end
	jobRunning  = "running"  // here
	jobOpen     = "open"     // something is to be asked, or asked again
	jobFinished = "finished" // nothing is
)

func (h *house) stateOf(j check.Job) string {
	switch {
	case h.runner.Running(j.ID):
		return jobRunning
	case !j.Sealed:
		return jobUnread
	case j.Finished.IsZero():
		return jobOpen
	}
	return jobFinished
}

func (f *checkFlags) listJobs(cmd *cobra.Command) (err error) {
	h, err := enterHouse(cmd)
	if err != nil {
		return err
	}
	defer h.closeAfter(&err)
	jobs, err := h.store.Jobs(cmd.Context())
	if err != nil {
		return adviseOnStore(err)
	}
	if len(jobs) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "There are no jobs yet: each check is one.")
		return nil
	}
	whole := bufio.NewWriter(cmd.OutOrStdout())
	table := tabwriter.NewWriter(consoleOf(cmd.Context()).words(whole), 0, 0, 2, ' ', 0)
	if !f.asJSON {
		fmt.Fprintln(table, "JOB\tNAME\tCREATED\tNUMBERS\tANSWERED\tLEFT\tSTATE")
	}
	for _, j := range jobs {
		l := listedJob{j.ID, j.Name, j.Created, j.Items, j.Invalid, j.Duplicates, j.Answered, j.Items - j.Answered, h.stateOf(j), nil}
		if l.State == jobOpen { // what is to be asked again is not answered
			again, err := h.store.ToRetry(cmd.Context(), j.ID)
			if err != nil {
				return adviseOnStore(err)
			}
			l.Answered, l.Left = l.Answered-again, l.Left+again
		}
		if !j.Finished.IsZero() {
			l.Finished = &j.Finished
		}
		if f.asJSON {
			err = errors.Join(err, writeLine(whole, l))
			continue
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, oneLine(l.Name), shownTime(l.Created), check.Count(l.Items),
			check.Count(l.Answered), check.Count(l.Left), l.State)
	}
	return errors.Join(err, table.Flush(), whole.Flush())
}

// deleteJob deletes a job, which a person agrees to.
func (f *checkFlags) deleteJob(cmd *cobra.Command, id int64) (err error) {
	h, err := enterHouse(cmd)
	if err != nil {
		return err
	}
	defer h.closeAfter(&err)
	job, err := h.store.Job(cmd.Context(), id)
	if err != nil {
		return adviseOnCheck(fmt.Errorf("job %d: %w", id, err))
	}
	if h.runner.Running(id) {
		return adviseOnCheck(fmt.Errorf("job %d: %w", id, check.ErrJobRunning))
	}
	what := fmt.Sprintf("job %d, %s, with its %s numbers, %s of them answered", job.ID, oneLine(job.Name), check.Count(job.Items), check.Count(job.Answered))
	if !f.yes {
		if !canBeAsked(cmd) {
			return withCode(advise(fmt.Errorf("%s would be deleted, and nobody can be asked whether that is meant", what), "give --yes"), exitUsage)
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "Delete %s? The answers stay in the history. [y/N]\n", what)
		if yes, err := saysYes(cmd.Context(), cmd.InOrStdin()); err != nil {
			return err
		} else if !yes {
			return withCode(advise(errors.New("nothing was deleted"), "run it again, and answer y or give --yes"), check.ExitInterrupted)
		}
	}
	if err := h.runner.Delete(cmd.Context(), id); err != nil {
		return f.undeleted(cmd, h, id, err)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Deleted %s. The answers stay in the history.\n", what)
	return nil
}

// undeleted says what became of a job whose deletion ended with an error: an interrupted one may be done all the same.
func (f *checkFlags) undeleted(cmd *cobra.Command, h *house, id int64, cause error) error {
	if cmd.Context().Err() == nil {
		return adviseOnCheck(cause)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), lastWords)
	defer cancel()
	if _, err := h.store.Job(ctx, id); errors.Is(err, check.ErrNoSuchJob) {
		return withCode(advise(fmt.Errorf("interrupted: job %d is gone, but not all its numbers", id), "start wapulse again: the rest goes when the database is opened"), check.ExitInterrupted)
	}
	return withCode(advise(fmt.Errorf("interrupted: job %d may be there still", id), "wapulse check --jobs lists what there is"), check.ExitInterrupted)
}

func (f *checkFlags) printHistory(cmd *cobra.Command) (err error) {
	conf, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	number, err := check.Parse(f.history, regionFor(conf, consoleOf(cmd.Context()).getenv))
	if err != nil {
		return usage(fmt.Errorf("--history: %q is no number: %w", number.Input, err), cmd.CommandPath())
	}
	h, err := enterHouse(cmd)
	if err != nil {
		return err
	}
	defer h.closeAfter(&err)
	known, err := h.store.History(cmd.Context(), number.E164, shownHistory)
	if err != nil {
		return adviseOnStore(err)
	}
	if len(known) == 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "Nothing was asked of %s yet.\n", number.E164)
		return nil
	}
	whole := bufio.NewWriter(cmd.OutOrStdout())
	table := tabwriter.NewWriter(consoleOf(cmd.Context()).words(whole), 0, 0, 2, ' ', 0)
	if !f.asJSON {
		fmt.Fprintln(table, "ASKED\tVERDICT\tSESSION\tTIME\tWHAT ELSE")
	}
	for _, r := range known {
		r.Input, r.E164 = number.E164, number.E164
		if f.asJSON {
			err = errors.Join(err, writeLine(whole, r))
			continue
		}
		r.Cached = false
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", shownTime(r.AskedAt), r.Verdict, oneLine(r.Session), latencyOf(r), notesOf(r))
	}
	return errors.Join(err, table.Flush(), whole.Flush())
}
