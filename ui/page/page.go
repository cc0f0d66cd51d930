package page

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/graphics"
	"github.com/wapulse/wapulse/ui/widget"
)

// Page is what fills the window between header and footer. The root model keeps pages on a stack, the newest in front.
type Page interface {
	// Title names the page, for its help and the palette.
	Title() string
	// View draws it: height lines of width cells.
	View(width, height int, now time.Time) string
	// HasClock says whether something on it changes with every second.
	HasClock(now time.Time) bool
	// Put tells what has happened to sessions. The list of them and the stream of events, which pages share, know it already.
	Put(news News)
}

// News is what has happened to sessions since the last news.
type News struct {
	Snapshots []*vital.Snapshot // the newest, of those that have changed
	Events    []vital.Event
	Now       time.Time
}

// Still is for pages that news and seconds do not change.
type Still struct{}

// HasClock is false.
func (Still) HasClock(time.Time) bool { return false }

// Put does nothing.
func (Still) Put(News) {}

// WheelRows is how many rows a notch of the wheel turns.
const WheelRows = 3

// Illustration is a picture, and where in a page's View its upper left corner is.
type Illustration struct {
	Image       graphics.Image
	Row, Column int
}

// What else a page may be.
type (
	// List is a page that the movement keys move in.
	List interface {
		Page
		// Move moves by rows, down with a positive number, and stays within the list.
		Move(by int)
		// Length is how many rows there are.
		Length() int
	}
	// Typist is a page that takes text.
	Typist interface {
		Page
		// Types says whether keys are text now. Then none that is text is taken for an action.
		Types() bool
		// Full says whether what is typed has no place left.
		Full() bool
		// Key takes a key that is no action's.
		Key(key tea.KeyMsg)
	}
	// Catcher is a page that takes some keys though they are no text, and no action's. True means that it has.
	Catcher interface {
		Page
		Catch(key tea.KeyMsg) bool
	}
	// Box is a page that lies over the one behind it. Its View is as high as it needs.
	Box interface {
		Page
		Box()
	}
	// Low is a box that lies at the foot of the page behind it.
	Low interface {
		Box
		Low()
	}
	// Stepper is a page that is left step by step: Back goes back one, and is false if there was none.
	Stepper interface {
		Page
		Back() bool
	}
	// Leaver is a page that is told when it is left.
	Leaver interface {
		Page
		Leave()
	}
	// Clicker is a page that takes clicks. Columns and lines count from the page's first. What it does of itself it has done; does is the name of the
	// action that is to be done then, "" for none. There may be nothing in that place: then it is not ok.
	Clicker interface {
		Page
		Click(column, line int) (does string, ok bool)
	}
	// Wheeler is a page whose wheel does not simply move its list. A notch is WheelRows, down with a positive number.
	Wheeler interface {
		Page
		Wheel(line, by int)
	}
	// Wording is a page that says what an action does on it now, in two or three words; "" for the action's own.
	Wording interface {
		Page
		Wording(action string) string
	}
	// Explainer is a page that explains its own words.
	Explainer interface {
		Page
		Words(t *widget.Theme) [][2]string
	}
	// Illustrated is a page that may have a picture, on blanks with which lines of its View begin.
	Illustrated interface {
		Page
		Illustration(width, height int) (Illustration, bool)
	}
	// Redrawer is a page that keeps what it has drawn: Redraw forgets it, as the looks have changed.
	Redrawer interface {
		Page
		Redraw()
	}
	// OfSession is a page that shows a session which keys act on; nil for none.
	OfSession interface {
		Page
		Selected() *vital.Snapshot
	}
	// Whole is a page that may need the whole window: then FullScreen is not "".
	Whole interface {
		Page
		FullScreen(width, height int, now time.Time) string
	}
)
