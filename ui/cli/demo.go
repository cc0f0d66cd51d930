package cli

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/whatsapp"
	"github.com/wapulse/wapulse/ui/cli/config"
	"github.com/wapulse/wapulse/ui/cli/demo"
)

func newDemoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "See the dashboard at work on a built-in simulator",
		Long: `Open the dashboard on a simulated WhatsApp server inside this process, with six sessions in different conditions:
healthy, slow, reconnecting, logged out, temporarily banned, and waiting for a QR scan. Nothing of it is real, no
network is used, and it keeps nothing: its database is in a temporary folder that is deleted at the end.`,
		Example: "  wapulse demo",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conf, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			if err := needTerminal(cmd.InOrStdin(), cmd.OutOrStdout()); err != nil {
				return err
			}
			log, closeLog, err := openLog(conf.LogFile)
			if err != nil {
				return err
			}
			defer closeLog()
			return withDemo(cmd.Context(), log, func(ctx context.Context, h *house, stage *demo.Stage) error {
				shown := screen{simulation: true, faults: stage, region: regionFor(conf, os.Getenv), goodbye: "Goodbye. Nothing of the demo is left."}
				return shown.show(ctx, h, cmd.InOrStdin(), cmd.OutOrStdout())
			})
		},
	}
}

// withDemo sets the demo up, lets its sessions live while show runs, and takes everything away again.
func withDemo(ctx context.Context, log *slog.Logger, show func(context.Context, *house, *demo.Stage) error) (err error) {
	server, err := simulator.New(simulator.Options{})
	if err != nil {
		return fmt.Errorf("start the simulator: %w", err)
	}
	defer server.Close()
	folder, err := os.MkdirTemp("", "wapulse-demo-") // 0700
	if err != nil {
		return advise(fmt.Errorf("make a folder for the demo: %w", err), "make room, or set TMPDIR to a folder that can be written")
	}
	defer func() { _ = os.RemoveAll(folder) }()
	h, err := openHouse(ctx, config.Config{
		DB: filepath.Join(folder, "demo.db"), Endpoint: &whatsapp.Endpoint{URL: server.URL(), RootKey: server.RootKey()},
	}, log, func(string) {})
	if err != nil {
		return err
	}
	defer h.closeAfter(&err)
	if err := h.serve(log); err != nil {
		log.Warn("commands of scripts cannot reach the demo", "err", err)
	}
	stage := demo.NewStage(server, h.manager, log)
	for _, role := range simulator.DemoCast() {
		if _, err := stage.Add(ctx, role); err != nil {
			return adviseOnStore(err)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	var play sync.WaitGroup
	defer play.Wait()
	defer cancel()
	play.Go(func() { stage.Run(ctx) })
	return show(ctx, h, stage)
}
