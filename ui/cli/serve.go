package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/ui/cli/config"
	"github.com/wapulse/wapulse/ui/control"
)

// commandsTime bounds the end of other processes' commands when the house is closed.
const commandsTime = time.Second

// serve lets other processes of this user run their commands in the house, until it is closed.
func (h *house) serve(log *slog.Logger) error {
	path, err := control.PathFor(h.store.Path())
	if err != nil {
		return err
	}
	l, err := control.Listen(path)
	if err != nil {
		return err
	}
	about := control.About{PID: os.Getpid(), Version: version(), Since: time.Now(), Database: h.store.Path()}
	h.server = control.Serve(l, about, h.run, log)
	return nil
}

// run runs another process's command.
func (h *house) run(ctx context.Context, call *control.Call) int {
	root := newRootCommand()
	if err := h.mayRun(root, call); err != nil {
		if cmd, _, unknown := root.Find(call.Args); unknown == nil && cmd.Name() == statusName {
			err = withCode(err, exitStatusFailed)
		}
		return report(call.Stderr, err)
	}
	c := &console{dir: call.Dir, terminal: call.Terminal, size: call.Size, warned: map[string]bool{}}
	for _, pair := range call.Environ {
		if travels(pair) && !config.IsGlobal(pair) {
			c.environ = append(c.environ, pair)
		}
	}
	return execute(h.lend(withConsole(ctx, c)), root, call.Args, call.Stdin, call.Stdout, call.Stderr)
}

// mayRun says why a command is not run here.
func (h *house) mayRun(root *cobra.Command, call *control.Call) error {
	cmd, _, err := root.Find(call.Args)
	if err != nil || cmd.Annotations[servable] == "" {
		return &usageError{advised{
			fmt.Errorf("the wapulse that holds the database, %s, does not run %q for others", version(), call.Args[0]),
			"see wapulse --help; if the two wapulses are of different versions, start that one again",
		}}
	}
	for _, arg := range call.Args {
		flag, isFlag := strings.CutPrefix(arg, "--")
		if flag == "" && isFlag {
			break
		}
		if isFlag && config.IsGlobal(flag) {
			return usage(fmt.Errorf("%s is settled by the wapulse that holds the database", arg), cmd.CommandPath())
		}
	}
	if call.Endpoint == "" && call.RootKey == "" {
		return nil
	}
	own := ""
	if h.conf.Endpoint != nil {
		own = h.conf.Endpoint.URL
	}
	if call.Endpoint == own && call.RootKey == rootKeyOf(h.conf) {
		return nil
	}
	if own == "" {
		own = "WhatsApp itself"
	}
	return &usageError{advised{
		fmt.Errorf("the wapulse that holds the database uses %s, and this command is meant for %s", own, call.Endpoint),
		"leave --endpoint and --root-key out, or name another database with --db",
	}}
}

// lend lets a command work in the house, which is not the command's to close.
func (h *house) lend(ctx context.Context) context.Context {
	return context.WithValue(ctx, houseKey{}, &house{store: h.store, devices: h.devices, manager: h.manager, checker: h.checker, runner: h.runner, sampler: h.sampler, past: h.past, log: h.log, conf: h.conf, isLent: true})
}

// endCommands ends what other processes run in the house.
func (h *house) endCommands(ctx context.Context) error {
	if h.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, commandsTime)
	defer cancel()
	err := h.server.Close(ctx)
	h.server = nil
	if err != nil {
		return errors.Join(errors.New("close the socket"), err)
	}
	return nil
}
