package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func TestTheListIsFiltered(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("/", "OLD")
	b.mustShow("Filter  OLD", "Sessions: 1 of 6", "▸ old-phone")
	b.keys("enter", "s")
	b.mustAsk("start old-phone")
	b.keys("/", "nobody")
	b.mustShow("No session of that name")
	b.keys("enter", "s", "L", " ", "*")
	b.mustAsk("start old-phone") // nothing is done to what nobody sees
	b.keys("esc")
	b.mustShow("sales-id", "support")
	b.keys("/", "+62")
	b.mustShow("Sessions: 1 of 6", "▸ sales-id")
	if b.keys("q"); b.quit {
		t.Error("q that is typed quits")
	}
}

func TestTheListIsSorted(t *testing.T) {
	b := smallBench(t, cast()...)
	names := func() string {
		var names []string
		for range 6 {
			names = append(names, b.model.dashboard.Selected().Name[:3])
			b.keys("j")
		}
		b.keys("g")
		return strings.Join(names, " ")
	}
	for _, want := range []struct{ title, names string }{
		{"Sessions, by name", "cam new old sal sup ร"}, {"Sessions, by trouble", "old cam sup new sal ร"}, {"Sessions, by ping", "ร sal sup old cam new"},
		{"Sessions ─", "sal sup ร old cam new"},
	} {
		b.keys("S", "g")
		b.mustShow(want.title)
		if got := names(); got != want.names {
			t.Errorf("%s: %s, want %s", want.title, got, want.names)
		}
	}
}

func TestWhatIsDoneToAllMarked(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys(" ", " ", "j", " ") // sales-id, support and old-phone
	b.mustShow("3 marked", "▸ campaign", " ✓old-phone")
	b.keys("s")
	b.mustAsk("start old-phone") // those that are down
	b.keys("r")
	b.mustAsk("start old-phone", "reconnect sales-id", "reconnect support", "reconnect old-phone")
	b.mustShow("3 sessions get a new socket")
	b.sessions.asked = nil
	b.keys("L")
	b.mustShow("Log out 3 sessions?", "anew: sales-id,", "support, old-phone")
	b.keys("y")
	b.mustAsk("logout sales-id")
	b.mustShow("✖ logging out: 2 of 3 failed", "old-phone", "only a connected session")
	b.keys("esc")
	b.sessions.asked = nil
	b.keys("D", "2", "enter")
	b.mustShow("not how many they are")
	b.keys("backspace", "3", "enter")
	b.mustAsk("delete sales-id", "delete support", "delete old-phone")
	b.keys("esc")
	b.mustNotShow("marked")
	b.keys("*")
	b.mustShow("6 marked")
	b.keys("*")
	b.mustNotShow("marked")
}

// What is done to one that is marked is told as of one.
func TestWhatIsDoneToOneMarked(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys(" ", "down", "r")
	b.mustAsk("reconnect sales-id")
	b.mustShow("sales-id gets a new socket")
	b.keys("L")
	b.mustShow("Log out sales-id?", "keep it")
	b.keys("esc", "D")
	b.mustShow("Delete sales-id?", "Its name")
}

func TestProgressOnTheMarked(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("*")
	_, cmd := b.model.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("i")})
	b.mustShow("pinging 6 sessions…")
	parts := cmd().(tea.BatchMsg)
	b.sessions.err = errRefused
	b.send(parts[0]())
	b.mustShow("pinging: 1 of 6, 1 failed…")
	b.sessions.err = nil
	for _, part := range parts[1:] {
		if part != nil {
			b.run(part)
		}
	}
	b.mustShow("pinging: 1 of 6 failed", "refused by the test")
}
