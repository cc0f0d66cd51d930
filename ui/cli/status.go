package cli

import (
	"context"
	"errors"
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
		width, c := 0, consoleOf(cmd.Context())
		if c.terminal.StdoutTTY {
			width = c.size().Columns
		}
		err = writeStatusText(c.words(out), s, width, watch && !c.isPaper())
	}
	if err != nil {
		return err
	}
	return exit(int(s.worst))
}

// readStatus asks the house that runs the sessions, or the database of one that does not run. It makes no database: where there is none there are no sessions.
func readStatus(cmd *cobra.Command) (s *status, err error) {
	h, err := enterIfThere(cmd)
	if err != nil {
		return nil, err
	}
	if h == nil {
		return newStatus(false, time.Now()), nil
	}
	defer h.closeAfter(&err)
	return statusOf(cmd.Context(), h)
}

// statusOf is the status of a house: one that is lent runs the sessions, and in any other they do not run.
func statusOf(ctx context.Context, h *house) (*status, error) {
	past := h.past
	if !h.isLent {
		past = history.NewReader(h.store, nil)
	}
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
	s := newStatus(h.isLent, now)
	for _, snap := range snaps {
		s.add(snap, figures[snap.ID])
	}
	if h.isLent {
		s.since = h.sampler.Alive(now).Began
	} else {
		for _, snap := range snaps {
			s.lastRan = figures[snap.ID].LastRun.Seen // they all know the same
		}
	}
	s.total(figures[0].Total)
	return s, nil
}
