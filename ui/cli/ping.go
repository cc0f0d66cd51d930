package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/vital"
)

// pingPause is between two pings of a command: the server is asked, not flooded.
const pingPause = time.Second

func newPingCommand() *cobra.Command {
	var count int
	var asJSON bool
	cmd := inHolder(&cobra.Command{
		Use:   "ping SESSION",
		Short: "Ask the server for an answer, and tell how long it took",
		Long: `Ask the server for an answer over a session's socket, and tell how long the round trip took. A session that is down
though it is to be up is brought up for it, within 15 s; one that is stopped stays so. The first ping that fails
ends the command with exit code 1 and the reason; an answer may take 10 s.`,
		Example: `  wapulse ping sales
  wapulse ping +4915123456789 --count 5
  wapulse ping sales --json`,
		Args: oneArgument("a session"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if count < 1 {
				return usage(fmt.Errorf("--count is 1 or more, not %d", count), cmd.CommandPath())
			}
			h, snap, err := enterFor(cmd, args[0])
			if err != nil {
				return err
			}
			defer h.closeAfter(&err)
			if err := bringUp(cmd.Context(), h.manager, snap.ID); err != nil {
				return err
			}
			return ping(cmd, h, snap, count, asJSON)
		},
	})
	cmd.Flags().IntVar(&count, "count", 1, "so many pings, one a second")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a line of JSON for each answer")
	return cmd
}

// pinged is an answer as programs read it.
type pinged struct {
	Session string  `json:"session"`
	N       int     `json:"n"`
	MS      float64 `json:"ms"`
}

func ping(cmd *cobra.Command, h *house, snap *vital.Snapshot, count int, asJSON bool) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	var trips []time.Duration
	for n := 1; n <= count; n++ {
		if n > 1 {
			pause := time.NewTimer(pingPause)
			select {
			case <-pause.C:
			case <-ctx.Done():
				pause.Stop()
				return adviseOnOperation(ctx, errors.New("interrupted"))
			}
		}
		rtt, err := h.manager.Ping(ctx, snap.ID)
		if err != nil {
			return adviseOnOperation(ctx, err)
		}
		trips = append(trips, rtt)
		if err := writePing(out, snap.Name, n, rtt, asJSON); err != nil {
			return err
		}
	}
	if count > 1 && !asJSON {
		slices.Sort(trips)
		fmt.Fprintf(cmd.ErrOrStderr(), "%d answers: fastest %s, median %s, slowest %s\n",
			count, inMS(trips[0]), inMS(trips[(count-1)/2]), inMS(trips[count-1]))
	}
	return nil
}

func writePing(out io.Writer, name string, n int, rtt time.Duration, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(pinged{name, n, float64(rtt.Microseconds()) / 1000})
	}
	_, err := fmt.Fprintf(out, "%s: %s\n", oneLine(name), inMS(rtt))
	return err
}

func inMS(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }
