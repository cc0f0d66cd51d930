package ui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

const (
	actionTime   = 35 * time.Second // for what a key asks of a session
	statusLife   = 5 * time.Second
	noticeLife   = 15 * time.Second // of what is said at the start
	pendingsLife = actionTime
)

type (
	// updatesMsg is what happened to sessions.
	updatesMsg struct{ batch session.Batch }
	// tickMsg is the clock's.
	tickMsg struct{ seq uint64 }
	// actedMsg is the end of what a key asked of a session.
	actedMsg struct {
		done string // said if it went well
		err  error
	}
	// finishedMsg is the end of what ran in the background.
	finishedMsg struct {
		doing string // said while it ran
		done  string
		err   error
	}
	// begunMsg: the session waits for a phone, or err says why not.
	begunMsg struct {
		page  *page.Pairing
		id    vital.SessionID
		after uint64
		err   error
	}
	phoneCodeMsg struct {
		page *page.Pairing
		err  error
	}
	renamedMsg struct {
		dialog *page.Dialog
		err    error
	}
	pictureMsg struct {
		page          *page.Pairing
		path, payload string
		err           error
	}
	demoEndedMsg struct{ err error }
)

// watch waits for news, and then until a frame may be drawn. One is under way at any time.
func (m *Model) watch() tea.Cmd {
	ctx, updates, pace := m.ctx, m.opts.Updates, m.pace
	return func() tea.Msg {
		if !awaitFrame(ctx, updates.Wake(), pace) {
			return nil
		}
		return updatesMsg{updates.Take()}
	}
}

// act runs what a key asked for, and says so while it runs and when it is done.
func (m *Model) act(doing, done string, do func(context.Context) error) tea.Cmd {
	m.say(&m.opts.Theme.Muted, doing+"…", pendingsLife)
	ctx := m.ctx
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, actionTime)
		defer cancel()
		return actedMsg{done, do(ctx)}
	}
}

// beginPairing makes the session of that name wait for a phone. It is created if there is none.
func (m *Model) beginPairing(p *page.Pairing) tea.Cmd {
	name := p.Name()
	p.Busy = "Asking WhatsApp for codes"
	ctx, sessions := m.ctx, m.opts.Sessions
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, actionTime)
		defer cancel()
		begun := begin(ctx, sessions, name)
		begun.page = p
		return begun
	}
}

func begin(ctx context.Context, sessions Sessions, name string) begunMsg {
	for _, s := range sessions.Snapshots() {
		if s.Name != name {
			continue
		}
		if s.Identity.Paired() {
			return begunMsg{err: fmt.Errorf("%q is paired already, with %s: choose another name, or log it out first", name, s.Identity.Phone)}
		}
		return begunMsg{id: s.ID, after: s.Version, err: sessions.Pair(ctx, s.ID)}
	}
	if err := session.ValidateName(name); err != nil {
		return begunMsg{err: err}
	}
	id, err := sessions.Create(ctx, name)
	if err != nil {
		return begunMsg{err: err}
	}
	var after uint64
	if s, ok := sessions.Snapshot(id); ok {
		after = s.Version
	}
	return begunMsg{id: id, after: after, err: sessions.Pair(ctx, id)}
}

func (m *Model) requestPhoneCode(p *page.Pairing) tea.Cmd {
	ctx, sessions, id, phone := m.ctx, m.opts.Sessions, p.Session(), p.Phone()
	p.Busy = "Asking WhatsApp for a code"
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, actionTime)
		defer cancel()
		_, err := sessions.RequestPhoneCode(ctx, id, phone)
		return phoneCodeMsg{p, err}
	}
}

// redrawPicture writes the QR code that is on the page to a file, in the place of the last one.
func (m *Model) redrawPicture(p *page.Pairing) tea.Cmd {
	picture, payload := &m.picture, p.Payload()
	return func() tea.Msg {
		path, err := picture.draw(payload)
		return pictureMsg{page: p, path: path, payload: payload, err: err}
	}
}

func (m *Model) removePicture() tea.Cmd {
	picture := &m.picture
	return func() tea.Msg {
		_, _ = picture.draw("") // in a folder that only the user can read; nothing else can be done
		return nil
	}
}

// result takes the end of a command.
func (m *Model) result(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case actedMsg:
		m.tell(msg.done, msg.err)
	case finishedMsg:
		if m.status.text == msg.doing {
			m.status = status{}
		}
		m.finished(msg.done, msg.err)
	case settingsMsg:
		return m.settingsCame(msg)
	case lookKeptMsg:
		return m.lookKept(msg)
	case errandMsg:
		m.errandCame(msg)
	case begunMsg:
		m.pairingBegun(msg)
	case phoneCodeMsg:
		msg.page.Busy, msg.page.Problem = "", errorText(msg.err)
	case renamedMsg:
		m.renamed(msg)
	case pictureMsg:
		return m.pictureDrawn(msg)
	case readMsg:
		return m.numbersRead(msg)
	case sentMsg:
		m.messageSent(msg)
	case touredMsg:
		m.toured(msg)
	case contactsMsg:
		m.contactsCame(msg)
	case pastMsg:
		return m.pastCame(msg)
	case pastDueMsg:
		return m.pastDue(msg)
	case storedMsg:
		m.storedCame(msg)
	case reportedMsg:
		m.reported(msg)
	case playMsg:
		return m.played(msg)
	case demoEndedMsg:
		if msg.err != nil {
			m.tell("", fmt.Errorf("the demo: %w", msg.err))
		}
	}
	return nil
}

// tell says how something ended. Good news goes by itself, bad news stays until a key.
func (m *Model) tell(done string, err error) {
	switch {
	case err != nil:
		m.say(&m.opts.Theme.Broken, "✖ "+errorText(err), 0)
		m.note(false, errorText(err))
	case done != "":
		m.say(&m.opts.Theme.Healthy, done, statusLife)
		m.note(true, done)
	default:
		m.status = status{}
	}
}

// errorText is an error in words for the screen.
func errorText(err error) string {
	var failed *session.OperationError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &failed) && errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("%s on %s: no answer within %s (%s, ws %s, breaker %s)", failed.Operation, widget.Clean(failed.Session),
			widget.Countdown(failed.Operation.Timeout()), failed.State, failed.Ready, failed.Breaker)
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer within " + widget.Countdown(actionTime) + ": " + widget.Clean(err.Error())
	default:
		return widget.Clean(err.Error())
	}
}
