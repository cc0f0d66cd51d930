//go:build unix

package graphics

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// canWait says whether answers can be told from keys here.
const canWait = true

// readable waits for input. It is select, as poll knows no terminals on some systems.
func readable(file *os.File, wait time.Duration) bool {
	fd := int(file.Fd())
	if fd >= unix.FD_SETSIZE {
		return false
	}
	for {
		var files unix.FdSet
		files.Set(fd)
		left := unix.NsecToTimeval(wait.Nanoseconds())
		n, err := unix.Select(fd+1, &files, nil, nil, &left)
		if err == unix.EINTR {
			continue
		}
		return err == nil && n > 0
	}
}

// cellSizeOf is the size of a cell in pixels as the terminal's driver knows it; zero if it does not.
func cellSizeOf(file *os.File) (width, height int) {
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 || size.Row == 0 {
		return 0, 0
	}
	return int(size.Xpixel / size.Col), int(size.Ypixel / size.Row)
}
