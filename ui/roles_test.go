package ui

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/ui/widget"
)

// The letters of the roles in golden frames. On the row that keys act on they are capitals; u is what the palette has found, strong with a line below.
func roleLetters() map[string]string {
	return map[string]string{
		"Healthy": "h", "Working": "w", "Broken": "b", "Off": "o", "Text": "t", "Strong": "s", "Muted": "m", "Faint": "f", "Accent": "a", "Key": "k",
		"Alert": "!", "Field": "_", "Cursor": "^",
	}
}

const (
	noRole  = " " // the terminal's own
	qrCode  = "q" // black on white, whatever the theme
	unknown = "?"

	blackOnWhite = "38;5;16;48;5;231"
)

// eachRole calls do with each of a theme's styles.
func eachRole(t *widget.Theme, do func(role string, style *lipgloss.Style)) {
	v := reflect.ValueOf(t).Elem()
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.IsExported() {
			if style, ok := v.Field(i).Addr().Interface().(*lipgloss.Style); ok {
				do(field.Name, style)
			}
		}
	}
}

// roleTheme is a theme in which every role has a colour of its own, so that a frame tells which role is where.
func roleTheme() *widget.Theme {
	t := widget.Look{Profile: termenv.TrueColor, Dark: true}.Theme()
	n := 0
	eachRole(t, func(_ string, style *lipgloss.Style) {
		n++
		*style = style.Foreground(lipgloss.Color(fmt.Sprintf("#0000%02x", n)))
	})
	return t
}

// looksOfRoles are how a theme looks, as a terminal's sequences, by the letters.
func looksOfRoles(t *testing.T, theme *widget.Theme) map[string]string {
	t.Helper()
	letters, looks := roleLetters(), map[string]string{noRole: ""}
	sample := func(letter string, style lipgloss.Style) {
		g := newGrid(1, 1)
		g.write(t, []byte(style.Render("x")))
		looks[letter] = settled(g.cells[0][0]).looks
	}
	eachRole(theme, func(role string, style *lipgloss.Style) {
		letter, ok := letters[role]
		if !ok {
			t.Errorf("the role %s has no letter in golden frames", role)
		}
		sample(letter, *style)
		if upper := strings.ToUpper(letter); upper != letter {
			sample(upper, theme.OnSelected(*style))
		}
		if role == "Strong" {
			sample("u", style.Underline(true))
			sample("U", theme.OnSelected(*style).Underline(true))
		}
	})
	return looks
}

// rolesOf is a frame's cells by the letters of their roles, cell by cell; what stands on none is "?".
func rolesOf(t *testing.T, cells [][]thinCell) [][]string {
	t.Helper()
	letterOf := map[string]string{}
	for letter, looks := range looksOfRoles(t, roleTheme()) {
		letterOf[looks] = letter
	}
	roles := make([][]string, len(cells))
	for i, line := range cells {
		for j, cell := range line {
			letter, ok := letterOf[cell.looks]
			if strings.Contains(cell.looks, blackOnWhite) {
				letter = qrCode
			} else if !ok {
				t.Errorf("line %d, column %d: %q has a look of no role: %q", i+1, j+1, cell.text, cell.looks)
				letter = unknown
			}
			roles[i] = append(roles[i], letter)
		}
	}
	return roles
}

// rolesText is for people: a letter for a cell. Frames are left out, so that what is in them stands out.
func rolesText(cells [][]thinCell, roles [][]string) string {
	var b strings.Builder
	for i, line := range roles {
		var row strings.Builder
		for j, letter := range line {
			if letter == "m" && strings.ContainsAny(cells[i][j].text, "│─┌┐└┘") {
				letter = noRole
			}
			row.WriteString(letter)
		}
		b.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// settled takes off a cell what it does not show: a line below that has ended, a colour of no text.
func settled(c thinCell) thinCell {
	if c.looks == "" {
		return c
	}
	c.looks = strings.ReplaceAll(c.looks, "\x1b[4m\x1b[24m", "")
	if c.text == " " && !paints(c.looks) {
		c.looks = ""
	}
	return c
}
