//go:build !windows

package control

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

func ownedByUs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

func isPrivate(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }

// nobodyListens says whether a dial failed because there is no socket, or none that somebody who concerns us listens on.
func nobodyListens(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ECONNREFUSED) ||
		errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENOTSOCK)
}
