package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

// filled makes a closed database of a few hundred pages and returns its path.
func filled(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.db")
	s := open(t, path)
	a := create(t, s, "a")
	for i := range 200 {
		move := vital.Transition{Session: a.ID, Time: time.Now(), Cause: vital.CauseStart, To: vital.StateConnecting, Failure: vital.Failure{Text: strings.Repeat("x", 2000)}, Attempt: i}
		if err := s.CommitTransition(t.Context(), move); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// openBroken opens and reads everything, and returns the first error.
func openBroken(t *testing.T, path string) error {
	t.Helper()
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		return err
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	_, err = s.Sessions(t.Context())
	_, errHistory := s.Past(t.Context(), 1, time.Time{})
	return errors.Join(err, errHistory)
}

func TestDamagedFilesAreExplained(t *testing.T) {
	for name, damage := range map[string]func(data []byte) []byte{
		"truncated in the middle":    func(data []byte) []byte { return data[:len(data)/2] },
		"truncated in its header":    func(data []byte) []byte { return data[:60] },
		"rubbish in a page":          func(data []byte) []byte { fill(data[len(data)/2 : len(data)/2+20_000]); return data },
		"rubbish in the schema":      func(data []byte) []byte { fill(data[100:4096]); return data },
		"rubbish in the header":      func(data []byte) []byte { fill(data[:16]); return data },
		"rubbish from end to end":    func(data []byte) []byte { fill(data); return data },
		"a text that looks like one": func([]byte) []byte { return bytes.Repeat([]byte("SQLite format 3"), 500) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filled(t)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			err = openBroken(t, path)
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("got %v", err)
			}
			if _, err := List(t.Context(), path); err != nil && !errors.Is(err, ErrCorrupt) {
				t.Errorf("list: %v", err)
			}
		})
	}
}

func fill(part []byte) {
	sum := sha256.Sum256([]byte("rubbish"))
	for i := range part {
		part[i] = sum[i%len(sum)]
	}
}

func TestAnotherProgramsDatabaseIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bookmarks.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE bookmark (url TEXT)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: path}); !errors.Is(err, ErrForeign) {
		t.Errorf("got %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was touched, %v", err)
	}
	mustBeUntouched(t, path)
	if _, err := List(t.Context(), path); !errors.Is(err, ErrForeign) {
		t.Errorf("List: got %v", err)
	}
	mustBeUntouched(t, path)
}

// mustBeUntouched demands that a file has the mode 0644 still, and stands alone in its folder.
func mustBeUntouched(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%s: %v, %v", path, info.Mode(), err)
	}
	beside, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(beside) != 1 {
		t.Errorf("beside it: %v, %v", beside, err)
	}
}

func TestWhatIsNoDatabaseIsLeftAlone(t *testing.T) {
	text := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(text, bytes.Repeat([]byte("a line of text\n"), 500), 0o644); err != nil { //nolint:gosec // anybody's file
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: text}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("text: got %v", err)
	}
	mustBeUntouched(t, text)
	for _, path := range []string{os.DevNull, t.TempDir()} {
		if _, err := Open(t.Context(), Options{Path: path}); !errors.Is(err, ErrNoFile) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	if _, err := os.Stat(os.DevNull + ".lock"); err == nil {
		t.Error("a lock was left beside a device")
	}
}

func TestOddPaths(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"a b.db", "50%25.db", "what?.db", "x#y.db", "ü ✓.db", "a&mode=ro.db", filepath.Join("new", "er", "w.db")} {
		path := filepath.Join(folder, name)
		s := open(t, path)
		create(t, s, "a")
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: the database is somewhere else: %v", name, err)
		}
	}
	if _, err := Open(t.Context(), Options{Path: folder}); err == nil || !strings.Contains(err.Error(), folder) {
		t.Errorf("a folder as a database: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: filepath.Join(folder, "file", "w.db")}); err == nil {
		t.Error("a file as a folder was accepted")
	}
	if _, err := List(t.Context(), filepath.Join(folder, "nothing.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("list what is not there: %v", err)
	}
}

// TestAnotherProgramHoldsTheDatabase: a shell with an open transaction holds nobody up for longer than the deadlines say.
func TestAnotherProgramHoldsTheDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	s := open(t, path)
	a := create(t, s, "a")
	shell, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = shell.Close() }()
	tx, err := shell.Begin()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	err = s.CommitTransition(ctx, vital.Transition{Session: a.ID, Time: time.Now(), Cause: vital.CauseStart, To: vital.StateConnecting})
	if !errors.Is(err, ErrSlow) && !errors.Is(err, ErrBusy) {
		t.Errorf("commit: %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the commit took %v, its deadline was 200ms", took)
	}
	for i := range 5 * maxBatch {
		s.Append(vital.Event{Seq: uint64(i + 1), Session: a.ID, Kind: vital.KindLog})
	}
	began = time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > closeTimeout+time.Second {
		t.Errorf("closing took %v", took)
	}
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
	if records, err := open(t, path).Sessions(t.Context()); err != nil || len(records) != 1 {
		t.Errorf("afterwards: %v, %v", records, err)
	}
}

// TestJournalWaitsForRoom: what came while the disk was full is written when there is room again.
func TestJournalWaitsForRoom(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "w.db"))
	a := create(t, s, "a")
	var pages int
	if err := s.write.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 3000)
	for i := range 50 {
		s.Append(vital.Event{Seq: uint64(i + 1), Session: a.ID, Kind: vital.KindLog, Text: long})
	}
	full := s.writeJournal(t.Context(), []vital.Event{{Session: a.ID, Text: long}, {Session: a.ID, Text: long}, {Session: a.ID, Text: long}}, 0)
	if !errors.Is(full, ErrDiskFull) {
		t.Fatalf("got %v", full)
	}
	if _, err := s.CreateSession(t.Context(), strings.Repeat("b", 4000)); !errors.Is(err, ErrDiskFull) {
		t.Errorf("create: %v", err)
	}
	if _, err := s.write.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	s.Append(vital.Event{Seq: 51, Session: a.ID, Kind: vital.KindLog, Text: "room"})
	eventually(t, "all events are stored", func() bool {
		events := eventsOf(t, s, a.ID)
		return len(events) == 51 && events[50].Text == "room"
	})
}
