package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
)

// credentials says whose process is on the other side of a connection; known is false where nobody can tell.
type credentials func(*net.UnixConn) (uid int, known bool, err error)

// sameUser is nil if the process on the other side is one of our user's.
func (ask credentials) sameUser(conn *net.UnixConn) error {
	uid, known, err := ask(conn)
	if err != nil {
		return fmt.Errorf("%w: nobody can tell which: %w", ErrForeign, err)
	}
	if known && uid != os.Geteuid() {
		return fmt.Errorf("%w: %d", ErrForeign, uid)
	}
	return nil
}

// Listen makes the socket, for processes of this user only. Whoever calls it holds the database that the path belongs to: what is there of an earlier
// holder is replaced.
func Listen(path string) (net.Listener, error) {
	l, err := listen(path, peerUser)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	return l, nil
}

func listen(path string, ask credentials) (*listener, error) {
	if err := removeOld(path); err != nil {
		return nil, err
	}
	address, link := path, ""
	if len(path) > longestPath() {
		folder := runtimeFolder()
		if err := makePrivate(folder); err != nil {
			return nil, err
		}
		address = filepath.Join(folder, shortName(path))
		if err := removeOld(address); err != nil {
			return nil, err
		}
		if os.Symlink(address, path) == nil { // without one, the same environment leads there too
			link = path
		}
	}
	socket, err := net.ListenUnix("unix", &net.UnixAddr{Name: address, Net: "unix"})
	if err != nil {
		return nil, errors.Join(err, removeLink(link))
	}
	// Until this is done, the mask of the process decides who can connect; whoever does is asked for all the same.
	if err := os.Chmod(address, 0o600); err != nil {
		return nil, errors.Join(err, socket.Close(), removeLink(link))
	}
	return &listener{UnixListener: socket, ask: ask, link: link}, nil
}

// removeOld takes away a socket, or a link to one, that a killed process has left.
func removeOld(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&(fs.ModeSocket|fs.ModeSymlink) == 0 {
		return fmt.Errorf("%w: %s", ErrNoSocket, path)
	}
	return os.Remove(path)
}

func removeLink(link string) error {
	if link == "" {
		return nil
	}
	return os.Remove(link)
}

// listener lets in processes of this user only. Closing it removes the socket.
type listener struct {
	*net.UnixListener
	ask    credentials
	link   string      // to the socket, where its path is too long; "" for none
	turned func(error) // told of who was turned away; nil for nobody
}

// Accept returns the next connection of one who may connect. The others are closed without a word.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		foreign := l.ask.sameUser(conn)
		if foreign == nil {
			return conn, nil
		}
		_ = conn.Close()
		if l.turned != nil {
			l.turned(foreign)
		}
	}
}

// Close stops listening and removes the socket.
func (l *listener) Close() error {
	err := l.UnixListener.Close()
	if l.link != "" {
		err = errors.Join(err, removeLink(l.link))
	}
	return err
}
