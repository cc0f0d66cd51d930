package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/page"
)

// wheelRows is how many rows a notch of the wheel turns.
const wheelRows = 3

// mouse turns a list with the wheel, and selects with a click; a click on a key in the footer does what it says.
func (m *Model) mouse(msg tea.MouseMsg) tea.Cmd {
	line := msg.Y - 1 - m.frontTop // below the header
	switch {
	case msg.Button == tea.MouseButtonWheelUp:
		m.wheel(line, -wheelRows)
	case msg.Button == tea.MouseButtonWheelDown:
		m.wheel(line, wheelRows)
	case msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress:
	case msg.Y == m.height-1:
		return m.clickFooter(msg.X)
	default:
		if c, ok := m.front().(page.Clicker); ok && c.Click(line) {
			m.dirty = true
		}
	}
	return nil
}

func (m *Model) wheel(line, by int) {
	switch p := m.front().(type) {
	case page.Wheeler:
		p.Wheel(line, by)
	case page.List:
		p.Move(by)
	default:
		return
	}
	m.dirty = true
}

// clickFooter does the action whose key stands in that column of the footer.
func (m *Model) clickFooter(column int) tea.Cmd {
	for _, f := range m.footed {
		if front := m.front(); column >= f.at.From && column < f.at.To && f.action.applies(m, front) {
			m.dirty = true
			return f.action.do(m, front)
		}
	}
	return nil
}
