package ui

import (
	"context"
	"errors"
	"fmt"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

type (
	// sentMsg is what became of a message.
	sentMsg struct {
		message *page.Message
		sent    vital.Sent
		err     error
	}
	// contactsMsg is whom a session knows, for the page that asked.
	contactsMsg struct {
		page     *page.Contacts
		contacts []vital.Contact
		err      error
	}
)

// operationKey is a key that asks the selected session's socket for something.
func (m *Model) operationKey(s *vital.Snapshot, msg tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(msg, m.keys.Ping):
		return m.pingNow(s)
	case key.Matches(msg, m.keys.Message):
		m.message = page.NewMessage(s, m.opts.Region)
	case key.Matches(msg, m.keys.Contacts):
		m.screen, m.contacts = onContacts, page.NewContacts(m.opts.Theme, s)
		return m.askContacts()
	}
	return nil
}

func (m *Model) pingNow(s *vital.Snapshot) tea.Cmd {
	ctx, sessions, name := m.ctx, m.opts.Sessions, widget.Clean(s.Name)
	m.say(m.opts.Theme.Muted, "pinging "+name+"…", pendingsLife)
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, actionTime)
		defer cancel()
		rtt, err := sessions.Ping(ctx, s.ID)
		return actedMsg{fmt.Sprintf("the server answers %s in %s", name, widget.Millis(rtt)), err}
	}
}

// messageKey is a key while a message is written, or on its way.
func (m *Model) messageKey(msg tea.KeyMsg) tea.Cmd {
	k, d := m.keys, m.message
	switch {
	case key.Matches(msg, k.Back):
		m.message = nil
	case key.Matches(msg, k.Accept) && d.Step() == page.MessageTyping:
		if outgoing, ok := d.Accept(); ok {
			return m.sendMessage(outgoing)
		}
	case key.Matches(msg, k.Accept) && d.Step() == page.MessageFailed:
		outgoing, _ := d.Again()
		return m.sendMessage(outgoing)
	case key.Matches(msg, k.Accept), key.Matches(msg, k.Quit) && !d.Types():
		m.message = nil
	case d.Types() && (key.Matches(msg, k.Focus) || msg.Type == tea.KeyUp || msg.Type == tea.KeyDown):
		d.Next()
	case d.Types():
		d.Key(msg)
	}
	return nil
}

func (m *Model) sendMessage(outgoing vital.Outgoing) tea.Cmd {
	ctx, sessions, d := m.ctx, m.opts.Sessions, m.message
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, actionTime)
		defer cancel()
		sent, err := sessions.Send(ctx, d.Session.ID, outgoing)
		return sentMsg{d, sent, err}
	}
}

// messageSent shows what became of a message. One that failed comes back into front if nothing else is there: it can be tried again.
func (m *Model) messageSent(msg sentMsg) {
	if msg.err == nil {
		msg.message.Sent(msg.sent)
		if m.message != msg.message {
			m.tell("message "+widget.Clean(msg.sent.ID)+" is sent", nil)
		}
		return
	}
	var failed *session.SendError
	id, why := "", msg.err
	if errors.As(msg.err, &failed) {
		id, why = failed.ID, failed.Err
	}
	msg.message.Failed(id, errorText(why))
	switch {
	case m.message == msg.message:
	case m.message == nil && m.dialog == nil && m.screen == onDashboard:
		m.message = msg.message
	default:
		m.tell("", msg.err)
	}
}

// contactsKey is a key on the page of contacts.
func (m *Model) contactsKey(msg tea.KeyMsg) tea.Cmd {
	k, c := m.keys, m.contacts
	switch {
	case key.Matches(msg, k.Back):
		if !c.Back() {
			m.screen = onDashboard
		}
	case c.Types() && key.Matches(msg, k.Accept):
		c.Accept()
	case c.Types():
		c.Key(msg)
	case key.Matches(msg, k.Filter):
		c.Filter()
	case key.Matches(msg, k.Fresh) && !c.Loading:
		return m.askContacts()
	case key.Matches(msg, k.Quit), key.Matches(msg, k.Contacts):
		m.screen = onDashboard
	default:
		m.scroll(msg, c.Scroll, c.Length())
	}
	return nil
}

// askContacts asks for whom the page's session knows.
func (m *Model) askContacts() tea.Cmd {
	ctx, sessions, shown := m.ctx, m.opts.Sessions, m.contacts
	shown.Loading, shown.Problem = true, ""
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, actionTime)
		defer cancel()
		contacts, err := sessions.Contacts(ctx, shown.Session)
		return contactsMsg{shown, contacts, err}
	}
}

func (m *Model) contactsCame(msg contactsMsg) {
	msg.page.Loading, msg.page.Problem = false, errorText(msg.err)
	if msg.err == nil {
		msg.page.Put(msg.contacts)
	}
}
