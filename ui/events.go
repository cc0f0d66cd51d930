package ui

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// journalTime bounds a look at the stored events.
const journalTime = 10 * time.Second

// storedMsg is what was read of the stored events, for the page that asked.
type storedMsg struct {
	page   *page.Events
	read   *page.EventsRead
	events []vital.StoredEvent
	index  int
	err    error
}

// eventsActions are those of the events page.
func eventsActions() []action {
	picked := func(_ *Model, e *page.Events) bool { _, ok := e.Picked(); return ok }
	return []action{
		on(action{name: "media", keys: []string{"d"}, words: "download the media of the event", short: "media", rank: 1},
			func(m *Model, e *page.Events) tea.Cmd {
				picked, _ := e.Picked()
				return m.download(picked)
			}, func(_ *Model, e *page.Events) bool {
				picked, ok := e.Picked()
				return ok && page.MediaOf(picked) != ""
			}),
		on(action{name: "filter", keys: []string{"/"}, words: "only events of a session, kind, level, or with a text in them", short: "filter", rank: 2},
			func(_ *Model, e *page.Events) tea.Cmd { e.AskFilter(); return nil }),
		on(action{name: "open", keys: []string{"enter"}, words: "the whole event, as JSON, or close it", short: "open", rank: 3},
			func(_ *Model, e *page.Events) tea.Cmd { e.Open(); return nil },
			func(_ *Model, e *page.Events) bool { return e.CanOpen() }),
		on(action{name: "pause", keys: []string{" "}, words: "stand still, or follow the newest", short: "pause", rank: 4},
			func(_ *Model, e *page.Events) tea.Cmd { e.Pause(); return nil }),
		on(action{name: "go-to-time", keys: []string{"t"}, words: "go to a time: 14:02, -2h, a day", short: "go to", rank: 5},
			func(_ *Model, e *page.Events) tea.Cmd { e.AskTime(); return nil }),
		on(action{name: "export", keys: []string{"x"}, words: "write what the filter lets through into a file, as JSON lines", short: "export", rank: 6}, exportEvents),
		on(action{name: "copy", keys: []string{"y"}, words: "copy the event as JSON", short: "copy", rank: 7}, copyEvent, picked,
			func(m *Model, _ *page.Events) bool { return m.opts.Copy != nil }),
		on(action{name: "frames", keys: []string{"f"}, words: "tell the stanzas of the event's session, or of the selected one, for ten minutes; or no more", short: "frames", rank: 8},
			func(m *Model, e *page.Events) tea.Cmd { return m.switchFrames(m.framed(e)) },
			func(m *Model, e *page.Events) bool { return m.framed(e) != nil }),
		on(action{name: "more", keys: []string{"J", "shift+down"}, words: "the rest of the open event", short: "more", rank: 1},
			func(_ *Model, e *page.Events) tea.Cmd { e.ScrollOpen(eventStep); return nil }, hasMore),
		on(action{name: "less", keys: []string{"K", "shift+up"}, words: "the beginning of the open event", short: "less", rank: 9},
			func(_ *Model, e *page.Events) tea.Cmd { e.ScrollOpen(-eventStep); return nil }, hasMore),
		on(action{name: "accept", keys: []string{"enter"}, words: "take what was typed", short: "keep the filter", rank: 1, mode: typing},
			func(m *Model, e *page.Events) tea.Cmd { e.Accept(); return nil }),
	}
}

// eventStep is how many lines of an open event are turned at a time.
const eventStep = 5

func hasMore(_ *Model, e *page.Events) bool { return e.HasMore() }

// openEvents puts the page of events in front.
func openEvents(m *Model, _ *page.Dashboard) tea.Cmd {
	m.push(page.NewEvents(m.opts.Theme, &m.sessions, &m.events, func() time.Time { return m.clock() }, m.opts.Journal != nil))
	return nil
}

// followEvents reads what the page in front wants of the stored events.
func (m *Model) followEvents() tea.Cmd {
	e, ok := m.front().(*page.Events)
	if !ok || m.opts.Journal == nil {
		return nil
	}
	read := e.Wants()
	if read == nil {
		return nil
	}
	ctx, journal := m.ctx, m.opts.Journal
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, journalTime)
		defer cancel()
		msg := storedMsg{page: e, read: read}
		switch read.Way {
		case page.EventsAround:
			msg.events, msg.index, msg.err = journal.EventsAround(ctx, read.Filter, read.From.Time, page.EventsAtOnce)
		case page.EventsNewer:
			msg.events, msg.err = journal.EventsAfter(ctx, read.Filter, read.From, page.EventsAtOnce)
		case page.EventsOlder:
			msg.events, msg.err = journal.EventsBefore(ctx, read.Filter, read.From, page.EventsAtOnce)
		}
		return msg
	}
}

func (m *Model) storedCame(msg storedMsg) {
	problem := ""
	switch {
	case errors.Is(msg.err, context.DeadlineExceeded):
		problem = "the stored events were not read within " + widget.Countdown(journalTime) + ": " + m.keyOf("up") + " tries again"
	case msg.err != nil:
		problem = "the stored events cannot be read: " + errorText(msg.err) + "; " + m.keyOf("up") + " tries again"
	}
	msg.page.Came(msg.read, msg.events, msg.index, problem)
}

// copyEvent puts the picked event onto the clipboard.
func copyEvent(m *Model, e *page.Events) tea.Cmd {
	picked, _ := e.Picked()
	text, put := string(picked.IndentedJSON()), m.opts.Copy
	return m.act("copying", "the event is on the clipboard, if the terminal allows it", func(context.Context) error { return put(text) })
}

// framed is the session whose frames the key switches: that of the picked event, else the one that is selected on the dashboard; nil for none.
func (m *Model) framed(e *page.Events) *vital.Snapshot {
	if picked, ok := e.Picked(); ok && picked.Session != 0 {
		return m.sessions.Session(picked.Session)
	}
	return m.dashboard.Selected()
}
