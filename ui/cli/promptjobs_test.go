package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/simulator"
)

// A file is checked from the prompt by its name, at the pace that accounts bear; another is stopped by the end of the dashboard, which says how it goes on.
func TestAFileFromThePromptInATerminal(t *testing.T) {
	server, _, common := pairedDatabase(t)
	p := newPane(t, 120, 40)
	file := filepath.Join(p.home, "numbers.txt")
	write(t, file, manyNumbers(120))
	p.start(strings.Join(common, " "))
	p.waitFor("● 1 connected")
	asked := server.Stats().NumbersChecked

	p.send("c")
	p.waitFor("one session can ask")
	p.send("'"+file+"'", "Enter")
	p.waitFor("Job 1:", "to ask            120", "queries             3", "takes             2 s", "⏎ starts it")
	if now := server.Stats().NumbersChecked; now != asked {
		t.Errorf("%d numbers were asked before anybody agreed", now-asked)
	}
	p.send("Escape")
	p.waitFor("job 1 is deleted: nothing was asked")
	p.send("'"+file+"'", "Enter")
	p.waitFor("Job 2:", "⏎ starts it")
	began := time.Now()
	p.send("Enter")
	p.waitFor("120 checked, 60 registered, 60 not registered", "100 %  120/120", "wapulse check --resume 2 --csv prints them all", "Answers", "of 120")
	if took := time.Since(began); took < 1500*time.Millisecond {
		t.Errorf("three queries took %v: the budget of 1 a second was not kept", took)
	}
	if now := server.Stats().NumbersChecked; now != asked+120 {
		t.Errorf("%d numbers were asked for 120", now-asked)
	}
	p.send("Escape")
	p.waitFor("q quit")

	if err := server.SetFaults("", func(f *simulator.Faults) { f.DelayMS = 300 }); err != nil {
		t.Fatal(err)
	}
	more := filepath.Join(p.home, "more.txt")
	write(t, more, strings.ReplaceAll(manyNumbers(1200), "+62812", "+62813"))
	p.send("c")
	p.waitFor("one session can ask")
	p.send("'"+more+"'", "Enter")
	p.waitFor("Job 3:", "⏎ starts it")
	p.send("Enter")
	p.waitFor(" 50/1,200", "x stops it")
	p.send("Escape")
	p.waitFor("q quit")
	p.send("q")
	p.waitFor("Job 3 can be resumed: wapulse check --resume 3", "exit code 0")
	if err := server.SetFaults("", func(f *simulator.Faults) { f.DelayMS = 0 }); err != nil {
		t.Fatal(err)
	}
	first := run(t, append(slices.Clone(common), "check", "--resume", "2", "--csv")...)
	if lines := strings.Count(first.out, "\n"); first.code != 0 || lines != 121 {
		t.Errorf("the job that is done: %d lines, code %d, %s", lines, first.code, first.err)
	}
	if jobs := run(t, append(slices.Clone(common), "check", "--jobs")...); strings.Contains(jobs.out, "unread") || !regexp.MustCompile(`(?m)^3 .*open`).MatchString(jobs.out) {
		t.Errorf("the jobs: %s%s", jobs.out, jobs.err)
	}
}

// Media are saved in the folder that the dashboard was started in, once.
func TestMediaFromTheEventsInATerminal(t *testing.T) {
	server, _, common := pairedDatabase(t)
	p := newPane(t, 120, 40)
	folder := t.TempDir()
	p.send("cd "+folder, "Enter")
	p.start(strings.Join(common, " "))
	p.waitFor("● 1 connected")
	id, err := server.SayMedia("+4915123456789", "+4915100000002", "look", simulator.Media{Kind: "image", Data: []byte("a picture")})
	if err != nil {
		t.Fatal(err)
	}
	p.send("e")
	p.waitFor(fmt.Sprintf("(image, %s)", id))
	p.send("Up")
	for range 40 { // other events may have come behind it
		if strings.Contains(p.waitFor("▸"), "d media") {
			break
		}
		p.send("Up")
	}
	p.waitFor("d media")
	p.send("d")
	p.waitFor("saved as " + folder)
	saved, err := os.ReadFile(filepath.Join(folder, "image-"+id+".jpg"))
	if err != nil || string(saved) != "a picture" {
		t.Errorf("%q, %v", saved, err)
	}
	p.send("d")
	p.waitFor("is there already, and was left alone")
	p.send("Escape")
	p.waitFor("q quit")
	p.send("q")
	p.waitFor("exit code 0")
}
