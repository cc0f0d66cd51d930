package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// holder is what the lock file tells about who holds it. The lock itself is the operating system's: after kill -9 it is free, whatever the file says.
type holder struct {
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Command string    `json:"command"`
}

// lock takes the database for this process.
func lock(path string) (*flock.Flock, error) {
	lockPath := path + ".lock"
	l := flock.New(lockPath, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	switch {
	case err != nil && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)):
		return nil, fmt.Errorf("%w: %w", ErrReadOnly, err)
	case err != nil:
		return nil, fmt.Errorf("lock the database: %w", err)
	case !ok:
		return nil, heldBy(path, lockPath)
	}
	// The holder is told in a file of its own: on some systems nobody can read a locked one.
	command := filepath.Base(os.Args[0])
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		command += " " + os.Args[1]
	}
	data, err := json.Marshal(holder{PID: os.Getpid(), Since: time.Now(), Command: command})
	if err == nil {
		err = os.WriteFile(holderPath(path), data, 0o600)
	}
	if err != nil {
		_ = l.Close()
		return nil, explain(fmt.Errorf("note who holds the database: %w", err))
	}
	return l, nil
}

// isFree says whether it is certain that no process holds the database.
func isFree(path string) bool {
	if _, err := os.Stat(path + ".lock"); err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	l := flock.New(path+".lock", flock.SetFlag(os.O_RDONLY))
	free, err := l.TryRLock()
	return errors.Join(err, l.Close()) == nil && free
}

func holderPath(path string) string { return path + ".holder" }

func heldBy(path, _ string) error {
	e := &LockedError{Path: path}
	var h holder
	if data, err := os.ReadFile(holderPath(path)); err == nil && json.Unmarshal(data, &h) == nil {
		e.PID, e.Since, e.Command = h.PID, h.Since, h.Command
	}
	return e
}
