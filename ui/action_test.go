package ui

import (
	"fmt"
	"slices"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// mustFind is the newest page of a type that is on the model's stack.
func mustFind[P page.Page](b *bench) P {
	b.t.Helper()
	p, ok := find[P](b.model)
	if !ok {
		b.t.Fatalf("there is no %T", p)
	}
	return p
}

// mustNotFind demands that there is no page of a type.
func mustNotFind[P page.Page](b *bench) {
	b.t.Helper()
	if p, ok := find[P](b.model); ok {
		b.t.Errorf("there is a %T", p)
	}
}

// Every action has a name, and those of one name have the same keys: they are remapped together.
func TestActionsOfOneNameHaveTheSameKeys(t *testing.T) {
	keys := map[string][]string{}
	for _, a := range actions() {
		if have, ok := keys[a.name]; ok && !slices.Equal(have, a.keys) {
			t.Errorf("%s has %q and %q", a.name, have, a.keys)
		}
		keys[a.name] = a.keys
		for _, k := range a.keys {
			if !isKey(k) {
				t.Errorf("%q of %s is no key", k, a.name)
			}
		}
		if a.with != "" && !slices.ContainsFunc(actions(), func(other action) bool { return other.name == a.with }) {
			t.Errorf("%s stands with %q, which is not there", a.name, a.with)
		}
		if !slices.ContainsFunc(pages(), a.belongs) {
			t.Errorf("%s belongs to no page", a.name)
		}
	}
}

// The usual keys, chosen by hand, are no conflict.
func TestTheUsualKeysAreNoConflict(t *testing.T) {
	overrides := map[string][]string{}
	for _, d := range DefaultKeys() {
		overrides[d.Action] = d.Keys
	}
	if len(overrides) < 30 || overrides["pair"][0] != "p" {
		t.Errorf("%d actions, pair by %q", len(overrides), overrides["pair"])
	}
	if conflicts := CheckKeys(overrides); conflicts != nil {
		t.Error(conflicts)
	}
}

// Whatever is in front, esc leads back to the dashboard step by step, and the footer fits and tells how.
func TestEscLeadsBackFromEveryPage(t *testing.T) {
	for name, s := range allScenes() {
		b := s.on(t, size{120, 40}, widget.Look{Profile: termenv.Ascii}.Theme())
		if b.model.opts.Replay != nil || name == "job-plan" {
			continue
		}
		for range 5 {
			if len(b.model.stack) > 1 {
				b.model.status = status{}
				b.model.dirty = true
				b.mustShow("esc ")
			}
			b.keys("esc")
		}
		if n := len(b.model.stack); n != 1 || b.quit {
			t.Errorf("%s: %d pages are left after esc, quit: %v", name, n, b.quit)
		}
	}
}

func TestTheHelpIsOfThePage(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("?")
	b.mustShow("Keys: Sessions", "pair a phone", "↑ k", "? what the words mean")
	b.keys("?")
	b.mustShow("Words: Sessions", "breaker", "five open it")
	b.keys("?")
	b.mustShow("Keys: Sessions")
	b.keys("esc", "e", "?")
	b.mustShow("Keys: Events", "download the media")
	b.mustNotShow("pair a phone")
	b.keys("?")
	b.mustShow("Words: Events", "paused")
	b.keys("esc", "esc", "o", "?", "?")
	b.mustShow("Words: Contacts", "address book")
	b.keys("esc", "esc", "R")
	b.send(tea.KeyMsg{Type: tea.KeyF1})
	b.mustShow("Keys: ", "back, one step")
	b.send(tea.KeyMsg{Type: tea.KeyF1}) // a question has no words to explain
	b.mustShow("New name")
	b.keys("esc", "c")
	b.send(tea.KeyMsg{Type: tea.KeyF1})
	b.keys("?")
	b.mustShow("Words: Check numbers", "not_registered")
}

func TestThePalette(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys(":")
	b.mustShow("Actions", "pair a phone", "start or stop the session")
	b.keys("recsock")
	b.mustShow("reconnect: a new socket")
	b.mustNotShow("pair a phone")
	b.keys("enter")
	b.mustAsk("reconnect sales-id")
	b.keys("esc", ":", "st")
	b.mustShow("▸ start or stop the session")
	b.keys("esc", ":", "zzzz")
	b.mustShow("nothing of that name")
	b.keys("enter", "esc")
	mustNotFind[*page.Palette](b)
	b.keys(":", "rename", "enter")
	b.mustShow("Rename sales-id")
	b.send(tea.KeyMsg{Type: tea.KeyF2})
	b.mustShow("yes, with what was typed")
	b.keys("esc", "esc", ":", "down", "down", "enter")
	b.mustShow("Check numbers")
}

func TestThePaletteKeepsItsWidth(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {80, 24}, {200, 60}} {
		b := newBench(t, size[0], size[1], termenv.Ascii, cast()...)
		b.keys(":", "e", "down", "down")
		checkShape(t, b.model.View(), size[0], size[1])
		b.mustShow("▸")
	}
}

func TestKeysAreRemapped(t *testing.T) {
	b := newBenchWith(t, 120, 40, termenv.Ascii, Options{Keys: map[string][]string{"reconnect": {"ctrl+r", "z"}, "quit": {"Q"}, "ping": {}}}, cast()...)
	b.keys("r", "q", "i")
	b.mustAsk()
	b.mustShow("Q quit")
	b.keys("z")
	b.send(tea.KeyMsg{Type: tea.KeyCtrlR})
	b.mustAsk("reconnect sales-id", "reconnect sales-id")
	b.keys(":", "ping", "enter")
	b.mustAsk("reconnect sales-id", "reconnect sales-id", "ping sales-id")
	b.keys("?")
	b.mustShow("ctrl+r z")
	b.keys("Q")
	b.mustShow("Events")
}

func TestConflictsOfKeys(t *testing.T) {
	for want, overrides := range map[string]map[string][]string{
		"[]":                                    {"reconnect": {"r"}, "accept": {"enter"}, "up": {"up", "u"}, "phone-code": {"p"}}, // a page of its own each
		`[keys: there is no action "reconect"]`: {"reconect": {"r"}},
		`[keys: "ctl+r" of action "reconnect" is no key]`:                                             {"reconnect": {"ctl+r"}},
		`[keys: "p" is that of "reconnect" and of "pair" on the same page: only one of them is done]`: {"reconnect": {"p"}},
		`[keys: "z" is that of "pair" and of "reconnect" on the same page: only one of them is done]`: {"reconnect": {"z"}, "pair": {"z"}},
	} {
		if got := fmt.Sprint(CheckKeys(overrides)); got != want {
			t.Errorf("%v: %s, want %s", overrides, got, want)
		}
	}
	b := newBenchWith(t, 120, 40, termenv.Ascii, Options{Keys: map[string][]string{"reconnect": {"p"}}}, cast()...)
	b.mustShow(`"p" is that of "reconnect" and of "pair"`)
}
