package control

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func quiet(context.Context, *Call) int { return 3 }

func ask(t *testing.T, path string) (int, error) {
	t.Helper()
	return Run(t.Context(), path, Call{Request: request("x"), Stdout: io.Discard, Stderr: io.Discard})
}

func TestPathFor(t *testing.T) {
	dir := folder(t)
	db := filepath.Join(dir, "wapulse.db")
	if err := os.WriteFile(db, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.db")
	if err := os.Symlink(db, link); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	want, err := PathFor(db)
	if err != nil || !strings.HasSuffix(want, "wapulse.db.sock") {
		t.Fatal(want, err)
	}
	for _, name := range []string{"wapulse.db", link, "./link.db"} {
		if got, err := PathFor(name); got != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", name, got, err, want)
		}
	}
}

func TestForeignersAreTurnedAway(t *testing.T) {
	foreign := func(*net.UnixConn) (int, bool, error) { return os.Geteuid() + 1, true, nil }
	nobodyKnows := func(*net.UnixConn) (int, bool, error) { return 0, true, errors.New("no answer") }
	path, _ := serving(t, quiet, nil)
	for name, who := range map[string]credentials{"foreign": foreign, "unknown": nobodyKnows} {
		t.Run(name, func(t *testing.T) {
			theirs := filepath.Join(folder(t), "db.sock")
			l, err := listen(theirs, who)
			if err != nil {
				t.Fatal(err)
			}
			s := Serve(l, about(), func(context.Context, *Call) int { t.Error("it ran"); return 0 }, nil)
			defer closed(t, s)
			if _, err := ask(t, theirs); err == nil || errors.Is(err, ErrNobody) {
				t.Errorf("a foreign client: %v", err)
			}
			_, err = run(t.Context(), path, Call{Request: request("x")}, patience, who)
			if !errors.Is(err, ErrNobody) || !errors.Is(err, ErrForeign) {
				t.Errorf("a foreign server: %v", err)
			}
		})
	}
}

// A socket that a killed process has left is nobody's, and is replaced; a file that is none is left alone.
func TestAStaleSocketIsTakenOver(t *testing.T) {
	path := filepath.Join(folder(t), "db.sock")
	if _, err := ask(t, path); !errors.Is(err, ErrNobody) {
		t.Errorf("without a socket: %v", err)
	}
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	_ = stale.Close()
	if _, err := ask(t, path); !errors.Is(err, ErrNobody) {
		t.Errorf("with a stale socket: %v", err)
	}
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	s := Serve(l, about(), quiet, nil)
	if code, err := ask(t, path); code != 3 || err != nil {
		t.Error(code, err)
	}
	closed(t, s)
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(t, path); !errors.Is(err, ErrNobody) {
		t.Errorf("with a file: %v", err)
	}
	if _, err := Listen(path); !errors.Is(err, ErrNoSocket) {
		t.Errorf("over a file: %v", err)
	}
	if data, _ := os.ReadFile(path); string(data) != "precious" {
		t.Error("a file was taken away")
	}
}

// Where the path is too long for an address, the socket is in the runtime folder, and found there, from another environment too.
func TestALongPath(t *testing.T) {
	runtimeDir, tmp := folder(t), folder(t)
	for name, setting := range map[string]string{"runtime folder": runtimeDir, "temporary folder": ""} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_RUNTIME_DIR", setting)
			t.Setenv("TMPDIR", tmp)
			dir := filepath.Join(folder(t), strings.Repeat("long/", 30))
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "wapulse.db.sock")
			l, err := Listen(path)
			if err != nil {
				t.Fatal(err)
			}
			s := Serve(l, about(), quiet, nil)
			address := l.Addr().String()
			info, err := os.Stat(address)
			if err != nil || info.Mode() != 0o600|os.ModeSocket || !strings.HasPrefix(address, cmp.Or(setting, tmp)) {
				t.Errorf("%s: %v, %v", address, info, err)
			}
			if parent, err := os.Stat(filepath.Dir(address)); err != nil || parent.Mode().Perm() != 0o700 {
				t.Errorf("its folder: %v, %v", parent, err)
			}
			if code, err := ask(t, path); code != 3 || err != nil {
				t.Error(code, err)
			}
			t.Setenv("XDG_RUNTIME_DIR", folder(t))
			if code, err := ask(t, path); code != 3 || err != nil {
				t.Errorf("from another environment: %d, %v", code, err)
			}
			closed(t, s)
			for _, gone := range []string{path, address} {
				if _, err := os.Lstat(gone); err == nil {
					t.Errorf("%s is left", gone)
				}
			}
		})
	}
}

// A folder that others can look into, or a link that leads elsewhere, is not trusted with the socket.
func TestARuntimeFolderThatIsNotOurs(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"open":   func(path string) error { return errors.Join(os.Mkdir(path, 0o700), os.Chmod(path, 0o755)) },
		"a link": func(path string) error { return os.Symlink(filepath.Dir(path), path) },
		"a file": func(path string) error { return os.WriteFile(path, nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_RUNTIME_DIR", folder(t))
			if err := spoil(runtimeFolder()); err != nil {
				t.Fatal(err)
			}
			_, err := Listen("/" + strings.Repeat("long/", 30) + "wapulse.db.sock")
			if !errors.Is(err, errSocketPath) {
				t.Error(err)
			}
		})
	}
}
