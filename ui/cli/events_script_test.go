package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// followersKey is that of a script's followers, by their files.
type followersKey struct{}

// follower is a wapulse that follows the events.
type follower struct {
	cmd    *exec.Cmd
	stderr *text
}

func followersOf(ts *testscript.TestScript) map[string]*follower {
	all, ok := ts.Value(followersKey{}).(map[string]*follower)
	if !ok {
		ts.Fatalf("there are no followers")
	}
	return all
}

func scriptFollow(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "wapulse"), append([]string{"events", "--follow"}, args[1:]...)...)
	for _, name := range []string{"WAPULSE_DB", "WAPULSE_ENDPOINT", "WAPULSE_ROOT_KEY", "TZ"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	out, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	f := &follower{cmd: cmd, stderr: &text{}}
	cmd.Stdout, cmd.Stderr = out, f.stderr
	ts.Check(cmd.Start())
	ts.Check(out.Close())
	followersOf(ts)[args[0]] = f
	ts.Defer(func() { _ = cmd.Process.Kill() }) // does nothing to one that has ended
}

func scriptAwaits(ts *testscript.TestScript, _ bool, args []string) { awaitLine(ts, args, func() {}) }

func scriptPinged(ts *testscript.TestScript, _ bool, args []string) {
	awaitLine(ts, args, func() { ts.Check(ts.Exec("wapulse", "ping", "sales")) })
}

// awaitLine waits until a file has a line that matches, and does something each time that it has not.
func awaitLine(ts *testscript.TestScript, args []string, meanwhile func()) {
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	late := time.After(patience)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		ts.Check(err)
		if pattern.Match(data) {
			return
		}
		meanwhile()
		select {
		case <-look.C:
		case <-late:
			ts.Fatalf("%s has nothing that matches %s: %s\n%s", args[0], args[1], followersOf(ts)[args[0]].stderr, data)
		}
	}
}

func scriptUnfollow(ts *testscript.TestScript, _ bool, args []string) {
	f := followersOf(ts)[args[1]]
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if want == 0 {
		ts.Check(f.cmd.Process.Signal(os.Interrupt))
	}
	err = f.cmd.Wait()
	code := 0
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		code, err = failed.ExitCode(), nil
	}
	ts.Check(err)
	if code != want {
		ts.Fatalf("exit code %d, not %d: %s", code, want, f.stderr)
	}
}
