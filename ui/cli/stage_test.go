package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/cli/demo"
)

// staged is a stage with sessions that are up.
func (w *world) staged(t *testing.T, names ...string) (*demo.Stage, []vital.SessionID) {
	t.Helper()
	stage := demo.NewStage(w.server, w.house.manager, w.house.log)
	var ids []vital.SessionID
	for i, name := range names {
		id, err := stage.Add(t.Context(), simulator.Well(simulator.Role{Name: name, Phone: fmt.Sprintf("+49151234561%02d", i), PushName: "Ada"}))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var play sync.WaitGroup
	play.Go(func() { stage.Run(ctx) })
	t.Cleanup(func() { cancel(); play.Wait() })
	for _, id := range ids {
		w.await(t, id, "connected", isConnected)
	}
	return stage, ids
}

// What a fault says that it does, it does, as far as the state of the session tells, and healing brings back what it has broken.
func TestEveryFaultCanBeHealed(t *testing.T) {
	w := newWorld(t)
	var names []string
	for _, f := range demo.Faults() {
		names = append(names, f.Name)
	}
	stage, ids := w.staged(t, names...)
	var errands sync.WaitGroup
	for i, f := range demo.Faults() {
		errands.Go(func() {
			before, _ := w.house.manager.Snapshot(ids[i])
			if err := stage.Cause(t.Context(), f.Name, ids[i]); err != nil {
				t.Errorf("%s: %v", f.Name, err)
				return
			}
			switch snap, _ := w.house.manager.Snapshot(ids[i]); {
			case f.Ends:
				snap = w.await(t, ids[i], "ended by "+f.Name, func(s *vital.Snapshot) bool { return s.State == vital.StateError })
				if strings.Contains(f.Words, "pair it again") == snap.Identity.Paired() {
					t.Errorf("%s says %q, and paired is %v", f.Name, f.Words, snap.Identity.Paired())
				}
			case f.Lasts:
				if snap.State != vital.StateConnected {
					t.Errorf("%s: %s at once", f.Name, snap.State)
				}
			default:
				w.await(t, ids[i], "back after "+f.Name, func(s *vital.Snapshot) bool {
					return s.State == vital.StateConnected && s.Counters.Connects > before.Counters.Connects
				})
			}
			if err := stage.Cause(t.Context(), demo.Healthy, ids[i]); err != nil {
				t.Errorf("healing %s: %v", f.Name, err)
			}
			if snap, _ := w.house.manager.Snapshot(ids[i]); snap.State != vital.StateConnected || !snap.Identity.Paired() {
				t.Errorf("after healing %s it is %s", f.Name, snap.State)
			}
		})
	}
	errands.Wait()
}

// An attempt that waits for a server which said nothing, and could now, is not waited for.
func TestHealingDoesNotWaitForALostAttempt(t *testing.T) {
	w := newWorld(t)
	stage, ids := w.staged(t, "lost")
	const phone = "+4915123456100"
	logins := w.server.Stats().Logins
	if err := w.server.SetFaults(phone, func(f *simulator.Faults) { *f = simulator.Faults{Blackhole: true} }); err != nil {
		t.Fatal(err)
	}
	if err := w.server.Drop(phone); err != nil {
		t.Fatal(err)
	}
	lost := func() bool { // the server has let it in, and has not said so in a while
		snap, _ := w.house.manager.Snapshot(ids[0])
		return w.server.Stats().Logins > logins && snap.State == vital.StateReconnecting && time.Since(snap.Since) > 3*time.Second
	}
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for never := time.After(time.Minute); !lost(); {
		select {
		case <-look.C:
		case <-never:
			t.Fatal("no attempt is lost")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second) // less than an attempt may take
	defer cancel()
	if err := stage.Heal(ctx, ids[0]); err != nil {
		t.Error(err)
	}
}

// What cannot be done to a session whose phone has removed it is said in the words of the demo, with what to do first.
func TestAFaultOnWhoeverIsLoggedOut(t *testing.T) {
	w := newWorld(t)
	stage, ids := w.staged(t, "sales")
	if err := stage.Cause(t.Context(), "removed", ids[0]); err != nil {
		t.Fatal(err)
	}
	w.await(t, ids[0], "logged out", func(s *vital.Snapshot) bool { return s.State == vital.StateError && !s.Identity.Paired() })
	if err := stage.Cause(t.Context(), "drop", ids[0]); !errors.Is(err, demo.ErrLoggedOut) {
		t.Errorf("got %v", err)
	}
}

func TestAScriptIsPerformed(t *testing.T) {
	w := newWorld(t)
	stage, ids := w.staged(t, "sales", "support")
	script, err := demo.ParseScript(strings.NewReader("at 0s fault 405 on all\nat 100ms heal support"), []string{"sales", "support"})
	if err != nil {
		t.Fatal(err)
	}
	connects := func() uint64 { s, _ := w.house.manager.Snapshot(ids[1]); return s.Counters.Connects }
	before := connects()
	stage.Perform(t.Context(), script)
	w.await(t, ids[0], "outdated", func(s *vital.Snapshot) bool { return s.Reason == vital.ReasonOutdated })
	w.await(t, ids[1], "healed", func(s *vital.Snapshot) bool { return isConnected(s) && connects() > before })
}

func TestWhatHasNoPhoneIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	stage, _ := w.staged(t)
	id, _ := w.waiting(t)
	if stage.Plays(id) {
		t.Error("it plays")
	}
	if err := stage.Cause(t.Context(), "drop", id); err == nil || !strings.Contains(err.Error(), "no such session in the demo") {
		t.Errorf("got %v", err)
	}
}
