package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/term"

	"github.com/wapulse/wapulse/ui/graphics"
)

// partingFor is how long a terminal may take for the last frame once it is to end.
const partingFor = time.Second

// Run shows the dashboard until the person quits or ctx ends. Both are its good end. A terminal that takes no output any more, paused by its user or
// behind a dead line, keeps the program's writing blocked for good: ErrStalled says that it was left so, with its modes put back.
func Run(ctx context.Context, opts Options, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return run(ctx, cancel, New(ctx, opts), in, out)
}

// run shows a model whose context cancel ends.
func run(ctx context.Context, cancel context.CancelFunc, model *Model, in io.Reader, out io.Writer) error {
	model.terminal.to, model.asking.terminal = out, out
	keys := in
	if file, ok := in.(*os.File); ok {
		model.asking.input = graphics.NewInput(file, model.opts.Graphics)
		keys = model.asking.input
	}
	program := tea.NewProgram(model, tea.WithInput(keys), tea.WithOutput(model.terminal.forProgram()), tea.WithAltScreen(), tea.WithMouseCellMotion(),
		tea.WithFPS(lookFPS), tea.WithoutSignalHandler())
	stop := context.AfterFunc(ctx, program.Quit)
	defer stop()
	err := runProgram(ctx, program, in)
	cancel()
	model.picture.close()
	model.owner.close()
	if errors.Is(err, ErrStalled) {
		return err
	}
	model.asking.end(model.pictured)
	if model.terminal.titles.want("") {
		model.terminal.titles.show(model.terminal)
	}
	if err != nil && !errors.Is(err, tea.ErrInterrupted) {
		return fmt.Errorf("show the dashboard: %w", err)
	}
	return nil
}

// runProgram waits for the program's end, but once ctx is over only as long as a terminal that reads may need. The goroutine that it leaves in a
// write is the process's to end: nothing interrupts that write.
func runProgram(ctx context.Context, program *tea.Program, in io.Reader) error {
	restore := modesOf(in)
	ended := make(chan error, 1)
	go func() {
		_, err := program.Run()
		ended <- err
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	bound := time.NewTimer(partingFor)
	defer bound.Stop()
	select {
	case err := <-ended:
		return err
	case <-bound.C:
		restore()
		return ErrStalled
	}
}

// modesOf returns how to put the terminal's modes back without writing to it.
func modesOf(in io.Reader) func() {
	file, ok := in.(*os.File)
	if !ok {
		return func() {}
	}
	state, err := term.GetState(int(file.Fd()))
	if err != nil {
		return func() {}
	}
	return func() { _ = term.Restore(int(file.Fd()), state) }
}
