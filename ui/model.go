package ui

import (
	"context"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/graphics"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// Options is what the dashboard works with. Sessions, Updates and Theme are needed; with a Replay, Theme alone.
type Options struct {
	Sessions   Sessions
	Updates    Updates
	History    History // nil: nothing stored is shown
	Numbers    Numbers // nil: numbers cannot be checked
	Jobs       Jobs    // nil: files cannot
	Journal    Journal // nil: there are no events but those that come
	Reports    Reports // nil: none can be written
	Replay     *Replay // shown in the place of sessions; nil: none
	Region     string  // where numbers without their country's code are from, two letters; "" for nowhere
	Theme      *widget.Theme
	Graphics   graphics.Question   // what the terminal may be asked of pictures
	Simulation bool                // the server is a simulator: said on the screen all the time
	Past       []vital.Event       // of earlier runs, oldest first: the stream of events begins with them
	Notices    []string            // what a person should know at the start
	Demo       func() *exec.Cmd    // runs the demo in a process of its own; nil: there is none
	Faults     Faults              // what can be made to go wrong; nil: nothing, as the server is none of ours
	Copy       func(string) error  // puts text onto the person's clipboard
	Keys       map[string][]string // that take the place of the usual ones, by the names of actions; CheckKeys says what is wrong with them
	FPS        int                 // frames a second at most; 0 for as many as are of use
	Objections []string            // what is wrong with settings that are used all the same; nil: what CheckKeys says
	Notify     Notify
	// Notification is a sequence for which the terminal shows a text on the desktop; nil: there is none.
	Notification func(text string) string
	// Look is how the list of sessions was left, as KeepLook was told; "" for the usual.
	Look string
	// KeepLook remembers it; nil: it is forgotten with the dashboard.
	KeepLook func(ctx context.Context, look string) error
	// Reload reads the settings again: now if the person asks, else it waits until they have changed, or until ctx ends, which is neither changed nor an error.
	// The two may be called at the same time. nil: the settings stay.
	Reload func(ctx context.Context, asked bool) (s Settings, changed bool, err error)
	// AskBackground asks the terminal for its background colour, by OSC 11; the theme is made for what it answers, if it does. nil: it is not asked.
	AskBackground func() error
}

// Model is the root model. Bubble Tea calls it from one goroutine.
type Model struct {
	ctx     context.Context // of what keys ask for; ends with the program
	opts    Options
	actions []action
	keys    keyMap
	clock   func() time.Time
	tick    func(time.Duration, func(time.Time) tea.Msg) tea.Cmd

	width, height int
	stack         []page.Page // the newest in front; the dashboard is the first
	sessions      page.SessionList
	events        page.EventLog
	notes         page.NoteLog
	dashboard     *page.Dashboard
	prompt        *page.Prompt // kept while it is not on the stack: answers may come
	answers       *answerQueue
	listening     bool // for answers
	feed          *jobFeed
	feeding       bool // news of a job are waited for
	endJob        context.CancelFunc
	owner         owner // of what must not be left half done
	status        status
	picture       pictureFile
	asking        asking
	graphics      graphics.Terminal // what is known of its pictures
	pictured      graphics.Terminal // that has shown one
	toast         toast
	terminal      *output
	pace          *pace

	kept       string // the look that is remembered
	keeping    bool   // it is being remembered
	background backgroundReply

	wrongSettings string // what was said of a bad config file last

	frame     string
	dirty     bool // frame is not what the screen should show
	tickEvery time.Duration
	tickSeq   uint64
	playSeq   uint64   // of what plays a recording
	footed    []footed // what stands in the footer
	missedAt  page.Span
	frontArea area // of the body, where the page in front is
}

// area is a part of the screen.
type area struct{ left, top, width, height int }

// footed is an action in the footer, and where.
type footed struct {
	action *action
	at     page.Span
}

// status is one line of news above everything else in the footer.
type status struct {
	text  string
	style *lipgloss.Style // of the theme, which may get other looks meanwhile
	until time.Time       // zero: until the next key
}

// New returns the model. Ctx bounds what keys ask for.
func New(ctx context.Context, opts Options) *Model {
	keys, conflicts := newKeyMap(opts.Keys)
	if len(opts.Objections) == 0 {
		for _, c := range conflicts {
			opts.Objections = append(opts.Objections, c.String())
		}
	}
	m := &Model{
		ctx: ctx, opts: opts, actions: actionsOf(opts), keys: keys, clock: time.Now, tick: tickWithin(ctx), dirty: true,
	}
	opts.Theme.NameKeys(m.keyOf)
	m.terminal = &output{to: io.Discard}
	m.pace = newPace(opts.FPS, m.terminal.written)
	m.answers, m.feed = newAnswerQueue(m.pace), newJobFeed(m.pace)
	m.dashboard = page.NewDashboard(opts.Theme, &m.sessions, &m.events)
	m.dashboard.SetLook(opts.Look)
	m.kept = m.dashboard.Look()
	m.dashboard.HasDemo = opts.Demo != nil
	m.prompt = page.NewPrompt(opts.Theme, &m.sessions, opts.Region)
	m.stack = []page.Page{m.dashboard}
	if opts.Replay != nil {
		m.stack = []page.Page{page.NewReplay(opts.Theme, opts.Replay.Recording)}
	}
	m.object(opts.Objections)
	if len(opts.Notices) > 0 {
		m.say(&opts.Theme.Working, strings.Join(slices.Concat(opts.Notices, opts.Objections), "; "), noticeLife)
	}
	if opts.Replay == nil {
		m.news(opts.Sessions.Snapshots(), 0, opts.Past)
	}
	return m
}

// Init arms the one command that waits for news.
func (m *Model) Init() tea.Cmd {
	if m.opts.Replay != nil { // nothing happens any more
		return m.armTick()
	}
	return tea.Batch(m.watch(), m.armTick(), m.retitle(), m.askBackground(), m.reload(false))
}

// Update takes one message. It does no I/O.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height, m.dirty = msg.Width, msg.Height, true
		m.terminal.thin.forget()
		if _, pairs := find[*page.Pairing](m); pairs {
			cmd = m.askGraphics()
		}
	case graphicsMsg:
		cmd = m.graphicsKnown(msg)
	case updatesMsg:
		cmd = tea.Batch(m.apply(msg), m.watch())
	case tickMsg:
		if msg.seq != m.tickSeq {
			return m, nil
		}
		m.tickEvery = 0
		m.dirty = m.dirty || m.pace.afford()
		m.expireStatus()
		m.expireToast()
	case tea.KeyMsg:
		if msg.Type == tea.KeyRunes && m.full() {
			return m, nil // the rest of a megabyte that was pasted as keys: nothing changes, so nothing is drawn
		}
		keys, background := m.background.take(msg)
		m.backgroundIs(background)
		for _, key := range keys {
			m.dirty = true
			cmd = tea.Batch(cmd, m.keysPressed(key))
		}
	case tea.MouseMsg:
		cmd = m.mouse(msg)
	case answersMsg:
		cmd = m.answersCame(msg)
	case jobNewsMsg:
		cmd = m.jobNews(msg)
	default:
		m.dirty = true
		cmd = m.result(msg)
	}
	return m, tea.Batch(cmd, m.followEvents(), m.armTick())
}

// full says whether text has no place left where it would go.
func (m *Model) full() bool {
	t, ok := m.front().(page.Typist)
	return ok && t.Full()
}

// keysPressed hands keys to what is in front, one by one: those pressed in quick succession, or delayed on a slow line, come as one message. Text stays
// whole, pasted or typed.
func (m *Model) keysPressed(msg tea.KeyMsg) tea.Cmd {
	if msg.Type != tea.KeyRunes || msg.Paste || len(msg.Runes) < 2 || typesOn(m.front()) {
		return m.key(msg)
	}
	cmds := make([]tea.Cmd, 0, len(msg.Runes))
	for _, r := range msg.Runes {
		cmds = append(cmds, m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: msg.Alt}))
	}
	return tea.Batch(cmds...)
}

// key does what a key means on the page in front: the first action that has it, or else it is the page's. Text that is typed is never an action.
func (m *Model) key(msg tea.KeyMsg) tea.Cmd {
	front := m.front()
	types := typesOn(front)
	m.status = status{}
	if text := (msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace) && !msg.Alt; !msg.Paste && !(types && text) {
		for i := range m.actions {
			if a := &m.actions[i]; key.Matches(msg, m.keys[a.name]) && a.applies(m, front) {
				return a.do(m, front)
			}
		}
	}
	if t, ok := front.(page.Typist); ok && types {
		t.Key(msg)
	} else if c, ok := front.(page.Catcher); ok {
		c.Catch(msg)
	}
	return nil
}

// apply takes what came from the sessions.
func (m *Model) apply(u updatesMsg) tea.Cmd {
	m.dirty = true
	p, pairs := find[*page.Pairing](m)
	before := ""
	if pairs {
		before = p.Payload()
	}
	cmd := m.news(u.batch.Snapshots, u.batch.Gap, u.batch.Events)
	if pairs && p.Picture != "" && p.Payload() != before {
		return tea.Batch(cmd, m.redrawPicture(p))
	}
	return tea.Batch(cmd, m.freshPast())
}

// news tells all pages what has happened.
func (m *Model) news(snapshots []*vital.Snapshot, gap uint64, events []vital.Event) tea.Cmd {
	errors := m.noteErrors(snapshots)
	m.notePaired(snapshots)
	m.sessions.Put(snapshots)
	if gap > 0 {
		events = append([]vital.Event{page.NewGap(gapTime(events, m.clock()), gap)}, events...)
	}
	m.events.Add(events)
	news := page.News{Snapshots: snapshots, Events: events, Now: m.clock()}
	for _, p := range m.stack {
		p.Put(news)
	}
	return tea.Batch(m.alert(errors), m.retitle())
}

// gapTime is when events are missing: before those that came.
func gapTime(events []vital.Event, now time.Time) time.Time {
	if len(events) > 0 {
		return events[0].Time
	}
	return now
}

func (m *Model) say(style *lipgloss.Style, text string, life time.Duration) {
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
	if !m.status.until.IsZero() || !m.toast.until.IsZero() {
		return true
	}
	now := m.clock()
	return slices.ContainsFunc(m.stack[m.base():], func(p page.Page) bool { return p.HasClock(now) })
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
