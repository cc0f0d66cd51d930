package page

import (
	"cmp"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/sahilm/fuzzy"

	"github.com/wapulse/wapulse/ui/widget"
)

// Command is one that the palette offers.
type Command struct{ Name, Words string }

// Palette is the box in which a command is found by some of its letters.
type Palette struct {
	Still
	Theme *widget.Theme

	commands []Command
	keys     func(action string) string
	field    Field
	found    []foundCommand
	selected int
	offset   int
	shown    int
}

// foundCommand is one, and which bytes of its words were looked for.
type foundCommand struct {
	Command
	marks []int
}

// paletteRows is how many commands are shown at once.
const paletteRows = 12

// NewPalette offers commands, all of them until something is typed, each with its keys as they are when it is drawn.
func NewPalette(theme *widget.Theme, commands []Command, keys func(action string) string) *Palette {
	p := &Palette{Theme: theme, commands: commands, keys: keys, field: NewField(":", 100)}
	p.find()
	return p
}

// Title is the palette's.
func (p *Palette) Title() string { return "Actions" }

// Box says that the palette lies over a page.
func (p *Palette) Box() {}

// Types is always true.
func (p *Palette) Types() bool { return true }

// Full says whether what is typed has no place left.
func (p *Palette) Full() bool { return p.field.Full() }

// Key types.
func (p *Palette) Key(key tea.KeyMsg) {
	p.field.Key(key)
	p.find()
}

func (p *Palette) find() {
	p.found, p.selected, p.offset = nil, 0, 0
	wanted := p.field.Value()
	if wanted == "" {
		for _, c := range p.commands {
			p.found = append(p.found, foundCommand{Command: c})
		}
		return
	}
	for _, match := range fuzzy.FindFrom(wanted, commandTexts(p.commands)) {
		p.found = append(p.found, foundCommand{p.commands[match.Index], match.MatchedIndexes})
	}
	slices.SortStableFunc(p.found, func(a, b foundCommand) int { return cmp.Compare(a.distance(wanted), b.distance(wanted)) })
}

// distance is 0 if a name or the words begin with what is wanted, 1 if a word does, 2 if only its letters are there.
func (c *foundCommand) distance(wanted string) int {
	wanted = strings.ToLower(wanted)
	words := strings.ToLower(c.Words)
	switch {
	case strings.HasPrefix(c.Name, wanted), strings.HasPrefix(words, wanted):
		return 0
	case strings.Contains(" "+words, " "+wanted):
		return 1
	default:
		return 2
	}
}

// commandTexts is what letters are looked for in.
type commandTexts []Command

func (c commandTexts) String(i int) string { return c[i].Words + " " + c[i].Name }
func (c commandTexts) Len() int            { return len(c) }

// Move moves the selection by rows.
func (p *Palette) Move(by int) { p.selected = max(0, min(p.selected+by, len(p.found)-1)) }

// Chosen is the selected command. False means that nothing of the sort is there.
func (p *Palette) Chosen() (Command, bool) {
	if p.selected >= len(p.found) {
		return Command{}, false
	}
	return p.found[p.selected].Command, true
}

// Click does the command in that line of the box.
func (p *Palette) Click(_, line int) (does string, ok bool) {
	row := line - 2
	if row < 0 || row >= p.shown || p.offset+row >= len(p.found) {
		return "", false
	}
	p.selected = p.offset + row
	return "accept", true
}

// Wheel moves the selection.
func (p *Palette) Wheel(_, by int) { p.Move(by / WheelRows) }

// View draws the box.
func (p *Palette) View(width, height int, _ time.Time) string {
	t := p.Theme
	width = min(width-2, 72)
	inner := width - 4
	p.shown = max(1, min(paletteRows, height-4))
	p.field.Most = inner - 4
	p.offset = max(0, min(max(min(p.offset, p.selected), p.selected-p.shown+1), len(p.found)-p.shown))
	lines := []string{" " + p.field.View(t, inner)}
	for i := p.offset; i < min(p.offset+p.shown, len(p.found)); i++ {
		lines = append(lines, p.row(p.found[i], i == p.selected, inner))
	}
	if len(p.found) == 0 {
		lines = append(lines, " "+t.Muted.Render("nothing of that name can be done here now"))
	}
	for len(lines) < min(p.shown, len(p.commands))+1 { // the box does not jump while one types
		lines = append(lines, "")
	}
	return t.Panel(p.Title(), "", lines, width, len(lines)+2)
}

func (p *Palette) row(c foundCommand, selected bool, width int) string {
	t := p.Theme
	mark, plain, strong, muted := "  ", t.Text, t.Strong, t.Muted
	if selected {
		mark, plain, strong, muted = "▸ ", t.OnSelected(plain), t.OnSelected(strong), t.OnSelected(muted)
	}
	const keyCells = 10
	room := width - keyCells - 2
	var b strings.Builder
	b.WriteString(strong.Render(mark))
	next := 0
	words := widget.Truncate(c.Words, room)
	for i, r := range words {
		style := plain
		for next < len(c.marks) && c.marks[next] < i {
			next++
		}
		if next < len(c.marks) && c.marks[next] == i {
			style = strong.Underline(true)
		}
		b.WriteString(style.Render(string(r)))
	}
	b.WriteString(plain.Render(strings.Repeat(" ", max(0, room-widget.Width(words)))))
	return b.String() + muted.Render(widget.PadLeft(widget.Truncate(p.keys(c.Name), keyCells), keyCells))
}
