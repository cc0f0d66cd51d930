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

// ofMarked makes an action that of the sessions which are marked, or, if none is, of the one that is selected; on the page of a session of that. Do is given one
// at least.
func ofMarked(a action, do func(m *Model, on []*vital.Snapshot) tea.Cmd) action {
	a.toMarked = true
	return on(a, func(m *Model, p page.OfSession) tea.Cmd {
		if d, ok := p.(*page.Dashboard); ok && len(d.Marked()) > 0 {
			return do(m, d.Marked())
		}
		return do(m, []*vital.Snapshot{p.Selected()})
	}, hasSession)
}

// doTo does something to sessions. Of one it says what is so then, in the words for one; of several how far it is, and that they are many.
func (m *Model) doTo(sessions []*vital.Snapshot, doing, one, many string, do func(context.Context, *vital.Snapshot) error) tea.Cmd {
	if len(sessions) > 1 {
		return m.each(doing, many, sessions, do)
	}
	s, name := sessions[0], widget.Clean(sessions[0].Name)
	return m.act(doing+" "+name, name+" "+one, func(ctx context.Context) error { return do(ctx, s) })
}

// each does something to sessions, says how far it is, and lists at the end what failed.
func (m *Model) each(doing, done string, sessions []*vital.Snapshot, do func(context.Context, *vital.Snapshot) error) tea.Cmd {
	e := &errand{doing: doing, done: done, total: len(sessions)}
	m.say(&m.opts.Theme.Muted, fmt.Sprintf("%s %d sessions…", doing, e.total), pendingsLife)
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
		m.say(&m.opts.Theme.Working, fmt.Sprintf("%s: %d of %d, %d failed…", e.doing, e.over, e.total, failed), pendingsLife)
	case e.over < e.total:
		m.say(&m.opts.Theme.Muted, fmt.Sprintf("%s: %d of %d…", e.doing, e.over, e.total), pendingsLife)
	case failed == 0:
		m.tell(fmt.Sprintf("%d sessions %s", e.total, e.done), nil)
	default:
		what := fmt.Sprintf("%s: %d of %d failed", e.doing, failed, e.total)
		m.say(&m.opts.Theme.Broken, "✖ "+what, 0)
		for _, f := range e.failed {
			m.note(false, e.doing+" "+widget.Clean(f.Name)+": "+f.Why)
		}
		if len(m.stack) == 1 {
			m.push(&page.Failures{Theme: m.opts.Theme, What: what, List: e.failed})
		}
	}
}

// startOrStop starts those of the sessions that are down; if none is, it stops them all.
func startOrStop(m *Model, sessions []*vital.Snapshot) tea.Cmd {
	var down []*vital.Snapshot
	for _, s := range sessions {
		if wantsStart(s) {
			down = append(down, s)
		}
	}
	if len(down) == 0 {
		return m.doTo(sessions, "stopping", "is stopped, and stays so after a restart", "are stopped, and stay so after a restart", byID(m.opts.Sessions.Stop))
	}
	return m.doTo(down, "starting", "is starting", "are starting", m.ifPaired(m.opts.Sessions.Start))
}

// wantsStart says whether the start/stop key starts.
func wantsStart(s *vital.Snapshot) bool {
	return s.State == vital.StateDisconnected || s.State == vital.StateError
}

func reconnect(m *Model, sessions []*vital.Snapshot) tea.Cmd {
	return m.doTo(sessions, "reconnecting", "gets a new socket", "get a new socket", m.ifPaired(m.opts.Sessions.Reconnect))
}

func ping(m *Model, sessions []*vital.Snapshot) tea.Cmd {
	if len(sessions) == 1 {
		return m.pingNow(sessions[0])
	}
	return m.each("pinging", "have an answer from the server", sessions, byID(func(ctx context.Context, id vital.SessionID) error {
		_, err := m.opts.Sessions.Ping(ctx, id)
		return err
	}))
}

func byID(do func(context.Context, vital.SessionID) error) func(context.Context, *vital.Snapshot) error {
	return func(ctx context.Context, s *vital.Snapshot) error { return do(ctx, s.ID) }
}

func (m *Model) ifPaired(do func(context.Context, vital.SessionID) error) func(context.Context, *vital.Snapshot) error {
	unpaired := fmt.Errorf("%w: %s pairs it with a phone", errNotPaired, m.keyOf("pair"))
	return func(ctx context.Context, s *vital.Snapshot) error {
		if !s.Identity.Paired() {
			return unpaired
		}
		return do(ctx, s.ID)
	}
}

func (m *Model) ifConnected(do func(context.Context, vital.SessionID) error) func(context.Context, *vital.Snapshot) error {
	unconnected := m.logoutNeedsConnection()
	return func(ctx context.Context, s *vital.Snapshot) error {
		if s.State != vital.StateConnected {
			return unconnected
		}
		return do(ctx, s.ID)
	}
}

func (m *Model) logoutNeedsConnection() error {
	return fmt.Errorf("%w: start it (%s), or delete it (%s) and unlink it on the phone", errLogoutNeedsConnection, m.keyOf("start-stop"), m.keyOf("delete"))
}

// askToLogOut asks first, and says at once if it is about one that cannot be logged out.
func askToLogOut(m *Model, sessions []*vital.Snapshot) tea.Cmd {
	if len(sessions) == 1 && sessions[0].State != vital.StateConnected {
		m.tell("", m.logoutNeedsConnection())
		return nil
	}
	m.push(page.NewDialog(m.opts.Theme, page.AskLogout, sessions...))
	return nil
}

func askToDelete(m *Model, sessions []*vital.Snapshot) tea.Cmd {
	m.push(page.NewDialog(m.opts.Theme, page.AskDelete, sessions...))
	return nil
}
