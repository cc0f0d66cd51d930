package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestTheCallersFolderAndEnvironment(t *testing.T) {
	c := &console{dir: "/home/ada", environ: []string{"NO_COLOR=", "LANG=de_DE", "LANG=id_ID"}}
	for name, want := range map[string]string{"numbers.csv": "/home/ada/numbers.csv", "../x": "/home/x", "/etc/x": "/etc/x", "": ""} {
		if got := c.path(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
	if c.getenv("LANG") != "id_ID" || c.getenv("NO_COLOR") != "" || c.getenv("HOME") != "" {
		t.Error(c.getenv("LANG"))
	}
	t.Setenv("NO_COLOR", "1")
	if local := localConsole(strings.NewReader(""), nil, nil); !local.terminal.NoColor || local.terminal.StdoutTTY || local.path("x") == "x" {
		t.Errorf("%+v", local.terminal)
	}
}

// The command line that goes to a holder says the same as the one that was typed, without the global flags.
func TestWordsOfACommand(t *testing.T) {
	var got []string
	root := newRootCommand()
	cmd := &cobra.Command{Use: "poke", RunE: func(cmd *cobra.Command, args []string) error { got = wordsOf(cmd, args); return nil }}
	cmd.Flags().Bool("json", false, "")
	cmd.Flags().StringP("out", "o", "", "")
	cmd.Flags().StringSlice("tag", nil, "")
	root.AddCommand(cmd)
	root.SetArgs([]string{"--db", "x", "poke", "-o", "a b", "--json", "--log-file=y", "--tag", "p,q", "--tag=r", "one", "--", "--db"})
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"poke", "--json=true", "--out=a b", "--tag=p", "--tag=q", "--tag=r", "--", "one", "--db"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
