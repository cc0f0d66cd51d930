package page

import (
	"fmt"
	"slices"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// Dashboard is the main page: the sessions, the vitals of the selected one, and the stream of events. Sessions stand in the order of their
// creation, so that rows never jump; what is broken is found by shape, colour and the words in its row.
type Dashboard struct {
	*SessionList
	Theme   *widget.Theme
	Events  *EventLog
	HasDemo bool // the demo is a key away while there are no sessions

	selected vital.SessionID
	place    int // of the selected one
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

// wheelStep is how many rows the root model turns a list by for a notch of the wheel.
const wheelStep = 3

// listArea is where the rows were drawn last, for the mouse.
type listArea struct{ top, rows, bottom int }

// NewDashboard returns an empty page.
func NewDashboard(theme *widget.Theme, sessions *SessionList, events *EventLog) *Dashboard {
	return &Dashboard{SessionList: sessions, Theme: theme, Events: events, rows: map[vital.SessionID]cachedRow{}}
}

// Title is the page's.
func (d *Dashboard) Title() string { return "Sessions" }

// Put takes news. If the selected session has gone, the one in its place is selected.
func (d *Dashboard) Put(news News) {
	for _, s := range news.Snapshots {
		if s.Removed {
			delete(d.rows, s.ID)
		}
	}
	if i := d.index(); i >= 0 {
		d.place = i
	} else if n := len(d.sessions); n > 0 {
		d.place = min(d.place, n-1)
		d.selected = d.sessions[d.place].ID
	}
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
	d.place = min(max(0, d.index()+by), len(d.sessions)-1)
	d.selected = d.sessions[d.place].ID
}

// Length is how many sessions there are.
func (d *Dashboard) Length() int { return len(d.sessions) }

// Click selects the session in that line of the page, and says whether there was one.
func (d *Dashboard) Click(line int) bool {
	i := line - d.area.top
	if i < 0 || i >= d.area.rows || d.offset+i >= len(d.sessions) {
		return false
	}
	d.selected = d.sessions[d.offset+i].ID
	return true
}

// Wheel moves the selection over the list, and scrolls the events elsewhere.
func (d *Dashboard) Wheel(line, by int) {
	if line < d.area.bottom {
		d.Move(by / wheelStep)
		return
	}
	d.Events.Scroll(-by)
}

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
	if len(d.sessions) == 0 {
		return welcome{theme: d.Theme, hasDemo: d.HasDemo}.View(width, height)
	}
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
	return d.Events.view(d.Theme, width, height, now)
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
