package ui

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
)

func smallBench(t *testing.T, sessions ...*vital.Snapshot) *bench {
	return newBench(t, 120, 40, termenv.Ascii, sessions...)
}

func (b *bench) mustAsk(want ...string) {
	b.t.Helper()
	if !slices.Equal(b.sessions.asked, want) {
		b.t.Errorf("the sessions were asked %q, want %q", b.sessions.asked, want)
	}
}

func TestKeysAskTheSelectedSession(t *testing.T) {
	for name, c := range map[string]struct {
		keys  []string
		asked []string
		shown string
	}{
		"stop":                {[]string{"s"}, []string{"stop sales-id"}, "sales-id is stopped"},
		"start after error":   {[]string{"down", "down", "down", "s"}, []string{"start old-phone"}, "old-phone is starting"},
		"stop reconnecting":   {[]string{"down", "s"}, []string{"stop support"}, "support is stopped"},
		"reconnect":           {[]string{"j", "r"}, []string{"reconnect support"}, "support gets a new socket"},
		"log out":             {[]string{"L", "y"}, []string{"logout sales-id"}, "sales-id is logged out"},
		"log out, no":         {[]string{"L", "esc"}, nil, "sales-id"},
		"log out, other key":  {[]string{"L", "x"}, nil, "Log out sales-id?"},
		"log out, down":       {[]string{"down", "L"}, nil, "only a connected session"},
		"rename":              {[]string{"R", "-2", "enter"}, []string{"rename to sales-id-2 sales-id"}, "sales-id"},
		"delete":              {[]string{"D", "sales-id", "enter"}, []string{"delete sales-id"}, "sales-id is deleted"},
		"delete, wrong name":  {[]string{"D", "sales", "enter"}, nil, "nothing was deleted"},
		"delete, esc":         {[]string{"D", "esc"}, nil, "sales-id"},
		"reconnect, unpaired": {[]string{"G", "r"}, nil, "is not paired"},
	} {
		t.Run(name, func(t *testing.T) {
			b := smallBench(t, cast()...)
			b.keys(c.keys...)
			b.mustAsk(c.asked...)
			b.mustShow(c.shown)
		})
	}
}

// Keys that come together, over a slow line, each do what they do alone.
func TestKeysThatComeTogether(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("jjr")
	b.mustAsk("reconnect " + cast()[2].Name)
	b.keys("gpnew-one", "enter")
	b.sessions.asked = b.sessions.asked[1:]
	b.mustAsk("create new-one", "pair new-one")
}

func TestErrorsStayUntilAKey(t *testing.T) {
	b := smallBench(t, cast()...)
	b.sessions.err = errRefused
	b.keys("s")
	b.model.clock = func() time.Time { return noon.Add(time.Hour) }
	b.send(tickMsg{b.model.tickSeq})
	b.mustShow("✖ refused by the test")
	b.keys("down")
	if strings.Contains(b.model.View(), "refused") {
		t.Error("the error is still there after a key")
	}
}

func TestGoodNewsGoesByItself(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("s")
	b.mustShow("is stopped")
	b.model.clock = func() time.Time { return noon.Add(statusLife) }
	b.send(tickMsg{b.model.tickSeq})
	if strings.Contains(b.model.View(), "is stopped") {
		t.Error("the news is still there")
	}
}

func TestRenameKeepsAskingWhileTheNameIsRefused(t *testing.T) {
	b := smallBench(t, cast()...)
	b.sessions.err = errRefused
	b.keys("R", "x", "enter")
	b.mustShow("Rename sales-id", "refused by the test")
	b.sessions.err = nil
	b.keys("enter")
	mustNotFind[*page.Dialog](b)
}

func TestPairingFromNameToConnected(t *testing.T) {
	b := smallBench(t)
	b.mustShow("wapulse keeps WhatsApp sessions alive")
	b.keys("p")
	b.mustShow("Session name")
	b.keys("sales", "enter")
	b.mustAsk("create sales", "pair sales")
	b.mustShow("Asking WhatsApp for codes")

	s := *b.sessions.list[0]
	s.Version, s.State = 2, vital.StateConnecting
	s.Pairing = &vital.Pairing{QR: qrPayload(1), Index: 1, Total: 6, ExpiresAt: noon.Add(time.Minute)}
	b.publish(&s)
	b.mustShow("Code 1 of 6, 60 s left", "Linked devices", "▀")

	paired := s
	paired.Version, paired.Pairing = 3, &vital.Pairing{Scanned: true}
	paired.Identity = vital.Identity{JID: "6281260268381:7@s.whatsapp.net", Phone: "+6281260268381", PushName: "Budi"}
	b.publish(&paired)
	b.mustShow("The phone has answered", "6281260268381:7@s.whatsapp.net")

	up := paired
	up.Version, up.State, up.Pairing = 4, vital.StateConnected, nil
	b.publish(&up)
	b.mustShow("Paired and connected", "6281260268381:7@s.whatsapp.net", "Budi", "+62 812-6026-8381")
	b.keys("enter")
	b.mustShow("Sessions", "Events")
	b.mustAsk("create sales", "pair sales") // and was not stopped
}

func TestPairingRefusesBadNames(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("p", "enter")
	b.mustShow("1 to 64 printable characters")
	b.keys("esc", "p", strings.Repeat("x", 5000), "enter")
	b.mustShow("1 to 64 printable characters")
	b.keys("esc", "p", "sales-id", "enter")
	b.mustShow("is paired already")
	b.mustAsk()
}

func TestLeavingThePairingStopsIt(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("G", "p", "enter", "esc")
	b.mustAsk("pair new-phone", "stop new-phone")
	b.mustShow("Sessions")
}

func TestCodesThatRanOutAreOneKeyAway(t *testing.T) {
	b := smallBench(t, cast()...)
	scenes()["pair-failed"](b)
	b.mustShow("no phone has scanned")
	b.keys("enter")
	b.mustAsk("pair new-phone", "pair new-phone")
}

func TestPictureOfTheCodeIsDeletedAfterwards(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("G", "p", "enter", "g")
	first := mustFind[*page.Pairing](b).Picture
	b.mustFile(first, true)

	waiting := *b.sessions.list[5]
	shown := *waiting.Pairing
	shown.QR, shown.Index = qrPayload(2), 2
	waiting.Version, waiting.Pairing = 9, &shown
	b.publish(&waiting)
	second := mustFind[*page.Pairing](b).Picture
	b.mustFile(first, false)
	b.mustFile(second, true)

	b.keys("esc")
	b.mustFile(second, false)
}

func TestQuitFromTheTopOnly(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("?", "q")
	if b.quit {
		t.Fatal("q on the help page quits")
	}
	b.keys("e", "q", "R", "q")
	if b.quit {
		t.Fatal("q while typing quits")
	}
	b.keys("esc", "q")
	if !b.quit {
		t.Fatal("q on the dashboard does not quit")
	}
}

func TestInterruptQuitsFromAnywhere(t *testing.T) {
	for _, name := range []string{"dashboard", "delete", "pair-name", "pair-code", "help"} {
		b := smallBench(t, cast()...)
		scenes()[name](b)
		b.send(tea.KeyMsg{Type: tea.KeyCtrlC})
		if !b.quit {
			t.Errorf("ctrl+c on %s does not quit", name)
		}
	}
}

func TestMouse(t *testing.T) {
	b := smallBench(t, cast()...)
	b.model.View() // knows where the rows are from here on
	b.send(tea.MouseMsg{X: 10, Y: 4, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	if name := b.model.dashboard.Selected().Name; name != "support" {
		t.Errorf("a click on the second row selects %q", name)
	}
	b.send(tea.MouseMsg{X: 10, Y: 5, Button: tea.MouseButtonWheelDown})
	if name := b.model.dashboard.Selected().Name; !strings.HasPrefix(name, "ร้าน") {
		t.Errorf("the wheel over the list selects %q", name)
	}
	b.send(tea.MouseMsg{X: 10, Y: 39, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	b.send(tea.MouseMsg{X: 10, Y: 0, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	if name := b.model.dashboard.Selected().Name; !strings.HasPrefix(name, "ร้าน") {
		t.Errorf("a click beside the list selects %q", name)
	}
}

func TestVitalsAreCopiedAsText(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("y")
	for _, want := range []string{"sales-id", "6281260268381:7@s.whatsapp.net", "Budi", "OPEN", "listening  yes", "3 d 04 h"} {
		if !strings.Contains(b.copied, want) {
			t.Errorf("%q is not in what was copied:\n%s", want, b.copied)
		}
	}
	if strings.Contains(b.copied, "\x1b") {
		t.Error("control sequences were copied")
	}
}

// Nothing is drawn when nothing has changed, and the clock goes by minutes as long as no countdown is on the screen.
func TestRestIsFree(t *testing.T) {
	quiet := cast()[0]
	b := smallBench(t, quiet)
	first := b.model.View()
	if b.model.tickEvery != time.Minute {
		t.Errorf("the clock ticks every %v though no second is on the screen", b.model.tickEvery)
	}
	b.model.Update(tickMsg{b.model.tickSeq + 1}) // one that was replaced
	if b.model.dirty {
		t.Error("an old tick draws")
	}
	if again := b.model.View(); again != first {
		t.Error("the frame changed by itself")
	}
	b.send(updatesMsg{})
	b.publish(cast()[1])
	if b.model.tickEvery != time.Second {
		t.Errorf("the clock ticks every %v though a countdown is on the screen", b.model.tickEvery)
	}
}

// What sessions are called by others never reaches the terminal as a control sequence.
func TestHostileStringsAreHarmless(t *testing.T) {
	s := cast()[0]
	s.Name, s.Identity.PushName = "a\x1b]0;owned\x07b", "\x1b[2J\u202eevil"
	s.LastError, s.LastErrorAt = "x\x1b[31mred\r\n", noon
	b := smallBench(t, s)
	b.send(updatesMsg{})
	for _, keys := range [][]string{{}, {"e"}, {"esc", "L"}, {"esc", "D"}, {"esc", "R"}} {
		b.keys(keys...)
		frame := b.model.View()
		for _, bad := range []string{"\x1b", "\x07", "\u202e", "\r"} {
			if strings.Contains(frame, bad) {
				t.Errorf("%q after %q reached the screen", bad, keys)
			}
		}
	}
}

// Where the terminal does not bracket what is pasted it comes as keys, a few hundred at a time. What finds no place costs no frame.
func TestAMegabytePastedAsKeysIsNotDrawn(t *testing.T) {
	b := smallBench(t)
	b.keys("p")
	part := strings.Repeat("x", 256)
	b.keys(part, part)
	b.mustShow("Session name")
	frames := 0
	for range 4000 {
		b.keys(part)
		if b.model.dirty {
			frames++
		}
	}
	if frames > 0 {
		t.Errorf("%d frames for what changes nothing", frames)
	}
	b.keys("enter")
	b.mustShow("1 to 64 printable characters")
	b.keys("esc")
	b.mustShow("wapulse keeps WhatsApp sessions alive")
}

func TestRenameRefusesALongName(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("R", strings.Repeat("x", 290))
	if got := len(mustFind[*page.Dialog](b).Text()); got < 290 {
		t.Errorf("the dialog cut the name to %d characters without a word", got)
	}
}

// The dashboard begins with what happened before: events of another day show their date.
func TestEventsOfEarlierRuns(t *testing.T) {
	past := someEvents()[:2]
	past[0].Time = noon.AddDate(0, 0, -1)
	b := newBenchWith(t, 120, 40, termenv.Ascii, Options{Past: past}, cast()...)
	b.mustShow("03-03  ", "11:59:01")
	b.keys("e")
	b.mustShow("03-03 12:00", "11:59:01.204")
}

func TestARestrictionIsInTheVitals(t *testing.T) {
	list := cast()
	list[0].Restriction = vital.Restriction{Active: true, Until: noon.Add(26 * time.Hour)}
	b := smallBench(t, list...)
	b.mustShow("DEGRADED", "no new chats for 1 d 02 h, until")
}

func TestNoPictureOutlivesTheDashboard(t *testing.T) {
	var p pictureFile
	path, err := p.draw(qrPayload(1))
	if err != nil {
		t.Fatal(err)
	}
	next, err := p.draw(qrPayload(2))
	if err != nil {
		t.Fatal(err)
	}
	p.close()
	late, err := p.draw(qrPayload(3))
	if err != nil || late != "" {
		t.Errorf("drawn after the end: %q, %v", late, err)
	}
	for _, left := range []string{path, next} {
		if _, err := os.Stat(left); left == "" || !os.IsNotExist(err) {
			t.Errorf("%q: %v", left, err)
		}
	}
}

func TestAMegabytePastedIntoTheNameIsTaken(t *testing.T) {
	b := smallBench(t)
	b.keys("p")
	b.send(tea.KeyMsg{Type: tea.KeyRunes, Paste: true, Runes: []rune(strings.Repeat("abc \x1b\n", 150_000))})
	b.mustShow("Session name")
	checkShape(t, b.model.View(), 120, 40)
}
