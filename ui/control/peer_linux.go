package control

import (
	"net"

	"golang.org/x/sys/unix"
)

// peerUser asks the kernel whose process is on the other side. Known is false where it does not say.
func peerUser(conn *net.UnixConn) (uid int, known bool, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, true, err
	}
	var peer *unix.Ucred
	var asked error
	if err := raw.Control(func(fd uintptr) { peer, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return 0, true, err
	}
	if asked != nil {
		return 0, true, asked
	}
	return int(peer.Uid), true, nil
}
