package control

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"
)

// Request is a command as it is asked for.
type Request struct {
	Args     []string `json:"args"`
	Dir      string   `json:"dir"`               // that relative file names begin in
	Environ  []string `json:"environ,omitempty"` // NAME=value, as far as commands look at it
	Terminal Terminal `json:"terminal"`
	Stdin    bool     `json:"stdin"` // there is an input

	// The server that the command is meant for, if one was named; it must be the one that the sessions use.
	Endpoint string `json:"endpoint,omitempty"`
	RootKey  string `json:"root_key,omitempty"`
	// The address of the proxy that the command is to go through, if one was named, without user and password; it must be the one that all sessions use.
	Proxy string `json:"proxy,omitempty"`
}

// Terminal is what a command may know of the terminal it was called from.
type Terminal struct {
	StdinTTY  bool `json:"stdin_tty"`
	StdoutTTY bool `json:"stdout_tty"`
	StderrTTY bool `json:"stderr_tty"`
	Columns   int  `json:"columns"` // 0 if it is none
	Rows      int  `json:"rows"`
	NoColor   bool `json:"no_color"`
}

// Size is a terminal's.
type Size struct {
	Columns int `json:"columns"`
	Rows    int `json:"rows"`
}

// Call is a command with its streams, on either side of the socket.
type Call struct {
	Request
	Stdin          io.Reader // not nil in a Handler
	Stdout, Stderr io.Writer
	Size           func() Size // of the terminal now; nil for one who asks without a terminal, never in a Handler
}

// Handler runs a command and returns its exit code. It returns soon after ctx has ended. Writes are sent at once, so many small ones are better gathered.
type Handler func(ctx context.Context, call *Call) int

// About says who serves.
type About struct {
	PID      int       `json:"pid"`
	Version  string    `json:"version"`
	Since    time.Time `json:"since"`
	Database string    `json:"database"`
}

func (r *Request) check() error {
	switch {
	case len(r.Args) == 0:
		return errors.New(`"args" names no command`)
	case !filepath.IsAbs(r.Dir):
		return errors.New(`"dir" is no absolute path`)
	}
	return nil
}

// line is one line of the answer.
type line struct {
	ID          string `json:"id,omitempty"`
	Want        string `json:"want,omitempty"`
	Stdout      string `json:"stdout,omitempty"`
	StdoutBytes []byte `json:"stdout_base64,omitempty"`
	Stderr      string `json:"stderr,omitempty"`
	StderrBytes []byte `json:"stderr_base64,omitempty"`
	Exit        *int   `json:"exit,omitempty"`
}

// wantStdin asks for the input.
const wantStdin = "stdin"

// refusal is the body of an answer that is none.
type refusal struct {
	Error   string `json:"error"`
	Closing bool   `json:"closing,omitempty"` // soon there is nobody here
}
