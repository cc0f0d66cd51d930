package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
)

// Exit codes of status.
const (
	exitDegraded     = 1
	exitUnhealthy    = 2
	exitStatusFailed = 3
)

const (
	statusName  = "status"
	statusEvery = 2 * time.Second // with --watch
)

func newStatusCommand() *cobra.Command {
	var asJSON, watch bool
	cmd := inHolder(&cobra.Command{
		Use:   statusName,
		Short: "Say how the sessions are and have been, for people, scripts and cron",
		Long: `Say how the sessions are and have been: connections, time-outs, failed verifications, response times, uptime, the last
error, and of each session its health with every reason. Counts are over all runs of wapulse since a session was created.

The exit code is that of the worst session that its operator has not stopped: 0 healthy, 1 degraded, 2 unhealthy. It is 3
if the command line is wrong or the answer cannot be had. Where no wapulse runs, no session is connected: whoever is to be
up is unhealthy then, and the last that is known of it is told.

With --watch it is told again every two seconds until Ctrl-C, whose exit code is the last one's.`,
		Example: `  wapulse status
  wapulse status --json | jq .sessions
  wapulse status --watch
  wapulse status >/dev/null || mail -s "wapulse: $?" ops   # from cron`,
		Args: func(cmd *cobra.Command, args []string) error {
			return withCode(noArguments(cmd, args), exitStatusFailed)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return tellStatus(cmd, asJSON, watch) },
	})
	once := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := once(cmd, args)
		for watch && lentTo(cmd.Context()) == nil && isJudgement(err) {
			pause := time.NewTimer(statusEvery)
			select {
			case <-pause.C:
			case <-cmd.Context().Done():
				pause.Stop()
				return err
			}
			last := err
			if err = once(cmd, args); cmd.Context().Err() != nil && !isJudgement(err) {
				return last
			}
		}
		if isJudgement(err) {
			return err
		}
		return withCode(err, exitStatusFailed)
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return withCode(usage(err, cmd.CommandPath()), exitStatusFailed)
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object for programs")
	cmd.Flags().BoolVar(&watch, "watch", false, "tell it again every two seconds; with --json an object a line")
	return cmd
}

// isJudgement says whether the status was told, whatever it is.
func isJudgement(err error) bool {
	var own *coded
	return err == nil || errors.As(err, &own) && own.cause == nil && own.code <= exitUnhealthy
}

// tellStatus tells it once.
func tellStatus(cmd *cobra.Command, asJSON, watch bool) (err error) {
	s, err := readStatus(cmd)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	switch {
	case asJSON && watch:
		err = writeStatusLine(out, s)
	case asJSON:
		err = writeStatusJSON(out, s)
	default:
		width := 0
		if c := consoleOf(cmd.Context()); c.terminal.StdoutTTY {
			width = c.size().Columns
		}
		err = writeStatusText(out, s, width, watch)
	}
	if err != nil {
		return err
	}
	return exit(int(s.worst))
}

// readStatus asks the house that runs the sessions, or the database of one that does not run. It makes no database: where there is none there are no sessions.
func readStatus(cmd *cobra.Command) (s *status, err error) {
	ctx := cmd.Context()
	if h := lentTo(ctx); h != nil {
		return statusOf(ctx, h, h.past, true)
	}
	conf, err := loadConfig(cmd)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(conf.DB); errors.Is(err, fs.ErrNotExist) {
		return newStatus(false, time.Now()), nil
	}
	h, err := enterHouse(cmd, func(warning string) { fmt.Fprintln(cmd.ErrOrStderr(), oneLine(warning)) })
	if err != nil {
		return nil, err
	}
	defer h.closeAfter(&err)
	return statusOf(ctx, h, history.NewReader(h.store, nil), false)
}

// statusOf is the status of a house in which the sessions run, or do not.
func statusOf(ctx context.Context, h *house, past *history.Reader, runs bool) (*status, error) {
	now := time.Now()
	snaps := h.manager.Snapshots()
	ids := make([]vital.SessionID, len(snaps))
	for i, snap := range snaps {
		ids[i] = snap.ID
	}
	figures, err := past.Figures(ctx, ids, now)
	if err != nil {
		return nil, adviseOnStore(err)
	}
	s := newStatus(runs, now)
	for _, snap := range snaps {
		s.add(snap, figures[snap.ID])
	}
	if runs {
		s.since = h.sampler.Alive(now).Began
	} else {
		s.lastRan = figures[0].LastRun.Seen
		for _, f := range figures {
			if f.LastRun.Seen.After(s.lastRan) {
				s.lastRan = f.LastRun.Seen
			}
		}
	}
	s.total(figures[0].Total)
	return s, nil
}
