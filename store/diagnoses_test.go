package store

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// lostAt is the transition of a connection that ended, or of an attempt that failed, with its diagnosis.
func lostAt(id vital.SessionID, at time.Time, f vital.Failure, lived time.Duration) vital.Transition {
	t := vital.Transition{
		Session: id, Time: at, From: vital.StateReconnecting, To: vital.StateReconnecting, Cause: vital.CauseAttemptFailed, Reason: f.Reason, Failure: f,
	}
	if lived > 0 {
		t.From, t.Cause = vital.StateConnected, vital.CauseSocketLost
	}
	end := vital.End{At: at, Reason: f.Reason, Code: f.Code, Lived: lived}
	t.Diagnoses = []vital.Diagnosed{{Session: id, End: end, Times: 1, Last: at, Diagnosis: vital.DiagnoseNext(t.To, f, at.Add(4*time.Second))}}
	return t
}

func commit(t *testing.T, s *Store, list ...vital.Transition) {
	t.Helper()
	for _, tr := range list {
		if err := s.CommitTransition(t.Context(), tr); err != nil {
			t.Fatal(err)
		}
	}
}

func diagnoses(t *testing.T, s *Store, id vital.SessionID, from, to time.Time, limit int) []vital.Diagnosed {
	t.Helper()
	list, err := s.Diagnoses(t.Context(), id, from, to, limit)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// What was stored is read back as it was, also by another process, and goes with its session.
func TestDiagnosesAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	s := open(t, path)
	a, b := create(t, s, "a"), create(t, s, "b")
	at := time.UnixMicro(1_795_000_000_000_000)
	lost := lostAt(a.ID, at, vital.Failure{Reason: vital.ReasonStreamUnavailable, Code: 503}, 90*time.Second)
	lost.Diagnoses[0].End.Restricted = true
	pattern := vital.Diagnosed{Session: a.ID, End: vital.End{At: at}, Pattern: true, Times: 1, Last: at, Diagnosis: vital.Diagnosis{
		Name: vital.PatternFlapping, What: "w", Meaning: "m", Retries: true, Next: "n", Action: "a",
	}}
	lost.Diagnoses = append(lost.Diagnoses, pattern)
	commit(t, s, lost, lostAt(b.ID, at, vital.Failure{Reason: vital.ReasonDeadLink}, time.Hour))
	everybody := pattern
	everybody.Session, everybody.Diagnosis.Name = 0, vital.PatternAllDown
	if err := s.SaveDiagnosis(t.Context(), everybody); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	defer func() { _ = s.Close() }()

	got := diagnoses(t, s, a.ID, time.Time{}, time.Time{}, 10)
	want := []vital.Diagnosed{lost.Diagnoses[0], pattern, everybody}
	for i := range got {
		got[i].ID = 0
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if ends, err := s.Ends(t.Context(), a.ID, 10); err != nil || !reflect.DeepEqual(ends, []vital.End{lost.Diagnoses[0].End}) {
		t.Errorf("ends %+v, %v", ends, err)
	}
	if n := len(diagnoses(t, s, 0, time.Time{}, time.Time{}, 10)); n != 4 {
		t.Errorf("%d of everybody, want 4", n)
	}
	if err := s.DeleteSession(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	if n := len(diagnoses(t, s, 0, time.Time{}, time.Time{}, 10)); n != 2 {
		t.Errorf("%d are left of the other one and of all sessions, want 2", n)
	}
}

// Attempts that fail one after the other for the same reason are one row that counts; another reason, or a connection between them, begins a new one.
func TestAttemptsThatFailAlikeAreOneRow(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "w.db"))
	defer func() { _ = s.Close() }()
	id := create(t, s, "a").ID
	at := time.UnixMicro(1_795_000_000_000_000)
	refused, unknown := vital.Failure{Reason: vital.ReasonTCP, Text: "refused"}, vital.Failure{Reason: vital.ReasonDNS}
	minute := func(n int) time.Time { return at.Add(time.Duration(n) * time.Minute) }
	commit(t, s, lostAt(id, minute(0), vital.Failure{Reason: vital.ReasonServerClosed}, time.Hour))
	for n := 1; n <= 5; n++ {
		commit(t, s, lostAt(id, minute(n), refused, 0))
	}
	commit(t, s, lostAt(id, minute(6), unknown, 0), lostAt(id, minute(7), refused, 0))
	commit(t, s, lostAt(id, minute(8), refused, time.Second), lostAt(id, minute(9), refused, time.Second)) // these were up: each is its own
	var times []int
	list := diagnoses(t, s, id, time.Time{}, time.Time{}, 20)
	for _, d := range list {
		times = append(times, d.Times)
	}
	if !reflect.DeepEqual(times, []int{1, 5, 1, 1, 1, 1}) {
		t.Fatalf("times %v", times)
	}
	if d := list[1]; !d.End.At.Equal(minute(1)) || !d.Last.Equal(minute(5)) || !d.Diagnosis.At.Equal(minute(5).Add(4*time.Second)) {
		t.Errorf("counted as %+v", d)
	}
	if ends, err := s.Ends(t.Context(), id, 2); err != nil || len(ends) != 2 || !ends[1].At.Equal(minute(9)) {
		t.Errorf("ends %+v, %v", ends, err)
	}
	// What lasted into the span is in it; the newest are kept when there are too many.
	if in := diagnoses(t, s, id, minute(3), minute(6), 20); len(in) != 2 || in[0].Times != 5 {
		t.Errorf("in the span %+v", in)
	}
	if last := diagnoses(t, s, id, time.Time{}, time.Time{}, 1); len(last) != 1 || !last[0].End.At.Equal(minute(9)) {
		t.Errorf("the last %+v", last)
	}
}

// A transition that cannot be stored stores nothing of what it carries.
func TestATransitionIsStoredWholeOrNotAtAll(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "w.db"))
	defer func() { _ = s.Close() }()
	id := create(t, s, "a").ID
	lost := lostAt(id, time.Now(), vital.Failure{Reason: vital.ReasonDeadLink}, time.Hour)
	lost.Dial = &vital.Dial{Session: id + 7, Outcome: vital.DialFailed} // there is no such session
	if err := s.CommitTransition(t.Context(), lost); err == nil {
		t.Fatal("stored")
	}
	if list := diagnoses(t, s, id, time.Time{}, time.Time{}, 10); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	if list := transitionsOf(t, s, id); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

// The last ten attempts of each session are kept, with what they came to.
func TestTheLastTenAttemptsAreKept(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "w.db"))
	defer func() { _ = s.Close() }()
	a, b := create(t, s, "a"), create(t, s, "b")
	began := time.Now().UTC().Truncate(time.Microsecond)
	dial := func(id vital.SessionID, n int) *vital.Dial {
		return &vital.Dial{
			Session: id, Attempt: n, Outcome: vital.DialFailed, EndedIn: vital.PhaseTLS,
			Failure: vital.Failure{Reason: vital.ReasonTLS, Text: "handshake", Phase: vital.PhaseTLS},
			Trace: vital.DialTrace{Began: began, Remote: "127.0.0.1:443", Phases: []vital.DialPhase{
				{Phase: vital.PhaseTCP, Duration: time.Millisecond}, {Phase: vital.PhaseTLS, Start: time.Millisecond, Duration: time.Second},
			}},
		}
	}
	for n := 1; n <= 13; n++ {
		tr := lostAt(a.ID, began, vital.Failure{Reason: vital.ReasonTLS}, 0)
		tr.Dial = dial(a.ID, n)
		commit(t, s, tr)
	}
	only := lostAt(b.ID, began, vital.Failure{Reason: vital.ReasonTLS}, 0)
	only.Dial = dial(b.ID, 1)
	commit(t, s, only)
	list, err := s.Dials(t.Context(), a.ID, 100)
	if err != nil || len(list) != 10 || !reflect.DeepEqual(list[0], *dial(a.ID, 4)) || !reflect.DeepEqual(list[9], *dial(a.ID, 13)) {
		t.Errorf("%d, %+v, %v", len(list), list, err)
	}
	if list, err := s.Dials(t.Context(), a.ID, 2); err != nil || len(list) != 2 || list[1].Attempt != 13 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := s.Dials(t.Context(), b.ID, 100); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if err := s.DeleteSession(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Dials(t.Context(), a.ID, 100); err != nil || len(list) != 0 {
		t.Errorf("after the deletion: %+v, %v", list, err)
	}
}
