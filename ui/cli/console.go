package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/wapulse/wapulse/ui/cli/config"
	"github.com/wapulse/wapulse/ui/control"
)

// console is the place that a command was called from: its folder, its environment and its terminal. It is that of the process, or, for a command that
// runs in another process than it was called in, the one that came over the socket. Commands ask it, never the process they are in.
type console struct {
	dir      string
	environ  []string // as in os.Environ
	terminal control.Terminal
	size     func() control.Size // of the terminal now
	warned   map[string]bool
	settled  func() config.Config // what was set, as far as it can be understood; nil: nothing
}

// localConsole is this process's.
func localConsole(stdin io.Reader, stdout, stderr io.Writer) *console {
	c := &console{environ: os.Environ(), warned: map[string]bool{}, size: func() control.Size { return sizeOf(stdout) }}
	c.dir, _ = os.Getwd() // in a folder that is gone relative names lead nowhere, as they do in any program
	size := c.size()
	c.terminal = control.Terminal{
		StdinTTY: isTerminal(stdin), StdoutTTY: isTerminal(stdout), StderrTTY: isTerminal(stderr), Columns: size.Columns, Rows: size.Rows,
		NoColor: c.getenv("NO_COLOR") != "",
	}
	return c
}

// path is a file's name as this process can open it.
func (c *console) path(name string) string {
	if name == "" || filepath.IsAbs(name) || c.dir == "" {
		return name
	}
	return filepath.Join(c.dir, name)
}

// getenv is the value of a variable, or "".
func (c *console) getenv(name string) string {
	value := ""
	for _, pair := range c.environ {
		if n, v, ok := strings.Cut(pair, "="); ok && n == name {
			value = v
		}
	}
	return value
}

// once says whether a warning is a new one.
func (c *console) once(warning string) bool {
	seen := c.warned[warning]
	c.warned[warning] = true
	return !seen
}

// travels are the variables that a command may look at. Others stay with the process.
func travels(pair string) bool {
	name, _, _ := strings.Cut(pair, "=")
	return strings.HasPrefix(name, "WAPULSE_") || strings.HasPrefix(name, "LC_") || name == "LANG" || name == "LANGUAGE" || name == "NO_COLOR" || name == "TERM"
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// sizeOf is zero for what is no terminal.
func sizeOf(stream any) control.Size {
	file, ok := stream.(*os.File)
	if !ok {
		return control.Size{}
	}
	columns, rows, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return control.Size{}
	}
	return control.Size{Columns: columns, Rows: rows}
}

type consoleKey struct{}

func withConsole(ctx context.Context, c *console) context.Context {
	return context.WithValue(ctx, consoleKey{}, c)
}

// consoleOf is the console of the command whose context it is.
func consoleOf(ctx context.Context) *console {
	if c, ok := ctx.Value(consoleKey{}).(*console); ok {
		return c
	}
	return localConsole(os.Stdin, os.Stdout, os.Stderr)
}
