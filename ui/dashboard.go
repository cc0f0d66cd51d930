package ui

import (
	"context"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// dashboardKey is a key on the dashboard.
func (m *Model) dashboardKey(msg tea.KeyMsg) tea.Cmd {
	k := m.keys
	switch {
	case key.Matches(msg, k.Quit):
		return tea.Quit
	case key.Matches(msg, k.Help):
		m.screen = onHelp
	case key.Matches(msg, k.Pair):
		m.screen, m.pairing = onPairing, page.NewPairing(m.opts.Theme, m.unpairedName())
		m.pairing.Simulation = m.opts.Simulation
	case key.Matches(msg, k.Check) && m.opts.Numbers != nil:
		m.screen = onPrompt
	case key.Matches(msg, k.Demo):
		return m.runDemo()
	case key.Matches(msg, k.Up):
		m.dashboard.Move(-1)
	case key.Matches(msg, k.Down):
		m.dashboard.Move(1)
	case key.Matches(msg, k.Top):
		m.dashboard.Move(-len(m.dashboard.Sessions()))
	case key.Matches(msg, k.Bottom):
		m.dashboard.Move(len(m.dashboard.Sessions()))
	case key.Matches(msg, k.PageUp):
		m.dashboard.Move(-10)
	case key.Matches(msg, k.PageDown):
		m.dashboard.Move(10)
	case key.Matches(msg, k.Events):
		m.screen = onEvents
	default:
		return m.sessionKey(msg)
	}
	return nil
}

// sessionKey is a key that acts on the selected session.
func (m *Model) sessionKey(msg tea.KeyMsg) tea.Cmd {
	s := m.dashboard.Selected()
	if s == nil {
		return nil
	}
	k, name := m.keys, widget.Clean(s.Name)
	switch {
	case key.Matches(msg, k.StartStop):
		if wantsStart(s) {
			if !s.Identity.Paired() {
				m.tell("", errNotPaired)
				return nil
			}
			return m.act("starting "+name, name+" is starting", m.on(s, m.opts.Sessions.Start))
		}
		return m.act("stopping "+name, name+" is stopped, and stays so after a restart", m.on(s, m.opts.Sessions.Stop))
	case key.Matches(msg, k.Reconnect):
		if !s.Identity.Paired() {
			m.tell("", errNotPaired)
			return nil
		}
		return m.act("reconnecting "+name, name+" gets a new socket", m.on(s, m.opts.Sessions.Reconnect))
	case key.Matches(msg, k.Logout):
		if s.State != vital.StateConnected {
			m.tell("", errLogoutNeedsConnection)
			return nil
		}
		m.dialog = page.NewDialog(page.AskLogout, s)
	case key.Matches(msg, k.Rename):
		m.dialog = page.NewDialog(page.AskRename, s)
	case key.Matches(msg, k.Delete):
		m.dialog = page.NewDialog(page.AskDelete, s)
	case key.Matches(msg, k.Copy):
		return m.copyVitals(s)
	default:
		return m.operationKey(s, msg)
	}
	return nil
}

// on binds an action to a session.
func (m *Model) on(s *vital.Snapshot, do func(context.Context, vital.SessionID) error) func(context.Context) error {
	return func(ctx context.Context) error { return do(ctx, s.ID) }
}

// wantsStart says whether the start/stop key starts.
func wantsStart(s *vital.Snapshot) bool {
	return s.State == vital.StateDisconnected || s.State == vital.StateError
}

// unpairedName is the selected session's name if it could be paired.
func (m *Model) unpairedName() string {
	if s := m.dashboard.Selected(); s != nil && !s.Identity.Paired() {
		return s.Name
	}
	return ""
}

func (m *Model) copyVitals(s *vital.Snapshot) tea.Cmd {
	text, put := page.VitalsText(s, m.clock()), m.opts.Copy
	return m.act("copying", "the vitals of "+widget.Clean(s.Name)+" are on the clipboard, if the terminal allows it", func(context.Context) error {
		return put(text)
	})
}

func (m *Model) runDemo() tea.Cmd {
	if m.opts.Demo == nil || len(m.dashboard.Sessions()) > 0 {
		return nil
	}
	return tea.ExecProcess(m.opts.Demo(), func(err error) tea.Msg { return demoEndedMsg{err} })
}

// helpKey is a key on the help page: all but scrolling leads back.
func (m *Model) helpKey(msg tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(msg, m.keys.Up):
		m.help.Scroll(-1)
	case key.Matches(msg, m.keys.Down):
		m.help.Scroll(1)
	case key.Matches(msg, m.keys.PageUp):
		m.help.Scroll(-m.height / 2)
	case key.Matches(msg, m.keys.PageDown):
		m.help.Scroll(m.height / 2)
	case key.Matches(msg, m.keys.Back), key.Matches(msg, m.keys.Quit), key.Matches(msg, m.keys.Help):
		m.screen = onDashboard
	}
	return nil
}

// eventsKey is a key on the events page.
func (m *Model) eventsKey(msg tea.KeyMsg) tea.Cmd {
	events := &m.dashboard.Events
	switch {
	case key.Matches(msg, m.keys.Up):
		events.Pick(1)
	case key.Matches(msg, m.keys.Down):
		events.Pick(-1)
	case key.Matches(msg, m.keys.PageUp):
		events.Pick(m.height / 2)
	case key.Matches(msg, m.keys.PageDown):
		events.Pick(-m.height / 2)
	case key.Matches(msg, m.keys.Top):
		events.Pick(events.Len())
	case key.Matches(msg, m.keys.Bottom):
		events.Follow()
	case key.Matches(msg, m.keys.Media):
		if e, ok := events.Picked(); ok && page.MediaOf(e) != "" {
			return m.download(e)
		}
	case key.Matches(msg, m.keys.Back), key.Matches(msg, m.keys.Quit), key.Matches(msg, m.keys.Events):
		events.Follow()
		m.screen = onDashboard
	}
	return nil
}

// mouse selects with a click and scrolls with the wheel, on the dashboard and the events page.
func (m *Model) mouse(msg tea.MouseMsg) {
	if m.dialog != nil || m.message != nil || m.screen == onPairing {
		return
	}
	up, down := msg.Button == tea.MouseButtonWheelUp, msg.Button == tea.MouseButtonWheelDown
	clicked := msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress
	if !up && !down && !clicked {
		return
	}
	m.dirty = true
	step := 3
	if down {
		step = -3
	}
	line := msg.Y - 1 // below the header
	switch {
	case clicked && m.screen != onDashboard:
	case m.screen == onHelp:
		m.help.Scroll(-step)
	case m.screen == onPrompt:
		m.prompt.Wheel(-step)
	case m.screen == onContacts:
		m.contacts.Scroll(-step)
	case m.screen == onDashboard && clicked:
		m.dashboard.Click(line)
	case m.screen == onDashboard && m.dashboard.OverList(line):
		m.dashboard.Move(-step / 3)
	case !clicked:
		m.dashboard.Events.Scroll(step)
	}
}
