package ui

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// anyText is what people, phones and servers may say: of all scripts, with what joins, turns and hides, and escape sequences.
func anyText() *rapid.Generator[string] {
	telling := rapid.SampledFrom([]string{
		"", "sales", "ร้านค้าออนไลน์ที่ดีที่สุด", "مرحبا بالعالم، هذا متجر", "שלום", "👩‍👩‍👧‍👦 family 🇩🇪🇮🇩", "田中さん電器店", "é́́́́", "\x1b[2J\x1b[31mred", "a\tb\nc", "\u202eevil",
		"क्षत्रिय हिन्दी", "½ ﷽ ꧅", "☺️☹︎❤️‍🔥", "\u0301combining first", strings.Repeat("long ", 60), "한국어 가나다",
	})
	return rapid.OneOf(telling, rapid.String(), rapid.Custom(func(r *rapid.T) string {
		return telling.Draw(r, "before") + rapid.String().Draw(r, "between") + telling.Draw(r, "after")
	}))
}

// anySessions are the cast under names and with failures of all kinds.
func anySessions(r *rapid.T) []*vital.Snapshot {
	list := cast()
	for _, s := range list {
		s.Name, s.Identity.PushName = anyText().Draw(r, "name"), anyText().Draw(r, "push name")
		s.LastError, s.LastErrorAt = anyText().Draw(r, "last error"), noon.Add(-time.Hour)
		if s.State != vital.StateConnected {
			s.Failure.Text = anyText().Draw(r, "failure")
		}
	}
	return list
}

// No line of any page is ever wider than the window, and every frame is as high: else older lines stay, or the whole screen moves.
func TestNoLineIsWiderThanTheWindow(t *testing.T) {
	names := slices.Sorted(maps.Keys(scenes()))
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom(names).Draw(r, "scene")
		look := widget.Look{
			Profile: rapid.SampledFrom([]termenv.Profile{termenv.TrueColor, termenv.ANSI, termenv.Ascii}).Draw(r, "profile"),
			Dark:    true, Monochrome: rapid.Bool().Draw(r, "monochrome"), ASCII: rapid.Bool().Draw(r, "ASCII"),
		}
		var sessions []*vital.Snapshot
		if scenes()[name] != nil {
			sessions = anySessions(r)
		}
		b := newBenchWith(t, 100, 30, look.Profile, Options{Theme: look.Theme(), Simulation: rapid.Bool().Draw(r, "simulation")}, sessions...)
		b.sessions.contacts = []vital.Contact{{Name: anyText().Draw(r, "contact"), PushName: anyText().Draw(r, "their name"), JID: anyText().Draw(r, "JID")}}
		if events := someEvents(); sessions != nil {
			for i := range events {
				events[i].Name, events[i].Text = anyText().Draw(r, "event's name"), anyText().Draw(r, "event")
			}
			b.send(updatesMsg{session.Batch{Events: events, Gap: 3}})
			scenes()[name](b)
		}
		if rapid.Bool().Draw(r, "something is said") {
			b.model.tell("did it", errors.New(anyText().Draw(r, "said")))
		}
		if typesOn(b.model.front()) && rapid.Bool().Draw(r, "something is typed") {
			b.paste(anyText().Draw(r, "typed"))
		}
		for range 4 {
			width, height := rapid.IntRange(1, 220).Draw(r, "width"), rapid.IntRange(1, 70).Draw(r, "height")
			b.model.Update(tea.WindowSizeMsg{Width: width, Height: height})
			if problem := misfit(b.model.View(), width, height); problem != "" {
				r.Fatalf("%s at %d×%d: %s", name, width, height, problem)
			}
		}
	})
}

// misfit says what of a frame does not fit the window; "" if all does.
func misfit(frame string, width, height int) string {
	lines := strings.Split(frame, "\n")
	if len(lines) != height {
		return fmt.Sprintf("%d lines", len(lines))
	}
	for i, line := range lines {
		if w := widget.Width(line); w > width {
			return fmt.Sprintf("line %d is %d cells wide: %q", i, w, line)
		}
	}
	return ""
}
