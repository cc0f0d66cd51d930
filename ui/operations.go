package ui

import (
	"context"
	"errors"
	"fmt"

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

func (m *Model) pingNow(s *vital.Snapshot) tea.Cmd {
	ctx, sessions, name := m.ctx, m.opts.Sessions, widget.Clean(s.Name)
	m.say(&m.opts.Theme.Muted, "pinging "+name+"…", pendingsLife)
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, actionTime)
		defer cancel()
		rtt, err := sessions.Ping(ctx, s.ID)
		return actedMsg{fmt.Sprintf("the server answers %s in %s", name, widget.Millis(rtt)), err}
	}
}

// messageActions are those of the dialog that sends a text.
func messageActions() []action {
	other := func(_ *Model, d *page.Message) tea.Cmd { d.Next(); return nil }
	return []action{
		on(action{name: "accept", keys: []string{"enter"}, words: "go on, or send", short: "send", rank: 1, mode: always}, acceptMessage),
		on(action{name: "other-part", keys: []string{"tab", "shift+tab"}, words: "the other field", short: "other field", rank: 2, mode: typing}, other),
		on(action{name: "older", keys: []string{"up", "ctrl+p"}, mode: typing}, other),
		on(action{name: "newer", keys: []string{"down", "ctrl+n"}, mode: typing}, other),
	}
}

func acceptMessage(m *Model, d *page.Message) tea.Cmd {
	switch d.Step() {
	case page.MessageTyping:
		if outgoing, ok := d.Accept(); ok {
			return m.sendMessage(d, outgoing)
		}
	case page.MessageFailed:
		outgoing, _ := d.Again()
		return m.sendMessage(d, outgoing)
	default:
		m.leave(d)
	}
	return nil
}

func (m *Model) sendMessage(d *page.Message, outgoing vital.Outgoing) tea.Cmd {
	ctx, sessions := m.ctx, m.opts.Sessions
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
		if !m.has(msg.message) {
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
	case m.has(msg.message):
	case len(m.stack) == 1:
		m.push(msg.message)
	default:
		m.tell("", msg.err)
	}
}

// contactsActions are those of the page of contacts.
func contactsActions() []action {
	return []action{
		keepFilter[*page.Contacts](), filterBy[*page.Contacts]("only those with a text in them", 1),
		on(action{name: "sort", keys: []string{"S"}, words: "another order: name, phone, own name", short: "sort", rank: 3},
			func(_ *Model, c *page.Contacts) tea.Cmd { c.Sort(); return nil }),
		on(action{name: "refresh", keys: []string{"r"}, words: "ask again", short: "ask again", rank: 2}, (*Model).askContacts,
			func(_ *Model, c *page.Contacts) bool { return !c.Loading }),
	}
}

// askContacts asks for whom the page's session knows.
func (m *Model) askContacts(shown *page.Contacts) tea.Cmd {
	ctx, sessions := m.ctx, m.opts.Sessions
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
		msg.page.Know(msg.contacts)
	}
}
