//go:build !windows

package control

import (
	"os"
	"syscall"
	"testing"
)

func TestTheSocketIsTheOwnersAlone(t *testing.T) {
	before := syscall.Umask(0)
	defer syscall.Umask(before)
	path, _ := serving(t, quiet, nil)
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600|os.ModeSocket {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
