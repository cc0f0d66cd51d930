package newfile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"go.uber.org/goleak"

	"github.com/wapulse/wapulse/ui/newfile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// alone says whether only files of these names are in a folder.
func alone(t *testing.T, folder string, names ...string) {
	t.Helper()
	list, err := os.ReadDir(folder)
	if err != nil || len(list) != len(names) {
		t.Fatalf("%v, %v; want %q", list, err, names)
	}
	for i, name := range names {
		if list[i].Name() != name {
			t.Errorf("there is %s, want %s", list[i].Name(), name)
		}
	}
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestAFileIsWholeOrNotThere(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "report")
	failed := errors.New("half of it")
	if err := newfile.Write(path, func(w io.Writer) error { return errors.Join(text("half")(w), failed) }); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	alone(t, folder)
	if err := newfile.Write(path, text("all")); err != nil {
		t.Fatal(err)
	}
	alone(t, folder, "report")
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := newfile.Write(path, text("another")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	if data, err := os.ReadFile(path); string(data) != "all" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestWhatCameMeanwhileIsLeftAlone(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "media")
	if err := newfile.Vacant(path, false); err != nil {
		t.Fatal(err)
	}
	file, err := newfile.Create(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	var at *fs.PathError
	if err := file.Place(path, false); !errors.As(err, &at) || !errors.Is(err, fs.ErrExist) || at.Path != path {
		t.Errorf("got %v", err)
	}
	file.Discard()
	alone(t, folder, "media")

	file, err = newfile.Create(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Discard()
	if err := errors.Join(text("ours")(file), file.Place(path, true)); err != nil {
		t.Fatal(err)
	}
	alone(t, folder, "media")
	if data, err := os.ReadFile(path); string(data) != "ours" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestAFolderIsNotReplaced(t *testing.T) {
	folder := t.TempDir()
	for _, replace := range []bool{false, true} {
		if err := newfile.Vacant(folder, replace); err == nil || errors.Is(err, fs.ErrExist) {
			t.Errorf("replace %v: %v", replace, err)
		}
	}
	if err := newfile.Write(filepath.Join(folder, "nowhere", "report"), text("all")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
