package ui

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"go.uber.org/goleak"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // frames tell times of the day
	goleak.VerifyTestMain(m)
}

var update = flag.Bool("update", false, "write the golden frames anew")

// scenes are what the golden frames show.
func scenes() map[string]func(b *bench) {
	all := sessionScenes()
	maps.Copy(all, map[string]func(b *bench){
		"welcome":      nil,
		"dashboard":    func(*bench) {},
		"broken":       func(b *bench) { b.keys("down", "down", "down") },
		"wide-name":    func(b *bench) { b.keys("down", "down") },
		"events":       func(b *bench) { b.keys("e") },
		"help":         func(b *bench) { b.keys("?") },
		"help-words":   func(b *bench) { b.keys("?", "?") },
		"columns":      func(b *bench) { b.keys("|", "down", " ") },
		"palette":      func(b *bench) { b.keys(":", "st", "down") },
		"filter":       func(b *bench) { b.keys("/", "connect") },
		"notes-new":    func(b *bench) { b.publish(goneWrong(b.sessions.list[0])) },
		"notes-none":   func(b *bench) { b.keys("n") },
		"notes":        func(b *bench) { b.keys("s", "i", "G", "r"); b.publish(goneWrong(b.sessions.list[0])); b.keys("n") },
		"marks-failed": func(b *bench) { b.keys("*", "L", "y") },
		"marks-delete": func(b *bench) { b.keys("*", "D", "7", "enter") },
		"marks":        func(b *bench) { b.keys(" ", "down", " ", "S", "S") },
		"prompt-empty": func(b *bench) { b.keys("c") },
		"prompt-typed": func(b *bench) { b.keys("c", "0812-6026-8381") },
		"prompt-answers": func(b *bench) {
			b.keys("c")
			b.paste("wa.me/6281260268381\n+4915123456789\n+447400123456\n+55 11 98765-4321\n+14155550123\n+66812345678\nnot a \x1b[2Jnumber\n")
			b.keys("enter", "tab", "g")
		},
		"prompt-pending": func(b *bench) {
			b.keys("c", "+6281260268381", "enter")
			b.paste("+4915123456789\n+447400123456\nrubbish")
			b.neverAnswered()
		},
		"prompt-nobody": func(b *bench) {
			for _, s := range b.sessions.list {
				s.State, s.Ready = vital.StateDisconnected, vital.ReadyClosed
			}
			b.keys("c", "+14155550123", "enter")
		},
		"prompt-too-many": func(b *bench) {
			b.keys("c")
			b.paste("+4915123456789\n" + strings.Repeat("1\n", page.MaxNumbers))
			b.keys("enter")
		},
		"job-reading": func(b *bench) {
			b.planned()
			b.model.prompt.Job = page.NewJob("numbers.csv")
			b.news(page.JobNews{Read: 412_000})
		},
		"job-plan": func(b *bench) { b.planned() },
		"job-plan-nobody": func(b *bench) {
			for _, s := range b.sessions.list {
				s.State, s.Ready = vital.StateDisconnected, vital.ReadyClosed
			}
			b.jobs.plan.Job.Settings.Rate = 5
			b.planned()
			b.keys("tab")
		},
		"job-running": func(b *bench) { b.running() },
		"job-paused": func(b *bench) {
			b.running()
			b.news(page.JobNews{Progress: &check.Progress{Total: 120, Done: 60, ToAsk: 117, Asked: 50, Sessions: 1, PausedUntil: noon.Add(40 * time.Second)}})
		},
		"job-stop":     func(b *bench) { b.running(); b.keys("x") },
		"job-stopping": func(b *bench) { b.running(); b.keys("x", "y") },
		"job-stopped":  func(b *bench) { b.running(); b.keys("x", "y"); b.news(page.JobNews{Over: true, Err: context.Canceled}) },
		"job-done": func(b *bench) {
			b.running()
			b.news(page.JobNews{Progress: &check.Progress{Total: 120, Done: 120}, Over: true})
		},
		"job-failed": func(b *bench) {
			b.running()
			b.news(page.JobNews{Over: true, Err: fmt.Errorf("job 3: %w", session.ErrNoSession)})
		},
		"job-unread": func(b *bench) { b.jobs.importErr = errRefused; b.planned() },
		"events-media": func(b *bench) {
			b.send(updatesMsg{session.Batch{Events: []vital.Event{aPicture(), someEvents()[0]}}})
			b.keys("e", "up", "up")
		},
		"events-filter": func(b *bench) {
			b.keys("e", "/", `level:debug kind:probe,breaker`)
		},
		"events-mistake": func(b *bench) { b.keys("e", "/", "sesion:sales") },
		"events-time":    func(b *bench) { b.keys("e", "t") },
		"events-open": func(b *bench) {
			framed := *b.sessions.list[0]
			framed.Version, framed.FramesUntil = 9, noon.Add(8*time.Minute)
			b.publish(&framed)
			b.keys("e", "/", "session:sales-id", "enter", "enter", "up")
			b.send(updatesMsg{session.Batch{Events: []vital.Event{aPicture()}, Gap: 3}})
		},
		"events-none": func(b *bench) { b.keys("e", "/", "of which there is none", "enter") },
		"contacts": func(b *bench) {
			b.sessions.contacts = someContacts()
			b.keys("o")
		},
		"contacts-none":   func(b *bench) { b.keys("o") },
		"contacts-filter": func(b *bench) { b.sessions.contacts = someContacts(); b.keys("o", "/", "budi") },
		"contacts-failed": func(b *bench) { b.sessions.err = errRefused; b.keys("o") },
		"message":         func(b *bench) { b.keys("m", "0812-6026-8381", "backspace", "tab", "hello") },
		"message-sent": func(b *bench) {
			b.keys("m", "+6281260268381", "enter", "hello", "enter")
			b.send(updatesMsg{session.Batch{Events: []vital.Event{receipt(1, "3EB0AA")}}})
		},
		"message-failed": func(b *bench) {
			b.sessions.err = errRefused
			b.keys("m", "+6281260268381", "enter", "hello", "enter")
		},
		"faults":       func(b *bench) { b.rehearse(); b.keys("f", "down") },
		"tour-tells":   func(b *bench) { b.rehearse(); b.keys("t") },
		"tour-happens": func(b *bench) { b.rehearse(); b.keys("t", "enter") },
		"tour-shows":   func(b *bench) { b.rehearse(); b.keys("t", "enter"); b.publish(lost(b)) },
		"logout":       func(b *bench) { b.keys("L") },
		"rename":       func(b *bench) { b.keys("R") },
		"delete":       func(b *bench) { b.keys("D", "sales", "enter") },
		"pair-name":    func(b *bench) { b.keys("p", "sales-br") },
		"pair-code":    func(b *bench) { b.keys("G", "p", "enter") },
		"pair-phone": func(b *bench) {
			b.keys("G", "p", "enter", "c", "+5511987654321", "enter")
			waiting := *b.sessions.list[5]
			shown := *waiting.Pairing
			shown.PhoneCode, shown.PhoneFor = "ABCD-EFGH", "+5511987654321"
			waiting.Version, waiting.Pairing = 9, &shown
			b.publish(&waiting)
		},
		"pair-done": func(b *bench) {
			b.keys("G", "p", "enter")
			done := *b.sessions.list[0]
			done.ID, done.Name, done.Version = 6, "new-phone", 9
			b.publish(&done)
		},
		"pair-failed": func(b *bench) {
			b.keys("G", "p", "enter")
			over := *b.sessions.list[5]
			over.Version, over.Pairing, over.State = 9, nil, vital.StateDisconnected
			over.Reason, over.Failure = vital.ReasonCodesRanOut, vital.Failure{Reason: vital.ReasonCodesRanOut}
			b.publish(&over)
		},
	})
	return all
}

// size is a window's.
type size struct{ width, height int }

func (s size) String() string { return fmt.Sprintf("%d×%d", s.width, s.height) }

// sizes are the windows of the golden frames: one that is too small, the least one, those that pages are made for, and a large one.
func sizes() []size { return []size{{30, 8}, {40, 10}, {80, 24}, {120, 40}, {200, 60}} }

// A golden file is a scene in every form that it can have. What is where depends on the window, and on whether there is more than ASCII; what is in which
// role, and so in which colour, does so on neither: two windows tell it. TestColoursAreThoseOfTheRoles has the rest of the crossings.
func TestFramesAreGolden(t *testing.T) {
	for name, s := range allScenes() {
		t.Run(name, func(t *testing.T) {
			var file strings.Builder
			section := func(size size, form, text string) {
				fmt.Fprintf(&file, "══ %s%s\n%s\n", size, form, folded(text))
			}
			for _, size := range sizes() {
				b := s.on(t, size, roleTheme())
				frame := b.model.View()
				checkShape(t, frame, size.width, size.height)
				section(size, "", ansi.Strip(frame))
				if size.width == 80 || size.width == 120 {
					cells := gridOf(t, frame, size)
					roles := rolesOf(t, cells)
					section(size, ", roles", rolesText(cells, roles))
					mustNotBeFaint(t, cells, roles)
				}
				if size.width == 80 {
					frame := s.on(t, size, widget.Look{Monochrome: true, ASCII: true}.Theme()).model.View()
					checkShape(t, frame, size.width, size.height)
					section(size, ", ASCII", ansi.Strip(frame))
				}
			}
			checkGolden(t, name, file.String())
		})
	}
}

// In every theme, with all colours, few or none, on dark and on light, a frame has the same text, and every cell the look of the role that it has in the
// golden frame. A page knows nothing of its theme but the styles and whether it is ASCII, so that each scene is drawn in some of the looks by turns: without
// colours, and once in every theme. The theme changes while the scene is on the screen, so nothing of an older one may stay either.
func TestColoursAreThoseOfTheRoles(t *testing.T) {
	size, all := size{80, 24}, looks()
	want := make([]map[string]string, len(all))
	for i, look := range all {
		want[i] = looksOfRoles(t, look.Theme())
	}
	scenes := allScenes()
	for n, name := range slices.Sorted(maps.Keys(scenes)) {
		s := scenes[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			theme := roleTheme()
			b := s.on(t, size, theme)
			cells := gridOf(t, b.model.View(), size)
			roles := rolesOf(t, cells)
			for i, look := range all {
				if look.Name != "" && i%looksOfATheme != n%looksOfATheme {
					continue
				}
				*theme = *look.Theme()
				theme.NameKeys(b.model.keyOf)
				b.model.redraw()
				got := gridOf(t, b.model.View(), size)
				for y := range cells {
					for x, cell := range cells[y] {
						role := roles[y][x]
						cell.looks = want[i][role]
						if role == qrCode {
							cell.looks = got[y][x].looks
						}
						if got[y][x] != cell && got[y][x] != settled(cell) {
							t.Fatalf("%+v: line %d, column %d: %+q, want %+q, which has the role %q", look, y+1, x+1, got[y][x], cell, role)
						}
					}
				}
			}
		})
	}
}

// mustNotBeFaint demands that what only guides the eye is no text: it is hardly to be seen.
func mustNotBeFaint(t *testing.T, cells [][]thinCell, roles [][]string) {
	t.Helper()
	faint := roleLetters()["Faint"]
	for y, line := range roles {
		for x, role := range line {
			if r, _ := utf8.DecodeRuneInString(cells[y][x].text); role == faint && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
				t.Errorf("line %d, column %d: %q is faint", y+1, x+1, cells[y][x].text)
			}
		}
	}
}

// looksOfATheme is how many looks each theme has: by three profiles, on dark and on light.
const looksOfATheme = 6

// looks are all that the program can have, with all characters.
func looks() []widget.Look {
	list := []widget.Look{{Monochrome: true}, {Profile: termenv.Ascii}}
	for _, theme := range widget.ThemeNames() {
		for _, profile := range []termenv.Profile{termenv.TrueColor, termenv.ANSI256, termenv.ANSI} {
			list = append(list, widget.Look{Name: theme, Profile: profile, Dark: true}, widget.Look{Name: theme, Profile: profile})
		}
	}
	return list
}

// gridOf is what a terminal of that size shows of a frame.
func gridOf(t *testing.T, frame string, size size) [][]thinCell {
	t.Helper()
	g := newGrid(size.width, size.height)
	g.write(t, []byte(strings.ReplaceAll(frame, "\n", "\r\n")))
	for _, line := range g.cells {
		for i := range line {
			line[i] = settled(line[i])
		}
	}
	return g.cells
}

// folded says how often a line is repeated that is there more than thrice, and takes off what nobody sees.
func folded(text string) string {
	lines := strings.Split(text, "\n")
	var b strings.Builder
	for i := 0; i < len(lines); {
		n := 1
		for i+n < len(lines) && lines[i+n] == lines[i] {
			n++
		}
		line := strings.TrimRight(lines[i], " ")
		if n > 3 {
			fmt.Fprintf(&b, "%s\n⋮ %d more of that line\n", line, n-1)
		} else {
			b.WriteString(strings.Repeat(line+"\n", n))
		}
		i += n
	}
	return b.String()
}

// checkShape demands that a frame fills the window exactly: nothing wraps, nothing of an older frame stays.
func checkShape(t *testing.T, frame string, width, height int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	if len(lines) != height {
		t.Errorf("the frame has %d lines, the window %d", len(lines), height)
	}
	for i, line := range lines {
		if w := widget.Width(line); w > width {
			t.Errorf("line %d is %d cells wide, the window %d: %q", i, w, width, line)
		}
	}
}

// checkGolden demands that a file of golden frames is as it was, and shows where it is not.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := string(file); want != got {
		t.Errorf("%s is not what is drawn; if that is as it should be, run go test ./ui -update and look at the difference:\n%s", path, differences(want, got))
	}
}

// differences are the first lines in which golden frames differ.
func differences(want, got string) string {
	const most = 12
	var b strings.Builder
	section, shown := "", 0
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		line := func(of []string) string {
			if i < len(of) {
				return of[i]
			}
			return "(none)"
		}
		if strings.HasPrefix(line(g), "══") {
			section = line(g) + "\n"
		}
		if line(w) == line(g) {
			continue
		}
		if shown++; shown > most {
			return b.String() + "…\n"
		}
		fmt.Fprintf(&b, "%s%4d - %s\n     + %s\n", section, i+1, line(w), line(g))
		section = ""
	}
	return b.String()
}

// Below the least window there is one honest line, whatever the size; nothing panics in between.
func TestEverySizeDraws(t *testing.T) {
	for name, s := range allScenes() {
		b := s.simulated().on(t, size{80, 24}, widget.Look{Profile: termenv.Ascii}.Theme())
		for width := 1; width < 130; width += 17 {
			for height := 1 + width%2*5; height < 45; height += 10 { // every height with every other width
				b.model.Update(tea.WindowSizeMsg{Width: width, Height: height})
				frame := b.model.View()
				if problem := misfit(frame, width, height); problem != "" {
					t.Fatalf("%s at %d×%d: %s", name, width, height, problem)
				}
				if sign := map[bool]string{true: "REPLAY", false: "SIMULATION"}[b.model.opts.Replay != nil]; width > 12 && !strings.Contains(frame, sign) {
					t.Fatalf("%s at %d×%d does not say %s:\n%s", name, width, height, sign, frame)
				}
			}
		}
	}
}
