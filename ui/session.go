package ui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

const (
	pastEvery = 10 * time.Second // what is stored is asked for anew; as often as it is sampled
	pastTime  = 8 * time.Second  // for an answer
	marksMost = 500              // diagnoses in a chart
	dialsMost = 10               // attempts that are kept
)

type (
	// pastMsg is what is stored of the session of a page.
	pastMsg struct {
		page     *page.Session
		question uint64
		past     page.Past
		err      error
	}
	// pastDueMsg: the answer to that question gets old.
	pastDueMsg struct {
		page     *page.Session
		question uint64
	}
)

// sessionPageActions are those of the page of a session, but for what can be done to the session itself.
func sessionPageActions() []action {
	look := func(key string, span page.TimeSpan) action {
		return on(action{name: span.Action(), keys: []string{key}, words: "the last " + span.String()},
			func(m *Model, p *page.Session) tea.Cmd { p.Look(span); return m.askPast(p) })
	}
	lookBy := func(by int) func(*Model, *page.Session) tea.Cmd {
		return func(m *Model, p *page.Session) tea.Cmd { p.LookBy(by); return m.askPast(p) }
	}
	point := func(by int) func(*Model, *page.Session) tea.Cmd {
		return func(m *Model, p *page.Session) tea.Cmd { p.Point(by, m.clock()); return nil }
	}
	toMark := func(direction int) func(*Model, *page.Session) tea.Cmd {
		return func(m *Model, p *page.Session) tea.Cmd {
			if nothing := p.ToMark(direction, m.clock()); nothing != "" {
				m.say(&m.opts.Theme.Muted, nothing, noticeLife)
			}
			return nil
		}
	}
	return []action{
		on(action{name: "moment-before", keys: []string{"left", "h"}, words: "a moment before", short: "moment", with: "moment-after", rank: -4}, point(-1)),
		on(action{name: "moment-after", keys: []string{"right", "l"}, words: "a moment after"}, point(1)),
		on(action{name: "moments-before", keys: []string{"shift+left", "H"}, words: "ten moments before"}, point(-10)),
		on(action{name: "moments-after", keys: []string{"shift+right"}, words: "ten moments after"}, point(10)),
		look("1", page.LastMinute), look("2", page.LastHour), look("3", page.LastDay), look("4", page.LastWeek),
		on(action{name: "previous-mark", keys: []string{"["}, words: "the diagnosis before", short: "mark", with: "next-mark", rank: -3}, toMark(-1)),
		on(action{name: "next-mark", keys: []string{"]"}, words: "the next diagnosis"}, toMark(1)),
		on(action{name: "shorter-span", keys: []string{"-"}, words: "a shorter span"}, lookBy(-1)),
		on(action{name: "longer-span", keys: []string{"+", "="}, words: "a longer span"}, lookBy(1)),
		on(action{name: "section", keys: []string{"tab"}, words: "the next part of the page, where not all has room", short: "more", rank: -5},
			func(_ *Model, p *page.Session) tea.Cmd { p.Turn(1); return nil }, func(_ *Model, p *page.Session) bool { return p.Divided() }),
		on(action{name: "section-back", keys: []string{"shift+tab"}, words: "the part before"},
			func(_ *Model, p *page.Session) tea.Cmd { p.Turn(-1); return nil }, func(_ *Model, p *page.Session) bool { return p.Divided() }),
		on(action{name: "frames", keys: []string{"f"}, words: "stanzas as events, masked: on for 10 minutes, or off", short: "frames", rank: 8},
			func(m *Model, p *page.Session) tea.Cmd { return m.switchFrames(p.Selected()) },
			func(_ *Model, p *page.Session) bool { return p.Selected() != nil }),
	}
}

// openSession opens the page of the session that is selected.
func openSession(m *Model, d *page.Dashboard) tea.Cmd {
	p := page.NewSession(m.opts.Theme, &m.sessions, d.Selected(), m.width)
	m.push(p)
	return m.askPast(p)
}

// askPast asks for what is stored of a page's session, if the page wants it. There is an answer to each question, and only the newest one's counts.
func (m *Model) askPast(p *page.Session) tea.Cmd {
	if !p.Wants() || m.opts.History == nil {
		return nil
	}
	now := m.clock()
	q, question := p.Asking(now)
	ctx, stored := m.ctx, m.opts.History
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, pastTime)
		defer cancel()
		msg := pastMsg{page: p, question: question}
		if msg.past.Chart, msg.err = stored.Chart(ctx, q, now); msg.err != nil {
			return msg
		}
		figures, err := stored.Figures(ctx, []vital.SessionID{q.Session}, now)
		if msg.past.Figures, msg.err = figures[q.Session], err; err != nil {
			return msg
		}
		if msg.past.Diagnoses, msg.err = stored.Diagnoses(ctx, q.Session, q.From, q.To, marksMost); msg.err != nil {
			return msg
		}
		msg.past.Dials, msg.err = stored.Dials(ctx, q.Session, dialsMost)
		return msg
	}
}

// pastCame shows an answer, and sees to it that another one is asked for when it is old.
func (m *Model) pastCame(msg pastMsg) tea.Cmd {
	if !msg.page.Know(msg.question, msg.past, errorText(msg.err)) {
		return nil
	}
	return m.tick(pastEvery, func(time.Time) tea.Msg { return pastDueMsg{msg.page, msg.question} })
}

// pastDue asks anew while the page is on the screen, and looks later while something else is.
func (m *Model) pastDue(msg pastDueMsg) tea.Cmd {
	switch {
	case !m.has(msg.page) || !msg.page.Due(msg.question):
		return nil
	case !m.shows(msg.page):
		return m.tick(pastEvery, func(time.Time) tea.Msg { return msg })
	}
	msg.page.Refresh()
	return m.askPast(msg.page)
}

// freshPast asks for what the page of a session wants after news, and leaves the page of one that is deleted.
func (m *Model) freshPast() tea.Cmd {
	p, there := find[*page.Session](m)
	if !there {
		return nil
	}
	if p.Selected() == nil {
		m.leave(p)
		return nil
	}
	return m.askPast(p)
}

// switchFrames has a session tell its stanzas, or no more.
func (m *Model) switchFrames(s *vital.Snapshot) tea.Cmd {
	name, sessions, on := widget.Clean(s.Name), m.opts.Sessions, s.FramesUntil.IsZero()
	doing, done := "frames off", name+" tells no more stanzas"
	if on {
		doing, done = "frames on", name+" tells its stanzas as events, masked, for 10 minutes"
	}
	return m.act(doing, done, func(ctx context.Context) error { return sessions.SetFrames(ctx, s.ID, on) })
}
