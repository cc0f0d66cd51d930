package cli

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/cli/demo"
)

// What the soak test does to sessions beside the demo's faults.
const (
	faultStop      = "stop"      // the operator stops it
	faultReconnect = "reconnect" // the operator wants a new socket
	faultShortBan  = "short ban" // that ends by itself
	faultSlow      = "slow"      // answers take their time
)

// foretold is what must become of a session, by the list of what happened to it and by nothing else.
type foretold struct {
	phone  string
	faults []string // since it was healthy last, oldest first
	cutAt  uint64   // how often it had connected when its line was cut last
	total  int
}

// standing is where a session must end up.
type standing struct {
	state   vital.State
	reasons []vital.Reason // one of these; empty for any
}

// endings are the faults after which a session does not come back by itself.
func endings() map[string]standing {
	ends := func(reasons ...vital.Reason) standing { return standing{vital.StateError, reasons} }
	return map[string]standing{
		"401": ends(vital.ReasonLoggedOut), "402": ends(vital.ReasonBanned), "405": ends(vital.ReasonOutdated), "replaced": ends(vital.ReasonReplaced),
		// Whether it hears why depends on whether its line was up just then.
		"removed":   ends(vital.ReasonDeviceRemoved, vital.ReasonLoggedOut),
		faultStop:   {vital.StateDisconnected, []vital.Reason{vital.ReasonStopped}},
		"blackhole": {vital.StateReconnecting, []vital.Reason{vital.ReasonDeadLink, vital.ReasonLoginTimeout, vital.ReasonConnectTimeout}},
	}
}

// standing is where the session's faults must have brought it.
func (f *foretold) standing() standing {
	if n := len(f.faults); n > 0 {
		if end, ok := endings()[f.faults[n-1]]; ok {
			return end
		}
	}
	return standing{state: vital.StateConnected}
}

// next chooses what happens. One that will not come back by itself can only be healed: what another fault would do to it depends on which of them is first.
func (f *foretold) next(random *rand.Rand, long bool) string {
	if f.standing().state != vital.StateConnected {
		return demo.Healthy
	}
	names := []string{faultStop, faultReconnect, faultShortBan, faultSlow, demo.Healthy}
	for _, fault := range demo.Faults() {
		if fault.Name != "blackhole" && fault.Name != "delay" || long { // the one takes half a minute to be found, and the other makes everything take long
			names = append(names, fault.Name)
		}
	}
	if random.IntN(2) == 0 { // half of all are such that it comes back from
		names = slices.DeleteFunc(names, func(name string) bool { _, ends := endings()[name]; return ends })
	}
	return names[random.IntN(len(names))]
}

// ready says whether the session is where that can happen to it so that its outcome is certain: healing is for what has come to where it must, and what
// is told over the line needs one that is up, of which the server and the session know.
func (f *foretold) ready(s *soak, id vital.SessionID, name string) bool {
	snap, ok := s.house.manager.Snapshot(id)
	if !ok {
		return false
	}
	switch name {
	case demo.Healthy:
		return f.standing().met(snap)
	case "replaced", "removed", "blackhole", "515", faultReconnect, faultStop:
		return snap.State == vital.StateConnected && snap.Counters.Connects > f.cutAt
	}
	return true
}

// struck notes what has happened.
func (f *foretold) struck(name string, connects uint64) {
	f.total++
	switch name {
	case demo.Healthy:
		f.faults = nil
	case "delay", "429", "463", faultSlow:
		f.faults = append(f.faults, name)
	default:
		f.faults, f.cutAt = append(f.faults, name), connects
	}
}

func (w standing) met(snap *vital.Snapshot) bool {
	return snap.State == w.state && (len(w.reasons) == 0 || slices.Contains(w.reasons, snap.Reason))
}

// mustStandAsForetold waits until every session is where it must be. Those that wait for their next attempt are told to try at once.
func (s *soak) mustStandAsForetold(t *testing.T) {
	t.Helper()
	total := 0
	for _, id := range s.ids {
		f := s.known[id]
		total += f.total
		want := f.standing()
		for deadline := time.Now().Add(2 * time.Minute); ; {
			snap, ok := s.house.manager.Snapshot(id)
			if ok && want.met(snap) && (want.state != vital.StateConnected || snap.Counters.Connects > f.cutAt) {
				break
			}
			if time.Now().After(deadline) {
				t.Errorf("session %d is %s (%s), and must be %s %v after %q", id, snap.State, snap.Reason, want.state, want.reasons, f.faults)
				break
			}
			if want.state == vital.StateConnected && snap.State == vital.StateReconnecting && !snap.NextTry.IsZero() {
				_ = s.house.manager.Start(t.Context(), id)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	t.Logf("%d faults on %d sessions", total, len(s.ids))
}
