package ui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// reportedMsg is the end of writing a report.
type reportedMsg struct {
	name, path string
	err        error
}

// reportActions are those that write what happened to a session into a file.
func reportActions() []action {
	a := ofSession(action{name: "report", keys: []string{"w"}, words: "write a report: the last 15 minutes, masked, as a file", short: "report", rank: 18}, (*Model).writeReport)
	applies := a.when
	a.when = func(m *Model, p page.Page) bool { return m.opts.Reports != nil && applies(m, p) }
	return []action{a}
}

func (m *Model) writeReport(s *vital.Snapshot) tea.Cmd {
	name := widget.Clean(s.Name)
	m.say(m.opts.Theme.Muted, "writing a report of "+name+"…", pendingsLife)
	ctx, reports, id := m.ctx, m.opts.Reports, s.ID
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, actionTime)
		defer cancel()
		path, err := reports.Save(ctx, id)
		return reportedMsg{name, path, err}
	}
}

// reported says where the report is, until a key: a person wants to read it.
func (m *Model) reported(msg reportedMsg) {
	if msg.err != nil {
		m.tell("", msg.err)
		return
	}
	done := "the report of " + msg.name + " is " + widget.Clean(msg.path)
	m.say(m.opts.Theme.Healthy, done, 0)
	m.note(true, done)
}
