package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/wapulse/wapulse/session/vital"
)

// childEnv names the part that this test binary plays when a test starts it again, and childPath its database.
const (
	childEnv  = "WAPULSE_STORE_TEST_PART"
	childPath = "WAPULSE_STORE_TEST_PATH"
)

func TestMain(m *testing.M) {
	parts := map[string]func(path string) error{
		"writer": writerPart, "holder": holderPart, "reader": readerPart, "checker": checkerPart,
		"small job": func(path string) error { return jobPart(path, smallJob) },
		"large job": func(path string) error { return jobPart(path, largeJob) },
	}
	if part, ok := parts[os.Getenv(childEnv)]; ok {
		if err := part(os.Getenv(childPath)); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// writerPart commits transitions without end and prints the number of each once it is stored.
func writerPart(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: path})
	if err != nil {
		return err
	}
	if _, err := s.WriteDB().ExecContext(ctx, "CREATE TABLE IF NOT EXISTS credential (n INTEGER)"); err != nil {
		return err
	}
	r, err := s.CreateSession(ctx, fmt.Sprint("process ", os.Getpid()))
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		s.Append(vital.Event{Seq: uint64(n), Session: r.ID, Time: time.Now(), Kind: vital.KindLog, Text: "between"})
		if _, err := s.WriteDB().ExecContext(ctx, "INSERT INTO credential VALUES (?)", n); err != nil {
			return err
		}
		t := vital.Transition{Session: r.ID, Time: time.Now(), To: vital.StateConnecting, Cause: vital.CauseStart, Attempt: n}
		if err := s.CommitTransition(ctx, t); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// holderPart holds the database until its input ends.
func holderPart(path string) error {
	s, err := Open(context.Background(), Options{Path: path})
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return s.Close()
}

// readerPart says how opening ends.
func readerPart(path string) error {
	s, err := Open(context.Background(), Options{Path: path})
	if err != nil {
		return err
	}
	return s.Close()
}

// child starts this test binary again in a part.
func child(t *testing.T, part, path string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), exe)
	c.Env = append(os.Environ(), childEnv+"="+part, childPath+"="+path)
	return c
}

// TestKilledAtAnyMoment: whatever a process said to be stored is there after a kill -9, and its lock is not.
func TestKilledAtAnyMoment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	for round, lines := range []int{1, 40, 200} {
		c := child(t, "writer", path)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		last, scan := 0, bufio.NewScanner(out)
		for scan.Scan() {
			if n, err := fmt.Sscan(scan.Text(), &last); n != 1 || err != nil {
				t.Fatalf("the child says %q", scan.Text())
			}
			if last == lines {
				if err := c.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = c.Wait()
		s, err := Open(t.Context(), Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		records, err := s.Sessions(t.Context())
		if err != nil || len(records) != round+1 {
			t.Fatalf("%d sessions, %v", len(records), err)
		}
		transitions := transitionsOf(t, s, records[round].ID)
		if len(transitions) < last {
			t.Fatalf("%d transitions of %d that were said to be stored", len(transitions), last)
		}
		for i, tr := range transitions {
			if tr.Attempt != i+1 {
				t.Fatalf("transition %d has number %d", i+1, tr.Attempt)
			}
		}
		var credentials int
		if err := s.WriteDB().QueryRow("SELECT max(n) FROM credential").Scan(&credentials); err != nil || credentials < last {
			t.Errorf("%d credentials of %d, %v", credentials, last, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestAnotherProcessHoldsIt: a second process ends at once and names the first; once that one is gone, however it went, the database is free.
func TestAnotherProcessHoldsIt(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "w.db")
	link := filepath.Join(folder, "link.db")
	if err := os.Symlink("w.db", link); err != nil {
		t.Fatal(err)
	}
	c := child(t, "holder", path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "open\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	for _, name := range []string{path, link} {
		began := time.Now()
		s, err := Open(t.Context(), Options{Path: name})
		if err == nil {
			_ = s.Close()
		}
		var locked *LockedError
		if !errors.As(err, &locked) || locked.PID != c.Process.Pid || !strings.Contains(err.Error(), fmt.Sprint("process ", c.Process.Pid)) {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("the refusal took %v", took)
		}
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if err := open(t, link).Close(); err != nil {
		t.Error(err)
	}
}
