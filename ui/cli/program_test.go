package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// built is the program itself, built once for the tests that run it as people do.
type built struct {
	once   sync.Once
	folder string
	path   string
	err    error
}

var program built

func (b *built) build() {
	if b.folder, b.err = os.MkdirTemp("", "wapulse-test-"); b.err != nil {
		return
	}
	b.path = filepath.Join(b.folder, "wapulse")
	if out, err := exec.Command("go", "build", "-o", b.path, "github.com/wapulse/wapulse").CombinedOutput(); err != nil {
		b.err = fmt.Errorf("build the program: %w\n%s", err, out)
	}
}

func (b *built) remove() {
	if b.folder != "" {
		_ = os.RemoveAll(b.folder)
	}
}

// binary returns the path of the program.
func binary(t testing.TB) string {
	t.Helper()
	program.once.Do(program.build)
	if program.err != nil {
		t.Fatal(program.err)
	}
	return program.path
}
