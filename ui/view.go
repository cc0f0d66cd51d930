package ui

import (
	"fmt"
	"strings"

	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// The least window that the pages are made for, in cells.
const (
	leastWidth  = 40
	leastHeight = 10
)

// View returns the frame. It is drawn only if something has changed since the last one.
func (m *Model) View() string {
	if m.dirty {
		m.frame, m.dirty = m.illustrated(m.opts.Theme.Legible(m.draw())), false
	}
	return m.frame
}

func (m *Model) draw() string {
	m.footed, m.missedAt, m.frontArea = nil, page.Span{}, area{}
	switch {
	case m.width == 0 || m.height == 0: // the terminal has not said yet
		return ""
	case m.width < leastWidth || m.height < leastHeight:
		return m.drawTooSmall()
	}
	now := m.clock()
	if w, ok := m.front().(page.Whole); ok {
		if full := w.FullScreen(m.width, m.height, now); full != "" {
			return full
		}
	}
	height := m.height - 2
	base := m.base()
	body := m.stack[base].View(m.width, height, now)
	m.frontArea = area{width: m.width, height: height}
	for _, p := range m.stack[base+1:] {
		box := p.View(m.width, height, now)
		first, _, _ := strings.Cut(box, "\n")
		at := area{width: widget.Width(first), height: 1 + strings.Count(box, "\n")}
		at.left, at.top = max(0, (m.width-at.width)/2), max(0, height-at.height)
		if _, low := p.(page.Low); low {
			body = widget.OverlayFoot(body, box)
		} else {
			body = widget.Overlay(body, box)
			at.top /= 2
		}
		m.frontArea = at
	}
	lines := widget.Fill(strings.Split(body, "\n"), height)
	lines[height-1] = m.withToast(lines[height-1])
	return m.header() + "\n" + strings.Join(lines, "\n") + "\n" + m.footer()
}

func (m *Model) drawTooSmall() string {
	text := fmt.Sprintf("%d×%d is too small: enlarge to %d×%d, or %s", m.width, m.height, leastWidth, leastHeight, m.keyOf("quit"))
	if m.opts.Simulation {
		text = "SIMULATION " + text
	}
	if m.opts.Replay != nil {
		text = "REPLAY " + text
	}
	return strings.Join(widget.Fill(widget.Wrap(text, m.width, m.height), m.height), "\n")
}

// header tells at a glance how everything is.
func (m *Model) header() string {
	if m.opts.Replay != nil {
		return m.replayHeader()
	}
	t := m.opts.Theme
	right := ""
	if m.opts.Simulation {
		right = " " + t.Alert.Render("SIMULATION") + " "
	}
	if n := m.notes.Missed(); n > 0 && m.front() == page.Page(m.dashboard) {
		simulated := widget.Width(right)
		right = " " + t.Broken.Render(fmt.Sprintf("✖ %d new", n)) + t.Muted.Render(" "+m.keyOf("notifications")) + " " + right
		m.missedAt = page.Span{From: m.width - widget.Width(right), To: m.width - simulated}
	}
	left := " " + t.Strong.Render("wapulse") + "  "
	room := m.width - widget.Width(right)
	return widget.Pad(left+m.sessions.Summary(t, room-widget.Width(left)), room) + right
}

// footer is the news, or else the keys.
func (m *Model) footer() string {
	if m.status.text != "" {
		return widget.Pad(" "+m.status.style.Render(widget.Truncate(widget.Clean(m.status.text), m.width-2)), m.width)
	}
	front := m.front()
	list := m.footerActions(front)
	shown := make([]page.KeyHelp, 0, len(list))
	for _, a := range list {
		sign := m.keys.usable(a.name, typesOn(front))
		if a.with != "" {
			sign += m.keys.usable(a.with, typesOn(front))
		}
		shown = append(shown, page.KeyHelp{Key: m.opts.Theme.LegibleSign(sign), Does: wording(a, front)})
	}
	text, spans := page.Footer(m.opts.Theme, shown, m.width)
	for i, at := range spans {
		if list[i].with != "" && at.To > at.From {
			from := at.From + widget.Width(m.opts.Theme.LegibleSign(m.keys.usable(list[i].name, typesOn(front))))
			m.foot(m.named(list[i].with), page.Span{From: from, To: at.From + widget.Width(shown[i].Key)})
		}
		m.foot(list[i], at)
	}
	return widget.Pad(text, m.width)
}

// foot notes where an action stands in the footer; of places that lie over each other the first one counts.
func (m *Model) foot(a *action, at page.Span) {
	if a != nil {
		m.footed = append(m.footed, footed{a, at})
	}
}
