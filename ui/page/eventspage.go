package page

import (
	"time"

	"github.com/wapulse/wapulse/ui/widget"
)

// Events is the page of the stream of events.
type Events struct {
	Still
	Theme *widget.Theme
	Log   *EventLog
}

// Title is the page's.
func (e *Events) Title() string { return "Events" }

// Move moves the line that keys act on. Below the newest there is none: the stream is followed again.
func (e *Events) Move(by int) { e.Log.Pick(-by) }

// Length is how many lines there are.
func (e *Events) Length() int { return e.Log.Len() }

// Click picks the line of that row.
func (e *Events) Click(line int) bool { return e.Log.PickShown(line - 1) }

// Wheel scrolls.
func (e *Events) Wheel(_, by int) { e.Log.Scroll(-by) }

// Leave follows the newest again.
func (e *Events) Leave() { e.Log.Follow() }

// View draws the page.
func (e *Events) View(width, height int, now time.Time) string {
	e.Log.Reach(height - 2)
	return e.Log.view(e.Theme, width, height, now)
}
