package ui

import (
	"sync"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// Notify is what is told besides what is drawn.
type Notify struct {
	Bell    bool // the terminal's, when a session goes to ERROR
	Desktop bool // Options.Notification, likewise
	Title   bool // the terminal's title shows the worst state
}

// alert tells once of sessions that have gone to ERROR.
func (m *Model) alert(errors []string) tea.Cmd {
	if len(errors) == 0 {
		return nil
	}
	sequence := ""
	if m.opts.Notify.Bell {
		sequence = "\a"
	}
	if m.opts.Notify.Desktop && m.opts.Notification != nil {
		for _, text := range errors[:min(len(errors), 3)] {
			sequence += m.opts.Notification(text)
		}
	}
	if sequence == "" {
		return nil
	}
	out := m.terminal
	return func() tea.Msg {
		_, _ = out.Write([]byte(sequence)) // a terminal that cannot be written to shows nothing else either
		return nil
	}
}

// retitle shows the worst state in the terminal's title, if it is another.
func (m *Model) retitle() tea.Cmd {
	wanted := ""
	if m.opts.Notify.Title {
		wanted = "wapulse"
		if m.opts.Simulation {
			wanted += " SIMULATION"
		}
		if worst := m.sessions.Worst(); worst != "" {
			wanted += " " + worst
		}
	}
	if out := m.terminal; out.titles.want(wanted) {
		return func() tea.Msg {
			out.titles.show(out)
			return nil
		}
	}
	return nil
}

// The terminal keeps a stack of titles: what was there comes back at the end.
const (
	saveTitle    = "\x1b[22;2t"
	restoreTitle = "\x1b[23;2t"
)

// titles is what the terminal's title should be, and is.
type titles struct {
	mu            sync.Mutex
	wanted, shown string // "" for the one that was there
}

// want says whether the title is to be another than it is.
func (t *titles) want(title string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wanted = title
	return t.wanted != t.shown
}

// show writes the title that is wanted by now: of two calls that overtake each other both write the last one.
func (t *titles) show(out *output) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wanted == t.shown {
		return
	}
	sequence := ansi.SetWindowTitle(t.wanted)
	switch {
	case t.shown == "":
		sequence = saveTitle + sequence
	case t.wanted == "":
		sequence = restoreTitle
	}
	t.shown = t.wanted
	_, _ = out.Write([]byte(sequence)) // as above
}
