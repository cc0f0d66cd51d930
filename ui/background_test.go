package ui

import (
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/ui/widget"
)

// answerKeys are the messages that Bubble Tea makes of an answer, whole or in parts.
func answerKeys(parts ...string) []tea.KeyMsg {
	keys := []tea.KeyMsg{{Type: tea.KeyRunes, Runes: []rune{']'}, Alt: true}}
	for _, part := range parts {
		keys = append(keys, tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(part)})
	}
	return keys
}

func TestTheThemeIsMadeForTheBackgroundThatTheTerminalTells(t *testing.T) {
	st, bell := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{'\\'}, Alt: true}, tea.KeyMsg{Type: tea.KeyCtrlG}
	for name, c := range map[string]struct {
		keys  []tea.KeyMsg
		light bool
	}{
		"light":           {append(answerKeys("11;rgb:ffff/ffff/ffff"), st), true},
		"light, in parts": {append(answerKeys("1", "1;rg", "b:ff", "ff/ffff/dddd"), bell), true},
		"light, short":    {append(answerKeys("11;rgb:ff/fd/f0"), bell), true},
		"light, opaque":   {append(answerKeys("11;rgba:ffff/ffff/ffff/ffff"), bell), true},
		"dark":            {append(answerKeys("11;rgb:1e1e/1e1e/1e1e"), st), false},
		"no colour":       {append(answerKeys("11;rgb:"), st), false},
		"another answer":  {append(answerKeys("10;rgb:ffff/ffff/ffff"), st), false},
	} {
		asked := 0
		b := newBenchWith(t, 120, 40, termenv.TrueColor, Options{AskBackground: func() error { asked++; return nil }}, cast()...)
		before := b.model.View()
		b.model.askBackground()()
		for _, key := range c.keys {
			b.send(key)
		}
		after := b.model.View()
		want := before
		if c.light {
			want = newBenchWith(t, 120, 40, termenv.TrueColor, Options{Theme: widget.Look{Profile: termenv.TrueColor}.Theme()}, cast()...).model.View()
		}
		if asked != 1 || after != want && name != "another answer" {
			t.Errorf("%s: asked %d times, and the frame is not that of such a background:\n%s", name, asked, after)
		}
	}
}

// Whatever is typed, no key is lost, and none comes twice.
func TestKeysThatAreNoAnswerAreKeys(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		texts := rapid.SliceOf(rapid.SampledFrom([]string{"]", "1", "11;rgb:", "ff", "ff/ff", "/", "q", "\\", "g"})).Draw(r, "texts")
		var reply backgroundReply
		var want, got []string
		for _, text := range texts {
			msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Alt: strings.ContainsAny(text, "]\\")}
			want = append(want, msg.String())
			keys, color := reply.take(msg)
			if color != "" {
				want = want[:len(got)]
			}
			for _, k := range keys {
				got = append(got, k.String())
			}
		}
		for _, k := range reply.held {
			got = append(got, k.String())
		}
		if !slices.Equal(want, got) {
			r.Fatalf("%q became %q", want, got)
		}
	})
}
