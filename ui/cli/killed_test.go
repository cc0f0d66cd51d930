package cli_test

import (
	"database/sql"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// killedLongAgo leaves the database as a run does that was killed: it began five hours before now, sales was connected for an hour from half an hour later,
// lost for a quarter of an hour, connected again, and three quarters of an hour and half an hour later, two hours before now, wapulse gave its last sign of life.
func killedLongAgo(t *testing.T, o *operator, now time.Time) (killed time.Time) {
	t.Helper()
	db, err := sql.Open("sqlite", o.db)
	if err != nil {
		t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	ago := func(d time.Duration) int64 { return now.Add(-d).UnixMicro() }
	for _, table := range []string{"wapulse_transition", "wapulse_run", "wapulse_event", "wapulse_diagnosis", "wapulse_sample", "wapulse_total", "wapulse_dial"} {
		exec("DELETE FROM " + table)
	}
	exec("INSERT INTO wapulse_run (began, seen) VALUES (?, ?)", ago(5*time.Hour), ago(2*time.Hour))
	for _, move := range []struct {
		ago             time.Duration
		from, to, cause string
	}{
		{5 * time.Hour, "DISCONNECTED", "CONNECTING", "start"},
		{4*time.Hour + 30*time.Minute, "CONNECTING", "CONNECTED", "authenticated"},
		{3*time.Hour + 30*time.Minute, "CONNECTED", "RECONNECTING", "socket_lost"},
		{3*time.Hour + 15*time.Minute, "RECONNECTING", "CONNECTED", "authenticated"},
	} {
		exec("INSERT INTO wapulse_transition (session_id, at, from_state, to_state, cause, reason) VALUES (1, ?, ?, ?, ?, ?)", ago(move.ago), move.from, move.to, move.cause,
			string(vital.ReasonAuthenticated))
	}
	exec("UPDATE wapulse_session SET created = ?, wanted = 1, state = 'CONNECTED', since = ?, reason = 'authenticated'", ago(5*time.Hour), ago(3*time.Hour+15*time.Minute))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return time.UnixMicro(ago(2 * time.Hour))
}

// statusTold is what programs read of a status.
type statusTold struct {
	Running  bool
	LastRan  time.Time `json:"last_ran"`
	Active   int       `json:"active_connections"`
	Sessions []struct {
		State    string
		Since    time.Time
		Uptime   map[string]float64 `json:"uptime_percent"`
		Findings []struct{ Name, Text string }
	}
}

// TestAfterAKillNobodySaysConnected: whoever reads a database that a killed run has left is told that its sessions were up to its last sign of life and no
// longer, from the first command on, and from the next run on too.
func TestAfterAKillNobodySaysConnected(t *testing.T) {
	o := newOperator(t)
	now := time.Now()
	killed := killedLongAgo(t, o, now)
	var listed []struct {
		State string
		Since time.Time
	}
	got := o.run("sessions", "--json")
	if err := json.Unmarshal([]byte(got.out), &listed); err != nil || listed[0].State != "DISCONNECTED" || !listed[0].Since.Equal(killed) {
		t.Errorf("sessions: %+v, %v", listed, err)
	}
	status := func(code int) (s statusTold) {
		t.Helper()
		got := o.run("status", "--json")
		if err := json.Unmarshal([]byte(got.out), &s); err != nil || got.code != code || len(s.Sessions) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		return s
	}
	for range 2 { // the first one writes down what it has found
		s := status(2)
		one := s.Sessions[0]
		if s.Running || s.Active != 0 || !s.LastRan.Equal(killed) || one.State != "DISCONNECTED" || !one.Since.Equal(killed) ||
			one.Findings[0].Name != "not_running" || !strings.Contains(one.Findings[0].Text, "it was CONNECTED") {
			t.Errorf("%+v", s)
		}
		mustBeUp(t, one.Uptime, 45, 0) // two hours and a quarter of five; and nothing in the last one
	}
	if got := o.run("events", "--json"); strings.Count(got.out, "wapulse was killed") != 1 || strings.Count(got.out, "\n") != 1 {
		t.Errorf("events: %+v", got)
	}
	rec := o.reported("without a holder", "--minutes", "90")
	if from, to := rec.Span(); !to.Equal(killed.Add(time.Second)) || !from.Equal(killed.Add(-90*time.Minute)) {
		t.Errorf("from %v to %v, killed at %v", from, to, killed)
	}
	mustStand(t, rec, killed.Add(-time.Second), vital.StateConnected)
	mustStand(t, rec, killed, vital.StateDisconnected)

	h := o.hold()
	s := status(0)
	if !s.Running || s.Active != 1 || s.Sessions[0].State != "CONNECTED" || s.Sessions[0].Since.Before(now) {
		t.Errorf("%+v", s)
	}
	mustBeUp(t, s.Sessions[0].Uptime, 45, 0) // and the seconds since
	rec = o.reported("through a holder", "--minutes", "300")
	mustStand(t, rec, killed.Add(-time.Second), vital.StateConnected)
	mustStand(t, rec, killed.Add(time.Hour), vital.StateDisconnected)
	h.end()
}

// mustBeUp holds percentages against what was computed by hand. A minute may have gone by since then.
func mustBeUp(t *testing.T, percent map[string]float64, day, hour float64) {
	t.Helper()
	const aMinute = 100.0 / 60
	if d, h := percent["24h"], percent["1h"]; d < day-aMinute || d > day+aMinute || h < hour || h > hour+aMinute || percent["30d"] != d {
		t.Errorf("up %v, want %v of the day and %v of the hour", percent, day, hour)
	}
}

// mustStand holds a replay against where the session stood.
func mustStand(t *testing.T, rec interface {
	At(at time.Time) (*vital.Snapshot, []vital.Event)
}, at time.Time, state vital.State) {
	t.Helper()
	s, _ := rec.At(at)
	if isUp := state == vital.StateConnected; s.State != state || isUp != (s.Ready == vital.ReadyOpen) || isUp != (s.Reason != vital.ReasonKilled) {
		t.Errorf("the replay of %v: %s (%s), socket %s; want %s", at, s.State, s.Reason, s.Ready, state)
	}
}
