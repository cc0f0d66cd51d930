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

const (
	maxFPS     = 30
	partingFor = time.Second // for a terminal to take the last frame once it is to end
)

// Run shows the dashboard until the person quits or ctx ends. Both are its good end. A terminal that takes no output any more, paused by its user or
// behind a dead line, keeps the program's writing blocked for good: ErrStalled says that it was left so, with its modes put back.
func Run(ctx context.Context, opts Options, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	model := New(ctx, opts)
	keys := in
	if file, ok := in.(*os.File); ok {
		model.asking = asking{input: graphics.NewInput(file, opts.Graphics), terminal: out}
		keys = model.asking.input
	}
	program := tea.NewProgram(model, tea.WithInput(keys), tea.WithOutput(out), tea.WithAltScreen(), tea.WithMouseCellMotion(),
		tea.WithFPS(maxFPS), tea.WithoutSignalHandler())
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
