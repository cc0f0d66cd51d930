package page

import (
	"fmt"
	"time"

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

	offset int
}

// Title is the page's.
func (n *Notifications) Title() string { return "Notifications" }

// Move moves by rows.
func (n *Notifications) Move(by int) { n.offset = max(0, min(n.offset+by, len(n.Log.list)-1)) }

// Length is how many notes there are.
func (n *Notifications) Length() int { return len(n.Log.list) }

// Leave counts all as seen.
func (n *Notifications) Leave() { n.Log.missed = 0 }

// View draws the page.
func (n *Notifications) View(width, height int, now time.Time) string {
	t, list := n.Theme, n.Log.list
	n.offset = max(0, min(n.offset, len(list)-1))
	title := n.Title()
	if len(list) > 0 {
		title = fmt.Sprintf("%s %d", title, len(list))
	}
	var lines []string
	for i := len(list) - 1 - n.offset; i >= 0 && len(lines) < height-2; i-- {
		note := list[i]
		at := clockText(note.At, now)
		sign, look := "●", t.Healthy
		if !note.Well {
			sign, look = "✖", t.Broken
		}
		room := width - 7 - widget.Width(at)
		for j, line := range widget.Wrap(widget.Clean(note.Text), room, 3) {
			if j > 0 {
				sign, at = " ", fmt.Sprintf("%*s", widget.Width(at), "")
			}
			lines = append(lines, " "+t.Muted.Render(at)+" "+look.Render(sign)+" "+line)
		}
	}
	if len(list) == 0 {
		const none = "Nothing yet. What comes of what you ask for is kept here, the last 200, and sessions that go to ERROR."
		lines = append([]string{""}, said(t.Muted.Render, none, width-2, 4)...)
	}
	return t.Panel(title, "", lines, width, height)
}
