package ui

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/page"
)

// reloadEvery is how often the person's settings are looked at, at most: when the clock is drawn.
const reloadEvery = 5 * time.Second

// Settings are what can be changed while the dashboard is on the screen.
type Settings struct {
	Keys       map[string][]string // as in Options
	Region     string
	Notify     Notify
	FPS        int
	Objections []string // what is wrong with them though they are used
}

// settingsMsg is what the settings are now.
type settingsMsg struct {
	settings Settings
	changed  bool
	err      error
}

// reload looks whether the settings have changed. One look is under way at any time.
func (m *Model) reload(asked bool) tea.Cmd {
	if m.opts.Reload == nil || m.reloading || !asked && m.clock().Sub(m.reloaded) < reloadEvery {
		return nil
	}
	m.reloading, m.reloaded = true, m.clock()
	look := m.opts.Reload
	return func() tea.Msg {
		settings, changed, err := look(asked)
		return settingsMsg{settings, changed, err}
	}
}

// settingsCame puts new settings in force. With bad ones everything stays as it is.
func (m *Model) settingsCame(msg settingsMsg) tea.Cmd {
	m.reloading = false
	switch {
	case msg.err != nil:
		m.tell("", msg.err)
		return nil
	case !msg.changed:
		return nil
	}
	s := msg.settings
	m.opts.Keys, m.opts.Region, m.opts.Notify = s.Keys, s.Region, s.Notify
	m.keys, _ = newKeyMap(s.Keys)
	m.prompt.Region = s.Region
	m.pace.set(s.FPS)
	m.tell("the config file was read again", nil)
	m.object(s.Objections)
	return m.retitle()
}

// object says what is wrong with settings that are used all the same, and keeps it.
func (m *Model) object(objections []string) {
	if len(objections) == 0 {
		return
	}
	for _, text := range objections {
		m.note(false, text)
	}
	text := objections[0]
	if n := len(objections); n > 1 {
		text = fmt.Sprintf("%d remarks on the settings, %s lists them: %s", n, m.keys.shown("notifications", 1), text)
	}
	m.say(m.opts.Theme.Working, text, noticeLife)
}

// reloadActions is the one for who does not want to wait.
func reloadActions() []action {
	return []action{
		on(action{name: "reload", words: "read the config file again"},
			func(m *Model, _ page.Page) tea.Cmd { return m.reload(true) },
			func(m *Model, _ page.Page) bool { return m.opts.Reload != nil }),
	}
}
