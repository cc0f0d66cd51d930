package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/page"
)

// openPalette lists what can be done on the page in front.
func openPalette(m *Model, p page.Page) tea.Cmd {
	var commands []page.Command
	for _, a := range m.applying(p) {
		if a.words != "" && a.name != "palette" {
			commands = append(commands, page.Command{Name: a.name, Words: a.words})
		}
	}
	m.push(page.NewPalette(m.opts.Theme, commands, func(action string) string { return m.keys.shown(action, 2) }))
	return nil
}

// paletteActions are those of the palette.
func paletteActions() []action {
	return []action{
		on(action{name: "accept", keys: []string{"enter"}, words: "do it", short: "do it", rank: 1, mode: typing}, runChosen),
		on(action{name: "older", keys: []string{"up", "ctrl+p"}, words: "the one above", short: "choose", with: "newer", rank: 2, mode: typing},
			func(_ *Model, p *page.Palette) tea.Cmd { p.Move(-1); return nil }),
		on(action{name: "newer", keys: []string{"down", "ctrl+n"}, words: "the one below", mode: typing},
			func(_ *Model, p *page.Palette) tea.Cmd { p.Move(1); return nil }),
	}
}

// runChosen does what was chosen, on the page behind the palette.
func runChosen(m *Model, p *page.Palette) tea.Cmd {
	chosen, ok := p.Chosen()
	if !ok {
		return nil
	}
	m.leave(p)
	return m.do(chosen.Name)
}

// do does the action of that name, if it applies now.
func (m *Model) do(name string) tea.Cmd {
	if a := m.named(name); a != nil {
		return a.do(m, m.front())
	}
	return nil
}
