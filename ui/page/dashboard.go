package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// Dashboard is the main page: the sessions, the vitals of the selected one, and the stream of events. Sessions stand in the order of their
// creation, so that rows never jump; what is broken is found by shape, colour and the words in its row.
type Dashboard struct {
	Theme  *widget.Theme
	Events EventLog

	sessions []*vital.Snapshot
	selected vital.SessionID
	offset   int // first row shown
	rows     map[vital.SessionID]cachedRow
	area     listArea
}

// cachedRow is a drawn row and what it was drawn for.
type cachedRow struct {
	version  uint64
	width    int
	second   int64
	selected bool
	text     string
}

// listArea is where the rows were drawn last, for the mouse.
type listArea struct{ top, rows, bottom int }

// NewDashboard returns an empty page.
func NewDashboard(theme *widget.Theme) *Dashboard {
	return &Dashboard{Theme: theme, rows: map[vital.SessionID]cachedRow{}}
}

// Put takes newer snapshots. Removed sessions leave the list.
func (d *Dashboard) Put(snapshots []*vital.Snapshot) {
	for _, s := range snapshots {
		i, found := slices.BinarySearchFunc(d.sessions, s.ID, func(have *vital.Snapshot, id vital.SessionID) int { return int(have.ID - id) })
		switch {
		case s.Removed && found:
			d.sessions = slices.Delete(d.sessions, i, i+1)
			delete(d.rows, s.ID)
			if d.selected == s.ID && len(d.sessions) > 0 {
				d.selected = d.sessions[min(i, len(d.sessions)-1)].ID
			}
		case s.Removed:
		case found:
			d.sessions[i] = s
		default:
			d.sessions = slices.Insert(d.sessions, i, s)
		}
	}
	if d.index() < 0 && len(d.sessions) > 0 {
		d.selected = d.sessions[0].ID
	}
}

// Sessions are all sessions, in their order.
func (d *Dashboard) Sessions() []*vital.Snapshot { return d.sessions }

// Session is the newest snapshot of one; nil if there is none.
func (d *Dashboard) Session(id vital.SessionID) *vital.Snapshot {
	for _, s := range d.sessions {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// Selected is the session that keys act on; nil without sessions.
func (d *Dashboard) Selected() *vital.Snapshot { return d.Session(d.selected) }

// Select makes a session the one that keys act on.
func (d *Dashboard) Select(id vital.SessionID) { d.selected = id }

// Move moves the selection by rows, staying within the list.
func (d *Dashboard) Move(by int) {
	if len(d.sessions) == 0 {
		return
	}
	d.selected = d.sessions[min(max(0, d.index()+by), len(d.sessions)-1)].ID
}

// Click selects the session in that line of the page, and says whether there was one.
func (d *Dashboard) Click(line int) bool {
	i := line - d.area.top
	if i < 0 || i >= d.area.rows || d.offset+i >= len(d.sessions) {
		return false
	}
	d.selected = d.sessions[d.offset+i].ID
	return true
}

// OverList says whether a line of the page belongs to the list.
func (d *Dashboard) OverList(line int) bool { return line < d.area.bottom }

func (d *Dashboard) index() int {
	return slices.IndexFunc(d.sessions, func(s *vital.Snapshot) bool { return s.ID == d.selected })
}

// HasClock says whether something on the page changes with every second.
func (d *Dashboard) HasClock(now time.Time) bool {
	for _, s := range d.sessions {
		if ticks(s, now) {
			return true
		}
	}
	return false
}

// ticks says whether a session shows a countdown, or an age in seconds.
func ticks(s *vital.Snapshot, now time.Time) bool {
	return s.State == vital.StateConnecting || s.State == vital.StateReconnecting || s.Breaker.State == vital.BreakerOpen ||
		(s.State == vital.StateError && s.Failure.BanLeft(now) > 0) ||
		now.Sub(s.Since) < time.Minute || (s.LastError != "" && now.Sub(s.LastErrorAt) < time.Minute)
}

// View draws the page.
func (d *Dashboard) View(width, height int, now time.Time) string {
	listHeight := min(len(d.sessions)+3, max(6, height*2/5))
	if len(d.sessions) <= 8 && height >= len(d.sessions)+3+9 {
		listHeight = len(d.sessions) + 3
	}
	list := d.viewList(width, listHeight, now)
	rest := height - listHeight
	if rest < 3 {
		return list
	}
	selected := d.Selected()
	if selected == nil {
		return list
	}
	if width >= 110 {
		left := min(max(58, width*45/100), 96)
		return list + "\n" + widget.Beside(d.viewVitals(selected, left, rest, now), d.viewEvents(width-left, rest, now))
	}
	vitals := min(rest, len(vitalsLines(d.Theme, selected, width-2, rest, now))+2)
	if rest-vitals < 5 {
		vitals = max(5, rest-5)
	}
	if rest < 10 {
		vitals = rest
	}
	view := list + "\n" + d.viewVitals(selected, width, vitals, now)
	if rest-vitals >= 3 {
		view += "\n" + d.viewEvents(width, rest-vitals, now)
	}
	return view
}

func (d *Dashboard) viewVitals(s *vital.Snapshot, width, height int, now time.Time) string {
	return d.Theme.Panel(widget.Clean(s.Name), "", vitalsLines(d.Theme, s, width-2, height, now), width, height)
}

func (d *Dashboard) viewEvents(width, height int, now time.Time) string {
	return d.Theme.Panel(d.Events.Title(), "", d.Events.Lines(d.Theme, width-2, height-2, now), width, height)
}

// ViewEvents draws the events alone, on the whole page.
func (d *Dashboard) ViewEvents(width, height int, now time.Time) string {
	d.Events.Reach(height - 2)
	return d.viewEvents(width, height, now)
}

func (d *Dashboard) viewList(width, height int, now time.Time) string {
	layout := layoutOf(width - 2)
	shown := height - 3
	d.scrollTo(shown)
	d.area = listArea{top: 2, rows: shown, bottom: height}
	lines := []string{layout.header(d.Theme)}
	for _, s := range d.sessions[d.offset:min(d.offset+shown, len(d.sessions))] {
		lines = append(lines, d.row(layout, s, width, now))
	}
	title := "Sessions"
	if len(d.sessions) > shown {
		title = fmt.Sprintf("Sessions %d–%d of %d", d.offset+1, min(d.offset+shown, len(d.sessions)), len(d.sessions))
	}
	return d.Theme.Panel(title, "", lines, width, height)
}

// scrollTo keeps the selection in sight.
func (d *Dashboard) scrollTo(shown int) {
	i := max(0, d.index())
	d.offset = min(max(d.offset, i-shown+1), i)
	d.offset = max(0, min(d.offset, len(d.sessions)-shown))
}

// row draws a session's row, or takes the one drawn before if nothing in it can have changed. Rows of connected sessions tell minutes, and are
// drawn again when one is over.
func (d *Dashboard) row(layout tableLayout, s *vital.Snapshot, width int, now time.Time) string {
	second := now.Unix()
	if !ticks(s, now) {
		second -= second % 10
	}
	selected := s.ID == d.selected
	have, ok := d.rows[s.ID]
	if ok && have.version == s.Version && have.width == width && have.second == second && have.selected == selected {
		return have.text
	}
	text := layout.row(d.Theme, s, selected, now)
	d.rows[s.ID] = cachedRow{s.Version, width, second, selected, text}
	return text
}

// Summary counts the sessions by state, in the signs and colours of the list, in that width: with words if they fit.
func (d *Dashboard) Summary(width int) string {
	var counts [5]int
	for _, s := range d.sessions {
		counts[s.State]++
	}
	words := map[vital.State]string{vital.StateDisconnected: "off"}
	var long, short []string
	for _, state := range []vital.State{
		vital.StateConnected, vital.StateReconnecting, vital.StateConnecting, vital.StateError, vital.StateDisconnected,
	} {
		if counts[state] == 0 {
			continue
		}
		word := words[state]
		if word == "" {
			word = strings.ToLower(state.String())
		}
		count := fmt.Sprintf("%s %d", widget.StateSign(state), counts[state])
		long = append(long, d.Theme.StateStyle(state).Render(count+" "+word))
		short = append(short, d.Theme.StateStyle(state).Render(count))
	}
	for _, gap := range []string{"  ", " "} {
		if text := strings.Join(long, gap); widget.Width(text) <= width {
			return text
		}
	}
	return strings.Join(short, "  ")
}
