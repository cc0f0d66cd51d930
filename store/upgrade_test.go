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
		if version < 3 {
			exec("INSERT INTO wapulse_latency VALUES (1, 2, 'ping', 3000, 1)")
		}
	}
	if version > 1 {
		exec("INSERT INTO wapulse_check (number, asked, verdict, lid, session, latency) VALUES ('+491512345678', 5, 1, '7@lid', 'old', 182)")
		exec(`INSERT INTO wapulse_check_job (name, created, sealed, settings, items, invalid, duplicates, answered) VALUES ('old.csv', 5, 1, '{"batch":20}', 3, 0, 1, 2)`)
		exec("INSERT INTO wapulse_check_item (job_id, position, e164, copies, verdict, answer) VALUES (1, 1, '+491512345678', 1, 1, 1)")
		exec("INSERT INTO wapulse_check_item (job_id, position, input, e164, same_as) VALUES (1, 2, '0151 2345678', '+491512345678', 1)")
		exec("INSERT INTO wapulse_check_item (job_id, position, e164) VALUES (1, 3, '+6281260268381')")
		exec("INSERT INTO wapulse_media VALUES (1, '3EB0', 5, 'image', 'image/jpeg', '', 9, '/v/1', x'00FF', x'01', x'02')")
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
				if version > 1 {
					holdsOldChecks(t, s)
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
			job := newJob(t, s, bob)
			saveItems(t, s, job, answered(1, answer(bob, vital.VerdictRegistered, ago(0))))
			if err := s.SaveMedia(t.Context(), a.ID, vital.Media{MessageID: "3EB0"}); err != nil {
				t.Error(err)
			}
		})
	}
}

// holdsOldChecks: an answer, a job that stands in the middle, and the keys of a picture.
func holdsOldChecks(t *testing.T, s *Store) {
	t.Helper()
	if list := historyOf(t, s, ada); len(list) != 1 || list[0].JID != "491512345678@s.whatsapp.net" || list[0].Verdict != vital.VerdictRegistered || list[0].LatencyMS != 182 {
		t.Errorf("history %+v", list)
	}
	job, err := s.Job(t.Context(), 1)
	if err != nil || job.Name != "old.csv" || job.Settings.Batch != 20 || job.Items != 3 || job.Answered != 2 {
		t.Errorf("job %+v, %v", job, err)
	}
	items := allItems(t, s, 1)
	if len(items) != 3 || items[1].Input != "0151 2345678" || items[1].Result == nil || items[1].Result.LID != "7@lid" || items[2].Result != nil {
		t.Errorf("items %+v", items)
	}
	if got := toAsk(t, s, 1); len(got) != 1 || got[0] != 3 {
		t.Errorf("to ask %v", got)
	}
	if m, err := s.Media(t.Context(), 1, "3EB0"); err != nil || m.Size != 9 || len(m.Key) != 2 || m.DirectPath != "/v/1" {
		t.Errorf("media %+v, %v", m, err)
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
	if list := transitionsOf(t, s, 1); len(list) != 1 || list[0].Cause != vital.CauseAuthenticated {
		t.Errorf("transitions %+v", list)
	}
	if list := eventsOf(t, s, 1); len(list) != 1 || list[0].Seq != 7 || list[0].Field("a") != "b" {
		t.Errorf("events %+v", list)
	}
}
