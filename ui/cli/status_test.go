package cli_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"testing"

	"github.com/wapulse/wapulse/ui/cli"
)

// TestStatusWatchGoesOnWithoutItsHolder: an object a line, from whoever can tell; Ctrl-C ends it with the code of the last one.
func TestStatusWatchGoesOnWithoutItsHolder(t *testing.T) {
	o := newOperator(t)
	h := o.hold()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	read, write := io.Pipe()
	code := make(chan int, 1)
	var errs text
	go func() {
		code <- cli.Execute(ctx, o.line("status", "--watch", "--json"), nil, write, &errs)
		_ = write.Close()
	}()
	lines := bufio.NewScanner(read)
	lines.Buffer(nil, 1<<20)
	told := func() (s struct {
		Running bool
		Health  string
		Active  int `json:"active_connections"`
	}) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("nothing more is told: %v, %s", lines.Err(), errs.String())
		}
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for s := told(); s.Active != 1; s = told() {
		if !s.Running {
			t.Fatalf("with a holder: %+v", s)
		}
	}
	h.end()
	for s := told(); s.Running; s = told() {
	}
	if s := told(); s.Running || s.Active != 0 || s.Health != "UNHEALTHY" {
		t.Errorf("without one: %+v", s)
	}
	interrupt()
	go func() {
		for lines.Scan() { // what was under way
		}
	}()
	if got := <-code; got != 2 {
		t.Errorf("exit code %d, %s", got, errs.String())
	}
}
