// Package cli is wapulse's command line: the commands, and the one place where everything is put together. Main calls Execute and nothing
// else; what a command opens, it closes before Execute returns.
//
// Commands write what was asked for to stdout and everything else to stderr, so that scripts can use them. The log goes to the
// file that --log-file names and nowhere else; but "run", which has no screen, writes what happens to stderr.
//
// How a command is written. One that works with sessions runs in the wapulse that holds the database, if there is one, so it may be in another process than
// it was called in, beside others like it. It looks like this:
//
//	func newPokeCommand() *cobra.Command {
//		var flags …
//		cmd := inHolder(&cobra.Command{
//			Use: "poke SESSION", …
//			Args: oneArgument("a session's name"),
//			RunE: func(cmd *cobra.Command, args []string) (err error) {
//				h, err := enterHouse(cmd)
//				if err != nil {
//					return err
//				}
//				defer h.closeAfter(&err)
//				…
//			},
//		})
//		cmd.Flags()…
//		return cmd
//	}
//
// and newRootCommand adds it. In there:
//   - The streams are cmd.InOrStdin, cmd.OutOrStdout and cmd.ErrOrStderr; each write is sent at once, so gather many small ones. What people read goes to
//     consoleOf(cmd.Context()).words(cmd.OutOrStdout()), which knows terminals with ASCII only; what programs read, not. A buffer goes behind it.
//     The input is not touched before the first read. The context is cmd.Context, which ends with Ctrl-C, and when the caller has gone.
//   - consoleOf(cmd.Context()) knows the terminal, the environment and the folder of the caller: open files by its path method. os.Stdin, os.Getenv, os.Getwd and
//     the like are another process's. loadConfig has read the caller's environment and config file already.
//   - enterHouse comes before any output and any reading of the input: where the database is locked for a moment, the command is begun again. The house's
//     sessions may be up already or not, and what the command has started in a house of its own ends with it: in one that is lent, it ends what nobody wants any more.
//   - Errors end with exit code 1 and a next step (advise), or 2 if the command line is wrong (usage); withCode gives another code, and exit one without words.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/ui/cli/config"
)

// Execute runs the program with these arguments until it is done or ctx ends, and returns its exit code: 0, 1 after a failure, 2 if
// the command line cannot be understood.
func Execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return execute(withConsole(ctx, localConsole(stdin, stdout, stderr)), newRootCommand(), args, stdin, stdout, stderr)
}

// execute runs a command, in whatever process it was called.
func execute(ctx context.Context, root *cobra.Command, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	c := consoleOf(ctx)
	c.settled = sync.OnceValue(func() config.Config { return settledFor(ctx, root, c) })
	errs := c.words(stderr)
	root.SetErr(errs)
	return report(errs, root.ExecuteContext(withConsole(ctx, c)))
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
  wapulse pair sales           pair a phone without the full screen
  wapulse run                  run the sessions without a screen, on a server`,
		Args:              noArguments,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,

		SuggestionsMinimumDistance: 2,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return runDashboard(cmd) },
	}
	config.AddFlags(root.PersistentFlags())
	addScreenFlags(root)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(err, cmd.CommandPath()) })
	root.AddCommand(newDemoCommand(), newPairCommand(), newRunCommand(), newSessionsCommand(), newSimulatorCommand(), newVersionCommand())
	root.AddCommand(newCheckCommand())
	root.AddCommand(newConfigCommand())
	root.AddCommand(newSendCommand())
	root.AddCommand(newContactsCommand())
	root.AddCommand(newMediaCommand())
	root.AddCommand(newPingCommand())
	root.AddCommand(newReportCommand())
	root.AddCommand(newReplayCommand())
	root.AddCommand(newStatusCommand())
	root.AddCommand(newEventsCommand())
	root.AddCommand(newProxyCommand())
	return root
}

// loadConfig reads the flags, the environment and the config file. In a house that is lent, what concerns the house is settled, and what the caller's
// config file says of a command is in the environment.
func loadConfig(cmd *cobra.Command) (config.Config, error) {
	h := lentTo(cmd.Context())
	load := config.Load
	if h != nil {
		load = config.LoadLent
	}
	c, err := load(cmd.Flags(), consoleOf(cmd.Context()).environ, keysSection())
	var inFile *config.FileError
	switch {
	case errors.As(err, &inFile):
		return c, &usageError{advised{err, inFile.Mend() + "; wapulse config check says all that is wrong"}}
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return c, &usageError{advised{err, "name a file that can be read with --config, or leave it out"}}
	case err != nil:
		return c, usage(err, "wapulse")
	}
	if h != nil {
		c.DB, c.DefaultDB, c.LogFile, c.Endpoint, c.Proxy = h.conf.DB, h.conf.DefaultDB, h.conf.LogFile, h.conf.Endpoint, h.conf.Proxy
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
