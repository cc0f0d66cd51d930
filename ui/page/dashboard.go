package page

import (
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// Dashboard is the main page: the sessions, the vitals of the selected one, and the stream of events. Sessions stand in the order of their
// creation, so that rows never jump unless a person wants another order; what is broken is found by shape, colour and the words in its row.
type Dashboard struct {
	*SessionList
	Theme   *widget.Theme
	Events  *EventLog
	HasDemo bool // the demo is a key away while there are no sessions

	sift

	listed   []*vital.Snapshot // those that the filter lets through, in the order that is wanted
	order    sessionOrder
	hidden   map[string]bool // columns
	marked   map[vital.SessionID]bool
	selected vital.SessionID
	place    int // of the selected one, in listed
	offset   int // first row shown
	rows     map[vital.SessionID]cachedRow
	troubles map[vital.SessionID]cachedTrouble
	area     listArea
}

// cachedRow is a drawn row and what it was drawn for.
type cachedRow struct {
	version  uint64
	width    int
	second   int64
	selected bool
	marked   bool
	text     string
}

// listArea is where the rows were drawn last, and the events below them, for the mouse.
type listArea struct {
	top, rows, bottom     int
	layout                tableLayout
	eventsLeft, eventsTop int
	troubles              []vital.SessionID // of whom the lines of that box are
	troublesTop           int               // its first line
}

// NewDashboard returns an empty page.
func NewDashboard(theme *widget.Theme, sessions *SessionList, events *EventLog) *Dashboard {
	return &Dashboard{
		SessionList: sessions, Theme: theme, Events: events, rows: map[vital.SessionID]cachedRow{}, troubles: map[vital.SessionID]cachedTrouble{},
		marked: map[vital.SessionID]bool{}, hidden: map[string]bool{}, sift: newSift(),
	}
}

// Title is the page's.
func (d *Dashboard) Title() string { return "Sessions" }

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
	soon := func(t time.Time) bool { return t.After(now) && t.Sub(now) < 2*time.Minute }
	return s.Ping.Missed > 0 || soon(s.Load.PausedUntil) || s.Restriction.Holds(now) && soon(s.Restriction.Until) ||
		s.State == vital.StateConnecting || s.State == vital.StateReconnecting || s.Breaker.State == vital.BreakerOpen ||
		(s.State == vital.StateError && s.Failure.BanLeft(now) > 0) ||
		now.Sub(s.Since) < time.Minute || (s.LastError != "" && now.Sub(s.LastErrorAt) < time.Minute)
}

// Redraw forgets what was drawn: the looks have changed.
func (d *Dashboard) Redraw() {
	clear(d.rows)
	clear(d.troubles)
}

// View draws the page.
func (d *Dashboard) View(width, height int, now time.Time) string {
	if len(d.sessions) == 0 {
		return welcome{theme: d.Theme, hasDemo: d.HasDemo}.View(width, height)
	}
	rows := len(d.sessions)
	if d.filters() {
		rows++ // the filter's line
	}
	listHeight := min(rows+3, max(6, height*2/5))
	if len(d.sessions) <= 8 && height >= rows+3+9 {
		listHeight = rows + 3
	}
	if height-listHeight < 3 {
		listHeight = height // what is too low for another panel is the list's
	}
	list := d.viewList(width, listHeight, now)
	rest := height - listHeight
	if rest < 3 {
		return list
	}
	selected := d.Selected()
	if selected == nil {
		return list + "\n" + d.viewEvents(width, rest, now)
	}
	if left := vitalsBeside(width); left > 0 {
		d.area.eventsLeft = left
		lines := vitalsLines(d.Theme, selected, left-2, rest, now)
		low := d.troubleHeight(rest, len(lines)+2)
		vitals := d.Theme.Panel(widget.Clean(selected.Name), "", lines, left, rest-low)
		if low > 0 {
			vitals += "\n" + d.viewTrouble(left, low, now)
			d.area.troublesTop = height - low
		}
		return list + "\n" + widget.Beside(vitals, d.viewEvents(width-left, rest, now))
	}
	vitals := min(rest, len(vitalsLines(d.Theme, selected, width-2, rest, now))+2)
	if rest-vitals < 5 {
		vitals = max(5, rest-5)
	}
	if rest < 10 {
		vitals = rest
	}
	d.area.eventsTop = listHeight + vitals
	view := list + "\n" + d.viewVitals(selected, width, vitals, now)
	if rest-vitals >= 3 {
		view += "\n" + d.viewEvents(width, rest-vitals, now)
	}
	return view
}

// vitalsBeside is how wide the vitals are beside the events; 0 where there is no room for both.
func vitalsBeside(width int) int {
	if width < 110 {
		return 0
	}
	return min(max(58, width*45/100), 96)
}

func (d *Dashboard) viewVitals(s *vital.Snapshot, width, height int, now time.Time) string {
	return d.Theme.Panel(widget.Clean(s.Name), "", vitalsLines(d.Theme, s, width-2, height, now), width, height)
}

func (d *Dashboard) viewEvents(width, height int, now time.Time) string {
	return d.Events.view(d.Theme, width, height, now)
}

func (d *Dashboard) viewList(width, height int, now time.Time) string {
	layout := layoutOf(width-2, d.hidden)
	lines := make([]string, 0, height)
	lines = append(lines, d.line(d.Theme, width)...)
	lines = append(lines, layout.header(d.Theme))
	shown := height - 2 - len(lines)
	d.scrollTo(shown)
	d.area = listArea{top: len(lines) + 1, rows: shown, bottom: height, layout: layout, eventsTop: height}
	for _, s := range d.listed[d.offset:min(d.offset+shown, len(d.listed))] {
		lines = append(lines, d.row(layout, s, width, now))
	}
	if len(d.listed) == 0 {
		lines = append(lines, said(d.Theme.Muted.Render, "No session of that name, number or state. "+d.Theme.KeyOf("back")+" takes the filter away.", width-2, 3)...)
	}
	return d.Theme.Panel(d.listTitle(shown), "", lines, width, height)
}

// scrollTo keeps the selection in sight.
func (d *Dashboard) scrollTo(shown int) {
	i := max(0, d.index())
	d.offset = min(max(d.offset, i-shown+1), i)
	d.offset = max(0, min(d.offset, len(d.listed)-shown))
}

// row draws a session's row, or takes the one drawn before if nothing in it can have changed. Rows of connected sessions tell minutes, and are
// drawn again when one is over.
func (d *Dashboard) row(layout tableLayout, s *vital.Snapshot, width int, now time.Time) string {
	second := now.Unix()
	if !ticks(s, now) {
		second -= second % 10
	}
	selected, marked := s.ID == d.selected, d.marked[s.ID]
	have, ok := d.rows[s.ID]
	if ok && have.version == s.Version && have.width == width && have.second == second && have.selected == selected && have.marked == marked {
		return have.text
	}
	text := layout.row(d.Theme, s, selected, marked, now)
	d.rows[s.ID] = cachedRow{s.Version, width, second, selected, marked, text}
	return text
}
