package cli

import (
	"bufio"
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
	h, err := enterForCheck(cmd)
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
	table := tabwriter.NewWriter(whole, 0, 0, 2, ' ', 0)
	if !f.asJSON {
		fmt.Fprintln(table, "JOB\tNAME\tCREATED\tNUMBERS\tANSWERED\tLEFT\tSTATE")
	}
	for _, j := range jobs {
		l := listedJob{j.ID, j.Name, j.Created, j.Items, j.Invalid, j.Duplicates, j.Answered, j.Items - j.Answered, h.stateOf(j), nil}
		if !j.Finished.IsZero() {
			l.Finished = &j.Finished
		}
		if f.asJSON {
			err = errors.Join(err, writeLine(whole, l))
			continue
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, oneLine(l.Name), l.Created.Local().Format(shownTime), check.Count(l.Items),
			check.Count(l.Answered), check.Count(l.Left), l.State)
	}
	return errors.Join(err, table.Flush(), whole.Flush())
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
	h, err := enterForCheck(cmd)
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
	table := tabwriter.NewWriter(whole, 0, 0, 2, ' ', 0)
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
		fmt.Fprintf(table, "%s\t%s\t%s\t%d ms\t%s\n", r.AskedAt.Local().Format(shownTime), r.Verdict, oneLine(r.Session), r.LatencyMS, notesOf(r))
	}
	return errors.Join(err, table.Flush(), whole.Flush())
}
