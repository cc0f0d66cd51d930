package ui

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
)

func (b *bench) mustCheck(want ...string) {
	b.t.Helper()
	if !slices.Equal(b.numbers.asked, want) {
		b.t.Errorf("asked %q, want %q", b.numbers.asked, want)
	}
}

func TestANumberIsAsked(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("c", "+62 812-6026-8381", "enter")
	b.mustCheck("+6281260268381")
	b.mustShow("● registered", "+62 812-6026-8381", "◆ business", "182 ms", "sales-id", "6281260268381@s.whatsapp.net")
	b.keys("esc")
	b.mustShow("Sessions")
	b.keys("c")
	b.mustShow("● registered")
}

func TestEachVerdictHasItsShapeAndItsWord(t *testing.T) {
	b := smallBench(t, cast()...)
	scenes()["prompt-answers"](b)
	b.mustShow("● registered", "○ not_registered", "◌ no_answer", "✖ error", "◔ unverified", "✖ invalid", "2026-03-03",
		"the server left it out", "rate limit until 12:00:40", "letters in it")
}

// However lines come, they are one list and each number is asked once for each time that it is there.
func TestManyNumbersInOnePaste(t *testing.T) {
	want := []string{"+6281260268381", "+4915123456789", "+447400123456"}
	for name, play := range map[string]func(b *bench){
		"bracketed, line feeds": func(b *bench) { b.paste("+6281260268381\n+4915123456789\n+447400123456\n"); b.keys("enter") },
		"bracketed, returns":    func(b *bench) { b.paste("+6281260268381\r\n+4915123456789\r+447400123456"); b.keys("enter") },
		"a column of two":       func(b *bench) { b.paste("+6281260268381\t+4915123456789\n+447400123456"); b.keys("enter") },
		"two pastes":            func(b *bench) { b.paste("+6281260268381\n+4915123456789\n"); b.paste("+447400123456"); b.keys("enter") },
		"unbracketed, line feeds": func(b *bench) {
			for _, number := range want {
				b.keys(number)
				b.send(tea.KeyMsg{Type: tea.KeyCtrlJ})
			}
			b.keys("enter")
		},
		"unbracketed, returns": func(b *bench) {
			for _, number := range want {
				b.keys(number, "enter")
			}
		},
		"commas": func(b *bench) { b.keys("+6281260268381, +4915123456789,+447400123456", "enter") },
	} {
		t.Run(name, func(t *testing.T) {
			b := smallBench(t, cast()...)
			b.keys("c")
			play(b)
			b.mustCheck(want...)
			b.mustShow("Answers 3", "+62 812-6026-8381", "+49 1512 3456789", "+44 7400 123456")
		})
	}
}

func TestPendingNumbersAreShown(t *testing.T) {
	b := smallBench(t, cast()...)
	scenes()["prompt-pending"](b)
	b.mustShow("→ asking…", "+49 1512 3456789", "Answers 1, asking 3")
}

// What comes while another page is in front is there when one comes back, and what never comes is unverified.
func TestAnswersComeWhateverIsInFront(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("c", "+4915123456789, +447400123456")
	b.neverAnswered()
	b.keys("esc")
	b.model.View()
	result := verdicts()["+4915123456789"]
	result.Input, result.E164 = "+4915123456789", "+4915123456789"
	b.model.Update(answersMsg{[]page.Answer{{Ask: 1, Result: result}}})
	if b.model.dirty {
		t.Error("an answer that is not on the screen draws")
	}
	b.keys("c")
	b.mustShow("○ not_registered", "→ asking…")
	b.model.Update(answersMsg{[]page.Answer{{Ask: 1, Over: true, Err: errRefused}}})
	b.mustShow("◔ unverified", "refused by the test")
	if n := b.model.prompt.Pending(); n != 0 {
		t.Errorf("%d are still pending", n)
	}
}

func TestHistory(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("c", "+6281260268381", "enter", "+4915123456789", "enter", "draft")
	for _, c := range []struct{ key, text string }{
		{"up", "+4915123456789"}, {"up", "+6281260268381"}, {"up", "+6281260268381"}, {"down", "+4915123456789"}, {"down", "draft"}, {"down", "draft"},
	} {
		b.keys(c.key)
		if got := b.model.prompt.Text(); got != c.text {
			t.Fatalf("after %s the field says %q, want %q", c.key, got, c.text)
		}
	}
	for i := range 300 {
		b.keys(fmt.Sprintf("+49151234%05d", i))
		b.neverAnswered()
	}
	for range 300 {
		b.keys("up")
	}
	if got := b.model.prompt.Text(); got != "+4915123400200" {
		t.Errorf("the oldest line is %q, want the hundredth from the end", got)
	}
}

func TestTheListOfAnswers(t *testing.T) {
	b := smallBench(t, cast()...)
	scenes()["prompt-answers"](b)
	b.keys("y")
	if b.copied != "6281260268381@s.whatsapp.net" {
		t.Errorf("copied %q", b.copied)
	}
	b.numbers.asked = nil
	b.keys("j", "r")
	b.mustCheck("+4915123456789 fresh")
	b.mustShow("Answers 8")
	b.keys("g", "down", "y")
	b.mustShow("there is no JID to copy")
	b.numbers.asked = nil
	b.keys("G", "up", "r") // what is no number is not asked
	b.mustCheck()
	b.keys("+1415")
	if got := b.model.prompt.Text(); got != "+1415" {
		t.Errorf("a number that is typed over the list goes to the field, not %q", got)
	}
	b.keys("tab", "q")
	b.mustShow("Sessions")
	if b.quit {
		t.Error("q on the list quits")
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("c")
	for i := range 5 {
		var text strings.Builder
		for j := range 400 {
			fmt.Fprintf(&text, "+49151%02d%05d\n", i, j)
		}
		b.paste(text.String())
		b.keys("enter")
	}
	if n := b.model.prompt.Length(); n != page.MaxNumbers {
		t.Errorf("%d numbers are remembered, want %d", n, page.MaxNumbers)
	}
	b.mustShow("+49 1510400399", "of 1000")
	b.keys("tab", "g")
	b.mustShow("▸")
}

func TestTooManyAtOnce(t *testing.T) {
	b := smallBench(t, cast()...)
	scenes()["prompt-too-many"](b)
	b.mustShow("1,001 numbers are too many at once", "put them in a file, and type its name")
	b.mustCheck()
	for range 2 {
		b.paste(strings.Repeat("+4915123456789\n", page.MaxNumbers/2))
		b.neverAnswered()
	}
	b.keys("+4915123456789", "enter")
	b.mustShow("1,000 numbers are being asked")
}

func TestWhatIsNoFileIsNoNumber(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("c", "/missing/numbers", "enter")
	b.mustShow(`✖ there is no file "/missing/numbers", and it is no number`)
	if n := b.model.prompt.Length(); n != 0 {
		t.Errorf("%d answers for what names a file", n)
	}
	b.mustJobs()
	b.keys("missing.csv", "enter")
	b.mustShow(`✖ there is no file "missing.csv", and it is no number`)
	b.keys("up") // and can be mended
	if got := b.model.prompt.Text(); got != "missing.csv" {
		t.Errorf("the field says %q", got)
	}
	b.keys("enter")
	b.keys(filepath.Dir(t.TempDir()), "enter")
	b.mustShow("is a folder")
	b.keys("hello", "enter") // is no name of a file either
	b.mustShow("✖ invalid", "letters in it")
	b.mustNotShow("is a folder")
	b.mustJobs()
}

// A megabyte has no place: none of it is asked, whatever way it is pasted, and what changes nothing is not drawn.
func TestAMegabyteInThePrompt(t *testing.T) {
	for _, bracketed := range []bool{true, false} {
		b := smallBench(t, cast()...)
		b.keys("c")
		part := strings.Repeat("+4915123456789, ", 16)
		if bracketed {
			b.paste(strings.Repeat(part, 4096))
		} else {
			frames := 0
			for range 4096 {
				b.keys(part)
				b.model.dirty, frames = false, frames+map[bool]int{true: 1}[b.model.dirty]
			}
			if frames > 200 {
				t.Errorf("%d frames for what changes nothing", frames)
			}
			b.model.dirty = true
		}
		b.mustShow("more than the prompt takes")
		checkShape(t, b.model.View(), 120, 40)
		b.keys("enter")
		b.mustCheck()
		b.keys("+6281260268381", "enter")
		b.mustCheck("+6281260268381")
	}
}

func TestWhoCanAsk(t *testing.T) {
	change := func(do func(s *vital.Snapshot)) []*vital.Snapshot {
		list := cast()[:1]
		do(list[0])
		return list
	}
	for want, list := range map[string][]*vital.Snapshot{
		"no phone is paired":           nil,
		"one session can ask":          cast()[:1],
		"2 sessions can ask":           {cast()[0], cast()[2]},
		"rate limit until 12:00:40":    change(func(s *vital.Snapshot) { s.Load.PausedUntil = noon.Add(40 * time.Second) }),
		"sales-id is coming up":        change(func(s *vital.Snapshot) { s.State = vital.StateReconnecting }),
		"no session can ask: numbers ": change(func(s *vital.Snapshot) { s.State = vital.StateError }),
		"end as unverified":            change(func(s *vital.Snapshot) { s.Breaker.State = vital.BreakerOpen }),
	} {
		b := smallBench(t, list...)
		b.keys("c")
		if list != nil && want == "2 sessions can ask" {
			list[1].Load.PausedUntil = time.Time{}
			b.publish(list[1])
		}
		b.mustShow(want)
	}
}

func TestARegionReadsNumbersOfHome(t *testing.T) {
	b := newBenchWith(t, 120, 40, termenv.Ascii, Options{Region: "ID"}, cast()...)
	b.keys("c", "0812-6026-8381", "enter")
	b.mustCheck("+6281260268381")
	b.mustShow("without + as in ID")
}

// Whatever is pasted and answered, no line is wider than the window.
func TestThePromptKeepsItsWidth(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("c")
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.String().Draw(r, "text")
		result := check.Result{
			Input: text, E164: "+4915123456789", Verdict: rapid.SampledFrom(vital.Verdicts()).Draw(r, "verdict"), Session: rapid.String().Draw(r, "session"),
			JID: rapid.String().Draw(r, "jid"), Reason: rapid.String().Draw(r, "reason"), LatencyMS: rapid.Int64Range(0, 99_999).Draw(r, "ms"),
			Business: rapid.Bool().Draw(r, "business"), Cached: rapid.Bool().Draw(r, "cached"),
		}
		ask, _ := b.model.prompt.Ask([]check.Item{{Input: text, E164: "+4915123456789"}})
		b.model.prompt.Told([]page.Answer{{Ask: ask, Result: result}})
		b.paste(text)
		width, height := rapid.IntRange(leastWidth, 220).Draw(r, "width"), rapid.IntRange(leastHeight, 70).Draw(r, "height")
		b.send(tea.WindowSizeMsg{Width: width, Height: height})
		frame := b.model.View()
		checkShape(t, frame, width, height)
		if strings.ContainsAny(frame, "\x1b\x07\r\u202e\u009b") {
			r.Fatalf("control characters in %q", frame)
		}
	})
}

func TestHostileAnswersAreHarmless(t *testing.T) {
	b := smallBench(t, cast()...)
	b.numbers.answers = map[string]check.Result{"+6281260268381": {
		Verdict: vital.VerdictError, JID: "\x1b]0;owned\x07", LID: "a\u202eb", Session: "s\x1b[2J", Reason: "x\r\n\x1b[31my", AskedAt: noon,
	}}
	b.sessions.contacts = someContacts()
	b.keys("c", "+6281260268381", "enter", "tab")
	frames := b.model.View()
	b.keys("esc", "o")
	frames += b.model.View()
	b.sessions.err = fmt.Errorf("refused \x1b[2J\u202e")
	b.keys("esc", "m", "+6281260268381", "enter")
	b.paste("text \x1b]0;owned\x07")
	b.keys("enter")
	frames += b.model.View()
	for _, bad := range []string{"\x1b", "\x07", "\u202e", "\r"} {
		if strings.Contains(frames, bad) {
			t.Errorf("%q reached the screen", bad)
		}
	}
}

// Answers come in batches at the pace of the screen, and whoever has them never waits.
func TestAnswersAreTakenInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newAnswerQueue(newPace(0, new(output).written))
		began := time.Now()
		var asking sync.WaitGroup
		asking.Go(func() {
			for range 1000 {
				q.put(page.Answer{Ask: 1})
				time.Sleep(time.Millisecond)
			}
		})
		taken, batches := 0, 0
		for taken < 1000 {
			taken += len(q.take(t.Context()))
			batches++
		}
		asking.Wait()
		if most := int(time.Since(began).Seconds()*stormFrames) + stormFrames + 1; batches > most {
			t.Errorf("%d batches in %v, want %d at most", batches, time.Since(began), most)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got := q.take(ctx); got != nil {
			t.Errorf("took %v after the end", got)
		}
	})
}

// The answers have another order by a key; the selected one stays selected, and what is asked next comes last again.
func TestAnswersAreSorted(t *testing.T) {
	b := smallBench(t, cast()...)
	scenes()["prompt-answers"](b)
	order := func() (list []string) {
		for _, line := range strings.Split(b.model.View(), "\n") {
			if fields := strings.Fields(strings.Trim(line, "│ ▸")); len(fields) > 1 && slices.Contains([]string{"●", "○", "◌", "✖", "◔"}, fields[0]) && strings.Contains(line, "│") {
				list = append(list, fields[1])
			}
		}
		return list
	}
	asked := order()
	b.keys("S")
	b.mustShow("Answers 7, what needs a look first")
	want := []string{"error", "invalid", "unverified", "no_answer", "not_registered", "registered", "registered"}
	if got := order(); !slices.Equal(got[:7], want) {
		t.Errorf("%q, want %q", got, want)
	}
	if item, _, _ := b.model.prompt.Selected(); item.E164 != "+6281260268381" {
		t.Errorf("%+v is selected", item)
	}
	b.keys("S")
	b.mustShow("by number")
	b.keys("S")
	if got := order(); !slices.Equal(got, asked) {
		t.Errorf("%q, want %q", got, asked)
	}
	b.keys("S", "tab", "+4915123456789", "enter")
	b.mustShow("Answers 8")
	b.mustNotShow("needs a look")
	if got := order(); !slices.Equal(got[:7], asked[:7]) {
		t.Errorf("%q, want %q first", got, asked)
	}
}
