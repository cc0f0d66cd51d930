package ui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// dashboardActions are those of the dashboard that need no session.
func dashboardActions() []action {
	return []action{
		on(action{name: "open", keys: []string{"enter"}, words: "the session: is it alive, why not, and how it has been", short: "open", rank: -1}, openSession,
			func(_ *Model, d *page.Dashboard) bool { return d.Selected() != nil }),
		on(action{name: "pair", keys: []string{"p"}, words: "pair a phone", short: "pair", rank: 3}, pair),
		on(action{name: "check", keys: []string{"c"}, words: "check numbers: are they on WhatsApp?", short: "check", rank: 4},
			func(m *Model, _ *page.Dashboard) tea.Cmd { m.push(m.prompt); return nil },
			func(m *Model, _ *page.Dashboard) bool { return m.opts.Numbers != nil }),
		on(action{name: "events", keys: []string{"e"}, words: "events on the whole screen", short: "events", rank: 5}, openEvents),
		on(action{name: "notifications", keys: []string{"n"}, words: "what was said, and what failed: the last 200", short: "notes", rank: 17}, openNotifications),
		on(action{name: "demo", keys: []string{"d"}, words: "the demo, while there is no session", short: "demo", rank: 4},
			func(m *Model, _ *page.Dashboard) tea.Cmd { return m.runDemo() },
			func(m *Model, d *page.Dashboard) bool { return m.opts.Demo != nil && len(d.Sessions()) == 0 }),
		filterBy("only sessions with a text in them: name, number, state", 13, someSessions),
		on(action{name: "sort", keys: []string{"S"}, words: "another order: creation, name, trouble, ping", short: "sort", rank: 14},
			func(m *Model, d *page.Dashboard) tea.Cmd { d.Sort(); return m.keepLook() }, someSessions),
		on(action{name: "mark", keys: []string{" "}, words: "mark the session, for what is done to all marked", short: "mark", rank: 15},
			func(_ *Model, d *page.Dashboard) tea.Cmd { d.Mark(); return nil }, someSessions),
		on(action{name: "mark-all", keys: []string{"*"}, words: "mark all in the list, or none", short: "mark all", rank: 16},
			func(_ *Model, d *page.Dashboard) tea.Cmd { d.MarkAll(); return nil }, someSessions),
		keepFilter[*page.Dashboard](),
		on(action{name: "back", keys: []string{"esc"}, words: "no marks, then no filter", short: "back", rank: -2, mode: always},
			func(_ *Model, d *page.Dashboard) tea.Cmd { d.Back(); return nil },
			func(_ *Model, d *page.Dashboard) bool { return d.CanBack() }),
	}
}

func someSessions(_ *Model, d *page.Dashboard) bool { return len(d.Sessions()) > 0 }

// ofSession makes an action that of the session which is selected on the dashboard, or whose page is in front.
func ofSession(a action, do func(m *Model, s *vital.Snapshot) tea.Cmd, when ...func(m *Model, p page.OfSession) bool) action {
	return on(a, func(m *Model, p page.OfSession) tea.Cmd { return do(m, p.Selected()) }, append(when, hasSession)...)
}

func hasSession(_ *Model, p page.OfSession) bool { return p.Selected() != nil }

// sessionActions are those of the session that is selected on the dashboard, or whose page is in front.
func sessionActions() []action {
	return []action{
		ofMarked(action{name: "start-stop", keys: []string{"s"}, words: "start or stop the session", short: "start/stop", rank: 1}, startOrStop),
		ofMarked(action{name: "reconnect", keys: []string{"r"}, words: "reconnect: a new socket, at once", short: "reconnect", rank: 4}, reconnect),
		ofMarked(action{name: "ping", keys: []string{"i"}, words: "ping the server now", short: "ping", rank: 6}, ping),
		ofSession(action{name: "message", keys: []string{"m"}, words: "send a text message", short: "message", rank: 7}, func(m *Model, s *vital.Snapshot) tea.Cmd {
			m.push(page.NewMessage(m.opts.Theme, s, m.opts.Region))
			return nil
		}),
		ofSession(action{name: "contacts", keys: []string{"o"}, words: "contacts of the session", short: "contacts", rank: 8}, func(m *Model, s *vital.Snapshot) tea.Cmd {
			c := page.NewContacts(m.opts.Theme, s)
			m.push(c)
			return m.askContacts(c)
		}),
		ofMarked(action{name: "log-out", keys: []string{"L"}, words: "log out: the phone forgets this device", short: "log out", rank: 9},
			askToLogOut),
		ofSession(action{name: "rename", keys: []string{"R"}, words: "rename the session", short: "rename", rank: 10}, func(m *Model, s *vital.Snapshot) tea.Cmd {
			m.push(page.NewDialog(m.opts.Theme, page.AskRename, s))
			return nil
		}),
		ofMarked(action{name: "delete", keys: []string{"D"}, words: "delete the session", short: "delete", rank: 11}, askToDelete),
		ofSession(action{name: "copy", keys: []string{"y"}, words: "copy the vitals as text", short: "copy", rank: 12}, (*Model).copyVitals),
	}
}

func (m *Model) copyVitals(s *vital.Snapshot) tea.Cmd {
	text, put := page.VitalsText(s, m.clock()), m.opts.Copy
	return m.act("copying", "the vitals of "+widget.Clean(s.Name)+" are on the clipboard, if the terminal allows it", func(context.Context) error {
		return put(text)
	})
}

func (m *Model) runDemo() tea.Cmd {
	demo := m.opts.Demo()
	demo.Stdout = m.terminal.to
	return tea.ExecProcess(demo, func(err error) tea.Msg { return demoEndedMsg{err} })
}
