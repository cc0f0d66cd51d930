package ui

import (
	"context"
	"os/exec"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// Options is what the dashboard works with. Sessions, Updates and Theme are needed.
type Options struct {
	Sessions   Sessions
	Updates    Updates
	Numbers    Numbers // nil: numbers cannot be checked
	Jobs       Jobs    // nil: files cannot
	Region     string  // where numbers without their country's code are from, two letters; "" for nowhere
	Theme      *widget.Theme
	Simulation bool               // the server is a simulator: said on the screen all the time
	Past       []vital.Event      // of earlier runs, oldest first: the stream of events begins with them
	Notices    []string           // what a person should know at the start
	Demo       func() *exec.Cmd   // runs the demo in a process of its own; nil: there is none
	Copy       func(string) error // puts text onto the person's clipboard
}

// screen is which page fills the window.
type screen uint8

const (
	onDashboard screen = iota
	onPairing
	onEvents
	onHelp
	onPrompt
	onContacts
)

// Model is the root model. Bubble Tea calls it from one goroutine.
type Model struct {
	ctx   context.Context // of what keys ask for; ends with the program
	opts  Options
	keys  keyMap
	clock func() time.Time
	tick  func(time.Duration, func(time.Time) tea.Msg) tea.Cmd

	width, height int
	screen        screen
	dashboard     *page.Dashboard
	pairing       *page.Pairing
	help          page.Help
	prompt        *page.Prompt // kept while other pages are shown: answers may come
	contacts      *page.Contacts
	dialog        *page.Dialog
	message       *page.Message
	answers       *answerQueue
	listening     bool // for answers
	feed          *jobFeed
	feeding       bool // news of a job are waited for
	endJob        context.CancelFunc
	owner         owner // of what must not be left half done
	status        status
	picture       pictureFile

	frame     string
	dirty     bool      // frame is not what the screen should show
	drawn     time.Time // when frame was
	tickEvery time.Duration
	tickSeq   uint64
}

// status is one line of news above everything else in the footer.
type status struct {
	text  string
	style lipgloss.Style
	until time.Time // zero: until the next key
}

// New returns the model. Ctx bounds what keys ask for.
func New(ctx context.Context, opts Options) *Model {
	m := &Model{
		ctx: ctx, opts: opts, keys: newKeyMap(), clock: time.Now, tick: tickWithin(ctx), dashboard: page.NewDashboard(opts.Theme), dirty: true,
		prompt: page.NewPrompt(opts.Theme, opts.Region), answers: newAnswerQueue(), feed: newJobFeed(),
	}
	m.help = page.Help{Theme: opts.Theme, Keys: m.keys.dashboardHelp()}
	if len(opts.Notices) > 0 {
		m.say(opts.Theme.Working, strings.Join(opts.Notices, "; "), noticeLife)
	}
	m.dashboard.Put(opts.Sessions.Snapshots())
	m.dashboard.Events.Add(0, opts.Past)
	return m
}

// Init arms the one command that waits for news.
func (m *Model) Init() tea.Cmd { return tea.Batch(m.watch(), m.armTick()) }

// Update takes one message. It does no I/O.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height, m.dirty = msg.Width, msg.Height, true
	case updatesMsg:
		cmd = tea.Batch(m.apply(msg), m.watch())
	case tickMsg:
		if msg.seq != m.tickSeq {
			return m, nil
		}
		m.tickEvery = 0
		m.dirty = true
		m.expireStatus()
	case tea.KeyMsg:
		if msg.Type == tea.KeyRunes && m.full() {
			return m, nil // the rest of a megabyte that was pasted as keys: nothing changes, so nothing is drawn
		}
		m.dirty = true
		cmd = m.keysPressed(msg)
	case tea.MouseMsg:
		m.mouse(msg)
	case answersMsg:
		cmd = m.answersCame(msg)
	case jobNewsMsg:
		cmd = m.jobNews(msg)
	default:
		m.dirty = true
		cmd = m.result(msg)
	}
	return m, tea.Batch(cmd, m.armTick())
}

// typist is what takes text.
type typist interface {
	Types() bool
	Full() bool
}

// typist is what is in front and may take text; nil if nothing there does.
func (m *Model) typist() typist {
	switch {
	case m.dialog != nil:
		return m.dialog
	case m.message != nil:
		return m.message
	case m.screen == onPairing:
		return m.pairing
	case m.screen == onPrompt:
		return m.prompt
	case m.screen == onContacts:
		return m.contacts
	default:
		return nil
	}
}

// types says whether keys are text now.
func (m *Model) types() bool {
	t := m.typist()
	return t != nil && t.Types()
}

// full says whether text has no place left where it would go.
func (m *Model) full() bool {
	t := m.typist()
	return t != nil && t.Full()
}

// keysPressed hands keys to what is in front, one by one: those pressed in quick succession, or delayed on a slow line, come as one message. Text stays
// whole, pasted or typed.
func (m *Model) keysPressed(msg tea.KeyMsg) tea.Cmd {
	if msg.Type != tea.KeyRunes || msg.Paste || len(msg.Runes) < 2 || m.types() {
		return m.key(msg)
	}
	cmds := make([]tea.Cmd, 0, len(msg.Runes))
	for _, r := range msg.Runes {
		cmds = append(cmds, m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: msg.Alt}))
	}
	return tea.Batch(cmds...)
}

// key hands a key to what is in front.
func (m *Model) key(msg tea.KeyMsg) tea.Cmd {
	if key.Matches(msg, m.keys.Interrupt) {
		return tea.Quit
	}
	m.status = status{}
	switch {
	case m.dialog != nil:
		return m.dialogKey(msg)
	case m.message != nil:
		return m.messageKey(msg)
	case m.screen == onPrompt:
		return m.promptKey(msg)
	case m.screen == onContacts:
		return m.contactsKey(msg)
	case m.screen == onPairing:
		return m.pairingKey(msg)
	case m.screen == onHelp:
		return m.helpKey(msg)
	case m.screen == onEvents:
		return m.eventsKey(msg)
	default:
		return m.dashboardKey(msg)
	}
}

// apply takes what came from the sessions.
func (m *Model) apply(u updatesMsg) tea.Cmd {
	m.dirty = true
	m.dashboard.Put(u.batch.Snapshots)
	m.dashboard.Events.Add(u.batch.Gap, u.batch.Events)
	if m.message != nil {
		for _, e := range u.batch.Events {
			m.message.Put(e, m.clock())
		}
	}
	if m.pairing == nil {
		return nil
	}
	before := m.pairing.Payload()
	for _, s := range u.batch.Snapshots {
		m.pairing.Put(s)
	}
	if m.pairing.Picture != "" && m.pairing.Payload() != before {
		return m.redrawPicture()
	}
	return nil
}

func (m *Model) say(style lipgloss.Style, text string, life time.Duration) {
	m.status = status{text: text, style: style}
	if life > 0 {
		m.status.until = m.clock().Add(life)
	}
}

func (m *Model) expireStatus() {
	if !m.status.until.IsZero() && !m.clock().Before(m.status.until) {
		m.status = status{}
	}
}

// hasClock says whether something on the screen changes with every second.
func (m *Model) hasClock() bool {
	switch {
	case !m.status.until.IsZero():
		return true
	case m.screen == onPairing:
		return m.pairing.HasClock()
	case m.screen == onDashboard:
		return m.dashboard.HasClock(m.clock())
	default:
		return false
	}
}

// armTick arms the clock: at the next second while one is on the screen, else at the next minute, when ages change. One tick is under way at
// any time; a slower one that a faster one replaces is ignored when it comes.
func (m *Model) armTick() tea.Cmd {
	every := time.Minute
	if m.hasClock() {
		every = time.Second
	}
	if m.tickEvery != 0 && m.tickEvery <= every {
		return nil
	}
	m.tickEvery = every
	m.tickSeq++
	seq := m.tickSeq
	return m.tick(untilNext(m.clock(), every), func(time.Time) tea.Msg { return tickMsg{seq} })
}

// tickWithin is tea.Tick, but for that it ends with ctx.
func tickWithin(ctx context.Context) func(time.Duration, func(time.Time) tea.Msg) tea.Cmd {
	return func(d time.Duration, then func(time.Time) tea.Msg) tea.Cmd {
		return func() tea.Msg {
			timer := time.NewTimer(d)
			defer timer.Stop()
			select {
			case at := <-timer.C:
				return then(at)
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// untilNext is the time to the next whole second, or minute, of the clock.
func untilNext(now time.Time, every time.Duration) time.Duration {
	return every - time.Duration(now.UnixNano())%every
}
