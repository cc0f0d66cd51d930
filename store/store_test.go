package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.journal.isClosing() {
			return
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// eventsOf are all stored events of a session, the oldest first; with 0, those that belong to none.
func eventsOf(t *testing.T, s *Store, id vital.SessionID) []vital.Event {
	t.Helper()
	all, err := s.EventsAfter(t.Context(), vital.Filter{}, vital.EventPlace{}, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	var list []vital.Event
	for _, e := range all {
		if e.Session == id {
			list = append(list, e.Event)
		}
	}
	return list
}

// transitionsOf are all stored transitions of a session, the oldest first.
func transitionsOf(t *testing.T, s *Store, id vital.SessionID) []vital.Transition {
	t.Helper()
	past, err := s.Past(t.Context(), id, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return past.Transitions
}

func create(t *testing.T, s *Store, name string) session.Record {
	t.Helper()
	r, err := s.CreateSession(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSessionsSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	s := open(t, path)
	a := create(t, s, "sales-id")
	create(t, s, "support")
	until := time.UnixMicro(time.Now().Add(time.Hour).UnixMicro())
	failure := vital.Failure{Reason: vital.ReasonBanned, Code: 402, BanCode: 104, Until: until, Text: "rest"}
	identity := vital.Identity{JID: "491512345678:3@s.whatsapp.net", LID: "1:3@lid", Phone: "+491512345678", PushName: "Ada", Platform: "android"}
	steps := []error{
		s.SetWanted(t.Context(), a.ID, true),
		s.SetIdentity(t.Context(), a.ID, identity),
		s.CommitTransition(t.Context(), vital.Transition{Session: a.ID, Time: time.Now(), From: vital.StateDisconnected, To: vital.StateError,
			Cause: vital.CausePermanent, Reason: vital.ReasonBanned, Failure: failure, Attempt: 2, Epoch: 7}),
		s.Close(),
	}
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	records, err := s.Sessions(t.Context())
	if err != nil || len(records) != 2 {
		t.Fatalf("%v, %v", records, err)
	}
	got := records[0]
	if !got.Wanted || got.Identity != identity || got.State != vital.StateError || got.Failure != failure || got.Name != "sales-id" {
		t.Errorf("got %+v", got)
	}
	transitions := transitionsOf(t, s, a.ID)
	if len(transitions) != 1 || transitions[0].Cause != vital.CausePermanent || transitions[0].Failure != failure || transitions[0].Epoch != 7 {
		t.Errorf("transitions %+v", transitions)
	}
}

// What was up when the process that ran it was killed is not listed as up; while a process holds the database, what it has written is true.
func TestListAfterAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	s := open(t, path)
	up, banned := create(t, s, "up"), create(t, s, "banned")
	since := time.UnixMicro(time.Now().Add(-time.Hour).UnixMicro())
	if err := errors.Join(
		s.CommitTransition(t.Context(), vital.Transition{Session: up.ID, Time: since, From: vital.StateConnecting, To: vital.StateConnected,
			Cause: vital.CauseAuthenticated, Reason: vital.ReasonAuthenticated}),
		s.CommitTransition(t.Context(), vital.Transition{Session: banned.ID, Time: since, From: vital.StateConnecting, To: vital.StateError,
			Cause: vital.CausePermanent, Reason: vital.ReasonBanned, Failure: vital.Failure{Reason: vital.ReasonBanned}}),
	); err != nil {
		t.Fatal(err)
	}
	run, err := s.BeginRun(t.Context(), since, false)
	if err != nil {
		t.Fatal(err)
	}
	seen := since.Add(20 * time.Minute)
	if err := s.Keep(t.Context(), run, seen, nil); err != nil {
		t.Fatal(err)
	}
	for _, held := range []bool{true, false} {
		records, err := List(t.Context(), path)
		if err != nil || len(records) != 2 {
			t.Fatalf("%v, %v", records, err)
		}
		if got := records[0]; held && (got.State != vital.StateConnected || !got.Since.Equal(since)) {
			t.Errorf("held: %+v", got)
		} else if !held && (got.State != vital.StateDisconnected || got.Reason != vital.ReasonKilled || !got.Since.Equal(seen)) {
			t.Errorf("left: %+v", got)
		}
		if got := records[1]; got.State != vital.StateError || !got.Since.Equal(since) {
			t.Errorf("held is %v: %+v", held, got)
		}
		if held { // as a killed process leaves it: nobody has said that the session went down
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := open(t, path).Close(); err != nil {
		t.Errorf("listing has left the lock taken: %v", err)
	}
}

func TestNamesAreUniqueInWhateverCase(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "w.db"))
	a, b := create(t, s, "Sales"), create(t, s, "support")
	if _, err := s.CreateSession(t.Context(), "sales"); !errors.Is(err, session.ErrNameTaken) {
		t.Errorf("create: %v", err)
	}
	if err := s.RenameSession(t.Context(), b.ID, "SALES"); !errors.Is(err, session.ErrNameTaken) {
		t.Errorf("rename: %v", err)
	}
	if err := s.RenameSession(t.Context(), a.ID, "SALES"); err != nil {
		t.Errorf("rename to the same in another case: %v", err)
	}
	if err := s.RenameSession(t.Context(), 99, "x"); !errors.Is(err, session.ErrNoSuchSession) {
		t.Errorf("rename nobody: %v", err)
	}
}

func TestSecondProcessIsToldWhoHoldsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	s := open(t, path)
	_, err := Open(t.Context(), Options{Path: path})
	var locked *LockedError
	if !errors.As(err, &locked) || !errors.Is(err, ErrLocked) || locked.PID != os.Getpid() {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("the text does not name the process: %v", err)
	}
	create(t, s, "still works")
	if records, err := List(t.Context(), path); err != nil || len(records) != 1 {
		t.Errorf("list while it is held: %v, %v", records, err)
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	var said []string
	warn := func(text string) { said = append(said, text) }
	path := filepath.Join(folder, "w.db")
	s, err := Open(t.Context(), Options{Path: path, Warn: warn})
	if err != nil {
		t.Fatal(err)
	}
	create(t, s, "a")
	for _, name := range []string{"w.db", "w.db-wal", "w.db-shm", "w.db.lock", "w.db.holder"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if info, _ := os.Stat(folder); info.Mode().Perm() != 0o755 {
		t.Errorf("a folder that is not ours was changed to %v", info.Mode())
	}
	if len(said) != 1 || !strings.Contains(said[0], "other users") {
		t.Errorf("said %q", said)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = Open(t.Context(), Options{Path: path, DefaultFolder: true, Warn: warn})
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(folder); info.Mode().Perm() != 0o700 {
		t.Errorf("the default folder is %v", info.Mode())
	}
	if len(said) != 2 {
		t.Errorf("mending was not said: %q", said)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAnotherServersCredentialsAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: path, RootKey: "ab12"}); !errors.Is(err, ErrWrongServer) || !strings.Contains(err.Error(), "ab12") {
		t.Errorf("got %v", err)
	}
	open(t, path) // and WhatsApp itself still may
}

func TestBadFilesAreExplainedAndLeftAlone(t *testing.T) {
	folder := t.TempDir()
	rubbish := filepath.Join(folder, "rubbish.db")
	content := []byte(strings.Repeat("this is no database ", 400))
	if err := os.WriteFile(rubbish, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: rubbish}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("rubbish: %v", err)
	}
	if after, err := os.ReadFile(rubbish); err != nil || string(after) != string(content) {
		t.Errorf("the file was touched: %v", err)
	}

	newer := filepath.Join(folder, "newer.db")
	s := open(t, newer)
	if _, err := s.write.Exec("UPDATE wapulse_version SET version = 99, compat = 99"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: newer}); !errors.Is(err, ErrNewer) {
		t.Errorf("newer: %v", err)
	}
}

func TestAFullDiskIsSaidAndForgiven(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "w.db"))
	a := create(t, s, "a")
	var pages int
	if err := s.write.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages+1)); err != nil {
		t.Fatal(err)
	}
	move := vital.Transition{Session: a.ID, Time: time.Now(), Cause: vital.CauseStart, To: vital.StateConnecting, Failure: vital.Failure{Text: strings.Repeat("x", 3000)}}
	var err error
	for range 20 {
		if err = s.CommitTransition(t.Context(), move); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrDiskFull) {
		t.Fatalf("got %v", err)
	}
	if _, err := s.write.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := s.CommitTransition(t.Context(), move); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestJournalKeepsOrderAndCountsGaps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	s := open(t, path)
	a := create(t, s, "a")
	tx, err := s.write.Begin() // holds the writer up
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxQueued + 10 {
		s.Append(vital.Event{Seq: uint64(i + 1), Session: a.ID, Time: time.Now(), Kind: vital.KindLog, Text: "x", Fields: []vital.Field{{Key: "k", Value: "v"}}})
	}
	s.Append(vital.Event{Seq: 1, Session: 4711, Kind: vital.KindLog, Text: "of a deleted session"})
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Flush(t.Context()); err != nil { // closing waits no longer than a person would
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	events := eventsOf(t, s, a.ID)
	if len(events) != maxQueued {
		t.Fatalf("%d events", len(events))
	}
	for i, e := range events {
		if e.Seq != uint64(i+1) || e.Field("k") != "v" {
			t.Fatalf("event %d is %+v", i, e)
		}
	}
	if gaps := eventsOf(t, s, 0); len(gaps) != 1 || gaps[0].Field("count") != "11" || gaps[0].Text != "11 entries were not stored" {
		t.Errorf("gaps %+v", gaps)
	}
	if err := s.DeleteSession(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	if left := eventsOf(t, s, a.ID); len(left) != 0 {
		t.Errorf("history outlives its session: %v", left)
	}
}

func BenchmarkCommitTransition(b *testing.B) {
	s, err := Open(b.Context(), Options{Path: filepath.Join(b.TempDir(), "w.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	r, err := s.CreateSession(b.Context(), "a")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := s.CommitTransition(b.Context(), vital.Transition{Session: r.ID, Time: time.Now(), To: vital.StateConnecting, Cause: vital.CauseStart}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJournal(b *testing.B) {
	s, err := Open(b.Context(), Options{Path: filepath.Join(b.TempDir(), "w.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	r, err := s.CreateSession(b.Context(), "a")
	if err != nil {
		b.Fatal(err)
	}
	batch := make([]vital.Event, maxBatch)
	for i := range batch {
		batch[i] = vital.Event{Seq: uint64(i), Session: r.ID, Time: time.Now(), Kind: vital.KindProbe, Text: "ping 12ms"}
	}
	for b.Loop() {
		if err := s.writeJournal(b.Context(), batch, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*maxBatch)/b.Elapsed().Seconds(), "events/s")
}
