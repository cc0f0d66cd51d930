package ui

import (
	"context"
	"io"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/term"

	"github.com/wapulse/wapulse/ui/graphics"
	"github.com/wapulse/wapulse/ui/page"
)

// asking is how the terminal is asked whether it shows pictures: not before somebody pairs a phone, and no frame waits for the answer. Without an input
// it asks nothing.
type asking struct {
	input    *graphics.Input
	terminal io.Writer
	waits    bool // a command waits for an answer
}

// graphicsMsg: the terminal has answered.
type graphicsMsg struct{ terminal graphics.Terminal }

// askGraphics asks what a cell measures and whether there are pictures, of which the first changes with the font. What was known stays until the answer.
func (m *Model) askGraphics() tea.Cmd {
	a := &m.asking
	if a.input == nil {
		return nil
	}
	input, terminal, ctx, wait := a.input, a.terminal, m.ctx, !a.waits
	a.waits = true
	return func() tea.Msg {
		if asked, err := input.Ask(ctx, terminal); err != nil || !asked || !wait {
			return nil // a terminal that cannot be written to has no pictures either
		}
		return awaitGraphics(ctx, input)
	}
}

func awaitGraphics(ctx context.Context, input *graphics.Input) tea.Msg {
	found, err := input.Answer(ctx)
	if err != nil {
		return nil
	}
	return graphicsMsg{found}
}

// graphicsKnown gives pages what the terminal has answered, and waits for the next answer.
func (m *Model) graphicsKnown(msg graphicsMsg) tea.Cmd {
	m.graphics, m.dirty = msg.terminal, true
	if p, ok := find[*page.Pairing](m); ok {
		p.Terminal = m.graphics
	}
	input, ctx := m.asking.input, m.ctx
	return func() tea.Msg { return awaitGraphics(ctx, input) }
}

// illustrated is a frame with the picture of the page in front, whose first line is that under the header. With boxes over the page there is none: they
// lie on its blanks. All frames after one with a picture erase it, as it is not known which of them are written.
func (m *Model) illustrated(frame string) string {
	if p, ok := m.front().(page.Illustrated); ok && m.width >= leastWidth && m.height >= leastHeight {
		if i, ok := p.Illustration(m.width, m.height-2); ok {
			lines := strings.Split(frame, "\n")
			graphics.Place(lines, 1+i.Row, i.Column, i.Image)
			m.pictured = m.graphics
			return strings.Join(lines, "\n")
		}
	}
	return graphics.Erase(m.pictured) + frame
}

// end erases what is left on the terminal, and takes the answer that is due: after the program it would be the shell's input.
func (a *asking) end(pictured graphics.Terminal) {
	if erase := graphics.Erase(pictured); erase != "" {
		_, _ = io.WriteString(a.terminal, erase) // the terminal is left anyway
	}
	if a.input == nil || !a.input.Due() {
		return
	}
	if before, err := term.MakeRaw(int(a.input.Fd())); err == nil {
		a.input.Drain()
		_ = term.Restore(int(a.input.Fd()), before)
	}
}
