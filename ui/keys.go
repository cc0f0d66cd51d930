package ui

import (
	"github.com/charmbracelet/bubbles/key"

	"github.com/wapulse/wapulse/ui/page"
)

// keyMap is every key of the program, in the one place where keys are named.
type keyMap struct {
	Up, Down, Top, Bottom, PageUp, PageDown key.Binding

	Pair, StartStop, Reconnect, Logout, Rename, Delete key.Binding

	Check, Ping, Message, Contacts key.Binding

	Copy, Events, Demo, Help, Quit, Interrupt key.Binding

	Accept, Back, Yes key.Binding

	Focus, Older, Newer, Fresh, Filter, StopJob, Media key.Binding

	PhoneCode, Picture key.Binding
}

func newKeyMap() keyMap {
	bind := func(shown, does string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
	}
	return keyMap{
		Up:       bind("↑ k", "the session above", "up", "k"),
		Down:     bind("↓ j", "the session below", "down", "j"),
		Top:      bind("g", "the first session", "g", "home"),
		Bottom:   bind("G", "the last session", "G", "end"),
		PageUp:   bind("PgUp", "a page up", "pgup", "ctrl+b"),
		PageDown: bind("PgDn", "a page down", "pgdown", "ctrl+f"),

		Pair:      bind("p", "pair a phone", "p"),
		StartStop: bind("s", "start or stop the session", "s"),
		Reconnect: bind("r", "reconnect: a new socket, at once", "r"),
		Logout:    bind("L", "log out: the phone forgets this device", "L"),
		Rename:    bind("R", "rename the session", "R"),
		Delete:    bind("D", "delete the session", "D"),

		Check:    bind("c", "check numbers: are they on WhatsApp?", "c"),
		Ping:     bind("i", "ping the server now", "i"),
		Message:  bind("m", "send a text message", "m"),
		Contacts: bind("o", "contacts of the session", "o"),

		Copy:      bind("y", "copy the vitals as text", "y"),
		Events:    bind("e", "events on the whole screen", "e"),
		Demo:      bind("d", "the demo", "d"),
		Help:      bind("?", "keys and words", "?"),
		Quit:      bind("q", "quit; sessions come back at the next start", "q"),
		Interrupt: bind("ctrl+c", "quit from anywhere", "ctrl+c"),

		Accept: bind("⏎", "accept", "enter"),
		Back:   bind("esc", "back", "esc"),
		Yes:    bind("y", "yes", "y"),

		Focus:  bind("tab", "the other part of the page", "tab", "shift+tab"),
		Older:  bind("↑", "the line before", "up", "ctrl+p"),
		Newer:  bind("↓", "the line after", "down", "ctrl+n"),
		Fresh:  bind("r", "ask afresh", "r"),
		Filter: bind("/", "filter", "/"),

		StopJob: bind("x", "stop the job", "x"),
		Media:   bind("d", "download the media", "d"),

		PhoneCode: bind("c", "phone code instead of the QR code", "c"),
		Picture:   bind("g", "the QR code as a PNG file", "g"),
	}
}

// dashboardHelp is what the help page lists.
func (k keyMap) dashboardHelp() []page.KeyHelp {
	var list []page.KeyHelp
	for _, b := range []key.Binding{
		k.Up, k.Down, k.Top, k.Bottom, k.Pair, k.Check, k.Events, k.StartStop, k.Reconnect, k.Ping, k.Message, k.Contacts,
		k.Logout, k.Rename, k.Delete, k.Copy, k.Help, k.Quit, k.Interrupt,
	} {
		list = append(list, page.KeyHelp{Key: b.Help().Key, Does: b.Help().Desc})
	}
	list = append(list, page.KeyHelp{Key: k.Media.Help().Key, Does: "download the media of the event under ↑↓ (on e)"},
		page.KeyHelp{Key: k.StopJob.Help().Key, Does: "stop the file that is checked (on c)"})
	return append(list, page.KeyHelp{Key: "mouse", Does: "click selects, the wheel scrolls"})
}

// footer is the short form: what matters most, in the order in which it is dropped from the end on narrow screens.
func (k keyMap) footer(sessions int, checks bool) []page.KeyHelp {
	list := []page.KeyHelp{{Key: "p", Does: "pair"}}
	if checks {
		list = append(list, page.KeyHelp{Key: "c", Does: "check"})
	}
	if sessions > 0 {
		list = append([]page.KeyHelp{{Key: "↑↓", Does: "select"}}, list...)
		list = append(list, page.KeyHelp{Key: "s", Does: "start/stop"}, page.KeyHelp{Key: "r", Does: "reconnect"})
	}
	list = append(list, page.KeyHelp{Key: "?", Does: "help"}, page.KeyHelp{Key: "q", Does: "quit"})
	if sessions > 0 {
		list = append(list, page.KeyHelp{Key: "e", Does: "events"}, page.KeyHelp{Key: "i", Does: "ping"}, page.KeyHelp{Key: "m", Does: "message"},
			page.KeyHelp{Key: "o", Does: "contacts"}, page.KeyHelp{Key: "L", Does: "log out"}, page.KeyHelp{Key: "R", Does: "rename"},
			page.KeyHelp{Key: "D", Does: "delete"}, page.KeyHelp{Key: "y", Does: "copy"})
	}
	return list
}
