package ui

import (
	"fmt"
	"os/exec"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
)

// conditions are scenes of what pages are in now and then: nothing is there, it is waited for, it failed, it is more than has room.
func conditions() map[string]scene {
	return map[string]scene{
		"welcome-demo": {
			opts: func() Options { return Options{Demo: func() *exec.Cmd { return exec.Command("true") }} }, sessions: nobody, bare: true, play: func(*bench) {},
		},
		"dashboard-quiet":       {bare: true, play: func(*bench) {}},
		"dashboard-many":        {sessions: crowd, play: func(b *bench) { b.keys(strings.Repeat("j", 45), "S", "S", "S") }},
		"dashboard-filter-none": {play: func(b *bench) { b.keys("/", "of which there is none") }},
		"dashboard-said":        {opts: simulation, play: func(b *bench) { b.keys("i") }},
		"dashboard-refused":     {play: func(b *bench) { b.sessions.err = errRefused; b.keys("s") }},
		"dashboard-toast":       {play: func(b *bench) { b.keys("/", "new-"); b.publish(pairedNow()) }},
		"dashboard-objections": {
			opts: func() Options {
				return Options{Notices: []string{"the log cannot be written"}, Objections: []string{"config.toml, line 3: odd"}}
			}, play: func(*bench) {},
		},

		"pair-asking":  {play: func(b *bench) { b.keys("p", "sales-br"); b.unanswered(tea.KeyEnter) }},
		"pair-refused": {play: func(b *bench) { b.sessions.err = errRefused; b.keys("p", "sales-br", "enter") }},
		"pair-login": {play: func(b *bench) {
			b.keys("G", "p", "enter")
			scanned := *b.sessions.list[5]
			scanned.Version, scanned.Pairing = 9, &vital.Pairing{Scanned: true}
			scanned.Identity = vital.Identity{JID: "4915123456789:1@s.whatsapp.net", Phone: "+4915123456789"}
			b.publish(&scanned)
		}},
		"pair-picture": {play: func(b *bench) {
			b.keys("G", "p", "enter")
			b.model.stack[1].(*page.Pairing).Picture = "/run/user/1000/wapulse-318/wapulse-code.png"
		}},
		"pair-number":  {play: func(b *bench) { b.keys("G", "p", "enter", "c", "0812") }},
		"pair-no-code": {play: func(b *bench) { b.keys("G", "p", "enter", "c"); b.sessions.err = errRefused; b.keys("0812", "enter") }},

		"events-empty":   {bare: true, play: func(b *bench) { b.keys("e") }},
		"events-reading": {opts: aJournal(nil), play: func(b *bench) { b.keys("e", "t", "-2h"); b.unanswered(tea.KeyEnter) }},
		"events-unread":  {opts: aJournal(errRefused), play: func(b *bench) { b.keys("e", "t", "-2h", "enter") }},
		"events-paused": {bare: true, play: func(b *bench) {
			_, live := hourOf()
			b.send(updatesMsg{session.Batch{Events: live[:400]}})
			b.keys("e", "up", "up")
			b.send(updatesMsg{session.Batch{Events: live[400:], Gap: 3}})
		}},

		"help-scrolled": {play: func(b *bench) { b.keys("?"); b.model.View(); b.keys("G") }},
		"help-typing":   {play: func(b *bench) { b.keys("c"); b.send(tea.KeyMsg{Type: tea.KeyF1}) }},
		"help-session":  {play: func(b *bench) { b.keys("enter", "?", "?") }},

		"contacts-loading": {play: func(b *bench) { b.unanswered(tea.KeyRunes, 'o') }},

		"message-wrong":   {play: func(b *bench) { b.keys("m", "12", "enter") }},
		"message-sending": {play: func(b *bench) { b.keys("m", "+6281260268381", "enter", "hello"); b.unanswered(tea.KeyEnter) }},
		"message-long": {play: func(b *bench) {
			b.keys("m", "+6281260268381", "tab")
			b.paste(strings.Repeat("all that there is to say, ", 30))
		}},

		"prompt-many": {play: func(b *bench) {
			var numbers strings.Builder
			for i := range 90 {
				fmt.Fprintf(&numbers, "+49151234567%02d\n", i)
			}
			b.keys("c")
			b.paste(numbers.String())
			b.neverAnswered()
			b.keys("tab", strings.Repeat("j", 40))
		}},

		"rename-refused": {play: func(b *bench) { b.sessions.err = errRefused; b.keys("R", "-2", "enter") }},
		"marks-logout":   {play: func(b *bench) { b.keys("*", "L") }},
		"marks-working":  {sessions: crowd, play: func(b *bench) { b.keys("*"); b.halfWay() }},
		"marks-crowd":    {sessions: crowd, play: func(b *bench) { b.sessions.err = errRefused; b.keys("*", "i") }},
		"palette-all":    {play: func(b *bench) { b.keys(":"); b.move(tea.KeyDown, 14) }},
		"palette-none":   {play: func(b *bench) { b.keys(":", "xyzzy") }},
		"notes-many": {play: func(b *bench) {
			for i := range 250 {
				b.model.tell(fmt.Sprintf("note %d", i), nil)
			}
			b.keys("n", "jjj")
		}},

		"faults-all":   {play: func(b *bench) { b.rehearse(); b.keys("*", "f", "tab") }},
		"fault-caused": {play: func(b *bench) { b.rehearse(); b.keys("f", "down", "enter") }},
		"tour-refused": {play: func(b *bench) { b.rehearse().err = errRefused; b.keys("t", "enter") }},
		"tour-heals":   {play: func(b *bench) { b.rehearse(); b.keys("t", "enter"); b.publish(lost(b)); b.unanswered(tea.KeyEnter) }},
		"tour-ends": {play: func(b *bench) {
			b.rehearse()
			b.keys("t", "enter")
			gone := *b.sessions.list[0]
			gone.Version, gone.Removed = 99, true
			b.publish(&gone)
		}},
		"replay-plays": {opts: aReplay, sessions: nobody, bare: true, play: func(b *bench) { b.keys("g", "]", " ") }},
		"replay-help":  {opts: aReplay, sessions: nobody, bare: true, play: func(b *bench) { b.keys("?", "?") }},
	}
}

func simulation() Options { return Options{Simulation: true} }

// aJournal is one of which every look ends so.
func aJournal(err error) func() Options {
	return func() Options { return Options{Journal: &fakeJournal{err: err}} }
}

// crowd is more sessions than have room.
func crowd() []*vital.Snapshot {
	var list []*vital.Snapshot
	for i := range 60 {
		s := *cast()[i%5]
		s.ID, s.Name = vital.SessionID(i+1), fmt.Sprintf("%s-%02d", s.Name, i)
		list = append(list, &s)
	}
	return list
}

// pairedNow is the one of the cast that waits for a phone, when there is one.
func pairedNow() *vital.Snapshot {
	s := *cast()[5]
	s.Version++
	s.Identity = vital.Identity{JID: "491512345678:3@s.whatsapp.net", Phone: "+4915123456789"}
	return &s
}

// unanswered presses a key of which nothing comes.
func (b *bench) unanswered(key tea.KeyType, runes ...rune) {
	b.model.Update(tea.KeyMsg{Type: key, Runes: runes})
}

func (b *bench) move(key tea.KeyType, times int) {
	for range times {
		b.send(tea.KeyMsg{Type: key})
	}
}

// halfWay is an errand on all sessions, half of which are done, one of them in vain.
func (b *bench) halfWay() {
	e := &errand{doing: "pinging", done: "have an answer", total: len(b.sessions.list)}
	for i := range e.total / 2 {
		var err error
		if i == 3 {
			err = errRefused
		}
		b.send(errandMsg{e, b.sessions.list[i].Name, err})
	}
}
