package session

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

func patternNames(s *vital.Snapshot) string {
	var names []string
	for _, d := range s.Patterns {
		names = append(names, d.Name)
	}
	return strings.Join(names, " ")
}

// diagnosed are the diagnosis events so far, as their names.
func (s *fakeStore) diagnosed() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Kind == vital.KindDiagnosis {
			names = append(names, e.Field("name"))
		}
	}
	return names
}

// Each end is stored with its transition, is an event, and says when wapulse tries again as the snapshot does.
func TestEachEndIsDiagnosed(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		pass(time.Hour)
		r.conn().end(vital.Failure{Reason: vital.ReasonStreamUnavailable, Code: 503})
		s := r.snap()
		r.store.mu.Lock()
		tr := r.store.transitions[len(r.store.transitions)-1]
		r.store.mu.Unlock()
		if len(tr.Diagnoses) != 1 || tr.Cause != vital.CauseSocketLost {
			t.Fatalf("%+v", tr)
		}
		d := tr.Diagnoses[0]
		if d.Session != one || d.Pattern || d.End.Lived != time.Hour || d.End.Code != 503 || d.Diagnosis != s.Diagnosis() || !d.Diagnosis.At.Equal(s.NextTry) {
			t.Errorf("stored %+v, shown %+v", d, s.Diagnosis())
		}
		if got := r.store.diagnosed(); !slices.Equal(got, []string{"stream_503"}) {
			t.Errorf("events %v", got)
		}
		pass(time.Until(s.NextTry))
		r.conn().fail(vital.ReasonTCP)
		pass(time.Minute)
		r.conn().up()
		pass(time.Minute)
		r.must(r.manager.Stop(t.Context(), one))
		if got := r.store.told(); !slices.Equal(got[:2], []string{"1 stream_503", "1 tcp"}) || got[len(got)-1] != "1 stopped" {
			t.Errorf("stored %v", got)
		}
		if got := r.store.diagnosed(); slices.Contains(got, "stopped") {
			t.Errorf("what the operator wanted is told as a trouble: %v", got)
		}
	})
}

// The pattern begins with the second replacement, is stored and told once, holds over a restart, and ends when a connection is calm.
func TestReplacedTwiceInARow(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		pass(time.Hour)
		r.conn().fail(vital.ReasonReplaced)
		if got := patternNames(r.snap()); got != "" {
			t.Errorf("after one: %q", got)
		}
		for range 2 {
			r.connected()
			pass(time.Minute)
			r.conn().fail(vital.ReasonReplaced)
			if got := patternNames(r.snap()); got != vital.PatternReplaced {
				t.Errorf("got %q", got)
			}
		}
		want := []string{"1 replaced", "1 replaced", "1 replaced_again*", "1 replaced"}
		if got := r.store.told(); !slices.Equal(got, want) {
			t.Errorf("stored %v", got)
		}
		events := r.store.diagnosed()
		r.close()
		r.restart()
		if got := patternNames(r.snap()); got != vital.PatternReplaced {
			t.Errorf("after a restart: %q", got)
		}
		if got := r.store.diagnosed(); len(got) != len(events) || len(events) != 4 {
			t.Errorf("events %v, then %v", events, got)
		}
		r.connected()
		pass(5*time.Minute - time.Second)
		if got := patternNames(r.snap()); got != vital.PatternReplaced {
			t.Errorf("before it is calm: %q", got)
		}
		pass(2 * time.Second)
		if got := patternNames(r.snap()); got != "" {
			t.Errorf("when it is calm: %q", got)
		}
		r.must(r.manager.Stop(t.Context(), one))
		r.close()
		r.restart()
		if got := patternNames(r.snap()); got != "" {
			t.Errorf("after it was calm, and stopped: %q", got)
		}
	})
}

func TestARestrictionThenALogout(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.conn().sink(Restricted{vital.Restriction{Active: true, Kind: "BIZ"}})
		pass(time.Hour)
		r.conn().fail(vital.ReasonDeviceRemoved)
		if got := patternNames(r.snap()); got != vital.PatternPolicy {
			t.Errorf("got %q", got)
		}
	})
}

// Four short lives in ten minutes; the time alone ends it.
func TestFlapping(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.start()
		for range 4 {
			if got := patternNames(r.snap()); got != "" {
				t.Errorf("too early: %q", got)
			}
			r.conn().up()
			pass(31 * time.Second)
			r.conn().fail(vital.ReasonServerClosed)
			if s := r.snap(); !s.NextTry.IsZero() {
				pass(time.Until(s.NextTry))
			}
		}
		if got := patternNames(r.snap()); got != vital.PatternFlapping {
			t.Fatalf("got %q", got)
		}
		r.must(r.manager.Stop(t.Context(), one))
		if got := patternNames(r.snap()); got != "" {
			t.Errorf("stopped: %q", got)
		}
		r.must(r.manager.Start(t.Context(), one))
		if got := patternNames(r.snap()); got != vital.PatternFlapping {
			t.Errorf("started again: %q", got)
		}
		pass(10 * time.Minute)
		if got := patternNames(r.snap()); got != "" {
			t.Errorf("later: %q", got)
		}
	})
}

// A diagnosis that cannot be stored is shown as what it is: not stored.
func TestADiagnosisThatIsNotStored(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.store.mu.Lock()
		r.store.err = errFake
		r.store.mu.Unlock()
		r.conn().fail(vital.ReasonDeadLink)
		if s := r.snap(); s.Stored || len(r.store.told()) != 0 {
			t.Errorf("stored %v, %v", s.Stored, r.store.told())
		}
	})
}

func TestAttemptsAreKeptWithWhatTheyCameTo(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.start()
		whole := vital.DialTrace{Began: time.Now(), Remote: "127.0.0.1:443", Phases: []vital.DialPhase{
			{Phase: vital.PhaseTCP, Duration: time.Millisecond}, {Phase: vital.PhaseTLS, Start: time.Millisecond, Duration: 2 * time.Millisecond},
			{Phase: vital.PhaseLogin, Start: 3 * time.Millisecond, Duration: time.Millisecond},
		}}
		r.conn().sink(PhaseReached{vital.PhaseTCP})
		r.conn().sink(PhaseReached{vital.PhaseTLS})
		r.conn().sink(Dialled{whole})
		r.conn().up()
		pass(time.Minute)
		r.conn().fail(vital.ReasonDeadLink)
		pass(time.Until(r.snap().NextTry))

		r.conn().sink(PhaseReached{vital.PhaseTCP}) // one that tells no waterfall: the actor cuts it
		pass(2 * time.Second)
		r.conn().sink(PhaseReached{vital.PhaseTLS})
		pass(attemptDeadline)
		pass(time.Until(r.snap().NextTry))

		r.conn().sink(PhaseReached{vital.PhaseTCP})
		r.must(r.manager.Stop(t.Context(), one))
		r.store.mu.Lock()
		defer r.store.mu.Unlock()
		if len(r.store.dials) != 3 {
			t.Fatalf("%+v", r.store.dials)
		}
		first, second, third := r.store.dials[0], r.store.dials[1], r.store.dials[2]
		if first.Outcome != vital.DialConnected || first.EndedIn != vital.PhaseNone || first.Trace.Total() != whole.Total() || first.Session != one {
			t.Errorf("%+v", first)
		}
		if second.Outcome != vital.DialFailed || second.EndedIn != vital.PhaseTLS || second.Failure.Reason != vital.ReasonConnectTimeout || second.Attempt != 1 {
			t.Errorf("%+v", second)
		}
		if p := second.Trace.Phases; len(p) != 2 || p[0].Duration != 2*time.Second || p[1].Duration != attemptDeadline-2*time.Second {
			t.Errorf("%+v", p)
		}
		if third.Outcome != vital.DialAbandoned || third.EndedIn != vital.PhaseTCP || third.Failure != (vital.Failure{}) {
			t.Errorf("%+v", third)
		}
	})
}

// three sessions, all connected, each with its connection.
func withThree(t *testing.T, test func(t *testing.T, r *rig, conns []*fakeConn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var records []Record
		for id := one; id <= 3; id++ {
			rec := record(true)
			rec.ID, rec.Name = id, "sales "+string(rune('0'+id))
			records = append(records, rec)
		}
		r := newRig(t, records...)
		defer r.close()
		var conns []*fakeConn
		for id := one; id <= 3; id++ {
			r.must(r.manager.Start(t.Context(), id))
			conns = append(conns, r.conn())
			r.conn().up()
		}
		pass(time.Hour)
		test(t, r, conns)
	})
}

func (r *rig) patternsOf(id vital.SessionID) string {
	r.t.Helper()
	synctest.Wait()
	s, ok := r.manager.Snapshot(id)
	if !ok {
		r.t.Fatal("there is no such session")
	}
	return patternNames(s)
}

// All at once: each session shows it, it is stored once and for all of them, told in each, and over as soon as one is back.
func TestAllSessionsDownAtOnce(t *testing.T) {
	withThree(t, func(t *testing.T, r *rig, conns []*fakeConn) {
		r.devices.refuse(errFake) // none comes back meanwhile
		for _, c := range conns {
			if got := r.patternsOf(one); got != "" {
				t.Errorf("too early: %q", got)
			}
			c.fail(vital.ReasonServerClosed)
		}
		for id := one; id <= 3; id++ {
			if got := r.patternsOf(id); got != vital.PatternAllDown {
				t.Errorf("session %d: %q", id, got)
			}
		}
		stored := slices.DeleteFunc(r.store.told(), func(s string) bool { return s != "0 all_down*" })
		told := slices.DeleteFunc(r.store.diagnosed(), func(s string) bool { return s != vital.PatternAllDown })
		if len(stored) != 1 || len(told) != 3 {
			t.Errorf("stored %d times, told %d times", len(stored), len(told))
		}
		r.must(r.manager.Stop(t.Context(), 3)) // what the operator stops is down for another reason
		if got := r.patternsOf(3); got != "" {
			t.Errorf("stopped: %q", got)
		}
		r.devices.refuse(nil)
		r.must(r.manager.Start(t.Context(), 2))
		r.conn().up()
		for id := one; id <= 3; id++ {
			if got := r.patternsOf(id); got != "" {
				t.Errorf("one is back, session %d: %q", id, got)
			}
		}
	})
}

// What cannot be stored is shown all the same, and the trouble of the database with it.
func TestAllSessionsDownWithABrokenStore(t *testing.T) {
	withThree(t, func(t *testing.T, r *rig, conns []*fakeConn) {
		r.devices.refuse(errFake)
		r.store.refuse("SaveDiagnosis", errFake)
		for _, c := range conns {
			c.fail(vital.ReasonServerClosed)
		}
		if got := r.patternsOf(one); got != vital.PatternAllDown {
			t.Errorf("got %q", got)
		}
		r.store.mu.Lock()
		defer r.store.mu.Unlock()
		if !slices.ContainsFunc(r.store.events, func(e vital.Event) bool {
			return e.Level == vital.LevelError && strings.Contains(e.Text, "store a diagnosis")
		}) {
			t.Error("nobody is told that it is not stored")
		}
	})
}

// Nobody starts a session without knowing how its last connections ended: a store that cannot tell is an error of the start.
func TestEndsThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, record(true))
		r.close()
		r.store.refuse("Ends", errFake)
		m := NewManager(Config{Store: r.store, Devices: r.devices, Hub: NewHub()})
		if err := m.Load(t.Context()); !errors.Is(err, errFake) {
			t.Errorf("got %v", err)
		}
		if err := m.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// What was up when wapulse was killed has an end, too.
func TestAKillIsAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := record(true)
		rec.State = vital.StateConnected
		r := &rig{t: t, store: &fakeStore{records: []Record{rec}}, devices: &fakeDevices{}, log: &strings.Builder{}}
		r.store.records[0].Alive = rec.Since.Add(time.Hour)
		pass(24 * time.Hour)
		r.restart()
		defer r.close()
		if got := r.store.told(); !slices.Equal(got, []string{"1 killed"}) || r.store.diagnoses[0].End.Lived != time.Hour {
			t.Errorf("stored %v", got)
		}
	})
}

func TestNotAllSessionsDownAtOnce(t *testing.T) {
	for name, fault := range map[string]func(r *rig, conns []*fakeConn){
		"one stays up": func(_ *rig, conns []*fakeConn) {
			conns[0].fail(vital.ReasonServerClosed)
			conns[1].fail(vital.ReasonServerClosed)
		},
		"two were stopped": func(r *rig, conns []*fakeConn) {
			r.must(r.manager.Stop(r.t.Context(), 2))
			r.must(r.manager.Stop(r.t.Context(), 3))
			conns[0].fail(vital.ReasonServerClosed)
		},
		"logged out": func(_ *rig, conns []*fakeConn) {
			for _, c := range conns {
				c.fail(vital.ReasonLoggedOut)
			}
		},
		"wapulse ends": func(r *rig, _ []*fakeConn) { r.close() },
	} {
		t.Run(name, func(t *testing.T) {
			withThree(t, func(t *testing.T, r *rig, conns []*fakeConn) {
				r.devices.refuse(errFake)
				fault(r, conns)
				synctest.Wait()
				if slices.Contains(r.store.told(), "0 all_down*") {
					t.Errorf("stored %v", r.store.told())
				}
			})
		})
	}
}
