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
	Most    int    // cells that it takes on the screen; 0 for fieldCells
	input   textinput.Model
}

// fieldCells is how wide a field is unless said otherwise.
const fieldCells = 44

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

// Room is how many characters more it takes.
func (f *Field) Room() int { return max(0, f.input.CharLimit-len([]rune(f.input.Value()))) }

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

// Line draws label and field in a line, as View if keys go there, else as rest.
func (f *Field) Line(t *widget.Theme, width int, types bool) string {
	if types {
		return f.View(t, width)
	}
	return f.rest(t, width)
}

// rest draws label and what was typed without a cursor.
func (f *Field) rest(t *widget.Theme, width int) string {
	label := f.Label + "  "
	return t.Muted.Render(label) + widget.Truncate(widget.Clean(f.input.Value()), max(4, width-widget.Width(label)))
}

// View draws label and field in a line.
func (f *Field) View(t *widget.Theme, width int) string {
	label, most := f.Label+"  ", f.Most
	if most == 0 {
		most = fieldCells
	}
	room := max(4, min(width-widget.Width(label), most))
	runes, at := []rune(f.input.Value()), f.input.Position()
	before, after := widget.Clean(string(runes[:at])), widget.Clean(string(runes[at:]))
	if len(runes) == 0 && f.Default != "" {
		rest := room - 1
		return t.Strong.Render(label) + t.Cursor.Render(" ") + t.Muted.Render(widget.Pad(widget.Clean(f.Default), rest))
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
