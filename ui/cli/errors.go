package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
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

// report writes an error in two lines, the cause and the next step, and returns the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	code, next := exitFailed, "run it again with --log-file FILE and look there"
	var withStep *advised
	var wrongUsage *usageError
	switch {
	case errors.As(err, &wrongUsage):
		code, next = exitUsage, wrongUsage.next
	case errors.As(err, &withStep):
		next = withStep.next
	}
	fmt.Fprintf(w, "wapulse: %s\nnext: %s\n", oneLine(err.Error()), oneLine(next))
	return code
}

// oneLine keeps an error in its line and its control characters off the terminal: it may quote what came from elsewhere.
func oneLine(s string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return ' '
		case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(clean), " ")
}
