package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// sessionOrder is one that the list of sessions can have.
type sessionOrder uint8

const (
	byCreation sessionOrder = iota
	byName
	byTrouble // what needs a person first
	byPing    // the slowest first
	orders
)

func (o sessionOrder) String() string {
	return [...]string{"by creation", "by name", "by trouble", "by ping"}[o]
}

func (o sessionOrder) compare(a, b *vital.Snapshot) int {
	switch o {
	case byName:
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	case byTrouble:
		return cmp.Compare(trouble(a), trouble(b))
	case byPing:
		return cmp.Compare(pingRank(b), pingRank(a))
	default:
		return cmp.Compare(a.ID, b.ID)
	}
}

// worstFirst are the states in the order in which they need a person.
func worstFirst() []vital.State {
	return []vital.State{vital.StateError, vital.StateReconnecting, vital.StateConnecting, vital.StateConnected, vital.StateDisconnected}
}

func trouble(s *vital.Snapshot) int { return slices.Index(worstFirst(), s.State) }

func pingRank(s *vital.Snapshot) int64 {
	if s.State != vital.StateConnected {
		return -1
	}
	return int64(s.Ping.P95)
}

// Put takes news. If the selected session is not in the list any more, the one in its place is selected.
func (d *Dashboard) Put(news News) {
	for _, s := range news.Snapshots {
		if s.Removed {
			delete(d.rows, s.ID)
			delete(d.troubles, s.ID)
			delete(d.marked, s.ID)
		}
	}
	d.relist()
}

// relist finds anew what is in the list.
func (d *Dashboard) relist() {
	d.listed = d.sessions
	if wanted := d.wanted(); wanted != "" {
		d.listed = nil
		for _, s := range d.sessions {
			if strings.Contains(sessionText(s), wanted) {
				d.listed = append(d.listed, s)
			}
		}
	}
	if d.order != byCreation {
		d.listed = slices.Clone(d.listed)
		slices.SortStableFunc(d.listed, d.order.compare)
	}
	if i := d.index(); i >= 0 {
		d.place = i
	} else {
		d.selectAt(d.place)
	}
}

// sessionText is what a filter is looked for in.
func sessionText(s *vital.Snapshot) string {
	id := s.Identity
	return strings.ToLower(strings.Join([]string{
		widget.Clean(s.Name), s.State.String(), id.Phone, widget.Phone(id.Phone), widget.Clean(id.JID), widget.Clean(id.PushName),
	}, "\n"))
}

func (d *Dashboard) selectAt(place int) {
	if len(d.listed) > 0 {
		d.place = min(max(0, place), len(d.listed)-1)
		d.selected = d.listed[d.place].ID
	}
}

func (d *Dashboard) index() int {
	return slices.IndexFunc(d.listed, func(s *vital.Snapshot) bool { return s.ID == d.selected })
}

// Selected is the session that keys act on; nil if there is none in the list.
func (d *Dashboard) Selected() *vital.Snapshot {
	if i := d.index(); i >= 0 {
		return d.listed[i]
	}
	return nil
}

// Select makes a session the one that keys act on.
func (d *Dashboard) Select(id vital.SessionID) { d.selected = id }

// Move moves the selection by rows, staying within the list.
func (d *Dashboard) Move(by int) { d.selectAt(d.index() + by) }

// Length is how many sessions are in the list.
func (d *Dashboard) Length() int { return len(d.listed) }

// Wheel moves the selection over the list, and scrolls the events elsewhere.
func (d *Dashboard) Wheel(line, by int) {
	if line < d.area.bottom {
		d.Move(by / WheelRows)
		return
	}
	d.Events.Scroll(-by)
}

// Sort goes on to the next order.
func (d *Dashboard) Sort() {
	d.order = (d.order + 1) % orders
	d.relist()
}

// Key gives the filter a key to type.
func (d *Dashboard) Key(key tea.KeyMsg) {
	d.filter.Key(key)
	d.relist()
}

// Mark marks the selected session, or unmarks it, and moves on to the next.
func (d *Dashboard) Mark() {
	if s := d.Selected(); s != nil {
		d.turnMark(s.ID)
		d.Move(1)
	}
}

func (d *Dashboard) turnMark(id vital.SessionID) {
	if d.marked[id] = !d.marked[id]; !d.marked[id] {
		delete(d.marked, id)
	}
}

// MarkAll marks all in the list; if all are, none.
func (d *Dashboard) MarkAll() {
	all := len(d.Marked()) == len(d.listed)
	for _, s := range d.listed {
		if delete(d.marked, s.ID); !all {
			d.marked[s.ID] = true
		}
	}
}

// Marked are the sessions that are marked and in the list: nothing is done to what nobody sees.
func (d *Dashboard) Marked() []*vital.Snapshot {
	var marked []*vital.Snapshot
	for _, s := range d.listed {
		if d.marked[s.ID] {
			marked = append(marked, s)
		}
	}
	return marked
}

// CanBack says whether there is something to take away.
func (d *Dashboard) CanBack() bool { return d.filters() || len(d.marked) > 0 }

// Back takes the marks away, then the filter; false means that there was neither.
func (d *Dashboard) Back() bool {
	switch {
	case !d.types && len(d.marked) > 0:
		clear(d.marked)
	case d.drop():
		d.relist()
	default:
		return false
	}
	return true
}

// Wording says what esc takes away.
func (d *Dashboard) Wording(action string) string {
	if action == "back" && !d.types && len(d.marked) > 0 {
		return "no marks"
	}
	return d.sift.Wording(action)
}

// listTitle tells which sessions are in the list, in what order, and how many are marked.
func (d *Dashboard) listTitle(shown int) string {
	title := "Sessions"
	switch n := len(d.listed); {
	case n > shown:
		title = fmt.Sprintf("Sessions %d–%d of %d", d.offset+1, min(d.offset+shown, n), n)
	case n < len(d.sessions):
		title = fmt.Sprintf("Sessions: %d of %d", n, len(d.sessions))
	}
	if d.order != byCreation {
		title += ", " + d.order.String()
	}
	if n := len(d.Marked()); n > 0 {
		title += fmt.Sprintf(", %d marked", n)
	}
	return title
}
