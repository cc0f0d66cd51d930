package ui

import (
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// toastLife is how long a toast is shown.
const toastLife = 4 * time.Second

// toast is a short line for what has ended while the person may be doing something else. It lies over the frame of the page, in the corner below, where
// nothing is typed and nothing is read; the last line, with the keys, stays.
type toast struct {
	text  string
	style *lipgloss.Style // of the theme, which may get other looks meanwhile
	until time.Time
}

// finished says how something ended that ran in the background: good news in a toast, bad news until a key. Both are kept.
func (m *Model) finished(done string, err error) {
	if err != nil {
		m.tell("", err)
		return
	}
	m.note(true, done)
	m.toast = toast{done, &m.opts.Theme.Healthy, m.clock().Add(toastLife)}
	m.dirty = true
}

func (m *Model) expireToast() {
	if !m.toast.until.IsZero() && !m.clock().Before(m.toast.until) {
		m.toast = toast{}
	}
}

// withToast lays the toast over the end of a line.
func (m *Model) withToast(line string) string {
	if m.toast.text == "" {
		return line
	}
	text := " " + m.toast.style.Render("● "+widget.Truncate(widget.Clean(m.toast.text), m.width-8)) + " "
	left := m.width - widget.Width(text) - 2
	line = widget.Pad(line, m.width)
	return ansi.Truncate(line, left, "") + text + ansi.TruncateLeft(line, m.width-2, "")
}

// notePaired tells of sessions that have got a phone, but where that is on the screen.
func (m *Model) notePaired(snapshots []*vital.Snapshot) {
	for _, s := range snapshots {
		before := m.sessions.Session(s.ID)
		if s.Removed || before == nil || before.Identity.Paired() || !s.Identity.Paired() {
			continue
		}
		text := strings.TrimSpace(widget.Clean(s.Name) + " is paired with " + widget.Phone(s.Identity.Phone))
		if p, pairs := find[*page.Pairing](m); pairs && p.Session() == s.ID {
			m.note(true, text)
			continue
		}
		m.finished(text, nil)
	}
}
