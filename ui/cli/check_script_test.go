package cli_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/ui/control"
)

// simulatorKey is that of a script's simulator.
type simulatorKey struct{}

// The commands as scripts, each with a simulator and a database of its own. Beside the usual commands of scripts there are:
//
//	pair NAME PHONE        pairs a session
//	exits CODE COMMAND…    runs a command that must end with that code
//	numbers NUMBER=WORD…   says what is registered, as the simulator's control API does
//	fault rate-limit N     has the server answer one check with 429, and want N seconds of rest
//	fault delay N          has every answer come N milliseconds later
//	checked N              that many numbers have been asked since the simulator began
//	answering              waits until the holder of the database answers
//	follow FILE ARG…       begins wapulse events --follow, with its output in FILE
//	awaits FILE PATTERN    waits until that has a line which matches
//	pinged FILE PATTERN    pings with the session "sales" until that is so
//	unfollow CODE FILE     interrupts it, if it still runs, and wants it to end with that code
//	running JOB            waits until the holder of the database runs that job
//	picture PHONE FROM     has somebody send a picture to the session with that phone; its message is $MEDIA
//	lines N                makes in.txt with so many numbers
//	healthy                waits until wapulse status ends with 0
func TestScripts(t *testing.T) {
	program := filepath.Dir(binary(t))
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			server, err := simulator.New(simulator.Options{})
			if err != nil {
				return err
			}
			env.Defer(server.Close)
			env.Values[simulatorKey{}], env.Values[followersKey{}] = server, map[string]*follower{}
			folder, err := os.MkdirTemp("", "wapulse-") // short enough for a socket in it
			if err != nil {
				return err
			}
			env.Defer(func() { _ = os.RemoveAll(folder) })
			key := server.RootKey()
			for name, value := range map[string]string{
				"PATH": program + string(os.PathListSeparator) + env.Getenv("PATH"), "TZ": "UTC", "WAPULSE_DB": filepath.Join(folder, "wapulse.db"),
				"WAPULSE_ENDPOINT": server.URL(), "ENDPOINT": server.URL(), "WAPULSE_ROOT_KEY": hex.EncodeToString(key[:]),
			} {
				env.Setenv(name, value)
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"pair":      scriptPair,
			"exits":     scriptExits,
			"numbers":   scriptNumbers,
			"fault":     scriptFault,
			"checked":   scriptChecked,
			"answering": scriptAnswering,
			"picture":   scriptPicture,
			"lines":     scriptLines,
			"healthy":   scriptHealthy,
			"follow":    scriptFollow,
			"awaits":    scriptAwaits,
			"pinged":    scriptPinged,
			"unfollow":  scriptUnfollow,
			"running":   scriptRunning,
		},
	})
}

func simulatorOf(ts *testscript.TestScript) *simulator.Server {
	server, ok := ts.Value(simulatorKey{}).(*simulator.Server)
	if !ok {
		ts.Fatalf("there is no simulator")
	}
	return server
}

func scriptPair(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: pair NAME PHONE")
	}
	cmd := exec.Command("wapulse", "pair", args[0], "--format", "raw")
	cmd.Path = filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "wapulse")
	cmd.Err = nil
	for _, name := range []string{"WAPULSE_DB", "WAPULSE_ENDPOINT", "WAPULSE_ROOT_KEY"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	var errs text
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		ts.Fatalf("no code came: %v, %s", lines.Err(), errs.String())
	}
	ts.Check(simulatorOf(ts).Scan(strings.TrimSpace(lines.Text()), args[1], "Ada"))
	for lines.Scan() {
		ts.Logf("pair: %s", lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		ts.Fatalf("pair: %v, %s", err, errs.String())
	}
}

func scriptExits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var failed *exec.ExitError
		if !errors.As(err, &failed) {
			ts.Fatalf("%v", err)
		}
		code = failed.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, not %d", code, want)
	}
}

func scriptNumbers(ts *testscript.TestScript, _ bool, args []string) {
	numbers := make(map[string]string, len(args))
	for _, arg := range args {
		number, word, _ := strings.Cut(arg, "=")
		numbers[number] = word
	}
	ts.Check(simulatorOf(ts).SetNumbers(numbers))
}

func scriptFault(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 || args[0] != "rate-limit" && args[0] != "delay" {
		ts.Fatalf("usage: fault rate-limit SECONDS, or fault delay MILLISECONDS")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(simulatorOf(ts).SetFaults("", func(f *simulator.Faults) {
		if args[0] == "delay" {
			f.DelayMS = n
			return
		}
		f.IQError = &simulator.IQError{Code: 429, XMLNS: "usync", Count: 1, Backoff: n}
	}))
}

func scriptPicture(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: picture PHONE FROM")
	}
	id, err := simulatorOf(ts).SayMedia(args[0], args[1], "look", simulator.Media{Kind: "image", Data: []byte("a picture")})
	ts.Check(err)
	ts.Setenv("MEDIA", id)
}

func scriptChecked(ts *testscript.TestScript, _ bool, args []string) {
	if got := fmt.Sprint(simulatorOf(ts).Stats().NumbersChecked); got != args[0] {
		ts.Fatalf("%s numbers were asked, not %s", got, args[0])
	}
}

func scriptAnswering(ts *testscript.TestScript, _ bool, _ []string) {
	path, err := control.PathFor(ts.Getenv("WAPULSE_DB"))
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		_, err := control.Health(ctx, path)
		if err == nil {
			return
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			ts.Fatalf("the holder does not answer: %v", err)
		}
	}
}

func scriptHealthy(ts *testscript.TestScript, _ bool, _ []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for ts.Exec("wapulse", "status") != nil {
		select {
		case <-look.C:
		case <-ctx.Done():
			ts.Fatalf("never healthy")
		}
	}
}

func scriptRunning(ts *testscript.TestScript, _ bool, args []string) {
	want := fmt.Sprintf(`{"id":%s,`, args[0])
	for end := time.Now().Add(patience); ; {
		ts.Check(ts.Exec("wapulse", "check", "--jobs", "--json"))
		for line := range strings.Lines(ts.ReadFile("stdout")) {
			if strings.HasPrefix(line, want) && strings.Contains(line, `"state":"running"`) {
				return
			}
		}
		if time.Now().After(end) {
			ts.Fatalf("job %s does not run", args[0])
		}
	}
}

func scriptLines(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("in.txt"), []byte(manyNumbers(n)), 0o600))
}

// manyNumbers are lines with different numbers, one after the other.
func manyNumbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "+62812%08d\n", i)
	}
	return b.String()
}
