package ui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// errandsAtOnce is how many of the marked sessions something is done to at a time.
const errandsAtOnce = 8

// errand is what is done to several sessions, and how far it is.
type errand struct {
	doing, done string
	total, over int
	failed      []page.Failure
}

// errandMsg is the end of it for one session.
type errandMsg struct {
	errand *errand
	name   string
	err    error
}

// ofMarked makes an action that of the sessions which are marked, or, if none is, of the one that is selected; on the page of a session of that.
func ofMarked(a action, one func(m *Model, s *vital.Snapshot) tea.Cmd, all func(m *Model, marked []*vital.Snapshot) tea.Cmd) action {
	return on(a, func(m *Model, p page.OfSession) tea.Cmd {
		if d, ok := p.(*page.Dashboard); ok && len(d.Marked()) > 0 {
			return all(m, d.Marked())
		}
		return one(m, p.Selected())
	}, hasSession)
}

// each does something to sessions, says how far it is, and lists at the end what failed.
func (m *Model) each(doing, done string, sessions []*vital.Snapshot, do func(context.Context, *vital.Snapshot) error) tea.Cmd {
	e := &errand{doing: doing, done: done, total: len(sessions)}
	m.say(m.opts.Theme.Muted, fmt.Sprintf("%s %d sessions…", doing, e.total), pendingsLife)
	ctx, places := m.ctx, make(chan struct{}, errandsAtOnce)
	cmds := make([]tea.Cmd, 0, len(sessions))
	for _, s := range sessions {
		cmds = append(cmds, func() tea.Msg {
			select {
			case places <- struct{}{}:
				defer func() { <-places }()
			case <-ctx.Done():
				return errandMsg{e, s.Name, ctx.Err()}
			}
			ctx, cancel := context.WithTimeout(ctx, actionTime)
			defer cancel()
			return errandMsg{e, s.Name, do(ctx, s)}
		})
	}
	return tea.Batch(cmds...)
}

// errandCame tells how far it is.
func (m *Model) errandCame(msg errandMsg) {
	e := msg.errand
	if e.over++; msg.err != nil {
		e.failed = append(e.failed, page.Failure{Name: msg.name, Why: errorText(msg.err)})
	}
	failed := len(e.failed)
	switch {
	case e.over < e.total && failed > 0:
		m.say(m.opts.Theme.Working, fmt.Sprintf("%s: %d of %d, %d failed…", e.doing, e.over, e.total, failed), pendingsLife)
	case e.over < e.total:
		m.say(m.opts.Theme.Muted, fmt.Sprintf("%s: %d of %d…", e.doing, e.over, e.total), pendingsLife)
	case failed == 0:
		m.tell(fmt.Sprintf("%d sessions %s", e.total, e.done), nil)
	default:
		what := fmt.Sprintf("%s: %d of %d failed", e.doing, failed, e.total)
		m.say(m.opts.Theme.Broken, "✖ "+what, 0)
		for _, f := range e.failed {
			m.note(false, e.doing+" "+widget.Clean(f.Name)+": "+f.Why)
		}
		if len(m.stack) == 1 {
			m.push(&page.Failures{Theme: m.opts.Theme, What: what, List: e.failed})
		}
	}
}

// startOrStopAll starts those of the marked sessions that are down; if none is, it stops them all.
func startOrStopAll(m *Model, marked []*vital.Snapshot) tea.Cmd {
	var down []*vital.Snapshot
	for _, s := range marked {
		if wantsStart(s) {
			down = append(down, s)
		}
	}
	if len(down) == 0 {
		return m.each("stopping", "are stopped, and stay so after a restart", marked, func(ctx context.Context, s *vital.Snapshot) error {
			return m.opts.Sessions.Stop(ctx, s.ID)
		})
	}
	return m.each("starting", "are starting", down, ifPaired(m.opts.Sessions.Start))
}

func reconnectAll(m *Model, marked []*vital.Snapshot) tea.Cmd {
	return m.each("reconnecting", "get a new socket", marked, ifPaired(m.opts.Sessions.Reconnect))
}

func ifPaired(do func(context.Context, vital.SessionID) error) func(context.Context, *vital.Snapshot) error {
	return func(ctx context.Context, s *vital.Snapshot) error {
		if !s.Identity.Paired() {
			return errNotPaired
		}
		return do(ctx, s.ID)
	}
}

func pingAll(m *Model, marked []*vital.Snapshot) tea.Cmd {
	sessions := m.opts.Sessions
	return m.each("pinging", "have an answer from the server", marked, func(ctx context.Context, s *vital.Snapshot) error {
		_, err := sessions.Ping(ctx, s.ID)
		return err
	})
}

// questionOfMany asks before something is done to all marked sessions.
func questionOfMany(asked page.Question) func(m *Model, marked []*vital.Snapshot) tea.Cmd {
	return func(m *Model, marked []*vital.Snapshot) tea.Cmd {
		m.push(page.NewDialogOfMany(m.opts.Theme, asked, marked))
		return nil
	}
}

// agreeOfMany does what was asked about several sessions.
func (m *Model) agreeOfMany(d *page.Dialog) tea.Cmd {
	sessions := m.opts.Sessions
	m.leave(d)
	if d.Question == page.AskDelete {
		return m.each("deleting", "are deleted", d.Sessions, func(ctx context.Context, s *vital.Snapshot) error { return sessions.Delete(ctx, s.ID) })
	}
	return m.each("logging out", "are logged out: their phones have forgotten them", d.Sessions, func(ctx context.Context, s *vital.Snapshot) error {
		if s.State != vital.StateConnected {
			return errLogoutNeedsConnection
		}
		return sessions.Logout(ctx, s.ID)
	})
}
