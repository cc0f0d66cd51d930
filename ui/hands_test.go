package ui

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
)

// Columns are chosen in a box, the order by a key, and both are remembered; the filter is not.
func TestTheLookOfTheListIsRemembered(t *testing.T) {
	var kept []string
	opts := Options{KeepLook: func(_ context.Context, look string) error { kept = append(kept, look); return nil }}
	b := newBenchWith(t, 120, 40, termenv.Ascii, opts, cast()...)
	b.mustShow("phone", "breaker")
	b.keys("|", " ", "down", "down", "down", " ")
	b.mustShow("Columns", "▸   breaker")
	b.keys("enter", "S")
	if header := b.header(); strings.Contains(header, "phone") || strings.Contains(header, "breaker") || !strings.Contains(header, "health") {
		t.Errorf("the list has %q", header)
	}
	b.keys("/", "sales", "enter")
	want := `{"sort":"by name","hidden":["phone","breaker"]}`
	if len(kept) == 0 || kept[len(kept)-1] != want {
		t.Fatalf("remembered %q", kept)
	}
	again := newBenchWith(t, 120, 40, termenv.Ascii, Options{Look: want}, cast()...)
	again.mustShow("Sessions, by name", "support")
	if header := again.header(); strings.Contains(header, "phone") {
		t.Errorf("the list has %q", header)
	}
	for _, rubbish := range []string{"{", "[]", `{"sort":"by moon","hidden":["name","x"]}`} {
		newBenchWith(t, 120, 40, termenv.Ascii, Options{Look: rubbish}, cast()...).mustShow("phone", "name")
	}
}

// header is the row of titles of the list.
func (b *bench) header() string { return strings.Split(b.model.View(), "\n")[2] }

func TestALookThatCannotBeRememberedIsSaid(t *testing.T) {
	b := newBenchWith(t, 80, 24, termenv.Ascii, Options{KeepLook: func(context.Context, string) error { return errRefused }}, cast()...)
	b.keys("S")
	b.mustShow("by name", "✖ remember how the list looks: refused by the test")
}

// A toast lies over the page's frame for four seconds: what is typed stays to be seen, and so do the keys.
func TestToasts(t *testing.T) {
	fresh := *cast()[5]
	b := newBenchWith(t, 80, 24, termenv.Ascii, Options{}, append(cast()[:5], &fresh)...)
	now := noon
	b.model.clock = func() time.Time { return now }
	b.keys("/", "new-phone")
	paired := fresh
	paired.Version++
	paired.Identity = vital.Identity{JID: "491512345678:3@s.whatsapp.net", Phone: "+4915123456789"}
	b.publish(&paired)
	b.mustShow("Filter  new-phone", "● new-phone is paired with +49 1512 3456789", "⏎ keep the filter")
	checkShape(t, b.model.View(), 80, 24)
	now = now.Add(toastLife)
	b.send(tickMsg{b.model.tickSeq})
	if strings.Contains(b.model.View(), "is paired with") {
		t.Error("it stays")
	}
	b.keys("enter", "n")
	b.mustShow("new-phone is paired with +49 1512 3456789")
}

// The bell rings and the desktop is told only if the person wants it, and once for each session; the title shows the worst state and comes back at the end.
func TestAlertsAndTitle(t *testing.T) {
	for _, c := range []struct {
		notify Notify
		want   string
	}{
		{Notify{}, ""},
		{Notify{Bell: true}, "\a"},
		{Notify{Bell: true, Desktop: true}, "\a<sales-id is in ERROR: logged out: the phone removed this device: 401>"},
	} {
		b := newBenchWith(t, 80, 24, termenv.Ascii, Options{Notify: c.notify, Notification: func(text string) string { return "<" + text + ">" }}, cast()...)
		var out bytes.Buffer
		b.model.terminal.to = &out
		b.publish(goneWrong(b.sessions.list[0]))
		b.publish(b.sessions.list[0])
		if got := out.String(); got != c.want {
			t.Errorf("%+v: %q", c.notify, got)
		}
	}
	b := newBenchWith(t, 80, 24, termenv.Ascii, Options{Notify: Notify{Title: true}}, cast()[0])
	var out bytes.Buffer
	b.model.terminal.to = &out
	b.run(b.model.retitle())
	b.publish(goneWrong(b.sessions.list[0]))
	b.model.terminal.titles.want("")
	b.model.terminal.titles.show(b.model.terminal)
	if want := saveTitle + "\x1b]2;wapulse ● 1 connected\a\x1b]2;wapulse ✖ 1 error\a" + restoreTitle; out.String() != want {
		t.Errorf("%q", out.String())
	}
}

// A changed config file is in force at once; a bad one is told of and changes nothing.
func TestSettingsAreReadAgain(t *testing.T) {
	var next Settings
	var changed bool
	var err error
	looks := 0
	read := func(_ context.Context, asked bool) (Settings, bool, error) {
		if looks++; asked {
			return next, true, nil
		}
		s, is, wrong := next, changed, err
		changed, err = false, nil // told once
		return s, is, wrong
	}
	b := newBenchWith(t, 80, 24, termenv.TrueColor, Options{Reload: read}, cast()...)
	tick := func() { b.run(b.model.reload(false)) }
	tick()
	if looks != 1 || b.model.status.text != "" {
		t.Fatalf("%d looks, %q", looks, b.model.status.text)
	}
	next, changed = Settings{Theme: "high-contrast", Changes: []string{`theme = "high-contrast"`}, Later: []string{"db", "rate"}}, true
	before := b.model.View()
	tick()
	b.mustShow(`theme = "high-contrast"; db, rate from the next…`, "\x1b[38;2;95;255;135m●")
	if strings.Contains(before, "\x1b[38;2;95;255;135m●") {
		t.Error("the colours are those of before")
	}
	next, changed = Settings{ASCII: true}, true
	tick()
	b.mustShow("config file read again: nothing is different", "+ ")
	if strings.ContainsFunc(b.model.View(), func(r rune) bool { return r > 0x7f }) {
		t.Error("not ASCII")
	}
	next, changed = Settings{Keys: map[string][]string{"quit": {"u"}, "events": {"z"}}, Region: "BR", FPS: 1, Objections: []string{"line 3: odd"}}, true
	tick()
	b.mustShow("line 3: odd")
	b.keys("z")
	if title := b.model.front().Title(); title != (&page.Events{}).Title() {
		t.Errorf("z opens %s", title)
	}
	if b.keys("u", "u"); !b.quit || b.model.opts.Region != "BR" || b.model.pace.every != time.Second {
		t.Errorf("quit %v, %q, %v", b.quit, b.model.opts.Region, b.model.pace.every)
	}
	err = errors.New("config.toml, line 2: bad")
	tick()
	b.mustShow("✖ config.toml, line 2: bad")
	if !slices.Equal(b.model.keys["quit"].Keys(), []string{"u"}) {
		t.Error("the keys changed")
	}
	next, changed = Settings{Keys: map[string][]string{"quit": {"u"}}}, true
	tick()
	b.mustNotShow("config.toml, line 2: bad")
	b.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(":")})
	b.keys("read the config", "enter")
	if looks != 12 { // it waits anew after each
		t.Errorf("%d looks", looks)
	}
}
