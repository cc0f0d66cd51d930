package ui

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
)

// fakeJobs notes what was asked of it. It runs nothing but what run does.
type fakeJobs struct {
	plan      check.Plan
	importErr error
	run       func(ctx context.Context, each func(check.Result), progress func(check.Progress)) error

	mu    sync.Mutex
	asked []string
}

func (f *fakeJobs) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fmt.Sprintf(format, args...))
}

func (f *fakeJobs) Import(_ context.Context, path, _ string, progress func(int64)) (check.Plan, string, error) {
	f.note("import %s", filepath.Base(path))
	progress(f.plan.Read)
	return f.plan, "one a line", f.importErr
}

func (f *fakeJobs) Run(ctx context.Context, job int64, each func(check.Result), progress func(check.Progress)) (check.Summary, error) {
	f.note("run %d", job)
	if f.run == nil {
		return check.Summary{}, nil
	}
	return check.Summary{}, f.run(ctx, each, progress)
}

func (f *fakeJobs) Delete(_ context.Context, job int64) error {
	f.note("delete %d", job)
	return nil
}

func (b *bench) mustJobs(want ...string) {
	b.t.Helper()
	b.jobs.mu.Lock()
	defer b.jobs.mu.Unlock()
	if !slices.Equal(b.jobs.asked, want) {
		b.t.Errorf("the jobs were asked %q, want %q", b.jobs.asked, want)
	}
}

func (b *bench) mustNotShow(texts ...string) {
	b.t.Helper()
	frame := b.model.View()
	for _, text := range texts {
		if strings.Contains(frame, text) {
			b.t.Errorf("the screen shows %q:\n%s", text, frame)
		}
	}
}

func aPlan() check.Plan {
	return check.Plan{
		Job:  check.Job{ID: 3, Name: "numbers.csv", Items: 120, Invalid: 1, Duplicates: 2, Settings: check.Settings{Batch: check.DefaultBatch}},
		Read: 120, Invalid: 1, Duplicates: 2, Cached: 7, ToAsk: 110, Queries: 3, Sessions: 1, Rate: 1, ETA: 2 * time.Second,
	}
}

// someResults are of a job, one of each verdict again and again.
func someResults(n int) []check.Result {
	var list []check.Result
	for _, e164 := range []string{"+14155550123", "+447400123456", "+4915123456789", "+5511987654321", "+6281260268381", "+66812345678"} {
		r := verdicts()[e164]
		r.Input, r.E164 = e164, e164
		list = append(list, r)
	}
	var results []check.Result
	for i := range n {
		results = append(results, list[i%len(list)])
	}
	return results
}

// news hands news of the job to the model, as if they had been waited for.
func (b *bench) news(news page.JobNews) { b.model.Update(jobNewsMsg{news}) }

// planned types the name of a file that is there, and reads it.
func (b *bench) planned() {
	b.t.Helper()
	b.model.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("c")})
	b.run(b.model.readFile("numbers.csv"))
}

// running starts the job, of which nothing comes but what the test says.
func (b *bench) running() {
	b.planned()
	b.model.Update(tea.KeyMsg{Type: tea.KeyEnter})
	results := someResults(60)
	var s check.Summary
	for _, r := range results {
		s.Add(r)
	}
	b.news(page.JobNews{
		Progress: &check.Progress{Total: 120, Done: 60, ToAsk: 110, Asked: 50, InFlight: 1, Sessions: 1, Rate: 50, ETA: 2 * time.Second},
		Results:  results, Summary: s,
	})
}

func numbersFile(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("+6281260268381\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file is read, planned, and asked when the person says so; its end is told on whatever page one is.
func TestAFileIsCheckedFromThePrompt(t *testing.T) {
	b := smallBench(t, cast()...)
	path := numbersFile(t, "numbers.csv")
	b.keys("c", path, "enter")
	b.mustJobs("import numbers.csv")
	b.mustShow("Job 3", "one a line", "to ask", "110", "queries", "3", "⏎ starts it", "esc deletes it", "esc delete the job")
	b.jobs.run = func(_ context.Context, each func(check.Result), progress func(check.Progress)) error {
		for _, r := range someResults(120) {
			r.Verdict = vital.VerdictRegistered
			each(r)
		}
		progress(check.Progress{Total: 120, Done: 120})
		return nil
	}
	b.keys("enter")
	b.mustJobs("import numbers.csv", "run 3")
	b.mustShow("100 %  120/120", "120 checked, 120 registered", "Answers", "of 120", "wapulse check --resume 3 --csv prints them all", "job 3 is done")
	b.keys("esc", "c")
	b.mustNotShow("--resume 3")
	b.keys("next.csv")
	if got := b.model.prompt.Text(); got != "next.csv" {
		t.Errorf("the field says %q", got)
	}
}

func TestKeysOnAPlan(t *testing.T) {
	for name, c := range map[string]struct {
		keys, asked []string
		shown       string
	}{
		"esc deletes":               {[]string{"esc"}, []string{"delete 3"}, "job 3 is deleted: nothing was asked"},
		"x deletes":                 {[]string{"x"}, []string{"delete 3"}, "job 3 is deleted: nothing was asked"},
		"enter starts":              {[]string{"enter"}, []string{"run 3"}, "job 3 is done"},
		"another key does nothing":  {[]string{"a"}, nil, "⏎ starts it"},
		"leaving keeps it":          {[]string{"q", "c"}, nil, "⏎ starts it"},
		"typing is no agreement":    {[]string{"+6281260268381", "enter"}, nil, "tab, then ⏎ starts it"},
		"typing, and back":          {[]string{"+6281260268381", "enter", "tab", "enter"}, []string{"run 3"}, "job 3 is done"},
		"esc in the field keeps it": {[]string{"tab", "esc", "c"}, nil, "⏎ starts it"},
	} {
		t.Run(name, func(t *testing.T) {
			b := smallBench(t, cast()...)
			b.planned()
			b.keys(c.keys...)
			b.mustJobs(append([]string{"import numbers.csv"}, c.asked...)...)
			b.mustShow(c.shown)
		})
	}
}

func TestOneFileAtATime(t *testing.T) {
	b := smallBench(t, cast()...)
	path := numbersFile(t, "other.csv")
	b.planned()
	b.keys("tab", path, "enter")
	b.mustShow("job 3 waits to be started or left: one at a time")
	b.keys("tab")
	b.model.Update(tea.KeyMsg{Type: tea.KeyEnter}) // it runs for ever
	b.keys("tab", path, "enter")
	b.mustShow("job 3 is running: one at a time")
	b.mustJobs("import numbers.csv")
	b.news(page.JobNews{Over: true})
	b.keys(path, "enter")
	b.mustJobs("import numbers.csv", "import other.csv")
}

// A run is stopped only by a person who was asked, goes on while other pages are shown, and can be resumed by the number that is told.
func TestAJobIsStopped(t *testing.T) {
	b := smallBench(t, cast()...)
	b.running()
	b.mustShow("50 %  60/120", "50/s  2 s left", "60 checked, 20 registered", "x stops it; leaving the page does not", "of 60")
	b.keys("x")
	b.mustShow("Stop job 3?", "wapulse check --resume 3 goes on")
	b.keys("esc")
	b.mustShow("x stops it")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.model.endJob = cancel
	b.keys("x", "y")
	if ctx.Err() == nil {
		t.Error("the job was not told")
	}
	b.mustShow("stopping: what is under way is stored first")
	b.keys("esc")
	b.news(page.JobNews{Over: true, Err: context.Canceled})
	b.mustShow("Sessions", "job 3 is stopped, 60 of 120 answered: wapulse check --resume 3 goes on")
	b.keys("c")
	b.mustShow("Job 3", "wapulse check --resume 3 goes on")
}

func TestTheQuestionGoesWithTheJob(t *testing.T) {
	b := smallBench(t, cast()...)
	b.running()
	b.keys("x")
	b.news(page.JobNews{Over: true})
	b.mustNotShow("Stop job 3?")
}

func TestEndsOfAJob(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"some are not answered": {nil, "job 3 is done, 30 of 60 not answered: wapulse check --resume 3 asks them again"},
		"an error":              {errRefused, "job 3 ended early: refused by the test; wapulse check --resume 3 goes on"},
	} {
		t.Run(name, func(t *testing.T) {
			b := smallBench(t, cast()...)
			b.running()
			b.news(page.JobNews{Over: true, Err: c.err})
			b.mustShow("✖ " + c.want)
			b.keys("esc", "e")
			b.mustNotShow(c.want)
		})
	}
}

func TestAFileThatCannotBeRead(t *testing.T) {
	b := smallBench(t, cast()...)
	b.jobs.importErr = errRefused
	b.planned()
	b.mustShow("✖ refused by the test")
	b.jobs.importErr = nil
	b.planned()
	b.mustShow("⏎ starts it")
}

// A file that is being read can be stopped; if it was read to its end in that moment, its plan is shown, for a job is there.
func TestReadingIsStopped(t *testing.T) {
	for _, late := range []bool{false, true} {
		b := smallBench(t, cast()...)
		b.keys("c")
		b.model.readFile("numbers.csv")
		b.news(page.JobNews{Read: 4000})
		b.mustShow("reading… 4,000", "x stops it")
		b.keys("x")
		if late {
			b.news(page.JobNews{Over: true, Plan: aPlan()})
			b.mustShow("⏎ starts it")
			continue
		}
		b.news(page.JobNews{Over: true, Err: context.Canceled})
		b.mustShow("reading was stopped: nothing was asked, and nothing is kept", "Nothing was asked yet")
	}
}

func TestAPlanThatComesWhileOneIsElsewhere(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("c")
	b.model.readFile("numbers.csv")
	b.keys("esc")
	b.news(page.JobNews{Over: true, Plan: aPlan()})
	b.mustShow("Sessions", "the plan of job 3 is ready: c shows it")
}

func TestNamesOfFiles(t *testing.T) {
	path := numbersFile(t, "with a space.csv")
	t.Setenv("HOME", filepath.Dir(path))
	for text, want := range map[string]string{
		path: path, "'" + path + "'": path, `"` + path + `"`: path, strings.ReplaceAll(path, " ", `\ `): path, "~/with a space.csv": path,
		filepath.Dir(path): "", "nothing of that name": "", "'": "", strings.Repeat("a", 5000): "",
	} {
		if got := fileNamed(text); got != want {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	}
}

// A million results that come faster than they are shown are counted, and the newest are kept.
func TestTheFeedIsBounded(t *testing.T) {
	f := newJobFeed(newPace(0, new(output).written))
	r := someResults(1)[0]
	for i := range 1_000_000 {
		r.LatencyMS = int64(i)
		f.result(r)
	}
	if n := cap(f.news.Results); n > 4*page.MaxNumbers {
		t.Errorf("it holds %d results", n)
	}
	b := smallBench(t, cast()...)
	b.running()
	b.news(f.take(t.Context()))
	b.mustShow("1,000,060 checked", "of 1000")
	if _, newest, _ := b.model.prompt.Selected(); newest.LatencyMS != 999_999 {
		t.Errorf("the newest is %+v", newest)
	}
}

// Quitting waits for a run to end, and deletes a job that nobody has agreed to.
func TestTheEndWaitsForTheJob(t *testing.T) {
	b := smallBench(t, cast()...)
	b.planned()
	b.model.owner.close()
	b.mustJobs("import numbers.csv", "delete 3")

	path := numbersFile(t, "numbers.csv")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		jobs, began := &fakeJobs{plan: aPlan()}, make(chan struct{})
		stored := false
		jobs.run = func(ctx context.Context, _ func(check.Result), _ func(check.Progress)) error {
			close(began)
			<-ctx.Done()
			stored = true
			return ctx.Err()
		}
		keys, typed := io.Pipe()
		ended := make(chan error)
		go func() {
			ended <- Run(ctx, Options{Sessions: b.sessions, Updates: noUpdates{}, Theme: b.model.opts.Theme, Numbers: b.numbers, Jobs: jobs}, keys, io.Discard)
		}()
		fmt.Fprint(typed, "c")
		fmt.Fprint(typed, path)
		fmt.Fprint(typed, "\r")
		for started := false; !started; {
			select {
			case <-began:
				started = true
			case <-time.After(20 * time.Millisecond): // the plan comes when it is ready
				fmt.Fprint(typed, "\r")
			}
		}
		cancel()
		_ = typed.Close()
		if err := <-ended; err != nil || !stored {
			t.Errorf("it ended with %v, and the run had ended: %v", err, stored)
		}
	})
}
