package ui

import (
	"fmt"
	"testing"

	"github.com/wapulse/wapulse/session/vital"
)

// goneWrong is a session after the phone has removed it.
func goneWrong(s *vital.Snapshot) *vital.Snapshot {
	gone := *s
	gone.Version, gone.State, gone.Failure = s.Version+1, vital.StateError, vital.Failure{Reason: vital.ReasonDeviceRemoved, Code: 401}
	return &gone
}

// What was said is kept, the newest first, with the sessions that went to ERROR: once each.
func TestNotesAreKept(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("n")
	b.mustShow("Nothing yet")
	b.keys("esc")
	b.mustNotShow("new n")
	scenes()["notes"](b)
	b.mustShow("Notifications 4", "✖ sales-id is in ERROR: logged out", "✖ this session is not paired", "● the server answers sales-id in 182 ms", "● sales-id is stopped")
	b.publish(goneWrong(b.sessions.list[0]))
	b.mustShow("Notifications 4")
	b.keys("esc", "c")
	b.mustNotShow("ERROR")
	b.publish(goneWrong(b.sessions.list[1]))
	b.mustShow("✖ support is in ERROR: logged out")
	b.keys("esc")
	b.mustShow("✖ 1 new n ")
	b.keys("n")
	for i := range 300 {
		b.model.tell(fmt.Sprintf("note %d.", i), nil)
	}
	b.model.dirty = true
	b.mustShow("Notifications 200", "note 299.")
	b.keys("G")
	b.mustShow("note 100.")
	b.mustNotShow("note 99.")
	b.keys("q")
	b.mustShow("Sessions")
}
