package session

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// inBubble runs a test on a fake clock with one session.
func inBubble(t *testing.T, paired bool, test func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, record(paired))
		defer r.close()
		test(t, r)
	})
}

// Every state, every cause, paired or not: the actor goes along the edges of the table and along no others, and each step is stored before
// anybody sees it.
func TestEveryEdge(t *testing.T) {
	for _, from := range vital.States() {
		for _, cause := range vital.Causes() {
			for _, paired := range []bool{false, true} {
				inBubble(t, paired, func(t *testing.T, r *rig) { tryEdge(t, r, from, cause, paired) })
			}
		}
	}
}

func tryEdge(t *testing.T, r *rig, from vital.State, cause vital.Cause, paired bool) {
	rec := record(paired)
	rec.State = from
	a := newActor(&r.manager.config, r.manager.gate, r.manager.outage, rec, nil)
	defer a.cancel()
	a.changed = false
	sub := r.hub.Subscribe()
	defer sub.Close()
	sub.Take()
	shown := false
	r.store.onCommit = func(vital.Transition) {
		told := sub.Take()
		shown = len(told.Snapshots)+len(told.Events) > 0
	}
	to, exists := vital.Next(from, cause, paired)
	failure := vital.Failure{Reason: vital.ReasonDeadLink}
	if moved := a.move(cause, vital.ReasonDeadLink, failure); moved != exists {
		t.Fatalf("%s %s (paired: %v): moved %v, the table says %v", from, cause, paired, moved, exists)
	}
	a.flush()
	batch := sub.Take()
	if !exists {
		if len(r.store.transitions) != 0 || len(batch.Snapshots) != 0 {
			t.Fatalf("%s %s (paired: %v): no such edge, but something happened", from, cause, paired)
		}
		return
	}
	if shown {
		t.Errorf("%s %s: shown before it was stored", from, cause)
	}
	if len(r.store.transitions) != 1 || len(batch.Snapshots) != 1 {
		t.Fatalf("%s %s: %d transitions stored, %d snapshots", from, cause, len(r.store.transitions), len(batch.Snapshots))
	}
	stored, snap := r.store.transitions[0], batch.Snapshots[0]
	if stored.From != from || stored.To != to || stored.Cause != cause || stored.Failure != failure || stored.Session != one {
		t.Errorf("stored %+v", stored)
	}
	if snap.State != to || !snap.Stored || snap.Failure != failure || snap.LastError == "" {
		t.Errorf("shown %+v", snap)
	}
	e := batch.Events[0]
	if e.Kind != vital.KindConnectionUpdate || e.Field("state") != to.String() || e.Field("cause") != cause.String() || e.Field("lastDisconnect") == "" {
		t.Errorf("told %+v", e)
	}
}

// The edges as they are gone in life, by what happens to a session.
func TestWaysThroughTheStates(t *testing.T) {
	for name, c := range map[string]struct {
		paired bool
		live   func(r *rig)
		want   []string
	}{
		"up and stopped": {true, func(r *rig) { r.connected(); r.must(r.manager.Stop(r.t.Context(), one)) }, []string{
			"DISCONNECTED start CONNECTING", "CONNECTING authenticated CONNECTED", "CONNECTED stop DISCONNECTED",
		}},
		"lost and back": {true, func(r *rig) {
			r.connected()
			r.conn().fail(vital.ReasonStreamUnavailable)
			pass(2 * time.Second)
			r.conn().up()
		}, []string{
			"DISCONNECTED start CONNECTING", "CONNECTING authenticated CONNECTED", "CONNECTED socket_lost RECONNECTING",
			"RECONNECTING authenticated CONNECTED",
		}},
		"first attempt fails": {true, func(r *rig) {
			r.start()
			r.conn().fail(vital.ReasonTCP)
			pass(2 * time.Second)
			r.conn().fail(vital.ReasonTCP)
			r.must(r.manager.Stop(r.t.Context(), one))
		}, []string{
			"DISCONNECTED start CONNECTING", "CONNECTING attempt_failed RECONNECTING", "RECONNECTING attempt_failed RECONNECTING",
			"RECONNECTING stop DISCONNECTED",
		}},
		"unpaired attempt fails": {false, func(r *rig) { r.start(); r.conn().fail(vital.ReasonDNS) }, []string{
			"DISCONNECTED start CONNECTING", "CONNECTING attempt_failed DISCONNECTED",
		}},
		"removed, started again": {true, func(r *rig) {
			r.connected()
			r.conn().fail(vital.ReasonDeviceRemoved)
			r.start()
		}, []string{
			"DISCONNECTED start CONNECTING", "CONNECTING authenticated CONNECTED", "CONNECTED permanent ERROR", "ERROR operator CONNECTING",
		}},
		"reconnect key": {true, func(r *rig) { r.connected(); r.must(r.manager.Reconnect(r.t.Context(), one)); r.conn().up() }, []string{
			"DISCONNECTED start CONNECTING", "CONNECTING authenticated CONNECTED", "CONNECTED reconnect RECONNECTING",
			"RECONNECTING authenticated CONNECTED",
		}},
		"outdated while reconnecting": {true, func(r *rig) {
			r.connected()
			r.conn().fail(vital.ReasonServerClosed)
			pass(2 * time.Second)
			r.conn().fail(vital.ReasonOutdated)
		}, []string{
			"DISCONNECTED start CONNECTING", "CONNECTING authenticated CONNECTED", "CONNECTED socket_lost RECONNECTING", "RECONNECTING permanent ERROR",
		}},
		"refused at once": {true, func(r *rig) { r.start(); r.conn().fail(vital.ReasonRefused) }, []string{
			"DISCONNECTED start CONNECTING", "CONNECTING permanent ERROR",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, c.paired, func(t *testing.T, r *rig) {
				c.live(r)
				if got := r.store.steps(); !slices.Equal(got, c.want) {
					t.Errorf("went\n%q, want\n%q", got, c.want)
				}
			})
		})
	}
}

func TestShutdownLeavesWhatWasWanted(t *testing.T) {
	for _, up := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, record(true))
			r.connected()
			if !up {
				r.must(r.manager.Stop(t.Context(), one))
			}
			r.close()
			if r.store.records[0].Wanted != up || r.store.records[0].State != vital.StateDisconnected {
				t.Errorf("stored %+v", r.store.records[0])
			}
			r.restart()
			r.manager.StartWanted()
			if got := r.dials(); got != map[bool]int{true: 2, false: 1}[up] {
				t.Errorf("%d dials after the restart", got)
			}
			r.close()
		})
	}
}

func TestErrorSurvivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, record(true))
		r.connected()
		r.conn().fail(vital.ReasonReplaced)
		r.in(vital.StateError, vital.ReasonReplaced)
		r.close()
		r.restart()
		r.manager.StartWanted()
		r.in(vital.StateError, vital.ReasonReplaced)
		pass(2 * time.Hour)
		if r.dials() != 1 {
			t.Error("it was dialled again")
		}
		if r.snap().Diagnosis().What == "" {
			t.Error("why it is in ERROR is forgotten")
		}
		r.close()
	})
}

// What was up when wapulse was killed is DISCONNECTED at the next start, in history too, since the last sign of life, and comes back if it was wanted.
func TestAfterAKill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pass(time.Hour)
		killed := time.Now()
		pass(time.Hour)
		rec := record(true)
		rec.State, rec.Since, rec.Alive = vital.StateConnected, killed.Add(-30*time.Minute), killed
		r := newRig(t, rec)
		defer r.close()
		r.in(vital.StateDisconnected, vital.ReasonKilled)
		if s := r.snap(); !s.Since.Equal(killed) {
			t.Errorf("down since %v, killed at %v", s.Since, killed)
		}
		if got := r.store.steps(); !slices.Equal(got, []string{"CONNECTED shutdown DISCONNECTED"}) || !r.store.transitions[0].Time.Equal(killed) {
			t.Errorf("history says %q, %+v", got, r.store.transitions)
		}
		if told := r.store.events; len(told) != 1 || !told[0].Time.Equal(killed) || told[0].Kind != vital.KindConnectionUpdate || told[0].Field("from") != "CONNECTED" ||
			told[0].Field("state") != "DISCONNECTED" || !strings.Contains(told[0].Text, "killed") {
			t.Errorf("told %+v", told)
		}
		r.manager.StartWanted()
		r.conn().up()
		r.in(vital.StateConnected, vital.ReasonAuthenticated)
	})
}

// When it was up for the last time is never before it came up, and never in the future.
func TestKilledAt(t *testing.T) {
	now := time.Now()
	since := now.Add(-time.Hour)
	for name, c := range map[string]struct{ alive, want time.Time }{
		"nothing was heard": {time.Time{}, since}, "the run before was": {since.Add(-time.Minute), since}, "later": {since.Add(time.Minute), since.Add(time.Minute)},
		"in the future": {now.Add(time.Hour), now},
	} {
		if got := (&Record{State: vital.StateConnected, Since: since, Alive: c.alive}).KilledAt(now); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestBanEndsByItself(t *testing.T) {
	for _, restart := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, record(true))
			r.connected()
			r.conn().end(vital.Failure{Reason: vital.ReasonBanned, BanCode: 101, Until: time.Now().Add(time.Hour)})
			r.in(vital.StateError, vital.ReasonBanned)
			if restart {
				r.close()
				r.restart()
				r.manager.StartWanted()
			}
			pass(59 * time.Minute)
			r.in(vital.StateError, vital.ReasonBanned)
			pass(time.Minute + time.Second)
			r.in(vital.StateConnecting, vital.ReasonStarted)
			r.conn().up()
			r.in(vital.StateConnected, vital.ReasonAuthenticated)
			r.close()
		})
	}
}

func TestBanWithoutAnEndWaitsForTheOperator(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.conn().fail(vital.ReasonBanned)
		pass(30 * 24 * time.Hour)
		r.in(vital.StateError, vital.ReasonBanned)
	})
}

// A session that the operator has stopped while it was banned stays down when the ban ends.
func TestStoppedWhileBanned(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.conn().end(vital.Failure{Reason: vital.ReasonBanned, Until: time.Now().Add(time.Hour)})
		r.must(r.manager.Stop(t.Context(), one))
		pass(2 * time.Hour)
		r.in(vital.StateError, vital.ReasonBanned)
	})
}

func TestAStoreThatIsSlowOrRefuses(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.store.takes = time.Hour
		began := time.Now()
		r.start()
		if took := time.Since(began); took != storeDeadline {
			t.Errorf("the start took %v, want the store's deadline", took)
		}
		r.in(vital.StateConnecting, vital.ReasonStarted)
		if r.snap().Stored {
			t.Error("shown as stored")
		}
		r.store.mu.Lock()
		r.store.takes, r.store.err = 0, errFake
		r.store.mu.Unlock()
		r.conn().up()
		if s := r.snap(); s.State != vital.StateConnected || s.Stored {
			t.Errorf("%s, stored: %v", s.State, s.Stored)
		}
		r.store.mu.Lock()
		r.store.err = nil
		r.store.mu.Unlock()
		r.conn().fail(vital.ReasonServerClosed)
		if s := r.snap(); s.State != vital.StateReconnecting || !s.Stored {
			t.Errorf("%s, stored: %v", s.State, s.Stored)
		}
	})
}

func TestCredentialsThatTheServerEndedAreForgotten(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.conn().fail(vital.ReasonDeviceRemoved)
		if s := r.snap(); s.Identity.Paired() || s.Identity.Phone != "+491512345678" {
			t.Errorf("identity %+v, want it unpaired with its number", s.Identity)
		}
		if r.devices.deleted != 1 || r.store.records[0].Identity.Paired() {
			t.Errorf("deleted %d times, stored %+v", r.devices.deleted, r.store.records[0].Identity)
		}
	})
}

func TestCredentialsThatAreMissing(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.devices.err = ErrCredentialsMissing
		r.start()
		r.in(vital.StateError, vital.ReasonCorruptCredentials)
		r.devices.err = errFake
		r.start()
		r.in(vital.StateReconnecting, vital.ReasonStore)
		if r.store.records[0].Identity != somebody() {
			t.Error("the identity was forgotten")
		}
	})
}

func TestFrozenConnectionHoldsNobodyUp(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		frozen := r.conn()
		frozen.set(func(c *fakeConn) { c.frozen = true })
		r.must(r.manager.Reconnect(t.Context(), one))
		pass(closeDeadline)
		if r.dials() != 2 {
			t.Fatalf("%d dials, want the next one in spite of the frozen one", r.dials())
		}
		second := r.conn()
		second.up()
		frozen.fail(vital.ReasonLoggedOut) // it wakes up: nobody listens to it any more
		r.in(vital.StateConnected, vital.ReasonAuthenticated)
		second.set(func(c *fakeConn) { c.frozen = true })
		began := time.Now()
		r.close()
		if took := time.Since(began); took > closeDeadline {
			t.Errorf("closing took %v", took)
		}
		close(second.done)
	})
}

func TestAPanicInTheClientIsAFailure(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.devices.panics = true
		r.start()
		if s := r.snap(); s.State == vital.StateConnected || s.State == vital.StateConnecting {
			t.Errorf("the session is %s after a panic in its client", s.State)
		}
		r.devices.mu.Lock()
		r.devices.panics = false
		r.devices.mu.Unlock()
		pass(time.Minute)
		r.conn().up()
		r.in(vital.StateConnected, vital.ReasonAuthenticated)
	})
}

func TestCommandsAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, record(true))
		r.connected()
		r.close()
		for name, do := range map[string]func(context.Context, vital.SessionID) error{
			"start": r.manager.Start, "stop": r.manager.Stop, "reconnect": r.manager.Reconnect, "delete": r.manager.Delete,
		} {
			if err := do(t.Context(), one); err == nil {
				t.Errorf("%s after Close: no error", name)
			}
		}
		if _, err := r.manager.Create(t.Context(), "new"); err == nil {
			t.Error("created after Close")
		}
	})
}

// What a database that is busy, or full, does not take in time is stored once it does, though nothing more happens: the chain has no hole.
func TestTransitionsAreStoredInTheEnd(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.start()
		refuse := func(err error) {
			r.store.mu.Lock()
			defer r.store.mu.Unlock()
			r.store.err = err
		}
		refuse(errFake)
		r.conn().up()
		r.conn().fail(vital.ReasonServerClosed)
		if r.snap().Stored {
			t.Error("shown as stored")
		}
		refuse(nil)
		r.must(r.manager.Stop(t.Context(), one))
		pass(storeAgain)
		if !r.snap().Stored {
			t.Error("shown as not stored")
		}
		at := vital.StateDisconnected
		for _, move := range r.store.transitions {
			if move.From != at {
				t.Errorf("a hole: from %s, and before it to %s", move.From, at)
			}
			at = move.To
		}
		if n := len(r.store.transitions); n != 4 || at != vital.StateDisconnected {
			t.Errorf("%d transitions are stored, the last to %s", n, at)
		}
	})
}

func TestTransitionsAreStoredWithoutAnother(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.store.mu.Lock()
		r.store.err = errFake
		r.store.mu.Unlock()
		r.start()
		r.store.mu.Lock()
		r.store.err = nil
		r.store.mu.Unlock()
		pass(storeAgain)
		if len(r.store.transitions) != 1 || !r.snap().Stored {
			t.Errorf("%d are stored, shown as stored: %v", len(r.store.transitions), r.snap().Stored)
		}
	})
}
