//go:build unix

package store

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestWhatCannotBeWritten: a file and a folder that the user may only read are said to be so, and stay as they are. Root may write everywhere, so
// under root the test runs in a process of somebody else.
func TestWhatCannotBeWritten(t *testing.T) {
	if os.Getuid() == 0 {
		asSomebodyElse(t)
		return
	}
	for name, shield := range map[string]func(path string) error{
		"file":   func(path string) error { return os.Chmod(path, 0o400) },
		"folder": func(path string) error { return os.Chmod(filepath.Dir(path), 0o500) },
		"file and folder": func(path string) error {
			return errors.Join(os.Chmod(path, 0o400), os.Chmod(filepath.Dir(path), 0o500))
		},
		"unreadable": func(path string) error { return os.Chmod(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sub", "w.db")
			s := open(t, path)
			create(t, s, "a")
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := shield(path); err != nil {
				t.Fatal(err)
			}
			// In a process of its own: SQLite may use a descriptor again that this one has had open for writing.
			if out, err := child(t, "reader", path).CombinedOutput(); err == nil || !strings.Contains(string(out), ErrReadOnly.Error()) {
				t.Errorf("got %v: %s", err, out)
			}
			if name != "unreadable" {
				if records, err := List(t.Context(), path); err != nil || len(records) != 1 {
					t.Errorf("what may only be read can be listed all the same: %v, %v", records, err)
				}
			}
			if err := errors.Join(os.Chmod(filepath.Dir(path), 0o700), os.Chmod(path, 0o600)); err != nil { //nolint:gosec // a folder
				t.Fatal(err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
				t.Errorf("the file was changed, %v", err)
			}
			create(t, open(t, path), "writable again")
		})
	}
	if _, err := Open(t.Context(), Options{Path: "/proc/none/w.db"}); err == nil {
		t.Error("a folder that cannot be made was accepted")
	}
}

// asSomebodyElse runs the calling test in a process without root's rights.
func asSomebodyElse(t *testing.T) {
	t.Helper()
	folder, err := os.MkdirTemp("", "wapulse-store-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	const nobody = 65534
	if err := errors.Join(os.Chmod(folder, 0o755), os.Mkdir(filepath.Join(folder, "tmp"), 0o700), os.Chown(filepath.Join(folder, "tmp"), nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(folder, "test")
	copyOfThis(t, copied)
	c := exec.CommandContext(t.Context(), copied, "-test.run=^"+t.Name()+"$", "-test.v")
	c.Dir = folder
	c.Env = append(os.Environ(), "TMPDIR="+filepath.Join(folder, "tmp"))
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

func copyOfThis(t *testing.T, to string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = from.Close() }()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(f, from); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
