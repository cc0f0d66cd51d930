package ui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// healer is the fault that takes all others away.
const healer = "healthy"

// touredMsg is the end of what the tour asked for.
type touredMsg struct {
	tour *page.Tour
	err  error
}

// tourActions are those of the tour.
func tourActions() []action {
	return []action{
		on(action{name: "tour", keys: []string{"t"}, words: "a tour through five failures, and what the screen says of each", short: "tour", rank: 1, rehearsal: true}, openTour),
		on(action{name: "next", keys: []string{"enter"}, words: "go on", short: "go on", rank: 1}, (*Model).tourOn,
			func(_ *Model, o *page.Tour) bool { return o.Waits() }),
		on(action{name: "back", keys: []string{"esc"}, words: "end the tour; the session is healed", short: "end the tour", rank: generalRank + 2}, (*Model).endTour),
		on(action{name: "quit", keys: []string{"q"}, words: "end the tour; the session is healed"}, (*Model).endTour),
	}
}

// openTour begins with the selected session if it is well, else with the first that is.
func openTour(m *Model, d *page.Dashboard) tea.Cmd {
	list := d.Sessions()
	if s := d.Selected(); s != nil {
		list = append([]*vital.Snapshot{s}, list...)
	}
	for _, s := range list {
		if s.State == vital.StateConnected && m.opts.Faults.Plays(s.ID) {
			d.Select(s.ID)
			m.push(&page.Tour{Theme: m.opts.Theme, Session: s.ID, Name: widget.Clean(s.Name)})
			return nil
		}
	}
	m.tell("", fmt.Errorf("%w: wait for one, or heal one (%s)", errNobodyToTour, m.keyOf("faults")))
	return nil
}

func (m *Model) tourOn(o *page.Tour) tea.Cmd {
	if o.Over() {
		m.leave(o)
		return nil
	}
	cause, heal := o.Next(m.clock())
	switch {
	case cause:
		return m.tourDoes(o, o.Fault())
	case heal:
		return m.tourDoes(o, healer)
	}
	return nil
}

func (m *Model) tourDoes(o *page.Tour, fault string) tea.Cmd {
	ctx, faults := m.ctx, m.opts.Faults
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, actionTime)
		defer cancel()
		return touredMsg{o, faults.Cause(ctx, fault, o.Session)}
	}
}

// toured takes what came of it.
func (m *Model) toured(msg touredMsg) {
	switch {
	case m.has(msg.tour):
		msg.tour.Done(errorText(msg.err))
	case msg.err != nil:
		m.tell("", msg.err)
	}
}

// endTour leaves the tour; a session that it has hurt is healed.
func (m *Model) endTour(o *page.Tour) tea.Cmd {
	m.leave(o)
	if !o.Hurt() {
		return nil
	}
	faults := m.opts.Faults
	return m.act("healing "+o.Name, o.Name+" is healthy again", func(ctx context.Context) error { return faults.Cause(ctx, healer, o.Session) })
}
