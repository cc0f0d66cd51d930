package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/page"
)

// Settings are what can be changed while the dashboard is on the screen.
type Settings struct {
	Keys       map[string][]string // as in Options
	Region     string
	Notify     Notify
	FPS        int
	Theme      string   // as in widget.Look
	ASCII      bool     // likewise
	Objections []string // what is wrong with them though they are used
	Changes    []string // what is different from before, in words
	Later      []string // names of what is different and counts from the next start only
}

// settingsMsg is what the settings are now.
type settingsMsg struct {
	settings Settings
	changed  bool
	asked    bool
	err      error
}

// reload reads the settings again: now if the person asks, else when they have changed.
func (m *Model) reload(asked bool) tea.Cmd {
	read, ctx := m.opts.Reload, m.ctx
	if read == nil {
		return nil
	}
	return func() tea.Msg {
		settings, changed, err := read(ctx, asked)
		if !changed && err == nil {
			return nil // the program ends
		}
		return settingsMsg{settings, changed, asked, err}
	}
}

// settingsCame puts new settings in force. With bad ones everything stays as it is.
func (m *Model) settingsCame(msg settingsMsg) tea.Cmd {
	var wait tea.Cmd
	if !msg.asked {
		wait = m.reload(false)
	}
	if m.status.text != "" && m.status.text == m.wrongSettings { // it is mended
		m.status = status{}
	}
	if msg.err != nil {
		m.tell("", msg.err)
		m.wrongSettings = m.status.text
		return wait
	}
	s := msg.settings
	m.opts.Region, m.opts.Notify = s.Region, s.Notify
	m.keys, _ = newKeyMap(s.Keys)
	m.prompt.Region = s.Region
	m.pace.set(s.FPS)
	m.opts.Theme.Wear(s.Theme, s.ASCII)
	m.redraw() // keys may be others, too
	m.finished(s.told(), nil)
	m.object(s.Objections)
	return tea.Batch(m.retitle(), wait)
}

// redraw has everything drawn anew, in other looks or with other keys.
func (m *Model) redraw() {
	for _, p := range m.stack {
		if r, ok := p.(page.Redrawer); ok {
			r.Redraw()
		}
	}
	m.dirty = true
}

// told says what is different.
func (s Settings) told() string {
	told := slices.Clone(s.Changes)
	if len(s.Later) > 0 {
		told = append(told, strings.Join(s.Later, ", ")+" from the next start")
	}
	if len(told) == 0 {
		return "config file read again: nothing is different"
	}
	return "config file read again: " + strings.Join(told, "; ")
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
		text = fmt.Sprintf("%d remarks on the settings, %s lists them: %s", n, m.keyOf("notifications"), text)
	}
	m.say(&m.opts.Theme.Working, text, noticeLife)
}

// reloadActions is the one for who does not want to wait.
func reloadActions() []action {
	return []action{
		on(action{name: "reload", words: "read the config file again"},
			func(m *Model, _ page.Page) tea.Cmd { return m.reload(true) },
			func(m *Model, _ page.Page) bool { return m.opts.Reload != nil }),
	}
}
