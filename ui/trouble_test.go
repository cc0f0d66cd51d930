package ui

import (
	"strings"
	"testing"

	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session/vital"
)

// In a large window all that is wrong is in sight, the worst first, but for the selected session, of which the vitals tell.
func TestWhatElseIsWrong(t *testing.T) {
	b := newBench(t, 200, 60, termenv.Ascii, cast()...)
	_, box, _ := strings.Cut(b.model.View(), "What else is wrong")
	order := []string{"✖ old-phone", "logged out: the phone removed", "do pair this session again", "✖ campaign", "◔ support", "wapulse retries by itself", "◔ new-phone    waits for a phone", "slow: ping p95"}
	for at, rest := 0, box; at < len(order); at++ {
		_, after, found := strings.Cut(rest, order[at])
		if !found {
			t.Fatalf("no %q in its place:\n%s", order[at], box)
		}
		rest = after
	}
	b.keys("down", "down", "down")
	if _, box, _ := strings.Cut(b.model.View(), "What else is wrong"); strings.Contains(box, "old-phone    logged out") {
		t.Errorf("the selected session is told of twice:\n%s", box)
	}
	b.mustShow("why      logged out")

	well := cast()[0]
	other := *well
	other.ID, other.Name = 90, "other"
	b = newBench(t, 200, 60, termenv.Ascii, well, &other)
	b.mustShow("What else is wrong", "Nothing.")
	b = newBench(t, 200, 60, termenv.Ascii, well)
	b.mustNotShow("What else is wrong")
	many := cast()
	for i := range vital.SessionID(40) {
		one := *goneWrong(well)
		one.ID, one.Name = 100+i, "one more"
		many = append(many, &one)
	}
	b = newBench(t, 120, 40, termenv.Ascii, many...)
	b.mustShow("and 4")
	checkShape(t, b.model.View(), 120, 40)
	small := newBench(t, 80, 24, termenv.Ascii, many...)
	small.mustNotShow("What else is wrong")
}

// Where the header has no room for all states, the worst stays, whole.
func TestTheSmallestHeaderTellsTheWorst(t *testing.T) {
	b := newBenchWith(t, 40, 10, termenv.Ascii, Options{Simulation: true}, cast()...)
	b.publish(goneWrong(b.sessions.list[0]))
	if header, _, _ := strings.Cut(b.model.View(), "\n"); !strings.Contains(header, "wapulse  ✖ 3 ") || strings.Contains(header, "…") {
		t.Errorf("%q", header)
	}
	b = newBench(t, 60, 20, termenv.Ascii, cast()...)
	b.mustNotShow("rece…")
}
