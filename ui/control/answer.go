package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"
)

// heartbeatEvery is how often a command that says nothing shows that it is there.
const heartbeatEvery = 5 * time.Second

// longestPiece is how much output a line carries.
const longestPiece = 32 << 10

var errOver = errors.New("the command is over")

// answer is the stream of lines to the client. It may be used by many goroutines.
type answer struct {
	w     http.ResponseWriter
	flush func() error
	gone  func() // called when the client takes no more

	mu   sync.Mutex
	over bool
}

func (a *answer) send(l line) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sendLocked(l)
}

func (a *answer) sendLocked(l line) error {
	if a.over {
		return errOver
	}
	data, err := json.Marshal(l)
	if err == nil {
		_, err = a.w.Write(append(data, '\n'))
	}
	if err == nil {
		err = a.flush()
	}
	if err != nil {
		a.over = true
		a.gone()
	}
	return err
}

// end says how the command ended. Nothing is sent after it.
func (a *answer) end(code int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_ = a.sendLocked(line{Exit: &code}) // who does not take it has gone
	a.over = true
}

// live sends signs of life until ctx ends: a client that is no longer there is found by them, and a server by its client.
func (a *answer) live(ctx context.Context, every time.Duration) {
	beat := time.NewTicker(every)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			if a.send(line{}) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// output is one of the command's two.
type output struct {
	to       *answer
	isStderr bool
}

func (o output) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		piece := p[:min(len(p), longestPiece)]
		if err := o.to.send(o.line(piece)); err != nil {
			return written, err
		}
		written += len(piece)
		p = p[len(piece):]
	}
	return written, nil
}

func (o output) line(piece []byte) line {
	text := utf8.Valid(piece)
	switch {
	case o.isStderr && text:
		return line{Stderr: string(piece)}
	case o.isStderr:
		return line{StderrBytes: piece}
	case text:
		return line{Stdout: string(piece)}
	default:
		return line{StdoutBytes: piece}
	}
}

// input is the command's. The client sends it only once somebody reads.
type input struct {
	from io.Reader
	out  *answer
	ask  sync.Once
}

func (i *input) Read(p []byte) (int, error) {
	i.ask.Do(func() { _ = i.out.send(line{Want: wantStdin}) }) // if that fails, the command is cancelled
	return i.from.Read(p)
}
