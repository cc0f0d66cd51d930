package store

import (
	"database/sql"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/wapulse/wapulse/session/vital"
)

// fixture makes a database as a wapulse with the first version upgrades left it, with a session in it if there was room for one.
func fixture(t *testing.T, version int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	files, err := fs.Glob(upgradeFiles, "upgrades/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files[:version] {
		data, err := upgradeFiles.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		exec(string(data))
	}
	exec("CREATE TABLE wapulse_version (version INTEGER, compat INTEGER)")
	if version > 0 {
		exec("INSERT INTO wapulse_version VALUES (?, ?)", version, version)
		exec("INSERT INTO wapulse_meta VALUES ('root_key', '')")
		exec(`INSERT INTO wapulse_session (name, created, wanted, jid, state, since, reason)
			VALUES ('old', 1, 1, '49151:3@s.whatsapp.net', 'CONNECTED', 2, 'authenticated')`)
		exec(`INSERT INTO wapulse_transition (session_id, at, from_state, to_state, cause, reason) VALUES (1, 2, 'CONNECTING', 'CONNECTED', 'authenticated', 'authenticated')`)
		exec(`INSERT INTO wapulse_event (session_id, seq, at, kind, level, text, fields) VALUES (1, 7, 2, 'connection.open', 1, 'open', '[{"key":"a","value":"b"}]')`)
		exec("INSERT INTO wapulse_latency VALUES (1, 2, 'ping', 3000, 1)")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestForwardFromEveryVersion: whatever an earlier wapulse stored is there, and new things can be stored beside it.
func TestForwardFromEveryVersion(t *testing.T) {
	for version := range len(upgradeTable()) + 1 {
		t.Run(fmt.Sprint("from ", version), func(t *testing.T) {
			path := fixture(t, version)
			for range 2 { // and again: a database that is up to date stays as it is
				s := open(t, path)
				var now int
				if err := s.write.QueryRow("SELECT version FROM wapulse_version").Scan(&now); err != nil || now != len(upgradeTable()) {
					t.Errorf("at version %d, %v", now, err)
				}
				if version > 0 {
					holdsTheOld(t, s)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
			s := open(t, path)
			a := create(t, s, "new")
			if err := s.CommitTransition(t.Context(), vital.Transition{Session: a.ID, Cause: vital.CauseStart, To: vital.StateConnecting}); err != nil {
				t.Error(err)
			}
		})
	}
}

func holdsTheOld(t *testing.T, s *Store) {
	t.Helper()
	records, err := s.Sessions(t.Context())
	if err != nil || len(records) != 1 {
		t.Fatalf("%d sessions, %v", len(records), err)
	}
	if r := records[0]; r.Name != "old" || !r.Wanted || r.Identity.JID != "49151:3@s.whatsapp.net" || r.State != vital.StateConnected {
		t.Errorf("got %+v", r)
	}
	if list, err := s.Transitions(t.Context(), 1, 10); err != nil || len(list) != 1 || list[0].Cause != vital.CauseAuthenticated {
		t.Errorf("transitions %+v, %v", list, err)
	}
	if list, err := s.Events(t.Context(), 1, 10); err != nil || len(list) != 1 || list[0].Seq != 7 || list[0].Field("a") != "b" {
		t.Errorf("events %+v, %v", list, err)
	}
	var latencies int
	if err := s.read.QueryRow("SELECT count(*) FROM wapulse_latency").Scan(&latencies); err != nil || latencies != 1 {
		t.Errorf("%d latencies, %v", latencies, err)
	}
}
