package ui

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

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
		"क्षत्रिय हिन्दी", "½ ﷽ ꧅", "☺️☹︎❤️‍🔥", "\u0301combining first", strings.Repeat("long ", 60), "한국어 가나다", "\x1b]0;owned\x07", "\x1bP1;2q\x1b\\", "\u009b2J\u0085", "\x00\x08\x7f",
		"\x1b]8;;http://x\x1b\\link", "\r\rback", "\u2066\u2069\u200b\ufeff", "\xff\xfe\xc3",
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
		s.Client.Version, s.Dial.Remote, s.Proxy = anyText().Draw(r, "version"), anyText().Draw(r, "remote"), anyText().Draw(r, "proxy")
		if s.State != vital.StateConnected {
			s.Failure.Text = anyText().Draw(r, "failure")
		}
		for i := range s.Operations {
			s.Operations[i].LastSlow = anyText().Draw(r, "slow")
		}
	}
	return list
}

// anyEvents are events of all kinds with texts of all kinds.
func anyEvents(r *rapid.T) []vital.Event {
	events := append(someEvents(), aPicture())
	for i := range events {
		events[i].Session = vital.SessionID(i%6 + 1)
		events[i].Name, events[i].Text = anyText().Draw(r, "event's name"), anyText().Draw(r, "event")
		events[i].Fields = append(events[i].Fields, vital.Field{Key: anyText().Draw(r, "key"), Value: anyText().Draw(r, "value")})
	}
	return events
}

// anyWorld is a scene in which all that comes from elsewhere says anything.
func anyWorld(r *rapid.T, s scene) scene {
	if s.sessions == nil {
		s.sessions = func() []*vital.Snapshot { return anySessions(r) }
	}
	s.before = func(b *bench) {
		b.sessions.contacts = []vital.Contact{{
			Name: anyText().Draw(r, "contact"), PushName: anyText().Draw(r, "their name"), Business: anyText().Draw(r, "their business"),
			JID: anyText().Draw(r, "JID"), Phone: anyText().Draw(r, "phone"),
		}}
		for number, result := range b.numbers.answers {
			result.Session, result.Reason, result.JID = anyText().Draw(r, "asked by"), anyText().Draw(r, "reason"), anyText().Draw(r, "JID of a number")
			b.numbers.answers[number] = result
		}
		b.jobs.plan.Job.Name, b.jobs.plan.Job.Settings.Region = anyText().Draw(r, "job"), anyText().Draw(r, "region")
		b.history.text = anyText().Draw(r, "failure that is stored")
		if rapid.Bool().Draw(r, "sessions refuse") {
			b.sessions.err = errors.New(anyText().Draw(r, "refusal"))
		}
		if rapid.Bool().Draw(r, "numbers are refused") {
			b.numbers.err, b.jobs.importErr = errors.New(anyText().Draw(r, "refusal")), errors.New(anyText().Draw(r, "refusal"))
		}
		if b.model.opts.Replay != nil {
			b.model.opts.Replay.About = anyText().Draw(r, "about")
			return
		}
		b.send(updatesMsg{session.Batch{Events: anyEvents(r), Gap: 3}})
	}
	return s
}

// anyStep does what a person, a terminal or a session may do at any time.
func (b *bench) anyStep(r *rapid.T) {
	switch rapid.IntRange(0, 9).Draw(r, "step") {
	case 0, 1, 2:
		b.model.Update(tea.WindowSizeMsg{Width: rapid.IntRange(1, 250).Draw(r, "width"), Height: rapid.IntRange(1, 80).Draw(r, "height")})
	case 3, 4:
		x, y := rapid.IntRange(0, b.model.width).Draw(r, "column"), rapid.IntRange(0, b.model.height).Draw(r, "line")
		if rapid.Bool().Draw(r, "wheel") {
			b.send(tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonWheelDown})
		} else {
			b.click(x, y)
		}
	case 5, 6:
		b.keys(rapid.SampledFrom([]string{
			"up", "down", "enter", "esc", "tab", "backspace", " ", "j", "G", "g", "n", "?", ":", "e", "c", "o", "m", "p", "/", "|", "*", "S", "L", "R", "D", "i", "t", "y", "1", "h", "x",
		}).Draw(r, "key"))
	case 7:
		b.paste(anyText().Draw(r, "pasted"))
	case 8:
		b.send(updatesMsg{session.Batch{Events: anyEvents(r)}})
	case 9:
		b.model.tell("did it", errors.New(anyText().Draw(r, "said")))
		b.model.dirty = true
	}
}

// Whatever is called whatever, and whatever is done: no line of any page is ever wider than the window, every frame is as high, else older lines stay or the
// whole screen moves, and nothing that others say reaches the terminal but as text.
func TestNoLineIsWiderThanTheWindow(t *testing.T) {
	t.Chdir(t.TempDir()) // for what keys write
	t.Setenv("TMPDIR", t.TempDir())
	all := allScenes()
	names := slices.Sorted(maps.Keys(all))
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom(names).Draw(r, "scene")
		look := widget.Look{
			Profile: rapid.SampledFrom([]termenv.Profile{termenv.TrueColor, termenv.ANSI, termenv.Ascii}).Draw(r, "profile"),
			Dark:    true, Monochrome: rapid.Bool().Draw(r, "monochrome"), ASCII: rapid.Bool().Draw(r, "ASCII"),
		}
		s := anyWorld(r, all[name])
		if rapid.Bool().Draw(r, "simulation") {
			s = s.simulated()
		}
		b := s.on(t, size{100, 30}, look.Theme())
		for range rapid.IntRange(2, 8).Draw(r, "steps") {
			b.anyStep(r)
			frame := b.model.View()
			if problem := misfit(frame, b.model.width, b.model.height); problem != "" {
				r.Fatalf("%s at %d×%d: %s", name, b.model.width, b.model.height, problem)
			}
			if problem := impurity(frame, look); problem != "" {
				r.Fatalf("%s at %d×%d: %s", name, b.model.width, b.model.height, problem)
			}
			if b.quit {
				return
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

// impurity says what in a frame is neither text nor a look: control characters, what turns or hides text, sequences of others; "" if there is none.
func impurity(frame string, look widget.Look) string {
	looks := regexp.MustCompile("\x1b\\[[0-9;]*m")
	text := looks.ReplaceAllStringFunc(frame, func(sequence string) string {
		plain := look.Profile == termenv.Ascii && !look.Monochrome
		if code := strings.Contains(frame, blackOnWhite); plain && !code || strings.Contains(sequence, "[31m") && look.Profile == termenv.TrueColor && !look.Monochrome {
			return sequence // none of ours
		}
		return ""
	})
	for _, c := range text {
		switch {
		case c == '\n' || c == '\u200d':
		case unicode.IsControl(c), unicode.Is(unicode.Cf, c), look.ASCII && c > 0x7e && !strings.ContainsRune("▀▄█", c):
			return fmt.Sprintf("%q is on the screen: %q", c, text)
		}
	}
	return ""
}
