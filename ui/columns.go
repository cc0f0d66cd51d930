package ui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/page"
)

// columnsActions are those of the box of columns, and what opens it.
func columnsActions() []action {
	leave := func(m *Model, c *page.Columns) tea.Cmd { m.leave(c); return nil }
	return []action{
		on(action{name: "mark", keys: []string{" "}, words: "show the column, or not", short: "show or hide", rank: 1},
			func(m *Model, c *page.Columns) tea.Cmd { c.Toggle(); return m.keepLook() }),
		on(action{name: "accept", keys: []string{"enter"}, words: "leave it so", short: "leave it so", rank: 2}, leave),
		on(action{name: "columns", keys: []string{"|"}, words: "leave it so"}, leave),
		on(action{name: "columns", keys: []string{"|"}, words: "which columns the list has", short: "columns", rank: 18},
			func(m *Model, d *page.Dashboard) tea.Cmd {
				m.push(&page.Columns{Theme: m.opts.Theme, Of: d})
				return nil
			}, someSessions),
	}
}

// lookKeptMsg: that look is remembered, or err says why not.
type lookKeptMsg struct {
	look string
	err  error
}

// keepLook remembers how the list is. One such writing is under way at any time.
func (m *Model) keepLook() tea.Cmd {
	look := m.dashboard.Look()
	if m.opts.KeepLook == nil || m.keeping || look == m.kept {
		return nil
	}
	m.keeping = true
	ctx, keep, own := m.ctx, m.opts.KeepLook, &m.owner
	return func() tea.Msg {
		msg := lookKeptMsg{look: look}
		own.do(func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workParting)
			defer cancel()
			msg.err = keep(ctx, look)
		})
		return msg
	}
}

// lookKept goes on with what has changed meanwhile.
func (m *Model) lookKept(msg lookKeptMsg) tea.Cmd {
	m.keeping = false
	m.kept = msg.look // what cannot be written is not tried again by itself
	if msg.err != nil {
		m.tell("", fmt.Errorf("remember how the list looks: %w", msg.err))
	}
	return m.keepLook()
}
