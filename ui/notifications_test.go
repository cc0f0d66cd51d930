package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
)

// goneWrong is a session after the phone has removed it.
func goneWrong(s *vital.Snapshot) *vital.Snapshot {
	gone := *s
	gone.Version, gone.State, gone.Failure = s.Version+1, vital.StateError, vital.Failure{Reason: vital.ReasonDeviceRemoved, Code: 401}
	return &gone
}

// Notes are filtered and sorted as any list, and esc takes the filter away before the page.
func TestNotesAreFilteredAndSorted(t *testing.T) {
	b := smallBench(t, cast()...)
	scenes()["notes"](b)
	first := func() string { return strings.Split(b.model.View(), "\n")[2] }
	b.keys("S")
	b.mustShow("Notifications 4, what failed first")
	if line := first(); !strings.Contains(line, "✖") {
		t.Errorf("%q is first", line)
	}
	b.keys("S")
	b.mustShow("the oldest first")
	b.keys("S", "/", "ANSWERS")
	b.mustShow("Notifications: 1 of 4", "● the server answers sales-id", "esc no filter")
	b.mustNotShow("is stopped")
	b.keys("enter", "q")
	b.mustShow("Sessions")
	b.keys("n", "/", "zzz")
	b.mustShow("No notification has that in it")
	b.keys("esc")
	b.mustShow("Notifications 4")
	b.model.clock = func() time.Time { return noon.Add(3 * time.Hour) }
	b.model.dirty = true
	b.mustShow("3 h 00 min ago")
	b.model.clock = func() time.Time { return noon.Add(48 * time.Hour) }
	b.model.dirty = true
	b.mustShow(noon.Local().Format("2006-01-02 15:04"))
	b.send(tea.WindowSizeMsg{Width: 40, Height: 10})
	b.mustShow(" 2026-03-04 ✖") // the day, where there is no room for more
	b.model.clock = func() time.Time { return noon.Add(3 * time.Hour) }
	b.model.dirty = true
	b.mustShow("3 h 00 min ")
	b.mustNotShow(" ago")
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
