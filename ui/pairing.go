package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/page"
)

// pairingKey is a key on the pairing page.
func (m *Model) pairingKey(msg tea.KeyMsg) tea.Cmd {
	k, p := m.keys, m.pairing
	switch {
	case key.Matches(msg, k.Back) && p.Step() == page.PairingPhone:
		p.AskPhone() // back to the QR code
		return nil
	case key.Matches(msg, k.Back):
		return m.leavePairing()
	case key.Matches(msg, k.Accept):
		return m.acceptPairing()
	case p.Types():
		p.Key(msg)
		return nil
	case key.Matches(msg, k.PhoneCode):
		p.AskPhone()
	case key.Matches(msg, k.Picture) && p.Step() == page.PairingCode && p.Payload() != "" && p.Picture == "":
		return m.redrawPicture()
	case key.Matches(msg, k.Quit):
		return m.leavePairing()
	}
	return nil
}

// acceptPairing goes on from where the pairing stands.
func (m *Model) acceptPairing() tea.Cmd {
	p := m.pairing
	if p.Busy != "" {
		return nil
	}
	switch p.Step() {
	case page.PairingName, page.PairingFailed:
		return m.beginPairing(p.Name())
	case page.PairingPhone:
		return m.requestPhoneCode(p.Phone())
	case page.PairingDone, page.PairingLogin:
		return m.leavePairing()
	}
	return nil
}

// leavePairing goes back to the dashboard. A session that still waits for a phone is stopped: nobody looks at its codes any more.
func (m *Model) leavePairing() tea.Cmd {
	p := m.pairing
	m.screen, m.pairing = onDashboard, nil
	var cmds []tea.Cmd
	if p.Picture != "" {
		cmds = append(cmds, m.removePicture())
	}
	s := m.dashboard.Session(p.Session())
	if s == nil {
		return tea.Batch(cmds...)
	}
	m.dashboard.Select(s.ID)
	switch p.Step() {
	case page.PairingCode, page.PairingPhone, page.PairingTyped:
		cmds = append(cmds, m.act("stopping", "pairing was stopped", m.on(s, m.opts.Sessions.Stop)))
	}
	return tea.Batch(cmds...)
}

// pairingBegun shows the session that waits for a phone now.
func (m *Model) pairingBegun(msg begunMsg) tea.Cmd {
	if m.pairing == nil {
		return nil
	}
	m.pairing.Busy = ""
	if msg.err != nil {
		m.pairing.Problem = errorText(msg.err)
		return nil
	}
	if s, ok := m.opts.Sessions.Snapshot(msg.id); ok {
		m.pairing.Begin(s, msg.after)
	}
	return nil
}

// pictureDrawn shows where the QR code's picture is, unless it came too late: then it goes.
func (m *Model) pictureDrawn(msg pictureMsg) tea.Cmd {
	if m.pairing == nil {
		return m.removePicture()
	}
	m.pairing.Picture, m.pairing.Problem = msg.path, errorText(msg.err)
	if msg.err == nil && msg.payload != m.pairing.Payload() {
		return m.redrawPicture()
	}
	return nil
}
