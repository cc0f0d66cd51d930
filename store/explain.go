package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// explain adds to an error of SQLite or of the file system what it means here. The cause stays in the chain.
func explain(err error) error {
	if err == nil {
		return nil
	}
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		if meaning := meanings()[failure.Code()&0xff]; meaning != nil {
			return fmt.Errorf("%w: %w", meaning, err)
		}
		return err
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", ErrSlow, err)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return err
}

// meanings maps SQLite's primary result codes.
func meanings() map[int]error {
	return map[int]error{
		sqlite3.SQLITE_FULL: ErrDiskFull, sqlite3.SQLITE_CORRUPT: ErrCorrupt, sqlite3.SQLITE_NOTADB: ErrCorrupt,
		sqlite3.SQLITE_READONLY: ErrReadOnly, sqlite3.SQLITE_CANTOPEN: ErrReadOnly, sqlite3.SQLITE_PERM: ErrReadOnly,
		sqlite3.SQLITE_BUSY: ErrBusy, sqlite3.SQLITE_LOCKED: ErrBusy,
	}
}
