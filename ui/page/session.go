package page

import (
	"fmt"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// Session is the page of one session: whether it is alive, why not, and how it has been. What is stored of it comes from whoever is asked with Asking, and is
// told with Know.
type Session struct {
	theme *widget.Theme
	all   *SessionList
	id    vital.SessionID
	name  string

	stored stored
	cursor time.Time // the moment that is looked at; zero for none
	plot   int       // columns of the chart as it was drawn last
	past   pastArea

	section  int // that is shown where not all have room
	sections int
	offset   int // lines that its texts are scrolled by
	most     int // lines that they have more than room
}

// NewSession returns the page of a session, with the last hour, for a window of that width.
func NewSession(theme *widget.Theme, all *SessionList, s *vital.Snapshot, width int) *Session {
	return &Session{theme: theme, all: all, id: s.ID, name: widget.Clean(s.Name), stored: stored{span: LastHour, wants: true}, plot: plotWidth(width)}
}

// Title is the page's.
func (p *Session) Title() string { return "Session" }

// Selected is the session; nil once it is deleted.
func (p *Session) Selected() *vital.Snapshot { return p.all.Session(p.id) }

// HasClock is true: the page tells how old the evidence is.
func (p *Session) HasClock(time.Time) bool { return true }

// Put takes news. A transition changes what is stored.
func (p *Session) Put(news News) {
	for _, e := range news.Events {
		if e.Session == p.id && (e.Kind == vital.KindConnectionUpdate || e.Kind == vital.KindDiagnosis) {
			p.stored.wants = true
		}
	}
	for _, s := range news.Snapshots {
		if s.ID == p.id {
			p.name = widget.Clean(s.Name)
		}
	}
}

// Move scrolls the texts.
func (p *Session) Move(by int) { p.offset = max(0, min(p.offset+by, p.most)) }

// Length is how far they can be scrolled.
func (p *Session) Length() int { return p.most }

// Turn shows the next section, where not all have room.
func (p *Session) Turn(by int) {
	if p.sections > 1 {
		p.section, p.offset = (p.section+by+p.sections)%p.sections, 0
	}
}

// Divided says whether there is another section to turn to.
func (p *Session) Divided() bool { return p.sections > 1 }

// Back takes the cursor away; false means that there was none.
func (p *Session) Back() bool {
	had := !p.cursor.IsZero()
	p.cursor = time.Time{}
	return had
}

// Wording says what keys do now.
func (p *Session) Wording(action string) string {
	s := p.Selected()
	switch {
	case action == "back" && !p.cursor.IsZero():
		return "no cursor"
	case action == "frames" && s != nil && !s.FramesUntil.IsZero():
		return "frames off"
	}
	return ""
}

// What has room at once: all, or the history beside what is now.
const (
	wholeWidth, wholeHeight = 150, 46
	halfWidth, halfHeight   = 110, 32
)

// View draws the page: everything where there is room, else in sections that one turns through.
func (p *Session) View(width, height int, now time.Time) string {
	s := p.Selected()
	if s == nil {
		p.sections, p.most = 1, 0
		return p.theme.Panel(p.name, "", []string{"", " " + p.theme.Muted.Render("This session is deleted.")}, width, height)
	}
	p.most, p.past = 0, pastArea{}
	switch {
	case width >= wholeWidth && height >= wholeHeight:
		return p.viewWhole(s, width, height, now)
	case width >= halfWidth && height >= halfHeight:
		return p.viewHalf(s, width, height, now)
	default:
		return p.viewSection(s, width, height, now)
	}
}

func (p *Session) viewWhole(s *vital.Snapshot, width, height int, now time.Time) string {
	p.sections, p.section = 1, 0
	left := width / 2
	right := width - left
	alive, facts := p.aliveLines(s, left-2, now), p.factLines(s, right-2, now)
	top := min(max(len(alive), len(facts))+2, height*2/5)
	dials, operations := p.dialLines(left-2, now), operationLines(p.theme, s, right-2, now)
	bottom := min(max(len(dials), len(operations))+2, 16, height-top-14)
	return p.panels(
		p.panel(p.name, "", alive, left, top), p.panel("Vitals", "", facts, right, top)) + "\n" +
		p.viewPastAt(s, width, top, height-top-bottom, now) + "\n" +
		p.panels(p.panel("Connects", "", dials, left, bottom), p.panel("Operations against their time-outs", "", operations, right, bottom))
}

func (p *Session) viewHalf(s *vital.Snapshot, width, height int, now time.Time) string {
	p.sections = 2
	p.section = min(p.section, p.sections-1)
	left := width / 2
	right := width - left
	alive := p.aliveLines(s, left-2, now)
	if p.section == 1 {
		return p.panels(p.panel(p.name, p.where("connects and operations"), p.dialLines(left-2, now), left, height),
			p.panel("Operations against their time-outs", "", operationLines(p.theme, s, right-2, now), right, height))
	}
	facts := p.factLines(s, right-2, now)
	top := min(max(len(alive), len(facts))+2, height/2)
	return p.panels(p.panel(p.name, p.where("now and before"), alive, left, top), p.panel("Vitals", "", facts, right, top)) + "\n" +
		p.viewPastAt(s, width, top, height-top, now)
}

func (p *Session) viewSection(s *vital.Snapshot, width, height int, now time.Time) string {
	p.sections = 3
	p.section = min(p.section, p.sections-1)
	switch p.section {
	case 1:
		return p.viewPastAt(s, width, 0, height, now)
	case 2:
		lines := operationLines(p.theme, s, width-2, now)
		return p.panel(p.name, p.where("operations and connects"), append(append(lines, ""), p.dialLines(width-2, now)...), width, height)
	default:
		lines := append(p.aliveLines(s, width-2, now), "")
		return p.panel(p.name, p.where("now"), append(lines, p.factLines(s, width-2, now)...), width, height)
	}
}

// where says which section is shown.
func (p *Session) where(section string) string {
	return fmt.Sprintf("%s, %d of %d: %s", section, p.section+1, p.sections, p.theme.KeyOf("section"))
}

// panel draws lines as far as they are scrolled, and notes how far they can be.
func (p *Session) panel(title, hint string, lines []string, width, height int) string {
	room := height - 2
	over := max(0, len(lines)-room)
	p.most = max(p.most, over)
	from := min(p.offset, over)
	if over > 0 {
		hint = joinHints(hint, scrollHint(from, over))
	}
	if room := width - widget.Width(hint) - 9; room >= 8 { // for both
		title = widget.TruncateMiddle(title, room)
	}
	return p.theme.Panel(title, hint, lines[from:], width, height)
}

func joinHints(hints ...string) string {
	text := ""
	for _, h := range hints {
		if h != "" && text != "" {
			text += ", "
		}
		text += h
	}
	return text
}

func scrollHint(from, over int) string {
	switch {
	case from == 0:
		return "↓ more"
	case from == over:
		return "↑ more"
	default:
		return "↑↓ more"
	}
}

func (p *Session) panels(left, right string) string { return widget.Beside(left, right) }
