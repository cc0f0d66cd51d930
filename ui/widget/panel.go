package widget

import "strings"

// Panel frames lines under a title. Every line is cut or filled to fit; the result has height lines of width cells.
func (t *Theme) Panel(title, hint string, lines []string, width, height int) string {
	if width < 4 || height < 2 {
		return ""
	}
	inner := width - 2
	var b strings.Builder
	b.WriteString(t.panelTop(title, hint, width))
	side := t.Muted.Render("│")
	for i := range height - 2 {
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		b.WriteString("\n" + side + Pad(line, inner) + side)
	}
	b.WriteString("\n" + t.Muted.Render("└"+strings.Repeat("─", inner)+"┘"))
	return b.String()
}

func (t *Theme) panelTop(title, hint string, width int) string {
	title = Truncate(title, width-6)
	room := width - 5 - Width(title)
	if Width(hint)+4 > room {
		hint = ""
	}
	right := "┐"
	if hint != "" {
		right = " " + hint + " ─┐"
	}
	dashes := max(0, width-3-Width(title)-Width(right))
	return t.Muted.Render("┌ ") + t.Strong.Render(title) + t.Muted.Render(" "+strings.Repeat("─", dashes)+right)
}

// Beside puts two blocks of equal height next to each other.
func Beside(left, right string) string {
	l, r := strings.Split(left, "\n"), strings.Split(right, "\n")
	var b strings.Builder
	for i := range max(len(l), len(r)) {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i < len(l) {
			b.WriteString(l[i])
		}
		if i < len(r) {
			b.WriteString(r[i])
		}
	}
	return b.String()
}

// Fill makes lines exactly height, cutting or adding empty ones.
func Fill(lines []string, height int) []string {
	if len(lines) > height {
		return lines[:max(0, height)]
	}
	return append(lines, make([]string, height-len(lines))...)
}
