package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/ui/cli/config"
)

func newConfigCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the config file with all that can be set",
		Long: `Print a whole config file with what is in force: every key with a comment, those that the config file, the environment or
a flag has set as they are, the others as comments with their defaults. It can be kept as the config file.`,
		Example: `  wapulse config
  wapulse config check
  wapulse --config other.toml config`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conf, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			return conf.Print(cmd.OutOrStdout())
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check [FILE]",
		Short: "Say what is wrong with a config file",
		Long: `Say what is wrong with a config file, and how to mend it: each thing in a line that begins with the file and the
line. Without FILE it is the config file that wapulse reads. Exit codes: 0 nothing is wrong, 1 something is, or the
file cannot be read, 2 usage.`,
		Example: `  wapulse config check
  wapulse config check new.toml`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(fmt.Errorf("%s checks one file, but got %d", cmd.CommandPath(), len(args)), cmd.CommandPath())
			}
			return nil
		},
		RunE: checkConfig,
	})
	return cmd
}

func checkConfig(cmd *cobra.Command, args []string) error {
	path, isNamed := config.FileFor(cmd.Flags(), consoleOf(cmd.Context()).environ)
	if len(args) > 0 {
		path, isNamed = args[0], true
	}
	keys, err := config.CheckFile(path, keysSection())
	var wrong *config.FileError
	switch {
	case errors.Is(err, fs.ErrNotExist) && !isNamed:
		fmt.Fprintf(cmd.OutOrStdout(), "%s: there is no config file: the defaults hold\n", oneLine(path))
		return nil
	case errors.As(err, &wrong):
		for _, p := range wrong.Problems {
			fmt.Fprintf(cmd.OutOrStdout(), "%s:%d: %s; %s\n", oneLine(path), p.Line, oneLine(p.What), oneLine(p.Mend))
		}
		return exit(exitFailed)
	case err != nil:
		return advise(err, "name a file that can be read; wapulse config prints a whole one")
	}
	set := fmt.Sprintf("sets %d keys", keys)
	if keys == 1 {
		set = "sets 1 key"
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: nothing is wrong, it %s\n", oneLine(path), set)
	return nil
}
