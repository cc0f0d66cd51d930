package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// Contacts is the page of whom a session knows.
type Contacts struct {
	Still
	Theme   *widget.Theme
	Session vital.SessionID
	Loading bool
	Problem string // with the last try

	sift
	name   string
	all    []contactRow
	found  []int // of all, that the filter lets through, in the order that is wanted
	order  contactOrder
	offset int
	shown  int

	titles     string // of the columns, and
	titlesLine int    // where they stand; 0 for nowhere
}

// contactOrder is one that the list of contacts can have.
type contactOrder uint8

const (
	asTold contactOrder = iota // those with a name first, by it
	byPhone
	byOwnName // those with one first
	contactOrders
)

func (o contactOrder) String() string { return [...]string{"by name", "by phone", "by own name"}[o] }

func (o contactOrder) compare(a, b *contactRow) int {
	switch o {
	case byPhone:
		return cmp.Compare(a.phone, b.phone)
	case byOwnName:
		if (a.push == "") != (b.push == "") {
			return cmp.Compare(len(b.push), len(a.push))
		}
		return cmp.Compare(strings.ToLower(a.push), strings.ToLower(b.push))
	default:
		return 0
	}
}

// contactRow is a contact, safe to draw.
type contactRow struct {
	name, phone, push, business, jid string
	text                             string // that a filter is looked for in
}

// NewContacts returns the page of a session before anything is known.
func NewContacts(theme *widget.Theme, s *vital.Snapshot) *Contacts {
	return &Contacts{Theme: theme, Session: s.ID, name: widget.Clean(s.Name), Loading: true, sift: newSift()}
}

// Know shows contacts in the order in which they come.
func (c *Contacts) Know(contacts []vital.Contact) {
	c.all = make([]contactRow, 0, len(contacts))
	for _, known := range contacts {
		row := contactRow{
			name: widget.Clean(known.Name), phone: widget.Phone(known.Phone), push: widget.Clean(known.PushName),
			business: widget.Clean(known.Business), jid: widget.Clean(known.JID),
		}
		if row.phone == "" {
			row.phone = row.jid
		}
		row.text = strings.ToLower(strings.Join([]string{row.name, row.phone, widget.Clean(known.Phone), row.push, row.business, row.jid}, "\n"))
		c.all = append(c.all, row)
	}
	c.find()
}

func (c *Contacts) find() {
	c.found = c.found[:0]
	wanted := c.wanted()
	for i, row := range c.all {
		if strings.Contains(row.text, wanted) {
			c.found = append(c.found, i)
		}
	}
	slices.SortStableFunc(c.found, func(a, b int) int { return c.order.compare(&c.all[a], &c.all[b]) })
	c.Move(0)
}

// Sort goes on to the next order.
func (c *Contacts) Sort() {
	c.order = (c.order + 1) % contactOrders
	c.offset = 0
	c.find()
}

// Click takes the order of the column whose title is there.
func (c *Contacts) Click(column, line int) (does string, ok bool) {
	order, ok := map[string]contactOrder{"name": asTold, "phone": byPhone, "own name": byOwnName}[titleIn(c.titles, column-1)]
	if !ok || c.titlesLine == 0 || line != c.titlesLine {
		return "", false
	}
	c.order, c.offset = order, 0
	c.find()
	return "", true
}

// Title is the page's.
func (c *Contacts) Title() string { return "Contacts" }

// Key gives the filter a key to type.
func (c *Contacts) Key(key tea.KeyMsg) {
	c.filter.Key(key)
	c.offset = 0
	c.find()
}

// Back takes the filter away; false means that there was none.
func (c *Contacts) Back() bool {
	if !c.drop() {
		return false
	}
	c.find()
	return true
}

// Move moves by rows.
func (c *Contacts) Move(by int) {
	c.offset = max(0, min(c.offset+by, len(c.found)-max(1, c.shown)))
}

// Length is how many rows there are.
func (c *Contacts) Length() int { return len(c.found) }

// View draws the page.
func (c *Contacts) View(width, height int, _ time.Time) string {
	t := c.Theme
	title := "Contacts of " + widget.TruncateMiddle(c.name, 30)
	if n := len(c.all); n > 0 {
		title += ": " + widget.Count(uint64(n))
		if len(c.found) < n {
			title = fmt.Sprintf("Contacts of %s: %s of %s", widget.TruncateMiddle(c.name, 30), widget.Count(uint64(len(c.found))), widget.Count(uint64(n)))
		}
	}
	if c.order != asTold {
		title += ", " + c.order.String()
	}
	lines := c.line(t, width)
	c.titlesLine = 0
	switch {
	case c.Problem != "":
		for _, line := range widget.Wrap("✖ "+widget.Clean(c.Problem), width-4, 4) {
			lines = append(lines, " "+t.Broken.Render(line))
		}
		lines = append(lines, " "+t.Muted.Render(t.KeyOf("refresh")+" asks again"))
	case c.Loading && len(c.all) == 0:
		lines = append(lines, " "+t.Working.Render("→ asking WhatsApp…"))
	case len(c.all) == 0:
		lines = append(lines, said(t.Muted.Render, "This session knows nobody yet. The phone tells some time after pairing.", width-2, 4)...)
	case len(c.found) == 0:
		lines = append(lines, " "+t.Muted.Render("Nobody of that name or number."))
	default:
		c.titlesLine = len(lines) + 1
		lines = append(lines, c.rows(width-2, height-2-len(lines))...)
	}
	return t.Panel(title, "", lines, width, height)
}

// rows draws a header and the contacts that fit.
func (c *Contacts) rows(width, height int) []string {
	t := c.Theme
	c.shown = max(1, height-1)
	c.Move(0)
	name, push, business, jid := 22, 16, 0, 0
	switch rest := width - 24; {
	case rest >= 110:
		name, push, business, jid = 34, 26, 24, rest-34-26-24-3
	case rest >= 70:
		name, push, business = 30, 20, rest-30-20-2
	default:
		name = max(8, rest*3/5)
		if push = max(0, rest-name-1); push < 8 {
			name, push = rest, 0
		}
	}
	draw := func(r contactRow) string {
		return "  " + t.Strong.Render(widget.Pad(r.name, name)) + " " + widget.Pad(widget.TruncateMiddle(r.phone, 20), 20) + " " +
			t.Muted.Render(cell(r.push, push)+cell(r.business, business)+cell(r.jid, jid))
	}
	c.titles = "  " + widget.Pad("name", name) + " " + widget.Pad("phone", 20) + " " + cell("own name", push) + cell("business", business) + cell("JID", jid)
	lines := []string{t.Muted.Render(c.titles)}
	for _, i := range c.found[c.offset:min(c.offset+c.shown, len(c.found))] {
		lines = append(lines, draw(c.all[i]))
	}
	return lines
}
