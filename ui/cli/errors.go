package cli

import (
	"errors"
	"fmt"
	"io"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// advised is an error with the step that the person may take next.
type advised struct {
	cause error
	next  string
}

func (e *advised) Error() string { return e.cause.Error() }
func (e *advised) Unwrap() error { return e.cause }

func advise(cause error, next string) error {
	if cause == nil {
		return nil
	}
	return &advised{cause, next}
}

// usageError is a command line that cannot be understood.
type usageError struct{ advised }

func usage(cause error, command string) error {
	return &usageError{advised{cause, fmt.Sprintf("run %q for what it takes, with an example", command+" --help")}}
}

// coded is an error with an exit code of its own.
type coded struct {
	cause error // nil: all was said already
	code  int
}

func (e *coded) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.cause.Error()
}
func (e *coded) Unwrap() error { return e.cause }

// withCode gives an error an exit code of its own.
func withCode(cause error, code int) error {
	if cause == nil {
		return nil
	}
	return &coded{cause, code}
}

// exit ends the program with that code and no words: what there was to say was said.
func exit(code int) error {
	if code == exitOK {
		return nil
	}
	return &coded{nil, code}
}

// report writes an error in two lines, the cause and the next step, and returns the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	code, next := exitFailed, "run it again with --log-file FILE and look there"
	var withStep *advised
	var wrongUsage *usageError
	var own *coded
	isCoded := errors.As(err, &own)
	if isCoded && own.cause == nil {
		return own.code
	}
	switch {
	case errors.As(err, &wrongUsage):
		code, next = exitUsage, wrongUsage.next
	case errors.As(err, &withStep):
		next = withStep.next
	}
	if isCoded {
		code = own.code
	}
	fmt.Fprintf(w, "wapulse: %s\nnext: %s\n", oneLine(err.Error()), oneLine(next))
	return code
}
