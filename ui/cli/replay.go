package cli

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/record"
	"github.com/wapulse/wapulse/ui"
	"github.com/wapulse/wapulse/ui/widget"
)

func newReplayCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "replay FILE",
		Short: "Look at a report: how a session was at any moment of it",
		Long: `Open a file that wapulse report has written: the vitals, events and states of its session, at any moment of it. Nothing is
written, no database is opened, no session is touched, and no network is used.`,
		Example: "  wapulse replay wapulse-report-sales-20260822-140211.zip",
		Args:    oneArgument("a file that wapulse report has written"),
		RunE: func(cmd *cobra.Command, args []string) error {
			rec, err := loadRecord(consoleOf(cmd.Context()), args[0])
			if err != nil {
				return err
			}
			if !isTerminal(cmd.InOrStdin()) || !isTerminal(cmd.OutOrStdout()) {
				return advise(errors.New("a replay needs a terminal, and this is none"), "run it in one, or unzip the file: it is texts")
			}
			conf, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			settings := screenSettings(conf)
			err = ui.Run(cmd.Context(), ui.Options{
				Theme: lookFor(conf.Theme, isASCII(conf, os.Getenv), os.Getenv).Theme(), Replay: &ui.Replay{Recording: rec, About: aboutRecord(rec.About())},
				Keys: settings.Keys, Objections: settings.Objections, FPS: settings.FPS,
			}, cmd.InOrStdin(), cmd.OutOrStdout())
			if errors.Is(err, ui.ErrStalled) {
				return nil
			}
			return err
		},
	}
}

// aboutRecord says in a line what a report is of, and what made it.
func aboutRecord(a record.About) string {
	how := "from the database"
	if a.Live {
		how = "live"
	}
	return fmt.Sprintf("%s of %s, %s · wapulse %s, whatsmeow %s, %s", widget.Age(a.To.Sub(a.From)), a.To.Local().Format(time.DateOnly), how,
		a.Maker.Version, a.Maker.Whatsmeow, a.Maker.Platform)
}
