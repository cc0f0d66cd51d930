//go:build unix

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// prepareFolder makes the database's folder if need be. The default folder is wapulse's own and is made private; of any other it is only said if others can
// read it.
func prepareFolder(folder string, ours bool, warn func(string)) error {
	info, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return explain(os.MkdirAll(folder, 0o700))
	}
	if err != nil {
		return explain(err)
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if !ours {
		if info.Mode().Perm()&0o055 != 0 {
			warn(fmt.Sprintf("other users can look into %s; the database file itself is yours alone (0600)", folder))
		}
		return nil
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		return explain(err)
	}
	warn(fmt.Sprintf("other users could read %s: it is yours alone now (0700)", folder))
	return nil
}

// protectFiles makes whatever is there of the database the owner's alone, and lets SQLite make further files so.
func protectFiles(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o600)
	if err != nil {
		return explain(fmt.Errorf("open %s: %w", filepath.Base(path), err))
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	// What the owner has forbidden himself stays forbidden. SQLite gives the files beside it the same mode, and so does this.
	mode := info.Mode().Perm() & 0o600
	for suffix, mode := range map[string]fs.FileMode{"": mode, "-wal": mode, "-shm": mode, ".lock": 0o600, ".holder": 0o600} {
		if err := os.Chmod(path+suffix, mode); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return explain(fmt.Errorf("protect %s: %w", filepath.Base(path+suffix), err))
		}
	}
	return nil
}
