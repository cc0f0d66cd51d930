package ui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/page"
)

// action is one thing that a person can do. The list of them, actions, is all there is of keys: what a key does, the footer, the help and the palette
// come from it.
type action struct {
	name  string   // in the configuration; pages may each have one of the same name
	keys  []string // by default, as Bubble Tea names them, the first in front
	words string   // for the help and the palette; "" keeps it out of both
	short string   // for the footer
	with  string   // an action whose first key stands beside this one's in the footer
	rank  int      // in the footer, the lowest first; 0 keeps it out
	mode  mode

	rehearsal bool // only where faults can be caused
	toMarked  bool // it is done to all marked sessions

	belongs func(p page.Page) bool
	when    func(m *Model, p page.Page) bool // it does something now; nil: always
	do      func(m *Model, p page.Page) tea.Cmd
}

// mode says whether an action is there while keys are text.
type mode uint8

const (
	atRest mode = iota
	typing      // only then
	always
)

func (m mode) holds(types bool) bool { return m == always || (m == typing) == types }

func (m mode) meets(other mode) bool { return m == always || other == always || m == other }

// on makes an action that of all pages that are a P, a page's type or one of page's interfaces.
func on[P page.Page](a action, do func(m *Model, p P) tea.Cmd, when ...func(m *Model, p P) bool) action {
	a.belongs = func(p page.Page) bool { _, ok := p.(P); return ok }
	a.do = func(m *Model, p page.Page) tea.Cmd {
		mine, ok := p.(P)
		if !ok {
			return nil
		}
		return do(m, mine)
	}
	a.when = func(m *Model, p page.Page) bool {
		mine, ok := p.(P)
		return ok && !slices.ContainsFunc(when, func(holds func(*Model, P) bool) bool { return !holds(m, mine) })
	}
	return a
}

// applies says whether an action does something now, with that page in front.
func (a *action) applies(m *Model, p page.Page) bool {
	return a.belongs(p) && a.mode.holds(typesOn(p)) && a.when(m, p)
}

// The ranks of what stands at the end of every footer.
const generalRank = 90

// footerKeys is how many keys the footer shows.
const footerKeys = 6

// actions are all that there are. Of two that a key means at once the first one counts, so what is particular stands before what is general.
func actions() []action {
	var list []action
	for _, of := range []func() []action{
		paletteActions, dialogActions, messageActions, pairingActions, jobActions, promptActions, contactsActions, notificationsActions, eventsActions, helpActions,
		faultActions, tourActions, sessionPageActions, dashboardActions, sessionActions, columnsActions, reloadActions, reportActions, replayActions, generalActions,
	} {
		list = append(list, of()...)
	}
	return list
}

// actionsOf are those that there are with these options.
func actionsOf(opts Options) []action {
	return slices.DeleteFunc(actions(), func(a action) bool { return a.rehearsal && opts.Faults == nil })
}

// pages is one of each, to ask what belongs to it.
func pages() []page.Page {
	return []page.Page{
		&page.Dashboard{}, &page.Pairing{}, &page.Events{}, &page.Help{}, &page.Prompt{}, &page.Contacts{}, &page.Dialog{}, &page.Message{}, &page.Palette{},
		&page.Failures{}, &page.Notifications{}, &page.Session{}, &page.Faults{}, &page.Tour{}, &page.Replay{}, &page.Columns{},
	}
}

// generalActions are those of every page.
func generalActions() []action {
	move := func(by func(m *Model, length int) int) func(*Model, page.List) tea.Cmd {
		return func(m *Model, l page.List) tea.Cmd { l.Move(by(m, l.Length())); return nil }
	}
	return []action{
		on(action{name: "up", keys: []string{"up", "k"}, words: "the line above"}, move(func(*Model, int) int { return -1 })),
		on(action{name: "down", keys: []string{"down", "j"}, words: "the line below"}, move(func(*Model, int) int { return 1 })),
		on(action{name: "page-up", keys: []string{"pgup", "ctrl+b"}, words: "half a page up"}, move(func(m *Model, _ int) int { return -m.height / 2 })),
		on(action{name: "page-down", keys: []string{"pgdown", "ctrl+f"}, words: "half a page down"}, move(func(m *Model, _ int) int { return m.height / 2 })),
		on(action{name: "top", keys: []string{"g", "home"}, words: "the first line"}, move(func(_ *Model, length int) int { return -length })),
		on(action{name: "bottom", keys: []string{"G", "end"}, words: "the last line"}, move(func(_ *Model, length int) int { return length })),
		on(action{name: "palette", keys: []string{":", "f2"}, words: "all that can be done now", short: "actions", rank: generalRank, mode: always}, openPalette,
			func(_ *Model, p page.Page) bool { _, open := p.(*page.Palette); return !open }),
		on(action{name: "help", keys: []string{"?", "f1"}, words: "the keys of this page; again: its words", short: "help", rank: generalRank + 1, mode: always}, openHelp),
		on(action{name: "quit", keys: []string{"q"}, words: "quit; sessions come back at the next start", short: "quit", rank: generalRank + 2},
			func(*Model, *page.Dashboard) tea.Cmd { return tea.Quit }),
		on(action{name: "back", keys: []string{"esc"}, words: "back, one step", short: "back", rank: generalRank + 2, mode: always},
			func(m *Model, p page.Page) tea.Cmd {
				if s, ok := p.(page.Stepper); !ok || !s.Back() {
					m.leave(p)
				}
				return nil
			}, func(m *Model, _ page.Page) bool { return len(m.stack) > 1 }),
		on(action{name: "quit", keys: []string{"q"}, words: "leave this page"}, func(m *Model, p page.Page) tea.Cmd { m.leave(p); return nil },
			func(m *Model, _ page.Page) bool { return len(m.stack) > 1 }),
		on(action{name: "interrupt", keys: []string{"ctrl+c"}, words: "quit from anywhere", mode: always},
			func(*Model, page.Page) tea.Cmd { return tea.Quit }),
	}
}

// helpActions are those of the help page.
func helpActions() []action {
	return []action{
		on(action{name: "help", keys: []string{"?", "f1"}, words: "the words of the page, or its keys", short: "words", rank: 1},
			func(m *Model, h *page.Help) tea.Cmd {
				if !h.Turn() {
					m.leave(h)
				}
				return nil
			}),
	}
}

// filtered is a page whose lines a text that is typed sifts.
type filtered interface {
	page.Page
	Filter()
	Accept()
}

// filterBy has a text typed that lines must have.
func filterBy[P filtered](words string, rank int, when ...func(*Model, P) bool) action {
	return on(action{name: "filter", keys: []string{"/"}, words: words, short: "filter", rank: rank}, func(_ *Model, p P) tea.Cmd { p.Filter(); return nil }, when...)
}

// keepFilter ends typing it.
func keepFilter[P filtered]() action {
	return on(action{name: "accept", keys: []string{"enter"}, words: "keep the filter", short: "keep the filter", rank: 1, mode: typing},
		func(_ *Model, p P) tea.Cmd { p.Accept(); return nil })
}

// openHelp shows the keys of the page in front.
func openHelp(m *Model, p page.Page) tea.Cmd {
	list, mouse := m.helped(p), page.KeyHelp{
		Key: "mouse", Does: "a click selects, another one opens, the wheel scrolls; keys with their words, titles of columns and charts take clicks",
	}
	m.push(&page.Help{Theme: m.opts.Theme, Of: p, Keys: func() []page.KeyHelp { return append(m.keysOf(list), mouse) }})
	return nil
}
