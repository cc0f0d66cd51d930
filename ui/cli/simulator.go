package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/simulator"
)

// freeLoopback is a port that the system chooses.
const freeLoopback = "127.0.0.1:0"

// running is the one line that says where a simulator is.
type running struct {
	simulator.Info
	Control string `json:"control"`
}

func newSimulatorCommand() *cobra.Command {
	var opts simulator.Options
	var control string
	cmd := &cobra.Command{
		Use:   "simulator",
		Short: "Run a simulated WhatsApp server on this machine",
		Long: `Run a server that stands in for WhatsApp's, on this machine alone: sessions pair with it, log in, and meet the faults
that are set over its control API. It prints one line of JSON with its url, its root_key and the control API's
address, and runs until it is interrupted.

With --state it remembers its devices and its key. Without, sessions that are paired with it are logged out for
good when it starts again: such a server does not know them.`,
		Example: `  wapulse simulator --state sim.json
  wapulse --db sim.db --endpoint ws://127.0.0.1:PORT/ws/chat --root-key HEX`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := simulator.New(opts)
			if err != nil {
				return advise(fmt.Errorf("start the simulator: %w", err), `name a free loopback address with --listen, and a file of its own with --state`)
			}
			defer server.Close()
			api, err := simulator.ServeControl(server, control)
			if err != nil {
				return advise(fmt.Errorf("start the control API: %w", err), "name a free loopback address with --control")
			}
			defer api.Close()
			if err := json.NewEncoder(cmd.OutOrStdout()).Encode(running{server.Info(), api.URL()}); err != nil {
				return fmt.Errorf("say where the simulator is: %w", err)
			}
			<-cmd.Context().Done()
			return nil
		},
	}
	cmd.Flags().StringVar(&opts.Listen, "listen", freeLoopback, "loopback `address` for sessions")
	cmd.Flags().StringVar(&control, "control", freeLoopback, "loopback `address` for the control API")
	cmd.Flags().StringVar(&opts.StateFile, "state", "", "remember key and devices in this `file`; default: forget them")
	return cmd
}
