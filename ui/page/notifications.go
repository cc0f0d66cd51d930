package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/widget"
)

// maxNotes is how many notes are remembered.
const maxNotes = 200

// Note is what came of something that was asked for, or what became of a session.
type Note struct {
	At   time.Time
	Well bool
	Text string
}

// NoteLog is the newest notes, the last of them the newest. The root model fills it.
type NoteLog struct {
	list   []Note
	missed int // that nobody may have seen, since the page was left
}

// Add appends a note.
func (l *NoteLog) Add(n Note) {
	if l.list = append(l.list, n); len(l.list) > maxNotes {
		l.list = append(l.list[:0], l.list[len(l.list)-maxNotes:]...)
	}
}

// Miss appends a note that came by itself: nobody may have seen it.
func (l *NoteLog) Miss(n Note) {
	l.Add(n)
	l.missed = min(l.missed+1, maxNotes)
}

// Missed is how many such notes came since the page was left.
func (l *NoteLog) Missed() int { return l.missed }

// Notifications is the page of notes, the newest first: what was said in the last line, and is not there any more.
type Notifications struct {
	Still
	Theme *widget.Theme
	Log   *NoteLog

	sift
	order  noteOrder
	offset int
}

// noteOrder is one that the list of notes can have.
type noteOrder uint8

const (
	newestFirst noteOrder = iota
	failuresFirst
	oldestFirst
	noteOrders
)

func (o noteOrder) String() string {
	return [...]string{"the newest first", "what failed first", "the oldest first"}[o]
}

// NewNotifications returns the page of a log.
func NewNotifications(theme *widget.Theme, log *NoteLog) *Notifications {
	return &Notifications{Theme: theme, Log: log, sift: newSift()}
}

// Title is the page's.
func (n *Notifications) Title() string { return "Notifications" }

// Move moves by rows.
func (n *Notifications) Move(by int) { n.offset = max(0, min(n.offset+by, n.Length()-1)) }

// Length is how many notes the filter lets through.
func (n *Notifications) Length() int { return len(n.listed()) }

// Key gives the filter a key to type.
func (n *Notifications) Key(key tea.KeyMsg) {
	n.filter.Key(key)
	n.offset = 0
}

// Back takes the filter away; false means that there was none.
func (n *Notifications) Back() bool {
	n.offset = 0
	return n.drop()
}

// Sort goes on to the next order.
func (n *Notifications) Sort() {
	n.order = (n.order + 1) % noteOrders
	n.offset = 0
}

// listed are the notes that the filter lets through, in the order that is wanted.
func (n *Notifications) listed() []Note {
	wanted := n.wanted()
	var list []Note
	for _, note := range n.Log.list {
		if strings.Contains(strings.ToLower(note.Text), wanted) {
			list = append(list, note)
		}
	}
	if n.order != oldestFirst {
		slices.Reverse(list)
	}
	if n.order == failuresFirst {
		slices.SortStableFunc(list, func(a, b Note) int { return rankOfNote(a) - rankOfNote(b) })
	}
	return list
}

func rankOfNote(n Note) int {
	if n.Well {
		return 1
	}
	return 0
}

// Leave counts all as seen.
func (n *Notifications) Leave() { n.Log.missed = 0 }

// View draws the page.
func (n *Notifications) View(width, height int, now time.Time) string {
	t, list := n.Theme, n.listed()
	n.offset = max(0, min(n.offset, len(list)-1))
	title := n.Title()
	switch all := len(n.Log.list); {
	case len(list) < all:
		title = fmt.Sprintf("%s: %d of %d", title, len(list), all)
	case all > 0:
		title = fmt.Sprintf("%s %d", title, all)
	}
	if n.order != newestFirst {
		title += ", " + n.order.String()
	}
	lines := n.line(t, width)
	switch {
	case len(n.Log.list) == 0:
		const none = "Nothing yet. What comes of what you ask for is kept here, the last 200, and sessions that go to ERROR."
		lines = append(append(lines, ""), said(t.Muted.Render, none, width-2, 4)...)
	case len(list) == 0:
		lines = append(lines, said(t.Muted.Render, "No notification has that in it. "+t.KeyOf("back")+" takes the filter away.", width-2, 3)...)
	default:
		for _, note := range list[n.offset:] {
			if len(lines) >= height-2 {
				break
			}
			lines = append(lines, n.noteLines(note, width, now)...)
		}
	}
	return t.Panel(title, "", lines, width, height)
}

// How wide the longest moment is: of another day, and in a window that is narrow.
const (
	noteAtWidth   = 16
	noteAtShort   = 11
	narrowForNote = 60
)

// noteLines draws a note.
func (n *Notifications) noteLines(note Note, width int, now time.Time) []string {
	t, sign, look := n.Theme, "●", n.Theme.Healthy
	if !note.Well {
		sign, look = "✖", t.Broken
	}
	cells, at := noteAtWidth, pastText(note.At, now)
	if width < narrowForNote {
		cells, at = noteAtShort, strings.TrimSuffix(at, " ago")
		if now.Sub(note.At) >= 24*time.Hour {
			at = note.At.Local().Format(time.DateOnly)
		}
	}
	at = widget.PadLeft(at, cells)
	var lines []string
	for i, line := range widget.Wrap(widget.Clean(note.Text), width-7-cells, 3) {
		if i > 0 {
			sign, at = " ", strings.Repeat(" ", cells)
		}
		lines = append(lines, " "+t.Muted.Render(at)+" "+look.Render(sign)+" "+line)
	}
	return lines
}
