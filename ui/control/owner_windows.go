package control

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/windows"
)

// Modes and numbers of users mean nothing here: who can reach a file is decided by the access control list that it inherits.
func ownedByUs(fs.FileInfo) bool { return true }
func isPrivate(fs.FileInfo) bool { return true }

// nobodyListens says whether a dial failed because there is no socket, or none that somebody who concerns us listens on.
func nobodyListens(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, windows.WSAECONNREFUSED) ||
		errors.Is(err, windows.WSAEINVAL) || errors.Is(err, windows.WSAENETDOWN)
}
