package ui

import (
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/page"
)

// pairingActions are those of the page that pairs a phone.
func pairingActions() []action {
	steps := func(steps ...page.PairingStep) func(*Model, *page.Pairing) bool {
		return func(_ *Model, p *page.Pairing) bool { return slices.Contains(steps, p.Step()) }
	}
	return []action{
		on(action{name: "accept", keys: []string{"enter"}, words: "go on", short: "dashboard", rank: 1, mode: always}, acceptPairing,
			steps(page.PairingName, page.PairingPhone, page.PairingLogin, page.PairingDone, page.PairingFailed)),
		on(action{name: "phone-code", keys: []string{"c"}, words: "a phone code instead of the QR code, and back", short: "phone code instead", rank: 2},
			func(_ *Model, p *page.Pairing) tea.Cmd { p.AskPhone(); return nil }, steps(page.PairingCode, page.PairingTyped)),
		on(action{name: "picture", keys: []string{"g"}, words: "the QR code as a PNG file", short: "QR as a PNG file", rank: 3},
			func(m *Model, p *page.Pairing) tea.Cmd { return m.redrawPicture(p) }, steps(page.PairingCode),
			func(_ *Model, p *page.Pairing) bool { return p.Payload() != "" && p.Picture == "" }),
		on(action{name: "back", keys: []string{"esc"}, words: "back; a pairing that waits is stopped", short: "back", rank: generalRank + 2, mode: always},
			func(m *Model, p *page.Pairing) tea.Cmd {
				if p.Back() {
					return nil
				}
				return m.leavePairing(p)
			}),
		on(action{name: "quit", keys: []string{"q"}, words: "leave this page"}, (*Model).leavePairing),
	}
}

// pair opens the page that pairs a phone.
func pair(m *Model, d *page.Dashboard) tea.Cmd {
	proposed := "" // the selected session's name if it could be paired
	if s := d.Selected(); s != nil && !s.Identity.Paired() {
		proposed = s.Name
	}
	p := page.NewPairing(m.opts.Theme, proposed)
	p.Simulation, p.Terminal = m.opts.Simulation, m.graphics
	m.push(p)
	return m.askGraphics()
}

// acceptPairing goes on from where the pairing stands.
func acceptPairing(m *Model, p *page.Pairing) tea.Cmd {
	if p.Busy != "" {
		return nil
	}
	switch p.Step() {
	case page.PairingName, page.PairingFailed:
		return m.beginPairing(p)
	case page.PairingPhone:
		return m.requestPhoneCode(p)
	default:
		return m.leavePairing(p)
	}
}

// leavePairing goes back to the dashboard. A session that still waits for a phone is stopped: nobody looks at its codes any more.
func (m *Model) leavePairing(p *page.Pairing) tea.Cmd {
	m.leave(p)
	var cmds []tea.Cmd
	if p.Picture != "" {
		cmds = append(cmds, m.removePicture())
	}
	s := m.sessions.Session(p.Session())
	if s == nil {
		return tea.Batch(cmds...)
	}
	m.dashboard.Select(s.ID)
	switch p.Step() {
	case page.PairingCode, page.PairingPhone, page.PairingTyped:
		cmds = append(cmds, m.act("stopping", "pairing was stopped", func(ctx context.Context) error { return m.opts.Sessions.Stop(ctx, s.ID) }))
	}
	return tea.Batch(cmds...)
}

// pairingBegun shows the session that waits for a phone now.
func (m *Model) pairingBegun(msg begunMsg) {
	p := msg.page
	p.Busy = ""
	if msg.err != nil {
		p.Problem = errorText(msg.err)
		return
	}
	if s, ok := m.opts.Sessions.Snapshot(msg.id); ok {
		p.Begin(s, msg.after)
	}
}

// pictureDrawn shows where the QR code's picture is, unless it came too late: then it goes.
func (m *Model) pictureDrawn(msg pictureMsg) tea.Cmd {
	p := msg.page
	if !m.has(p) {
		return m.removePicture()
	}
	p.Picture, p.Problem = msg.path, errorText(msg.err)
	if msg.err == nil && msg.payload != p.Payload() {
		return m.redrawPicture(p)
	}
	return nil
}
