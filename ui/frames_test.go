package ui

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
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
			b.paste(strings.Repeat("+4915123456789\n", page.MaxNumbers+1))
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

func TestFramesAreGolden(t *testing.T) {
	for name, play := range scenes() {
		for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}, {200, 60}} {
			for _, look := range []struct {
				name    string
				profile termenv.Profile
			}{{"plain", termenv.Ascii}, {"colour", termenv.TrueColor}} {
				file := fmt.Sprintf("%s-%dx%d-%s", name, size.width, size.height, look.name)
				t.Run(file, func(t *testing.T) {
					var sessions []*vital.Snapshot
					if play != nil {
						sessions = cast()
					}
					b := newBench(t, size.width, size.height, look.profile, sessions...)
					if play != nil {
						b.send(updatesMsg{session.Batch{Events: someEvents(), Gap: 3}})
						play(b)
					}
					frame := b.model.View()
					checkShape(t, frame, size.width, size.height)
					checkGolden(t, file, frame)
				})
			}
		}
	}
}

// A recording at its beginning, at a failure, and at its end.
func TestFramesOfAReplayAreGolden(t *testing.T) {
	for name, play := range replayScenes() {
		for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}, {200, 60}} {
			file := fmt.Sprintf("%s-%dx%d-plain", name, size.width, size.height)
			t.Run(file, func(t *testing.T) {
				b := newReplayBench(t, size.width, size.height)
				play(b)
				frame := b.model.View()
				checkShape(t, frame, size.width, size.height)
				checkGolden(t, file, frame)
			})
		}
	}
}

// Where there are few colours or none, and no characters but ASCII, shapes and words say the same.
func TestFramesOfPoorTerminalsAreGolden(t *testing.T) {
	for name, look := range map[string]widget.Look{
		"16":    {Profile: termenv.ANSI, Dark: true},
		"light": {Profile: termenv.ANSI, Dark: false},
		"ascii": {Monochrome: true, ASCII: true},
	} {
		for _, scene := range []string{"broken", "prompt-answers", "message"} {
			file := fmt.Sprintf("%s-80x24-%s", scene, name)
			t.Run(file, func(t *testing.T) {
				b := newBenchWith(t, 80, 24, look.Profile, Options{Theme: look.Theme(), Simulation: true}, cast()...)
				b.send(updatesMsg{session.Batch{Events: someEvents(), Gap: 3}})
				scenes()[scene](b)
				frame := b.model.View()
				checkShape(t, frame, 80, 24)
				checkGolden(t, file, frame)
			})
		}
	}
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

func checkGolden(t *testing.T, name, frame string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(frame+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != frame+"\n" {
		t.Errorf("the frame is not that of %s; if it should be, run go test ./ui -update and look at the difference:\n%s", path, frame)
	}
}

// Below the least window there is one honest line, whatever the size; nothing panics in between.
func TestEverySizeDraws(t *testing.T) {
	for name, play := range scenes() {
		if play == nil {
			continue
		}
		b := newBench(t, 80, 24, termenv.Ascii, cast()...)
		b.model.opts.Simulation = true
		play(b)
		for width := 1; width < 130; width += 7 {
			for height := 1; height < 45; height += 3 {
				b.model.Update(tea.WindowSizeMsg{Width: width, Height: height})
				frame := b.model.View()
				for _, line := range strings.Split(frame, "\n") {
					if widget.Width(line) > width {
						t.Fatalf("%s at %d×%d: a line is %d cells wide", name, width, height, widget.Width(line))
					}
				}
				if n := strings.Count(frame, "\n") + 1; n > height {
					t.Fatalf("%s at %d×%d: %d lines", name, width, height, n)
				}
				if width > 12 && !strings.Contains(frame, "SIMULATION") {
					t.Fatalf("%s at %d×%d does not say SIMULATION:\n%s", name, width, height, frame)
				}
			}
		}
	}
}
