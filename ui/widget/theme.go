package widget

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Theme holds the looks by their roles. Colour means state and nothing else; without colours, shapes and words carry the meaning.
type Theme struct {
	Healthy lipgloss.Style // up and well
	Working lipgloss.Style // on its way, or slow
	Broken  lipgloss.Style // needs the operator
	Off     lipgloss.Style // not wanted
	Text    lipgloss.Style
	Strong  lipgloss.Style // titles, what is selected
	Muted   lipgloss.Style // labels, borders, what is old
	Faint   lipgloss.Style // what only guides the eye
	Key     lipgloss.Style // a key in the footer
	Alert   lipgloss.Style // SIMULATION, and what must not be missed
	Field   lipgloss.Style // where one types
	Cursor  lipgloss.Style // and where in it

	selectedBackground lipgloss.TerminalColor
}

// OnSelected is a style on the row that keys act on.
func (t *Theme) OnSelected(style lipgloss.Style) lipgloss.Style {
	return style.Background(t.selectedBackground)
}

// NewTheme builds the styles for a colour profile and a background. It asks no terminal.
func NewTheme(profile termenv.Profile, dark bool) *Theme {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(profile)
	r.SetHasDarkBackground(dark)
	color := func(light, dark string) lipgloss.AdaptiveColor {
		return lipgloss.AdaptiveColor{Light: light, Dark: dark}
	}
	style := r.NewStyle
	return &Theme{
		Healthy: style().Foreground(color("#1a7f37", "#7fc97f")),
		Working: style().Foreground(color("#9a6700", "#e3b341")),
		Broken:  style().Foreground(color("#cf222e", "#ff7b72")).Bold(true),
		Off:     style().Foreground(color("#6e7781", "#8b949e")),
		Text:    style(),
		Strong:  style().Bold(true),
		Muted:   style().Foreground(color("#6e7781", "#8b949e")),
		Faint:   style().Foreground(color("#d0d7de", "#30363d")),
		Key:     style().Bold(true),
		Alert:   style().Bold(true).Reverse(true),
		Field:   style().Underline(true),
		Cursor:  style().Reverse(true),

		selectedBackground: color("#ddf4ff", "#24344d"),
	}
}
