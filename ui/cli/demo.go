package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/whatsapp"
	"github.com/wapulse/wapulse/ui/cli/config"
	"github.com/wapulse/wapulse/ui/cli/demo"
)

// demoOptions is what goes wrong in a demo.
type demoOptions struct {
	faults   bool
	seed     uint64 // of random faults
	scenario string // by its name, or a file
	script   demo.Script
}

func newDemoCommand() *cobra.Command {
	var opts demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See the dashboard at work on a built-in simulator, and rehearse failures",
		Long: `Open the dashboard on a simulated WhatsApp server inside this process, with six sessions in different conditions:
healthy, slow, reconnecting, logged out, temporarily banned, and waiting for a QR scan. Nothing of it is real, no
network is used, and it keeps nothing: its database is in a temporary folder that is deleted at the end.

In it, f causes a fault on one session, the marked ones or all, and t is a tour through five failures.

With --faults, random faults happen while it runs, and what they break is brought back after a while. With --scenario
the sessions are well until a script says otherwise: one that comes with wapulse ("--scenario list" names them), or a
file, with a step a line, as "at 10s fault 503 on sales".`,
		Example: `  wapulse demo
  wapulse demo --faults --seed 7
  wapulse demo --scenario morning-outage
  wapulse demo --scenario my-outage.txt`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd, opts) },
	}
	cmd.Flags().BoolVar(&opts.faults, "faults", false, "let random faults happen")
	cmd.Flags().Uint64Var(&opts.seed, "seed", 0, "of the random faults: with the same `number` the same faults come in the same order")
	addScreenFlags(cmd)
	cmd.Flags().StringVar(&opts.scenario, "scenario", "", "play the script of that `name or file`; list: name those that come with wapulse")
	return cmd
}

func runDemo(cmd *cobra.Command, opts demoOptions) error {
	if opts.scenario == "list" {
		return listScenarios(cmd.OutOrStdout())
	}
	if err := opts.settle(cmd); err != nil {
		return err
	}
	conf, log, closeLog, err := settleScreen(cmd)
	if err != nil {
		return err
	}
	defer closeLog()
	return withDemo(cmd.Context(), log, opts, func(ctx context.Context, h *house, stage *demo.Stage) error {
		shown := newScreen(cmd, conf)
		shown.simulation, shown.faults, shown.goodbye = true, stage, "Goodbye. Nothing of the demo is left."
		if opts.faults {
			shown.goodbye += fmt.Sprintf(" The same faults again: wapulse demo --faults --seed %d", opts.seed)
		}
		return shown.show(ctx, h, cmd.InOrStdin(), cmd.OutOrStdout())
	})
}

// settle reads the script, and chooses a seed if none was named.
func (o *demoOptions) settle(cmd *cobra.Command) error {
	seeded := cmd.Flags().Changed("seed")
	switch {
	case o.faults && o.scenario != "":
		return usage(errors.New("--faults and --scenario do not go together: a script is to be what it says"), cmd.CommandPath())
	case seeded && !o.faults:
		return usage(errors.New("--seed is that of --faults"), cmd.CommandPath())
	case o.faults && !seeded:
		o.seed = rand.Uint64()
	case o.scenario != "":
		var err error
		o.script, err = readScenario(o.scenario, consoleOf(cmd.Context()).path(o.scenario))
		return err
	}
	return nil
}

// readScenario reads the script of that name, or else that file.
func readScenario(name, file string) (demo.Script, error) {
	sessions := playing()
	script, err := demo.ShippedScript(name, sessions)
	if !errors.Is(err, demo.ErrUnknownScenario) {
		return script, err
	}
	f, openErr := os.Open(file)
	if errors.Is(openErr, fs.ErrNotExist) {
		return script, &usageError{advised{fmt.Errorf("%w, and no file of that name", err), "name one of these, or a file with a step a line; docs/rehearsal.md tells how"}}
	}
	if openErr != nil {
		return script, &usageError{advised{fmt.Errorf("read the scenario: %w", openErr), "name a file that can be read"}}
	}
	defer f.Close()
	script, err = demo.ParseScript(f, sessions)
	if unreadable, ok := errors.AsType[*fs.PathError](err); ok {
		return script, &usageError{advised{fmt.Errorf("read the scenario: %w", unreadable), "name a file that can be read"}}
	}
	if err != nil {
		return script, &usageError{advised{fmt.Errorf("%s: %w", file, err), "mend these lines; docs/rehearsal.md tells how a scenario is written"}}
	}
	return script, nil
}

// playing are the names of the sessions that faults can be caused on.
func playing() []string {
	var names []string
	for _, role := range simulator.DemoCast() {
		if role.Phone != "" {
			names = append(names, role.Name)
		}
	}
	return names
}

func listScenarios(w io.Writer) error {
	for _, name := range demo.Shipped() {
		script, err := demo.ShippedScript(name, playing())
		if err != nil {
			return fmt.Errorf("scenario %s: %w", name, err)
		}
		fmt.Fprintf(w, "%-16s %s\n", name, script.About)
	}
	return nil
}

// withDemo sets the demo up, lets its sessions live while show runs, and takes everything away again.
func withDemo(ctx context.Context, log *slog.Logger, opts demoOptions, show func(context.Context, *house, *demo.Stage) error) (err error) {
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
		if opts.scenario != "" && role.Phone != "" {
			role = simulator.Well(role)
		}
		if _, err := stage.Add(ctx, role); err != nil {
			return adviseOnStore(err)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	var play sync.WaitGroup
	defer play.Wait()
	defer cancel()
	play.Go(func() { stage.Run(ctx) })
	switch {
	case opts.faults:
		play.Go(func() { stage.Rain(ctx, opts.seed) })
	case opts.scenario != "":
		play.Go(func() { stage.Perform(ctx, opts.script) })
	}
	return show(ctx, h, stage)
}
