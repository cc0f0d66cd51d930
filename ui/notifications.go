package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// openNotifications shows the notes.
func openNotifications(m *Model, _ *page.Dashboard) tea.Cmd {
	m.push(page.NewNotifications(m.opts.Theme, &m.notes))
	return nil
}

// notificationsActions are those of the page of notes.
func notificationsActions() []action {
	return []action{
		keepFilter[*page.Notifications](), filterBy[*page.Notifications]("only those with a text in them", 1),
		on(action{name: "sort", keys: []string{"S"}, words: "another order: the newest, what failed, the oldest first", short: "sort", rank: 2},
			func(_ *Model, n *page.Notifications) tea.Cmd { n.Sort(); return nil }),
	}
}

// note keeps what was said.
func (m *Model) note(well bool, text string) {
	m.notes.Add(page.Note{At: m.clock(), Well: well, Text: text})
}

// noteErrors keeps which sessions have gone to ERROR, before the list of sessions knows, and says so where the list is not on the screen. It returns what it has
// noted.
func (m *Model) noteErrors(snapshots []*vital.Snapshot) []string {
	var noted []string
	for _, s := range snapshots {
		before := m.sessions.Session(s.ID)
		if s.State == vital.StateError && !s.Removed && before != nil && before.State != vital.StateError {
			text := widget.Clean(s.Name) + " is in ERROR: " + widget.Clean(s.Failure.String())
			m.notes.Miss(page.Note{At: m.clock(), Text: text})
			noted = append(noted, text)
			if !m.shows(m.dashboard) {
				m.say(&m.opts.Theme.Broken, "✖ "+text, noticeLife)
			}
		}
	}
	return noted
}
