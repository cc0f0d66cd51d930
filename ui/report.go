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
	isWhole    bool
	err        error
}

// reportActions are those that write what happened to a session into a file.
func reportActions() []action {
	return []action{
		ofSession(action{name: "report", keys: []string{"w"}, words: "write a report: the last 15 minutes, masked, as a file", short: "report", rank: 18}, (*Model).writeReport,
			func(m *Model, _ page.OfSession) bool { return m.opts.Reports != nil }),
	}
}

func (m *Model) writeReport(s *vital.Snapshot) tea.Cmd {
	name := widget.Clean(s.Name)
	m.say(&m.opts.Theme.Muted, "writing a report of "+name+"…", pendingsLife)
	ctx, reports, own, id := m.ctx, m.opts.Reports, &m.owner, s.ID
	return func() tea.Msg {
		var msg tea.Msg
		own.do(func() {
			ctx, cancel := context.WithTimeout(ctx, actionTime)
			defer cancel()
			path, isWhole, err := reports.Save(ctx, id)
			msg = reportedMsg{name, path, isWhole, err}
		})
		return msg
	}
}

// reported says where the report is, until a key: a person wants to read it.
func (m *Model) reported(msg reportedMsg) {
	if msg.err != nil {
		m.tell("", msg.err)
		return
	}
	done, style := "the report of "+msg.name+" is "+widget.Clean(msg.path), &m.opts.Theme.Healthy
	if !msg.isWhole {
		done, style = "what happened last may be missing, as it is not stored yet: "+done, &m.opts.Theme.Working
	}
	m.say(style, done, 0)
	m.note(true, done)
}
