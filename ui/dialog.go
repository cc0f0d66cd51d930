package ui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/page"
)

// dialogActions are those of questions.
func dialogActions() []action {
	return []action{
		on(action{name: "accept", keys: []string{"enter"}, words: "yes, with what was typed", short: "yes", rank: 1, mode: typing},
			func(m *Model, d *page.Dialog) tea.Cmd {
				if !d.Agreed() {
					return nil
				}
				return m.agree(d)
			}),
		on(action{name: "yes", keys: []string{"y"}, words: "yes", short: "yes", rank: 1}, (*Model).agree),
	}
}

// agree does what the dialog asked about.
func (m *Model) agree(d *page.Dialog) tea.Cmd {
	if d.Question == page.AskStopJob {
		m.leave(d)
		m.stopJob()
		return nil
	}
	sessions := m.opts.Sessions
	if d.Question == page.AskRename {
		id, text, ctx := d.Sessions[0].ID, d.Text(), m.ctx
		return func() tea.Msg { // the dialog stays until it is done: the name may be taken
			ctx, cancel := context.WithTimeout(ctx, actionTime)
			defer cancel()
			return renamedMsg{d, sessions.Rename(ctx, id, text)}
		}
	}
	m.leave(d)
	if d.Question == page.AskLogout {
		return m.doTo(d.Sessions, "logging out", "is logged out: the phone has forgotten it", "are logged out: their phones have forgotten them", m.ifConnected(sessions.Logout))
	}
	return m.doTo(d.Sessions, "deleting", "is deleted", "are deleted", byID(sessions.Delete))
}

func (m *Model) renamed(msg renamedMsg) {
	switch {
	case !m.has(msg.dialog):
		m.tell("", msg.err)
	case msg.err != nil:
		msg.dialog.Problem = errorText(msg.err)
	default:
		m.leave(msg.dialog)
	}
}
