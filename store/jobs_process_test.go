package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
)

// checkerBatch is how many items checkerPart adds at a time, a number twice and an invalid one among them, and how many positions it answers.
const checkerBatch = 10

// checkerPart reads the input of a job and answers it at the same time, without end, and prints up to where it is stored.
func checkerPart(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: path})
	if err != nil {
		return err
	}
	job, err := s.CreateJob(ctx, "stdin", check.Settings{})
	if err != nil {
		return err
	}
	for position := int64(0); ; position += checkerBatch {
		var items []check.Item
		for i := range int64(checkerBatch) {
			it := check.Item{Position: position + i + 1, E164: fmt.Sprintf("+4915%08d", position+i)}
			switch i {
			case 4:
				it.E164, it.Input, it.Reason = "", "?", "no digits"
			case 7:
				it.E164 = fmt.Sprintf("+4915%08d", position)
			}
			items = append(items, it)
		}
		if err := s.AddItems(ctx, job.ID, items); err != nil {
			return err
		}
		items, err := s.ToAsk(ctx, job.ID, position, checkerBatch)
		if err != nil {
			return err
		}
		for i, it := range items {
			items[i].Result = &check.Result{E164: it.E164, Verdict: vital.VerdictRegistered, AskedAt: time.Now(), LatencyMS: it.Position}
		}
		if err := s.SaveJobResults(ctx, job.ID, items); err != nil {
			return err
		}
		fmt.Println(position + checkerBatch)
	}
}

// TestAJobKilledAtAnyMoment: what was said to be stored of a job is there after a kill -9, in the job and in the history alike, and the counts are true.
func TestAJobKilledAtAnyMoment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	for _, until := range []int64{checkerBatch, 20 * checkerBatch, 60 * checkerBatch} {
		c := child(t, "checker", path)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		var last int64
		for scan := bufio.NewScanner(out); scan.Scan(); {
			if n, err := fmt.Sscan(scan.Text(), &last); n != 1 || err != nil {
				t.Fatalf("the child says %q", scan.Text())
			}
			if last == until {
				if err := c.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = c.Wait()
		s := open(t, path)
		job, err := s.Job(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		var answered, asked int64
		items, err := s.Items(t.Context(), job.ID, 0, int(last)+10*checkerBatch)
		if err != nil {
			t.Fatal(err)
		}
		for i, it := range items {
			if it.Position != int64(i+1) {
				t.Fatalf("item %d is at %d", i+1, it.Position)
			}
			if it.Result == nil {
				continue
			}
			answered++
			if it.E164 != "" && it.SameAs == 0 {
				asked++
				if list := historyOf(t, s, it.E164); len(list) == 0 || list[0].LatencyMS != it.Position {
					t.Errorf("item %d is answered, and its history is %+v", it.Position, list)
				}
			}
		}
		if job.Items != int64(len(items)) || job.Items < last || job.Answered != answered || answered < last || job.Sealed {
			t.Errorf("%d items, %d answered of %d that were said to be stored: %+v", len(items), answered, last, job)
		}
		if open := toAsk(t, s, job.ID); int64(len(open))+asked+job.Duplicates+job.Invalid != job.Items {
			t.Errorf("%d open, %d asked: %+v", len(open), asked, job)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Jobs of these sizes take the same memory.
const smallJob, largeJob = 4_000, 60_000

// jobPart takes a job of so many items through its life, a thousand at a time, and prints how many MB the process had at most.
func jobPart(path string, size int64) error {
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: path})
	if err != nil {
		return err
	}
	job, err := s.CreateJob(ctx, "stdin", check.Settings{})
	if err != nil {
		return err
	}
	for position := int64(1); position <= size; {
		var items []check.Item
		for range 1000 {
			items = append(items, check.Item{Position: position, Input: "x", E164: fmt.Sprintf("+4915%08d", position*7919%100_000_000)})
			position++
		}
		if err := s.AddItems(ctx, job.ID, items); err != nil {
			return err
		}
	}
	for {
		items, err := s.ToAsk(ctx, job.ID, 0, 1000)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			break
		}
		for i, it := range items {
			items[i].Result = &check.Result{E164: it.E164, Verdict: vital.VerdictError, AskedAt: time.Now(), Reason: "500 internal-server-error"}
		}
		if err := s.SaveJobResults(ctx, job.ID, items); err != nil {
			return err
		}
	}
	for after := int64(0); after < size; {
		items, err := s.Items(ctx, job.ID, after, 1000)
		if err != nil {
			return err
		}
		after = items[len(items)-1].Position
	}
	if _, err := s.Retry(ctx, job.ID); err != nil {
		return err
	}
	if _, err := s.FillFromCache(ctx, job.ID, time.Now(), time.Now()); err != nil {
		return err
	}
	if err := s.DeleteJob(ctx, job.ID); err != nil {
		return err
	}
	fmt.Println(peakMemory())
	return s.Close()
}

// peakMemory is in MB: all of the process where the system tells, else what Go has taken.
func peakMemory() uint64 {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
			var kb uint64
			if _, err := fmt.Sscan(rest, &kb); err == nil {
				return kb >> 10
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys >> 20
}
