package page

import (
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/widget"
)

// Field is one line to type into, under a label. However much is pasted, it takes no more than its limit, on one line.
type Field struct {
	Label   string
	Default string // taken if nothing is typed
	input   textinput.Model
}

// NewField returns an empty field for at most limit characters.
func NewField(label string, limit int) Field {
	input := textinput.New()
	input.Prompt = ""
	input.CharLimit = limit
	input.Focus()
	return Field{Label: label, input: input}
}

// Key gives the field a key that was pressed, or what was pasted.
func (f *Field) Key(key tea.KeyMsg) { f.input, _ = f.input.Update(key) }

// Full says whether the field takes no further character.
func (f *Field) Full() bool { return len([]rune(f.input.Value())) >= f.input.CharLimit }

// Value is what was typed, or the default.
func (f *Field) Value() string {
	if v := strings.TrimSpace(f.input.Value()); v != "" {
		return v
	}
	return f.Default
}

// SetValue replaces what was typed.
func (f *Field) SetValue(v string) {
	f.input.SetValue(v)
	f.input.CursorEnd()
}

// View draws label and field in a line.
func (f *Field) View(t *widget.Theme, width int) string {
	label := f.Label + "  "
	room := max(4, min(width-widget.Width(label), 44))
	runes, at := []rune(f.input.Value()), f.input.Position()
	before, after := widget.Clean(string(runes[:at])), widget.Clean(string(runes[at:]))
	if len(runes) == 0 && f.Default != "" {
		rest := room - 1
		return t.Strong.Render(label) + t.Cursor.Render(" ") + t.Muted.Render(widget.Pad(f.Default, rest))
	}
	if over := widget.Width(before) - (room - 2); over > 0 {
		before = "…" + widget.CutLeft(before, over+1)
	}
	under := " "
	if after != "" {
		under, after = widget.FirstCharacter(after)
	}
	rest := room - widget.Width(before) - widget.Width(under)
	return t.Strong.Render(label) + t.Field.Render(before) + t.Cursor.Render(under) + t.Field.Render(widget.Pad(after, max(0, rest)))
}
