package ui

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// click presses the left button there.
func (b *bench) click(column, line int) {
	b.send(tea.MouseMsg{X: column, Y: line, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	b.send(tea.MouseMsg{X: column, Y: line, Button: tea.MouseButtonLeft, Action: tea.MouseActionRelease})
}

// clickOn clicks on the first cell of a text, the first time that it is on the screen.
func (b *bench) clickOn(text string) {
	b.t.Helper()
	for y, line := range strings.Split(ansi.Strip(b.model.View()), "\n") {
		if at := strings.Index(line, text); at >= 0 {
			b.click(widget.Width(line[:at]), y)
			return
		}
	}
	b.t.Fatalf("%q is not on the screen:\n%s", text, b.model.View())
}

// hints are the keys that stand in a line with what they do: the texts, which have two blanks between them, and where they begin.
func hints(line string) (texts []string, at []int) {
	left := 0
	for _, part := range strings.SplitAfter(line, "  ") {
		if text := strings.TrimSpace(part); text != "" {
			texts, at = append(texts, text), append(at, left+len(part)-len(strings.TrimLeft(part, " ")))
		}
		left += widget.Width(part)
	}
	return texts, at
}

// Wherever a key stands with what it does, in the last line of a window or of a box, a click on it, from its first cell to its last, does the same: with the
// usual keys, and with others.
func TestAClickOnAKeyDoesWhatTheKeyDoes(t *testing.T) {
	t.Run("usual keys", func(t *testing.T) { clickOnEveryKey(t, func(*bench) {}) })
	t.Run("other keys", func(t *testing.T) { clickOnEveryKey(t, (*bench).remap) })
}

// clickOnEveryKey is that, on each scene once it has been changed.
func clickOnEveryKey(t *testing.T, change func(b *bench)) {
	t.Helper()
	size := size{120, 40}
	paths := regexp.MustCompile(regexp.QuoteMeta(os.TempDir()) + `/[^ ]* *`)
	ends := func(b *bench) string {
		var stack []string
		for _, p := range b.model.stack {
			stack = append(stack, reflect.TypeOf(p).String())
		}
		slices.Sort(b.sessions.asked)
		return paths.ReplaceAllString(ansi.Strip(b.model.View()), "") + strings.Join(stack, " ") + strings.Join(b.sessions.asked, " ") + b.copied
	}
	begin := func(s scene) *bench {
		b := s.on(t, size, widget.Look{Profile: termenv.Ascii}.Theme())
		change(b)
		b.model.status, b.model.dirty = status{}, true
		b.model.View()
		return b
	}
	clicked, seen := 0, map[string]bool{}
	for name, s := range allScenes() {
		probe := begin(s)
		lines := strings.Split(ansi.Strip(probe.model.View()), "\n")
		for _, y := range hintLines(probe) {
			from, to := 0, size.width
			if y < size.height-1 {
				from, to = probe.model.frontArea.left+1, probe.model.frontArea.left+probe.model.frontArea.width-1
			}
			texts, at := hints(ansi.Cut(lines[y], from, to))
			for i, text := range texts {
				sign, _, _ := strings.Cut(text, " ")
				if of := reflect.TypeOf(probe.model.front()).String() + text; !isSign(probe, sign) || seen[of] {
					continue
				} else {
					seen[of] = true
				}
				t.Chdir(t.TempDir()) // what is written, by one after the other, does not meet
				byKey := begin(s)
				byKey.send(byKey.keyOf(sign))
				t.Chdir(t.TempDir())
				x := at[i] // the first cell, or the last
				if clicked++; clicked%2 == 0 {
					x += widget.Width(text) - 1
				}
				byMouse := begin(s)
				byMouse.click(from+x, y)
				if want, got := ends(byKey), ends(byMouse); want != got {
					t.Errorf("%s: a click on %q in line %d does not do what the key does:\n%s", name, text, y+1, differences(want, got))
				}
			}
		}
	}
	if clicked < 100 {
		t.Errorf("only %d clicks", clicked)
	}
}

// isSign says whether that is the sign of keys that do something now.
func isSign(b *bench, sign string) bool {
	front := b.model.front()
	return slices.ContainsFunc(b.model.applying(front), func(a *action) bool {
		usable := b.model.keys.usable(a.name, typesOn(front))
		return usable != "" && (usable == sign || a.with != "" && usable+b.model.keys.usable(a.with, typesOn(front)) == sign)
	})
}

// hintLines are the lines of the screen in which keys stand with what they do.
func hintLines(b *bench) []int {
	lines := []int{b.model.height - 1}
	if _, box := b.model.front().(page.Box); box {
		lines = append(lines, b.model.frontArea.top+b.model.frontArea.height-1)
	}
	return lines
}

// In the list a click selects, another one opens; marks and titles take clicks as well, and so do the panels below.
func TestClicksOnTheDashboard(t *testing.T) {
	b := smallBench(t, cast()...)
	b.send(updatesMsg{})
	b.clickOn("old-phone")
	if got := b.model.dashboard.Selected().Name; got != "old-phone" {
		t.Fatalf("%s is selected", got)
	}
	b.clickOn("old-phone")
	mustFind[*page.Session](b)
	b.clickOn("esc back")
	mustNotFind[*page.Session](b)

	b.click(2, 3)
	b.mustShow("1 marked", "▸✓sales-id")
	b.click(2, 3)
	b.mustNotShow("marked")
	for _, c := range [][2]string{{"name  ", "by name"}, {"state ", "by trouble"}, {"p95", "by ping"}} {
		b.clickOn(c[0])
		b.mustShow("Sessions, " + c[1])
	}
	b.clickOn("p95")
	b.mustNotShow("by ping")
	b.clickOn("health") // of the titles: no order
	b.mustNotShow("Sessions, by")

	b.clickOn("Events")
	mustFind[*page.Events](b)
	b.clickOn("esc back")
	b.clickOn("traffic")
	mustFind[*page.Session](b)
	b.clickOn("esc back")
	b.publish(goneWrong(b.sessions.list[0]))
	b.clickOn("1 new")
	mustFind[*page.Notifications](b)
}

// What is said in the last line goes with a click, as with a key, and does not take the click for a key that stood there.
func TestAClickTakesAwayWhatIsSaid(t *testing.T) {
	b := smallBench(t, cast()...)
	b.sessions.err = errRefused
	b.keys("i")
	b.mustShow("refused by the test")
	b.clickOn("refused by the test")
	b.mustShow("q quit")
	b.mustAsk("ping sales-id")
}

func TestClicksInBoxes(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys(":")
	b.clickOn("ping the server now")
	mustNotFind[*page.Palette](b)
	b.mustAsk("ping sales-id")

	b.keys("|")
	b.clickOn("phone      the number")
	b.clickOn("⏎ leave it so")
	if strings.Contains(b.header(), "phone") {
		t.Errorf("the list has %q", b.header())
	}
	b.keys("m")
	b.clickOn("Text")
	b.keys("hello")
	b.clickOn("To ")
	b.keys("+6281260268381")
	b.clickOn("⏎ to the text")
	b.clickOn("⏎ send")
	b.mustAsk("ping sales-id", `send "" +6281260268381 "hello" from sales-id`)
	b.clickOn("esc back")

	faults := b.rehearse()
	b.keys("f")
	b.clickOn("402       banned")
	b.mustShow("▸ 402")
	b.clickOn("on sales-id")
	b.clickOn("▸ 402")
	if len(faults.caused) != 5 {
		t.Errorf("caused %q", faults.caused)
	}

	b.keys("L")
	b.click(1, 20) // beside the box
	b.mustShow("Log out sales-id?")
	b.clickOn("y log out")
	if got := b.sessions.asked[len(b.sessions.asked)-1]; got != "logout sales-id" {
		t.Errorf("asked %q", got)
	}
}

// The keys under a code that has the window for itself are keys as well.
func TestClicksUnderALoneCode(t *testing.T) {
	b := newBench(t, 62, 32, termenv.Ascii, cast()...)
	b.keys("G", "p", "enter")
	if _, full := strings.CutPrefix(b.model.View(), " wapulse"); full {
		t.Fatal("the code has not the window for itself")
	}
	b.clickOn("c phone code")
	b.mustShow("Phone number")
	b.clickOn("esc to the QR code")
	b.clickOn("esc stop")
	mustNotFind[*page.Pairing](b)
}

func TestClicksOnTheSessionPage(t *testing.T) {
	for _, size := range []size{{80, 24}, {120, 40}, {200, 60}} {
		b := newBench(t, size.width, size.height, termenv.Ascii, cast()...)
		b.keys("enter")
		b.model.View()
		if size.width == 80 {
			b.clickOn("1 of 3: tab")
		}
		b.clickOn("3 day   4 week")
		b.mustShow("[3 day]")
		b.clickOn("2 hour  [3 day]")
		b.mustShow("[2 hour]", "why │")
		lines := strings.Split(ansi.Strip(b.model.View()), "\n")
		for y, line := range lines {
			if strings.Contains(line, "state │") {
				b.click(40, y)
			}
		}
		lines = strings.Split(ansi.Strip(b.model.View()), "\n")
		if !slices.ContainsFunc(lines, func(line string) bool {
			cursor := strings.Index(line, "▲")
			return cursor >= 0 && widget.Width(line[:cursor]) == 40
		}) {
			t.Errorf("%s: the cursor is not where the click was:\n%s", size, b.model.View())
		}
		b.clickOn("esc no cursor")
		b.mustNotShow("▲")
	}
}

func TestClicksOnEventsAndAnswers(t *testing.T) {
	b := smallBench(t, cast()...)
	b.send(updatesMsg{sessionEvents(100)})
	b.keys("e")
	b.clickOn("event 95 ")
	b.clickOn("event 95 ")
	b.mustShow(`"session"`)
	b.clickOn("esc close")
	b.keys("esc")
	allScenes()["prompt-answers"].play(b)
	b.clickOn("+44 7400 123456")
	if item, _, _ := b.model.prompt.Selected(); item.E164 != "+447400123456" {
		t.Errorf("a click selects %q", item.E164)
	}
	for _, c := range [][2]string{{"verdict  ", "what needs a look first"}, {"number  ", "by number"}} {
		b.clickOn(c[0])
		b.mustShow("Answers 7, " + c[1])
	}
	b.clickOn("number  ")
	b.mustNotShow("by number")
	b.clickOn("Number")
	if !b.model.prompt.Types() {
		t.Error("a click on the field does not lead there")
	}
}

func TestClicksOnTitlesOfContacts(t *testing.T) {
	b := smallBench(t, cast()...)
	b.sessions.contacts = someContacts()
	b.keys("o")
	for _, title := range []string{"phone", "own name"} {
		b.clickOn(title + "  ")
		b.mustShow("by " + title)
	}
	b.clickOn("name  ")
	b.mustNotShow(", by ")
	b.clickOn("Budi Santoso") // no title
	b.mustNotShow(", by ")
}

// What else is wrong leads to the session that it tells of.
func TestClicksOnTroubles(t *testing.T) {
	b := newBench(t, 200, 60, termenv.Ascii, cast()...)
	b.mustShow("What else is wrong")
	lines := strings.Split(ansi.Strip(b.model.View()), "\n")
	box := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "What else is wrong") })
	for y := box + 1; y < len(lines); y++ {
		if strings.Contains(lines[y], "campaign") {
			b.click(10, y)
			break
		}
	}
	if got := b.model.dashboard.Selected().Name; got != "campaign" {
		t.Errorf("%s is selected", got)
	}
}

func TestClicksOnTheTimeLine(t *testing.T) {
	b := replayBench(t)
	b.model.View()
	lines := strings.Split(b.model.View(), "\n")
	for y, line := range lines {
		if strings.Contains(line, "◆") {
			b.click(2, y)
			b.mustShow("10:30:00.000")
			b.click(117, y)
			b.mustShow("the end")
			b.click(60, y)
		}
	}
	if r := mustFind[*page.Replay](b); r.Plays() {
		t.Error("it plays")
	}
	b.mustShow("Time: 2026-03-04 11:15")
	b.clickOn("[] mark")
	b.mustShow("mark 4 of 8", "DISCONNECTED")
	b.clickOn("] mark") // of two keys that stand together each is its own
	b.mustShow("mark 5 of 8")
}

// What is being seen while a list is turned is turned, and no more.
func TestTheWheel(t *testing.T) {
	b := newBench(t, 120, 40, termenv.Ascii, crowd()...)
	b.send(updatesMsg{sessionEvents(100)})
	b.model.View()
	wheel := func(x, y int, button tea.MouseButton) {
		b.send(tea.MouseMsg{X: x, Y: y, Button: button})
		b.model.View()
	}
	wheel(10, 5, tea.MouseButtonWheelDown)
	if got := b.model.dashboard.Selected().ID; got != vital.SessionID(2) {
		t.Errorf("session %d is selected", got)
	}
	for _, keys := range [][]string{{"e"}, {"?"}, {":"}, {"n"}} {
		for i := range 20 {
			b.model.tell(fmt.Sprintf("note %d", i), nil)
		}
		b.keys(keys...)
		before := b.model.View()
		wheel(10, 10, tea.MouseButtonWheelUp)
		wheel(10, 10, tea.MouseButtonWheelDown)
		wheel(10, 10, tea.MouseButtonWheelDown)
		if len(b.model.stack) != 2 || b.model.View() == before && keys[0] != "?" && keys[0] != "e" {
			t.Errorf("the wheel turns nothing on the page of %q:\n%s", keys, b.model.View())
		}
		b.keys("esc")
	}
}
