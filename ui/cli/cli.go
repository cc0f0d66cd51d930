// Package cli is wapulse's command line: the commands, and the one place where everything is put together. Main calls Execute and nothing
// else; what a command opens, it closes before Execute returns.
//
// Commands write what was asked for to stdout and everything else to stderr, so that scripts can use them. The log goes to the
// file that --log-file names and nowhere else.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/ui/cli/config"
)

// Execute runs the program with these arguments until it is done or ctx ends, and returns its exit code: 0, 1 after a failure, 2 if
// the command line cannot be understood.
func Execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return report(stderr, root.ExecuteContext(ctx))
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "wapulse",
		Short: "A terminal dashboard for the health of WhatsApp sessions",
		Long: `wapulse runs WhatsApp sessions and shows their health live: it pairs phones by a QR code in the
terminal, keeps their sockets up, and says of every disconnect what it means and what to do.

Without a command it opens the dashboard.`,
		Example: `  wapulse                      open the dashboard
  wapulse demo                 see it at work on a simulator
  wapulse pair sales           pair a phone without the full screen`,
		Args:              noArguments,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,

		SuggestionsMinimumDistance: 2,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return runDashboard(cmd) },
	}
	config.AddFlags(root.PersistentFlags())
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(err, cmd.CommandPath()) })
	root.AddCommand(newDemoCommand(), newPairCommand(), newSessionsCommand(), newSimulatorCommand(), newVersionCommand())
	return root
}

// loadConfig reads the global flags and the environment.
func loadConfig(cmd *cobra.Command) (config.Config, error) {
	c, err := config.Load(cmd.Flags(), os.Environ())
	if err != nil {
		return c, usage(err, "wapulse")
	}
	return c, nil
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cause := fmt.Errorf("%s takes no argument, but got %q", cmd.CommandPath(), args[0])
	if !cmd.HasParent() {
		cause = fmt.Errorf("there is no command %q", args[0])
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			cause = fmt.Errorf("%w; did you mean %q?", cause, near[0])
		}
	}
	return usage(cause, cmd.CommandPath())
}

func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		if len(args) == 0 {
			return usage(errors.New(cmd.CommandPath()+" needs "+what), cmd.CommandPath())
		}
		return usage(fmt.Errorf("%s takes %s and nothing more, but got %d arguments", cmd.CommandPath(), what, len(args)), cmd.CommandPath())
	}
}
