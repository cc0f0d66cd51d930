package store

import (
	"errors"
	"fmt"
	"time"
)

// What can be wrong with a database. Each says the cause and what to do.
var (
	ErrLocked      = errors.New("the database is in use")
	ErrNewer       = errors.New("the database was written by a newer wapulse: update this one, or use another file with --db")
	ErrCorrupt     = errors.New("the database file is damaged: restore it from a copy, or move it away to begin anew (sessions must then be paired again)")
	ErrReadOnly    = errors.New("the database cannot be written: check the permissions of the file and of its folder")
	ErrDiskFull    = errors.New("the disk is full: make room; nothing that was stored is lost")
	ErrClosed      = errors.New("the database is closed")
	ErrBusy        = errors.New("another program holds the database: close it (an SQLite shell, a copy under way) and try again")
	ErrSlow        = errors.New("the database did not answer in time: another program holds it, or the disk is very slow")
	ErrForeign     = errors.New("this is another program's database: choose another file with --db")
	ErrNoFile      = errors.New("this is no file that can be a database")
	ErrWrongServer = errors.New("the credentials in this database belong to another server")
)

// LockedError says which process holds the database.
type LockedError struct {
	Path    string
	PID     int // 0 if it could not be read
	Since   time.Time
	Command string
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%v by another wapulse: %s", ErrLocked, e.Path)
	}
	return fmt.Sprintf("%v by process %d (%s, since %s): quit it first, or use another file with --db", ErrLocked, e.PID, e.Command,
		e.Since.Local().Format("2006-01-02 15:04:05"))
}

// Is makes errors.Is(err, ErrLocked) true.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }
