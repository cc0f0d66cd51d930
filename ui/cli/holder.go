package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/wapulse/wapulse/store"
	"github.com/wapulse/wapulse/ui/cli/config"
	"github.com/wapulse/wapulse/ui/control"
)

// settleTime is how long a command waits for a database that another process has taken and does not answer for: one that is starting, or ending, or
// runs a command of its own.
const settleTime = 2 * time.Second

// settleStep is the first pause of that wait; each is twice the one before.
const settleStep = 50 * time.Millisecond

// servable marks commands that run in the wapulse that holds the database.
const servable = "wapulse.servable"

// inHolder makes a command run in the wapulse that holds the database, where there is one, and here where there is none.
func inHolder(cmd *cobra.Command) *cobra.Command {
	cmd.Annotations = map[string]string{servable: "yes"}
	here := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if lentTo(cmd.Context()) != nil {
			return here(cmd, args)
		}
		conf, err := loadConfig(cmd)
		if err != nil {
			return err
		}
		giveUp := time.Now().Add(settleTime)
		for pause := settleStep; ; pause *= 2 {
			err := askHolder(cmd, args, conf)
			if !errors.Is(err, control.ErrNobody) {
				return err
			}
			if err = here(cmd, args); !errors.Is(err, store.ErrLocked) || time.Now().Add(pause).After(giveUp) {
				return err
			}
			select {
			case <-time.After(pause):
			case <-cmd.Context().Done():
				return err
			}
		}
	}
	return cmd
}

// askHolder has the command run where the database is held. control.ErrNobody says that it is not held, or by nobody who answers.
func askHolder(cmd *cobra.Command, args []string, conf config.Config) error {
	path, err := control.PathFor(conf.DB)
	if err != nil {
		return err
	}
	c := consoleOf(cmd.Context())
	call := control.Call{
		Request: control.Request{Args: wordsOf(cmd, args), Dir: c.dir, Terminal: c.terminal},
		Stdin:   cmd.InOrStdin(), Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr(),
	}
	if c.terminal.StdoutTTY {
		call.Size = c.size
	}
	for _, pair := range c.environ {
		if travels(pair) {
			call.Environ = append(call.Environ, pair)
		}
	}
	call.Environ = append(call.Environ, conf.ForHolder()...)
	if conf.Endpoint != nil {
		call.Endpoint, call.RootKey = conf.Endpoint.URL, rootKeyOf(conf)
	}
	call.Proxy = conf.Proxy.String()
	log, closeLog, err := openLog(conf.LogFile)
	if err != nil {
		return err
	}
	defer closeLog()
	code, err := control.Run(cmd.Context(), path, call)
	if errors.Is(err, control.ErrNobody) {
		return err
	}
	log.Info("the wapulse that holds the database was asked", "command", cmd.Name(), "exit", code, "err", err)
	if err != nil {
		return adviseOnHolder(err)
	}
	return exit(code)
}

// wordsOf is the command line of a command, without the global flags: what they say is settled by whoever runs it.
func wordsOf(cmd *cobra.Command, args []string) []string {
	words := strings.Fields(cmd.CommandPath())[1:]
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if config.IsGlobal(f.Name) {
			return
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			for _, value := range list.GetSlice() {
				words = append(words, "--"+f.Name+"="+value)
			}
			return
		}
		words = append(words, "--"+f.Name+"="+f.Value.String())
	})
	return append(append(words, "--"), args...)
}

func adviseOnHolder(err error) error {
	var refused *control.RefusedError
	switch {
	case errors.As(err, &refused):
		return advise(err, "wait for the other commands, and run it again")
	case errors.Is(err, control.ErrSilent):
		return advise(err, "look at that wapulse: is it stopped, or its machine overloaded? Quit it, and run the command again")
	case errors.Is(err, control.ErrLost):
		return advise(err, "run the command again")
	case errors.Is(err, context.Canceled):
		return withCode(advise(errors.New("interrupted before the command began"), "run it again"), exitInterrupted)
	case errors.Is(err, control.ErrNotEnded):
		return withCode(advise(err, "look at that wapulse, and run it again"), exitInterrupted)
	}
	return err
}

// enterIfThere is enterHouse for a command that makes no database: a nil house without an error says that there is none.
func enterIfThere(cmd *cobra.Command) (*house, error) {
	if lentTo(cmd.Context()) == nil {
		conf, err := loadConfig(cmd)
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(conf.DB); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	return enterHouse(cmd)
}

// enterHouse is the house that a command works in: the holder's, if it runs there, else one of its own. Close it either way. What a person should know of the
// database goes to stderr, each thing once.
func enterHouse(cmd *cobra.Command) (*house, error) {
	if lent := lentTo(cmd.Context()); lent != nil {
		return lent, nil
	}
	conf, err := loadConfig(cmd)
	if err != nil {
		return nil, err
	}
	log, closeLog, err := openLog(conf.LogFile)
	if err != nil {
		return nil, err
	}
	c := consoleOf(cmd.Context())
	h, err := openHouse(cmd.Context(), conf, log, func(warning string) {
		if c.once(warning) {
			fmt.Fprintln(cmd.ErrOrStderr(), oneLine(warning))
		}
	})
	if err != nil {
		closeLog()
		return nil, err
	}
	h.closeLog = closeLog
	return h, nil
}

type houseKey struct{}

// lentTo is the house that was lent to the command whose context it is; nil for none.
func lentTo(ctx context.Context) *house {
	h, _ := ctx.Value(houseKey{}).(*house)
	return h
}
