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
		m.frame, m.dirty, m.drawn = m.draw(), false, m.clock()
	}
	return m.frame
}

func (m *Model) draw() string {
	switch {
	case m.width == 0 || m.height == 0: // the terminal has not said yet
		return ""
	case m.width < leastWidth || m.height < leastHeight:
		return m.drawTooSmall()
	}
	now := m.clock()
	if m.screen == onPairing && m.dialog == nil {
		if full := m.pairing.FullScreen(m.width, m.height, now); full != "" {
			return full
		}
	}
	height := m.height - 2
	var body string
	switch m.screen {
	case onPairing:
		body = m.pairing.View(m.width, height, now)
	case onHelp:
		body = m.help.View(m.width, height)
	case onEvents:
		body = m.dashboard.ViewEvents(m.width, height, now)
	case onPrompt:
		body = m.prompt.View(m.dashboard.Sessions(), m.width, height, now)
	case onContacts:
		body = m.contacts.View(m.width, height)
	default:
		if len(m.dashboard.Sessions()) == 0 {
			body = page.Welcome{Theme: m.opts.Theme, HasDemo: m.opts.Demo != nil}.View(m.width, height)
			break
		}
		body = m.dashboard.View(m.width, height, now)
	}
	if m.dialog != nil {
		body = widget.Overlay(body, m.dialog.View(m.opts.Theme, m.width))
	} else if m.message != nil {
		body = widget.Overlay(body, m.message.View(m.opts.Theme, m.width, now))
	}
	lines := widget.Fill(strings.Split(body, "\n"), height)
	return m.header() + "\n" + strings.Join(lines, "\n") + "\n" + m.footer()
}

func (m *Model) drawTooSmall() string {
	text := fmt.Sprintf("%d×%d is too small: enlarge to %d×%d, or q", m.width, m.height, leastWidth, leastHeight)
	if m.opts.Simulation {
		text = "SIMULATION " + text
	}
	return strings.Join(widget.Wrap(text, m.width, m.height), "\n")
}

// header tells at a glance how everything is.
func (m *Model) header() string {
	t := m.opts.Theme
	right := ""
	if m.opts.Simulation {
		right = " " + t.Alert.Render("SIMULATION") + " "
	}
	left := " " + t.Strong.Render("wapulse") + "  "
	room := m.width - widget.Width(right)
	return widget.Pad(left+m.dashboard.Summary(room-widget.Width(left)), room) + right
}

// footer is the news, or else the keys.
func (m *Model) footer() string {
	if m.status.text != "" {
		return widget.Pad(" "+m.status.style.Render(widget.Truncate(widget.Clean(m.status.text), m.width-2)), m.width)
	}
	return widget.Pad(page.FooterText(m.opts.Theme, m.footerKeys(), m.width), m.width)
}

func (m *Model) footerKeys() []page.KeyHelp {
	switch {
	case m.dialog != nil, m.message != nil:
		return nil
	case m.screen == onPrompt:
		return m.prompt.Keys()
	case m.screen == onContacts:
		return m.contacts.Keys()
	case m.screen == onPairing:
		return m.pairing.Keys()
	case m.screen == onHelp:
		return []page.KeyHelp{{Key: "↑↓", Does: "scroll"}, {Key: "esc", Does: "back"}}
	case m.screen == onEvents:
		return m.dashboard.Events.Keys()
	default:
		return m.keys.footer(len(m.dashboard.Sessions()), m.opts.Numbers != nil)
	}
}
