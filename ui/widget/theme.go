package widget

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Theme holds the looks by their roles. Colour means state, and where keys act; without colours, shapes and words carry the meaning. Pages take roles, never
// colours: those stand in palette.go alone.
type Theme struct {
	Healthy lipgloss.Style // up and well
	Working lipgloss.Style // on its way, or slow
	Broken  lipgloss.Style // needs the operator
	Off     lipgloss.Style // not wanted
	Text    lipgloss.Style
	Strong  lipgloss.Style // titles, what is selected
	Muted   lipgloss.Style // labels, borders, what is old
	Faint   lipgloss.Style // what only guides the eye
	Accent  lipgloss.Style // what a person can act on
	Key     lipgloss.Style // a key in the footer
	Alert   lipgloss.Style // SIMULATION, and what must not be missed
	Field   lipgloss.Style // where one types
	Cursor  lipgloss.Style // and where in it

	look     Look
	selected func(lipgloss.Style) lipgloss.Style
	keyOf    func(action string) string
}

// Look is what a theme is made for: what the person wants, and what the terminal can do.
type Look struct {
	Name       string // one of ThemeNames; "" for the first of them
	Profile    termenv.Profile
	Dark       bool // the terminal's background
	Monochrome bool // no colours, but bold, underlined and reversed text; Profile does not count
	ASCII      bool // the terminal shows nothing else: Legible draws what it can show
}

// Theme builds the styles. It asks no terminal.
func (l Look) Theme() *Theme {
	if l.Monochrome {
		l.Profile = termenv.ANSI
	}
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(l.Profile)
	p := l.palette()
	ink := func(color string) lipgloss.Style {
		if color == "" {
			return r.NewStyle()
		}
		return r.NewStyle().Foreground(lipgloss.Color(color))
	}
	t := &Theme{
		Healthy: ink(p.healthy), Working: ink(p.working), Broken: ink(p.broken).Bold(true), Off: ink(p.off),
		Text: ink(p.text), Strong: ink(p.text).Bold(true), Muted: ink(p.muted), Faint: ink(p.faint),
		Accent: ink(p.accent).Bold(true), Key: ink(p.accent).Bold(true),
		Alert: r.NewStyle().Bold(true).Reverse(true), Cursor: r.NewStyle().Reverse(true), Field: r.NewStyle(),
		look: l,
	}
	if l.Profile != termenv.Ascii {
		t.Field = t.Field.Transform(underlined)
	}
	t.selected = func(s lipgloss.Style) lipgloss.Style { return s.Background(lipgloss.Color(p.selected)) }
	if p.selected == "" { // one bar in the terminal's own colours: which of its sixteen go together nobody knows
		t.selected = func(s lipgloss.Style) lipgloss.Style { return r.NewStyle().Reverse(true).Bold(s.GetBold()) }
	}
	return t
}

// underlined is done here because lipgloss underlines character by character, and so takes apart those that are joined.
func underlined(s string) string {
	if s == "" {
		return ""
	}
	return "\x1b[4m" + s + "\x1b[24m"
}

// OnSelected is a style on the row that keys act on.
func (t *Theme) OnSelected(style lipgloss.Style) lipgloss.Style { return t.selected(style) }

// NameKeys says which key an action has, by the action's name: who draws with the theme is told by KeyOf.
func (t *Theme) NameKeys(keyOf func(action string) string) { t.keyOf = keyOf }

// KeyOf is the key of an action as it is written on the screen. Keys can be remapped, so that no text names one in another way. Before NameKeys there are no
// keys, and it is the action's name.
func (t *Theme) KeyOf(action string) string {
	if t.keyOf == nil {
		return action
	}
	return t.keyOf(action)
}

// ASCII says whether the terminal shows nothing else.
func (t *Theme) ASCII() bool { return t.look.ASCII }

// SetBackground makes the theme one for a dark or a light background, and says whether that changes anything. All who hold the theme see it; what they have
// drawn before is of the old one.
func (t *Theme) SetBackground(dark bool) bool {
	look := t.look
	look.Dark = dark
	return t.become(look)
}

// Wear makes the theme the one of that name, for a terminal with or without more than ASCII, and says whether that changes anything. As with SetBackground, what
// was drawn before is of the old one.
func (t *Theme) Wear(name string, ascii bool) bool {
	look := t.look
	look.Name, look.ASCII = name, ascii
	return t.become(look)
}

func (t *Theme) become(look Look) bool {
	if t.look == look {
		return false
	}
	keyOf := t.keyOf
	*t = *look.Theme()
	t.keyOf = keyOf
	return true
}
