package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// Replay is a recording to look at. There are no sessions then, and nothing that acts on them.
type Replay struct {
	Recording page.Recording
	About     string // what it is of, and which versions made it: one line
}

// playEvery is how often a recording that plays moves.
const playEvery = 100 * time.Millisecond

// playMsg is the clock's while a recording plays; began is when it was armed.
type playMsg struct {
	seq   uint64
	began time.Time
}

// replayActions are those of the replay page.
func replayActions() []action {
	slide := func(by time.Duration) func(*Model, *page.Replay) tea.Cmd {
		return func(_ *Model, r *page.Replay) tea.Cmd { r.Slide(by); return nil }
	}
	jump := func(by func(*page.Replay, int), direction int) func(*Model, *page.Replay) tea.Cmd {
		return func(_ *Model, r *page.Replay) tea.Cmd { by(r, direction); return nil }
	}
	move := func(to func(*page.Replay)) func(*Model, *page.Replay) tea.Cmd {
		return func(_ *Model, r *page.Replay) tea.Cmd { to(r); return nil }
	}
	return []action{
		on(action{name: "play", keys: []string{" "}, words: "play, or pause", short: "play", rank: 1}, (*Model).play),
		on(action{name: "earlier", keys: []string{"left", "h"}, words: "a second earlier", short: "second", with: "later", rank: 2}, slide(-time.Second)),
		on(action{name: "later", keys: []string{"right", "l"}, words: "a second later"}, slide(time.Second)),
		on(action{name: "previous-mark", keys: []string{"["}, words: "the transition or diagnosis before", short: "mark", with: "next-mark", rank: 3}, jump((*page.Replay).NextMark, -1)),
		on(action{name: "next-mark", keys: []string{"]"}, words: "the next transition or diagnosis"}, jump((*page.Replay).NextMark, 1)),
		on(action{name: "previous-event", keys: []string{",", "up", "k"}, words: "the event before", short: "event", with: "next-event", rank: 4}, jump((*page.Replay).NextEvent, -1)),
		on(action{name: "next-event", keys: []string{".", "down", "j"}, words: "the next event"}, jump((*page.Replay).NextEvent, 1)),
		on(action{name: "much-earlier", keys: []string{"shift+left", "H"}, words: "ten seconds earlier"}, slide(-10*time.Second)),
		on(action{name: "much-later", keys: []string{"shift+right", "L"}, words: "ten seconds later"}, slide(10*time.Second)),
		on(action{name: "page-up", keys: []string{"pgup", "ctrl+b"}, words: "a minute earlier"}, slide(-time.Minute)),
		on(action{name: "page-down", keys: []string{"pgdown", "ctrl+f"}, words: "a minute later"}, slide(time.Minute)),
		on(action{name: "top", keys: []string{"g", "home"}, words: "the beginning"}, move((*page.Replay).Start)),
		on(action{name: "bottom", keys: []string{"G", "end"}, words: "the end"}, move((*page.Replay).End)),
		on(action{name: "speed", keys: []string{"x"}, words: "play at ×1, ×10 or ×60", short: "speed", rank: 5}, move((*page.Replay).Faster)),
		on(action{name: "quit", keys: []string{"q"}, words: "quit", short: "quit", rank: generalRank + 2},
			func(*Model, *page.Replay) tea.Cmd { return tea.Quit }),
	}
}

func (m *Model) play(r *page.Replay) tea.Cmd {
	r.Play()
	m.playSeq++ // whatever was armed before counts no more
	return m.armPlay(r)
}

// armPlay lets the next step of a recording come, if it plays.
func (m *Model) armPlay(r *page.Replay) tea.Cmd {
	if !r.Plays() {
		return nil
	}
	next := playMsg{m.playSeq, m.clock()}
	return m.tick(playEvery, func(time.Time) tea.Msg { return next })
}

func (m *Model) played(msg playMsg) tea.Cmd {
	r, ok := find[*page.Replay](m)
	if !ok || msg.seq != m.playSeq {
		return nil
	}
	r.Advance(m.clock().Sub(msg.began))
	return m.armPlay(r)
}

// replayHeader says all the time that nothing of it is now.
func (m *Model) replayHeader() string {
	t := m.opts.Theme
	right := " " + t.Alert.Render("REPLAY") + " "
	room := m.width - widget.Width(right)
	return widget.Pad(" "+t.Strong.Render("wapulse")+"  "+t.Muted.Render(widget.Clean(m.opts.Replay.About)), room) + right
}
