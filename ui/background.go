package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// backgroundReply finds a terminal's answer to what its background colour is, OSC 11, among the keys: Bubble Tea takes it for alt+], its text, and alt+\ or
// ctrl+g. Nothing waits for it, however late it comes; keys that turn out to be none of it are keys after all.
type backgroundReply struct {
	begun bool
	held  []tea.KeyMsg
	text  string
}

const (
	replyBegins = "11;rgb"
	longestText = len("11;rgba:ffff/ffff/ffff/ffff")
)

// take takes a key. It returns the keys that are none of an answer's, and the colour once an answer is whole; "" until then.
func (r *backgroundReply) take(msg tea.KeyMsg) (keys []tea.KeyMsg, color string) {
	switch {
	case !r.begun && msg.String() == "alt+]":
		r.begun = true
	case !r.begun:
		return []tea.KeyMsg{msg}, ""
	case r.text != "" && (msg.String() == `alt+\` || msg.Type == tea.KeyCtrlG):
		color = strings.TrimPrefix(r.text, "11;")
		*r = backgroundReply{}
		return nil, color
	case msg.Type == tea.KeyRunes && !msg.Alt && !msg.Paste && mayReply(r.text+string(msg.Runes)):
		r.text += string(msg.Runes)
	default:
		r.held = append(r.held, msg)
		keys = r.held
		*r = backgroundReply{}
		return keys, ""
	}
	r.held = append(r.held, msg)
	return nil, ""
}

// mayReply says whether an answer can begin so.
func mayReply(text string) bool {
	if len(text) <= len(replyBegins) {
		return strings.HasPrefix(replyBegins, text)
	}
	return strings.HasPrefix(text, replyBegins) && len(text) <= longestText && strings.Trim(text[len(replyBegins):], "a:/0123456789bcdefABCDEF") == ""
}

// askBackground asks the terminal. Nothing waits for the answer.
func (m *Model) askBackground() tea.Cmd {
	ask := m.opts.AskBackground
	if ask == nil {
		return nil
	}
	return func() tea.Msg {
		_ = ask() // the theme stays as it is guessed
		return nil
	}
}

// backgroundIs takes the terminal's answer. What is no colour says nothing.
func (m *Model) backgroundIs(answer string) {
	color := ansi.XParseColor(answer)
	if color == nil {
		return
	}
	r, g, b, _ := color.RGBA()
	if luma := (299*r + 587*g + 114*b) / 1000; m.opts.Theme.SetBackground(luma < 0x8000) { // as the eye weighs them
		m.redraw()
	}
}
