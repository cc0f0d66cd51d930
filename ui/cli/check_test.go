package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/simulator"
)

// pairedDatabase is one with a session, known to the server.
func pairedDatabase(t *testing.T) (server *simulator.Server, db string, common []string) {
	t.Helper()
	server, flags := serverFor(t)
	db = filepath.Join(shortFolder(t), "wapulse.db")
	common = append(strings.Fields(flags), "--db", db)
	code, _, errs := pairOver(t, server, append(slices.Clone(common), "pair", "sales", "--format", "raw"))
	if code != 0 {
		t.Fatalf("pair: %d, %s", code, errs)
	}
	return server, db, common
}

// answersOf are the verdicts in lines of JSON, in their order.
func answersOf(t *testing.T, out string) []string {
	t.Helper()
	var list []string
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var r check.Result
		if err := decoder.Decode(&r); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		list = append(list, fmt.Sprintf("%s %s %s %s", r.Input, r.E164, r.Verdict, r.JID))
	}
}

// answeredIn is how many items of the newest job are answered.
func answeredIn(t *testing.T, common []string) int64 {
	t.Helper()
	got := run(t, append(slices.Clone(common), "check", "--jobs", "--json")...)
	var job struct{ Answered int64 }
	if err := json.NewDecoder(strings.NewReader(got.out)).Decode(&job); err != nil {
		t.Fatalf("%v in %+v", err, got)
	}
	return job.Answered
}

// A bulk check that is killed at any moment goes on: the whole comes out as from one that nobody disturbed, and nothing is asked twice but what was asked
// and not yet stored when it was killed.
func TestAKilledCheckGoesOn(t *testing.T) {
	const numbers, batch, kills = 2000, 10, 5
	server, _, common := pairedDatabase(t)
	input := filepath.Join(t.TempDir(), "in.txt")
	write(t, input, manyNumbers(numbers))
	settings := []string{"--rate", "-1", "--batch", fmt.Sprint(batch), "--fresh", "--yes", "--ordered", "--json"}
	whole := run(t, append(append(slices.Clone(common), "check", input), settings...)...)
	if whole.code != 0 {
		t.Fatalf("undisturbed: %+v", whole)
	}
	want := answersOf(t, whole.out)
	if len(want) != numbers {
		t.Fatalf("%d answers", len(want))
	}
	if err := server.SetFaults("", func(f *simulator.Faults) { f.DelayMS, f.JitterMS = 20, 20 }); err != nil {
		t.Fatal(err)
	}
	before := server.Stats().NumbersChecked
	args := append(append(slices.Clone(common), "check", input), settings...)
	lost := int64(0) // asked, and not stored
	for i := range kills {
		killAfter(t, server, args, uint64(batch*(1+rand.IntN(numbers/batch/kills))))
		asked := int64(server.Stats().NumbersChecked - before)
		gone := asked - answeredIn(t, common) - lost
		if gone < 0 || gone > 12*batch {
			t.Errorf("kill %d: %d asked and not stored", i, gone)
		}
		lost += gone
		args = append(slices.Clone(common), "check", "--resume", "--ordered", "--json")
	}
	rest := run(t, args...)
	if rest.code != 0 {
		t.Fatalf("resumed: %+v", rest)
	}
	if got := answersOf(t, rest.out); !slices.Equal(got, want) {
		t.Errorf("the answers differ: %d of them, undisturbed %d", len(got), len(want))
	}
	if asked := int64(server.Stats().NumbersChecked - before); asked != numbers+lost {
		t.Errorf("%d numbers were asked, of %d with %d lost in kills", asked, numbers, lost)
	}
	again := run(t, args...)
	if again.code != 0 || again.out != rest.out || int64(server.Stats().NumbersChecked-before) != numbers+lost {
		t.Errorf("with nothing left: exit code %d, %s", again.code, again.err)
	}
}

// killAfter runs the program until so many more numbers were asked, and kills it.
func killAfter(t *testing.T, server *simulator.Server, args []string, more uint64) {
	t.Helper()
	begin := server.Stats().NumbersChecked
	cmd := exec.Command(binary(t), args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "so many numbers asked", func() bool { return server.Stats().NumbersChecked >= begin+more })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatalf("it had ended: %v, %s", err, errs.String())
	}
	_ = cmd.Wait() // killed
	waitFor(t, "the server notices", func() bool { return server.Stats().Online == 0 })
}

// Ctrl-C and SIGTERM end a check with what can be done next, alone and in a holder; so does the end of the holder.
func TestAnInterruptedCheck(t *testing.T) {
	for _, name := range []string{"alone", "through a holder", "with its holder"} {
		t.Run(name, func(t *testing.T) {
			server, db, common := pairedDatabase(t)
			if err := server.SetFaults("", func(f *simulator.Faults) { f.DelayMS = 50 }); err != nil {
				t.Fatal(err)
			}
			var h *holder
			if name != "alone" {
				h = hold(t, db, common[:4]...).answering()
			}
			input := filepath.Join(t.TempDir(), "in.txt")
			write(t, input, manyNumbers(500))
			begin := server.Stats().NumbersChecked
			cmd := exec.Command(binary(t), append(slices.Clone(common), "check", input, "--json")...)
			var out, errs text
			cmd.Stdout, cmd.Stderr = &out, &errs
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			waitFor(t, "the first answers are printed", func() bool { return strings.Count(out.String(), "\n") >= 50 })
			if name == "with its holder" {
				h.end()
			} else if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // the code says how
			if code := cmd.ProcessState.ExitCode(); code != 130 {
				t.Errorf("exit code %d", code)
			}
			if said := errs.String(); !strings.Contains(said, "wapulse: interrupted: ") || !strings.Contains(said, "next: wapulse check --resume 1 prints it all and goes on") {
				t.Errorf("it says %s", said)
			}
			printed, asked := len(answersOf(t, out.String())), server.Stats().NumbersChecked-begin
			if kept := answeredIn(t, common); kept < int64(printed) || kept >= 500 || int64(asked) < kept {
				t.Errorf("%d printed, %d kept, %d asked", printed, kept, asked)
			}
		})
	}
}

// A terminal that is typed into is read until Ctrl-C, too.
func TestCheckOnATerminal(t *testing.T) {
	server, _, common := pairedDatabase(t)
	input := filepath.Join(t.TempDir(), "in.txt")
	write(t, input, manyNumbers(1001))
	if err := server.SetFaults("", func(f *simulator.Faults) { f.DelayMS = 500 }); err != nil {
		t.Fatal(err)
	}
	flags := strings.Join(common, " ")
	p := newPane(t, 100, 30)
	p.start(flags + " check " + input)
	p.waitFor("Ask 1,001 numbers? [y/N]")
	p.send("n", "Enter")
	p.waitFor("not begun: nothing was asked", "exit code 130")
	p.send("clear", "Enter")
	p.start(flags + " check " + input)
	p.waitFor("Ask 1,001 numbers? [y/N]")
	p.send("y", "Enter")
	p.waitFor("░", "/1,001", "registered")
	p.send("C-c")
	p.waitFor("next: wapulse check --resume 2", "exit code 130")
	p.send("clear", "Enter")
	p.start(flags + " check -")
	p.waitFor("Ctrl-D ends it")
	p.send("+6281200000002", "Enter", "C-c")
	p.waitFor("interrupted while the input was read", "exit code 130")
	p.send("clear", "Enter")
	p.start(flags + " check --resume 2 --rate 1")
	p.waitFor("a job goes on as it began", "exit code 2")
	if got := run(t, append(slices.Clone(common), "check", "--jobs")...); strings.Count(got.out, "in.txt") != 1 || strings.Contains(got.out, "stdin") {
		t.Errorf("%+v", got)
	}
	p.send("clear", "Enter")
	p.start(flags + " check --delete 2")
	p.waitFor("Delete job 2, ", "with its 1,001 numbers", "[y/N]")
	p.send("n", "Enter")
	p.waitFor("nothing was deleted", "exit code 130")
	p.send("clear", "Enter")
	p.start(flags + " check --delete 2")
	p.waitFor("[y/N]")
	p.send("y", "Enter")
	p.waitFor("Deleted job 2, ", "exit code 0")
}

// A session that is banned in mid-job is not asked again; the check says so at once, and the rest is not answered.
func TestABanInMidJob(t *testing.T) {
	server, _, common := pairedDatabase(t)
	input := filepath.Join(t.TempDir(), "in.txt")
	write(t, input, manyNumbers(1000))
	if err := server.SetFaults("", func(f *simulator.Faults) {
		f.DelayMS = 50
	}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary(t), append(slices.Clone(common), "check", input, "--json", "--ordered")...)
	var out, errs text
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the first answers are printed", func() bool { return strings.Contains(out.String(), "registered") })
	if err := server.SetFaults("", func(f *simulator.Faults) { f.Failure = &simulator.LoginFailure{Reason: 402, Code: 101, Expire: 3600} }); err != nil {
		t.Fatal(err)
	}
	if err := server.Drop(""); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the code says how
	said := errs.String()
	if code := cmd.ProcessState.ExitCode(); code != 3 || !strings.Contains(said, "sales: asks no more: ") || !strings.Contains(said, "are not answered") {
		t.Errorf("exit code %d, %s", code, said)
	}
	if got := answersOf(t, out.String()); len(got) != 1000 || !strings.Contains(got[999], "unverified") {
		t.Errorf("%d lines, the last %s", len(got), got[len(got)-1])
	}
}
