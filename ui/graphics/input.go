package graphics

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Waits for what a terminal has begun to say.
const (
	keysWait = 50 * time.Millisecond  // for what follows an Escape while an answer is due
	restWait = time.Second            // for the rest of an answer that has begun
	lastWait = 500 * time.Millisecond // for the answer that is due when the program ends
)

// Input is a terminal's input without the answers to what it was asked. It asks nothing by itself; as long as nothing is asked, all passes untouched.
// Read has one caller at a time; the other methods may be called from anywhere.
type Input struct {
	*os.File // Bubble Tea sets its modes, and waits for it

	question Question
	answered chan Terminal // holds the newest
	mu       sync.Mutex
	asked    bool // ever
	due      bool // the last answer is
	answers  answers
}

// NewInput wraps a terminal's input, which remains the caller's to close.
func NewInput(file *os.File, q Question) *Input {
	return &Input{File: file, question: q, answered: make(chan Terminal, 1)}
}

// Ask writes the question to the terminal in one piece, unless an answer is due. It is false if the terminal may not be asked. In tmux it runs
// tmux, which ctx ends; that can be the answer.
func (in *Input) Ask(ctx context.Context, terminal io.Writer) (bool, error) {
	if !canWait || in.question == AskNothing {
		return false, nil
	}
	if in.question == AskTmux && !tmuxHasSixel(ctx) {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.tell(Terminal{})
		return true, nil
	}
	in.mu.Lock()
	due := in.due
	in.asked, in.due = true, true
	if !due {
		in.answers.found, in.answers.multiplexer = Terminal{}, false
	}
	in.mu.Unlock()
	if due {
		return true, nil
	}
	if _, err := io.WriteString(terminal, in.question.text()); err != nil {
		return false, fmt.Errorf("ask the terminal for graphics: %w", err)
	}
	return true, nil
}

// Answer waits for the next answer, or for ctx's end: a terminal may be silent.
func (in *Input) Answer(ctx context.Context) (Terminal, error) {
	select {
	case t := <-in.answered:
		return t, nil
	case <-ctx.Done():
		return Terminal{}, ctx.Err()
	}
}

// Read reads what is typed. It may be nothing.
func (in *Input) Read(p []byte) (int, error) {
	n, err := in.File.Read(p[:max(1, len(p)-len(in.answers.held))])
	in.mu.Lock()
	asked, due := in.asked, in.due
	in.mu.Unlock()
	if !asked || n == 0 {
		return n, err
	}
	typed := in.take(p[:n])
	for err == nil && len(in.answers.held) > 0 {
		room := len(p) - len(typed) - len(in.answers.held)
		if room <= 0 {
			break // the rest comes with the next Read
		}
		if !readable(in.File, in.wait(due)) {
			typed = append(typed, in.answers.release()...)
			break
		}
		more := make([]byte, room)
		n, err = in.File.Read(more)
		typed = append(typed, in.take(more[:n])...)
	}
	return copy(p, typed), err
}

// wait is how long to wait for what continues what is held.
func (in *Input) wait(due bool) time.Duration {
	switch {
	case !in.answers.mayBeKeys():
		return restWait
	case due:
		return keysWait
	default:
		return 0
	}
}

// take hands bytes to the filter, and the answer on when it is whole.
func (in *Input) take(data []byte) []byte {
	in.mu.Lock()
	defer in.mu.Unlock()
	typed, last := in.answers.take(data)
	if last {
		in.due = false
		found := in.answers.found
		if in.answers.multiplexer && in.question != AskTmux {
			found.Kind = None
		}
		if found.CellWidth == 0 || found.CellHeight == 0 {
			found.CellWidth, found.CellHeight = cellSizeOf(in.File)
		}
		in.tell(found)
	}
	return typed
}

// tell gives an answer to whom it concerns, in the place of one that nobody has taken. Callers hold mu.
func (in *Input) tell(t Terminal) {
	select {
	case <-in.answered:
	default:
	}
	in.answered <- t
}

// Drain waits, for a short time, for an answer that is due, so that it does not become the shell's input. It is for after the last Read, in raw mode.
// What is typed meanwhile is lost.
func (in *Input) Drain() {
	for end := time.Now().Add(lastWait); ; {
		in.mu.Lock()
		due := in.due
		in.mu.Unlock()
		left := time.Until(end)
		if !due || left <= 0 || !readable(in.File, left) {
			return
		}
		var data [longest]byte
		n, err := in.File.Read(data[:])
		if err != nil || n == 0 {
			return
		}
		in.take(data[:n])
	}
}

// Due says whether an answer is.
func (in *Input) Due() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.due
}
