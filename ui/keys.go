package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/page"
)

// keyMap is which keys do what, by the names of actions.
type keyMap map[string]key.Binding

// Conflict is what is wrong with the keys that a person has chosen.
type Conflict struct {
	Action string
	Key    string // "" if there is no action of that name
	Other  string // that has the key too, and is done or not as the list of actions has it; "" if there is no such key
}

// String says it in a line.
func (c Conflict) String() string {
	switch {
	case c.Key == "":
		return fmt.Sprintf("keys: there is no action %q", c.Action)
	case c.Other == "":
		return fmt.Sprintf("keys: %q of action %q is no key", c.Key, c.Action)
	default:
		return fmt.Sprintf("keys: %q is that of %q and of %q on the same page: only one of them is done", c.Key, c.Action, c.Other)
	}
}

// CheckKeys says what is wrong with keys that take the place of the usual ones, by the names of actions.
func CheckKeys(overrides map[string][]string) []Conflict {
	_, conflicts := newKeyMap(overrides)
	return conflicts
}

// DefaultKey is an action's name, its usual keys, and what it does.
type DefaultKey struct {
	Action string
	Keys   []string
	Words  string
}

// DefaultKeys are all actions that have keys, each name once, in the order of the help: for a configuration to show.
func DefaultKeys() []DefaultKey {
	var list []DefaultKey
	for _, a := range actions() {
		if a.words != "" && !slices.ContainsFunc(list, func(have DefaultKey) bool { return have.Action == a.name }) {
			list = append(list, DefaultKey{a.name, a.keys, a.words})
		}
	}
	return list
}

// newKeyMap returns the usual keys but for overrides. An action without a key is done from the palette.
func newKeyMap(overrides map[string][]string) (keyMap, []Conflict) {
	keys, list := keyMap{}, actions()
	for _, a := range list {
		if _, known := keys[a.name]; known {
			continue
		}
		chosen := a.keys
		if own, ok := overrides[a.name]; ok {
			chosen = own
		}
		keys[a.name] = key.NewBinding(key.WithKeys(chosen...))
	}
	var conflicts []Conflict
	for name, own := range overrides {
		if _, known := keys[name]; !known {
			conflicts = append(conflicts, Conflict{Action: name})
			continue
		}
		for _, k := range own {
			if !isKey(k) {
				conflicts = append(conflicts, Conflict{Action: name, Key: k})
			}
			conflicts = append(conflicts, keys.conflictsOf(list, overrides, name, k)...)
		}
	}
	slices.SortFunc(conflicts, func(a, b Conflict) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Other, b.Other))
	})
	return keys, slices.Compact(conflicts)
}

// conflictsOf are the other actions that a page has on a key that was chosen for one. Those that have the same keys by default know of each other.
func (k keyMap) conflictsOf(list []action, overrides map[string][]string, name, chosen string) []Conflict {
	var conflicts []Conflict
	for _, a := range list {
		for _, other := range list {
			if a.name != name || other.name == name || !slices.Contains(k[other.name].Keys(), chosen) || !a.meets(&other) {
				continue
			}
			if _, both := overrides[other.name]; both && other.name < name {
				continue // told from the other side
			}
			if slices.Contains(a.keys, chosen) && slices.Contains(other.keys, chosen) {
				continue
			}
			conflicts = append(conflicts, Conflict{Action: name, Key: chosen, Other: other.name})
		}
	}
	return conflicts
}

// meets says whether there is a page on which a key could mean both.
func (a *action) meets(other *action) bool {
	if !a.mode.meets(other.mode) {
		return false
	}
	return slices.ContainsFunc(pages(), func(p page.Page) bool { return a.belongs(p) && other.belongs(p) })
}

// isKey says whether Bubble Tea has a key of that name.
func isKey(name string) bool {
	name = strings.TrimPrefix(name, "alt+")
	if len([]rune(name)) == 1 {
		return true
	}
	for t := tea.KeyType(-128); t < 128; t++ {
		if t != tea.KeyRunes && t.String() == name {
			return true
		}
	}
	return false
}

// shown is how the first keys of an action are written; "" if it has none.
func (k keyMap) shown(name string, most int) string {
	var signs []string
	for _, each := range k[name].Keys() {
		if len(signs) < most {
			signs = append(signs, keySign(each))
		}
	}
	return strings.Join(signs, " ")
}

// keyOf is the key of an action for the texts of pages: one that works where keys are text now, if it has one, else its first. An action without a key is found
// by its name in the palette, and so it is the palette's, and the name.
func (m *Model) keyOf(action string) string {
	types := typesOn(m.front())
	if sign := cmp.Or(m.keys.usable(action, types), m.keys.shown(action, 1)); sign != "" || action == "palette" {
		return sign
	}
	return strings.TrimSpace(m.keyOf("palette") + " " + action)
}

func keySign(name string) string {
	switch name {
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "left":
		return "←"
	case "right":
		return "→"
	case "shift+left":
		return "⇧←"
	case "shift+right":
		return "⇧→"
	case "enter":
		return "⏎"
	case "pgup":
		return "PgUp"
	case "pgdown":
		return "PgDn"
	case " ":
		return "space"
	default:
		return name
	}
}

// applying are the actions that do something now, with that page in front, each key and each name once.
func (m *Model) applying(p page.Page) []*action {
	var list []*action
	for i := range m.actions {
		a := &m.actions[i]
		if a.applies(m, p) && !slices.ContainsFunc(list, func(other *action) bool { return other.name == a.name }) {
			list = append(list, a)
		}
	}
	return list
}

// wording is what an action is called in the footer of a page.
func wording(a *action, p page.Page) string {
	if w, ok := p.(page.Wording); ok {
		if text := w.Wording(a.name); text != "" {
			return text
		}
	}
	return a.short
}

// footerActions are those that matter most now.
func (m *Model) footerActions(p page.Page) []*action {
	var own, general []*action
	for _, a := range m.applying(p) {
		switch {
		case a.rank == 0 || m.keys.usable(a.name, typesOn(p)) == "":
		case a.rank >= generalRank:
			general = append(general, a)
		default:
			own = append(own, a)
		}
	}
	byRank := func(a, b *action) int { return cmp.Compare(a.rank, b.rank) }
	slices.SortStableFunc(own, byRank)
	if d, ok := p.(*page.Dashboard); ok && len(d.Marked()) > 0 { // who has marked sessions is about to do something to them
		slices.SortStableFunc(own, func(a, b *action) int { return cmp.Compare(afterMarks(a), afterMarks(b)) })
	}
	slices.SortStableFunc(general, byRank)
	return append(own[:min(len(own), max(0, footerKeys-len(general)))], general...)
}

// afterMarks ranks actions while sessions are marked: what takes the marks away, what is done to them, the rest.
func afterMarks(a *action) int {
	switch {
	case a.name == "back":
		return 0
	case a.toMarked:
		return 1
	default:
		return 2
	}
}

// usable is how the first key of an action is written that is no text, if keys are text now; "" if it has none.
func (k keyMap) usable(name string, types bool) string {
	for _, each := range k[name].Keys() {
		if !types || len([]rune(each)) > 1 {
			return keySign(each)
		}
	}
	return ""
}

// helped are all actions of a page that its help tells of. Of those of one name it is the one that applies now, if one does.
func (m *Model) helped(p page.Page) []*action {
	var list []*action
	now := m.applying(p)
	for i := range m.actions {
		a := &m.actions[i]
		if a.words == "" || !a.belongs(p) || slices.ContainsFunc(list, func(other *action) bool { return other.name == a.name }) {
			continue
		}
		if j := slices.IndexFunc(now, func(other *action) bool { return other.name == a.name }); j >= 0 && now[j] != a && now[j].words != "" {
			continue // it comes
		}
		list = append(list, a)
	}
	return list
}

// keysOf are those actions that have a key, for the help.
func (m *Model) keysOf(actions []*action) []page.KeyHelp {
	var list []page.KeyHelp
	for _, a := range actions {
		if keys := m.keys.shown(a.name, 2); keys != "" {
			list = append(list, page.KeyHelp{Key: keys, Does: a.words})
		}
	}
	return list
}
