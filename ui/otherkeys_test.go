package ui

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/ui/page"
)

// otherKeys gives every action keys that none has by default. Actions that have a key together by default still do.
func otherKeys() map[string][]string {
	fresh, overrides := map[string]string{}, map[string][]string{}
	text, named := 'а', 3 // Cyrillic: no letter of a text of ours
	for _, a := range actions() {
		overrides[a.name] = nil
		for _, usual := range a.keys {
			other, known := fresh[usual]
			switch {
			case known:
			case len([]rune(usual)) == 1:
				other = string(text)
				text++
			case named <= 20:
				other = fmt.Sprintf("f%d", named)
				named++
			default:
				other = "ctrl+" + string("gorstuwxy"[named-21])
				named++
			}
			fresh[usual] = other
			overrides[a.name] = append(overrides[a.name], other)
		}
	}
	return overrides
}

// remap puts other keys in force, as a changed config file does.
func (b *bench) remap() {
	b.model.keys, _ = newKeyMap(otherKeys())
	b.model.redraw()
}

// keyOf is the key of a sign that stands in front: of two that stand together the first.
func (b *bench) keyOf(sign string) tea.KeyMsg {
	b.t.Helper()
	types := typesOn(b.model.front())
	for _, a := range b.model.applying(b.model.front()) {
		usable := b.model.keys.usable(a.name, types)
		if usable == "" || usable != sign && (a.with == "" || usable+b.model.keys.usable(a.with, types) != sign) {
			continue
		}
		for _, name := range b.model.keys[a.name].Keys() {
			if keySign(name) == usable {
				return keyNamed(b.t, name)
			}
		}
	}
	b.t.Fatalf("%q is no key", sign)
	return tea.KeyMsg{}
}

// keyNamed is the key that Bubble Tea calls so.
func keyNamed(t testing.TB, name string) tea.KeyMsg {
	t.Helper()
	if len([]rune(name)) == 1 && name != " " {
		return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
	}
	for k := tea.KeyType(-128); k < 128; k++ {
		if k != tea.KeyRunes && k.String() == name {
			return tea.KeyMsg{Type: k}
		}
	}
	t.Fatalf("%q is no key", name)
	return tea.KeyMsg{}
}

// keyTexts are keys as they are written: alone, or two together.
func keyTexts(keys []string) map[string]bool {
	texts := map[string]bool{"mouse": true}
	for _, one := range keys {
		texts[keySign(one)] = true
		for _, other := range keys {
			texts[keySign(one)+keySign(other)] = true
		}
	}
	return texts
}

// Whatever is on the screen, where a key stands it is the one that does it: with all keys remapped no page names a usual one, neither where keys have their
// look nor in the words of a sentence.
func TestRemappedKeysAreThoseOnTheScreen(t *testing.T) {
	var usual, other []string
	for name, keys := range otherKeys() {
		other = append(other, keys...)
		for _, a := range actions() {
			if a.name == name {
				usual = append(usual, a.keys...)
			}
		}
	}
	for _, k := range usual {
		if slices.Contains(other, k) {
			t.Fatalf("%q is a usual key", k)
		}
	}
	shown := keyTexts(slices.Compact(slices.Sorted(slices.Values(other))))
	for _, word := range []string{"then", "starts", "it", "shows", "the", "answers"} { // of a line that has the look of a key as a whole
		shown[word] = true
	}
	units := regexp.MustCompile(`\b[smhd] (ago|left)\b`)
	inWords := regexp.MustCompile(`⏎|\b(enter|esc|tab)\b|\([A-Za-z]\)|[^0-9] [b-zB-Z?:/|] [a-z]|: [b-zA-Z](│| )`)
	found := 0
	for name, s := range allScenes() {
		for _, size := range []size{{80, 24}, {120, 40}} {
			b := s.on(t, size, roleTheme())
			b.remap()
			b.model.status, b.model.dirty = status{}, true
			frame := b.model.View()
			for y, line := range strings.Split(ansi.Strip(frame), "\n") {
				if at := inWords.FindString(units.ReplaceAllString(line, "")); at != "" && name != "notes" && name != "marks-failed" { // what was told stays as it was
					t.Errorf("%s, %s, line %d names %q: %s", name, size, y+1, at, line)
				}
			}
			for _, key := range keysSeen(t, frame, size) {
				if found++; !shown[strings.TrimSuffix(key, ",")] {
					t.Errorf("%s, %s: %q has the look of a key, and is none", name, size, key)
				}
			}
		}
	}
	if found < 1000 {
		t.Errorf("only %d keys were found", found)
	}
}

// keysSeen are the words of a frame that have the look of a key.
func keysSeen(t *testing.T, frame string, size size) []string {
	t.Helper()
	cells, letter := gridOf(t, frame, size), roleLetters()["Key"]
	var keys strings.Builder
	for y, row := range rolesOf(t, cells) {
		for x, role := range row {
			if role == letter {
				keys.WriteString(cells[y][x].text)
			} else {
				keys.WriteByte(' ')
			}
		}
	}
	return strings.Fields(keys.String())
}

// What is told of what a key cannot do names the keys that help; an action without one is found in the palette.
func TestRemappedKeysInWhatIsTold(t *testing.T) {
	opts := Options{Keys: map[string][]string{"pair": {"z"}, "start-stop": {}, "delete": {"ctrl+d"}, "palette": {",", "f9"}, "refresh": {}}}
	b := newBenchWith(t, 120, 40, termenv.Ascii, opts, cast()...)
	b.keys("G", "r")
	b.mustShow("is not paired: z pairs it with a phone")
	b.keys("down", "L")
	b.mustShow("start it (, start-stop), or delete it (ctrl+d)")
	b.sessions.err = errRefused
	b.keys("g", "o")
	b.mustShow(", refresh asks again")
	b.keys("esc")
	mustNotFind[*page.Contacts](b)
	b.keys("G", "z")
	b.mustShow("⏎ alone pairs new-phone again")
}
