package page

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/wapulse/wapulse/ui/widget"
)

// optionalColumns are those that a person may do without, in the order of the list. What there is no room for is not shown in any case.
func optionalColumns() []Command {
	return []Command{
		{Name: "phone", Words: "the number of the phone"},
		{Name: "ws", Words: "the state of the socket"},
		{Name: "health", Words: "the ladder of health"},
		{Name: "breaker", Words: "the circuit breaker"},
		{Name: "recent", Words: "the last pings as a line"},
		{Name: "up for", Words: "how long it is connected"},
		{Name: "last error", Words: "what went wrong last, and when"},
	}
}

// look is how a person wants the list, as it is remembered.
type look struct {
	Sort   string   `json:"sort,omitempty"`
	Hidden []string `json:"hidden,omitempty"`
}

// Look is how the list is, as text to be remembered: its order, and the columns that are not wanted.
func (d *Dashboard) Look() string {
	l := look{}
	if d.order != byCreation {
		l.Sort = d.order.String()
	}
	for _, c := range optionalColumns() {
		if d.hidden[c.Name] {
			l.Hidden = append(l.Hidden, c.Name)
		}
	}
	text, err := json.Marshal(l)
	if err != nil { // there is nothing in it that could fail
		return ""
	}
	return string(text)
}

// SetLook makes the list what was remembered. What it does not know it leaves.
func (d *Dashboard) SetLook(text string) {
	var l look
	if json.Unmarshal([]byte(text), &l) != nil {
		return
	}
	for o := range orders {
		if o.String() == l.Sort {
			d.order = o
		}
	}
	for _, c := range optionalColumns() {
		if slices.Contains(l.Hidden, c.Name) {
			d.hidden[c.Name] = true
		}
	}
	d.relist()
}

// toggle shows a column, or not.
func (d *Dashboard) toggle(column string) {
	if d.hidden[column] = !d.hidden[column]; !d.hidden[column] {
		delete(d.hidden, column)
	}
	clear(d.rows)
}

// Columns is the box in which the columns of the list are chosen.
type Columns struct {
	Still
	Theme *widget.Theme
	Of    *Dashboard

	selected, offset, shown int
}

// Title is the box's.
func (c *Columns) Title() string { return "Columns" }

// Box says that it lies over a page.
func (c *Columns) Box() {}

// Move moves the selection by rows.
func (c *Columns) Move(by int) { c.selected = max(0, min(c.selected+by, c.Length()-1)) }

// Length is how many columns there are to choose.
func (c *Columns) Length() int { return len(optionalColumns()) }

// Click shows the column in that line of the box, or hides it.
func (c *Columns) Click(_, line int) (does string, ok bool) {
	if line < 1 || line > c.shown {
		return "", false
	}
	c.selected = c.offset + line - 1
	return "mark", true
}

// Toggle shows the selected column, or not.
func (c *Columns) Toggle() { c.Of.toggle(optionalColumns()[c.selected].Name) }

// View draws the box.
func (c *Columns) View(width, height int, _ time.Time) string {
	t := c.Theme
	width = min(width-2, 52)
	var lines []string
	for i, column := range optionalColumns() {
		sign, mark, strong, muted := "✓", "  ", t.Strong, t.Muted
		if c.Of.hidden[column.Name] {
			sign = " "
		}
		if i == c.selected {
			mark, strong, muted = "▸ ", t.OnSelected(strong), t.OnSelected(muted)
		}
		lines = append(lines, strong.Render(mark+sign+" "+widget.Pad(column.Name, 11))+muted.Render(widget.Pad(column.Words, max(0, width-17))))
	}
	c.shown = max(1, min(len(lines), height-2))
	c.offset = max(0, min(max(min(c.offset, c.selected), c.selected-c.shown+1), len(lines)-c.shown))
	return t.Panel(c.Title(), "", lines[c.offset:c.offset+c.shown], width, c.shown+2)
}

// wanted leaves out columns that are hidden.
func wanted(columns []column, hidden map[string]bool) []column {
	return slices.DeleteFunc(columns, func(c column) bool { return hidden[strings.ToLower(c.title)] })
}
