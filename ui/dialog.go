package ui

import (
	"context"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// dialogKey is a key while a question is asked.
func (m *Model) dialogKey(msg tea.KeyMsg) tea.Cmd {
	d := m.dialog
	switch {
	case key.Matches(msg, m.keys.Back):
		m.dialog = nil
	case d.Types() && key.Matches(msg, m.keys.Accept):
		if d.Agreed() {
			return m.agree()
		}
	case d.Types():
		d.Key(msg)
	case key.Matches(msg, m.keys.Yes):
		return m.agree()
	case key.Matches(msg, m.keys.Quit):
		m.dialog = nil
	}
	return nil
}

// agree does what the dialog asked about.
func (m *Model) agree() tea.Cmd {
	d := m.dialog
	if d.Question == page.AskStopJob {
		m.dialog = nil
		m.stopJob()
		return nil
	}
	s, sessions, name := d.Session, m.opts.Sessions, widget.Clean(d.Session.Name)
	if d.Question == page.AskRename {
		text, ctx := d.Text(), m.ctx
		return func() tea.Msg { // the dialog stays until it is done: the name may be taken
			ctx, cancel := context.WithTimeout(ctx, actionTime)
			defer cancel()
			return renamedMsg{sessions.Rename(ctx, s.ID, text)}
		}
	}
	m.dialog = nil
	if d.Question == page.AskLogout {
		return m.act("logging "+name+" out", name+" is logged out: the phone has forgotten it", m.on(s, sessions.Logout))
	}
	return m.act("deleting "+name, name+" is deleted", m.on(s, sessions.Delete))
}

func (m *Model) renamed(err error) {
	if m.dialog == nil {
		m.tell("", err)
		return
	}
	if m.dialog.Problem = errorText(err); err == nil {
		m.dialog = nil
	}
}
