package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// mouse turns a list with the wheel, and does what stands where a click is.
func (m *Model) mouse(msg tea.MouseMsg) tea.Cmd {
	line := msg.Y - 1 - m.frontArea.top // below the header
	switch {
	case msg.Button == tea.MouseButtonWheelUp:
		m.wheel(line, -page.WheelRows)
	case msg.Button == tea.MouseButtonWheelDown:
		m.wheel(line, page.WheelRows)
	case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress:
		return m.click(msg.X, msg.Y)
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

// click does what stands in that place of the screen: a key with its words, or what the page in front has there. As a key does, it takes away what is said.
func (m *Model) click(column, line int) tea.Cmd {
	said := m.status.text != ""
	if m.status = (status{}); said {
		m.dirty = true
	}
	at := m.frontArea
	x, y := column-at.left, line-1-at.top
	if a := m.keyAt(column, line); a != nil {
		m.dirty = true
		return a.do(m, m.front())
	}
	c, ok := m.front().(page.Clicker)
	if !ok || x < 0 || x >= at.width || y < 0 || y >= at.height {
		return nil
	}
	does, ok := c.Click(x, y)
	if !ok {
		return nil
	}
	m.dirty = true
	if does != "" {
		return m.do(does)
	}
	return m.keepLook()
}

// keyAt is the action whose key stands, with what it does, in that place: of the footer, of the header, or of the last line of a box or of a page that has the
// whole window; nil for none.
func (m *Model) keyAt(column, line int) *action {
	at, bottom := m.frontArea, m.height-1
	_, box := m.front().(page.Box)
	switch {
	case at.height == 0 && line == bottom:
		return m.hintAt(line, 0, m.width, column)
	case line == bottom:
		for _, f := range m.footed {
			if column >= f.at.From && column < f.at.To && f.action.applies(m, m.front()) {
				return f.action
			}
		}
	case line == 0 && column >= m.missedAt.From && column < m.missedAt.To:
		return m.named("notifications")
	case box && line-1-at.top == at.height-2:
		return m.hintAt(line, at.left+1, at.left+at.width-1, column)
	}
	return nil
}

// hintAt is the action whose key stands in a line between those columns, with what it does, in the place of a column. Hints have two blanks between them.
func (m *Model) hintAt(line, from, to, column int) *action {
	lines := strings.Split(m.frame, "\n")
	if line >= len(lines) {
		return nil
	}
	types := typesOn(m.front())
	left := from
	for _, hint := range strings.SplitAfter(ansi.Strip(ansi.Cut(lines[line], from, to)), "  ") {
		text := strings.TrimSpace(hint)
		begins := left + len(hint) - len(strings.TrimLeft(hint, " "))
		left += widget.Width(hint)
		sign, _, _ := strings.Cut(text, " ")
		if text == "" || column < begins || column >= begins+widget.Width(text) {
			continue
		}
		for _, a := range m.applying(m.front()) {
			if usable := m.keys.usable(a.name, types); usable != "" && m.opts.Theme.LegibleSign(usable) == sign {
				return a
			}
		}
	}
	return nil
}

// named is the action of that name that applies now; nil if none does.
func (m *Model) named(name string) *action {
	for _, a := range m.applying(m.front()) {
		if a.name == name {
			return a
		}
	}
	return nil
}
