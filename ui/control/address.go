package control

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// PathFor is where the socket of a database is. Whatever name the database is opened by, it is the same.
func PathFor(db string) (string, error) {
	path, err := filepath.Abs(db)
	if err != nil {
		return "", fmt.Errorf("find the socket: %w", err)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	return path + ".sock", nil
}

// longestPath is how many bytes the system's address of a socket has for its path, the NUL at the end not counted.
func longestPath() int {
	if runtime.GOOS == "linux" || runtime.GOOS == "windows" {
		return 107
	}
	return 103
}

// reach is the path to dial for a socket that is said to be at path. One whose path is too long for an address is in the runtime folder, and what is at
// path is a link to it: it leads there from processes too whose environment names another folder.
func reach(path string) string {
	if len(path) <= longestPath() {
		return path
	}
	if target, err := os.Readlink(path); err == nil && filepath.IsAbs(target) && len(target) <= longestPath() {
		return target
	}
	return filepath.Join(runtimeFolder(), shortName(path))
}

// shortName names a socket whose path is too long after that path.
func shortName(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:8]) + ".sock"
}

// runtimeFolder is the user's own folder for sockets, or the place for one.
func runtimeFolder() string {
	if folder := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(folder) {
		return filepath.Join(folder, "wapulse")
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("wapulse-%d", os.Geteuid()))
}

// makePrivate makes a folder that is ours alone, or finds that it is.
func makePrivate(folder string) error {
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %w", errSocketPath, err)
	}
	info, err := os.Lstat(folder) // not through a link that somebody else has put there
	if err != nil {
		return fmt.Errorf("%w: %w", errSocketPath, err)
	}
	if !info.IsDir() || !ownedByUs(info) || !isPrivate(info) {
		return fmt.Errorf("%w: %s is not a private folder of ours", errSocketPath, folder)
	}
	return nil
}
