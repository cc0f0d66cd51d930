package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/cli/config"
	"github.com/wapulse/wapulse/ui/control"
)

// Where lines cannot be rewritten, an overnight check says how far it is now and then, less and less often.
func TestProgressWithoutATerminal(t *testing.T) {
	var out, errs bytes.Buffer
	s := newCheckScreen(&out, &errs, &console{size: func() control.Size { return control.Size{} }})
	begun := time.Now()
	s.progress(func(time.Time) string { return "so far" })
	after := func(d time.Duration) int {
		if err := s.beat(begun.Add(d)); err != nil {
			t.Fatal(err)
		}
		return strings.Count(errs.String(), "\n")
	}
	if n := after(5 * time.Second); n != 0 {
		t.Errorf("%d lines at once", n)
	}
	if n := after(11 * time.Second); n != 1 {
		t.Errorf("%d lines after 11 s", n)
	}
	for d := 12 * time.Second; d < 10*time.Hour; d += time.Second {
		after(d)
	}
	if n := after(10 * time.Hour); n < 50 || n > 80 || strings.Contains(errs.String(), "\x1b") || out.Len() > 0 {
		t.Errorf("%d lines in ten hours", n)
	}
}

// On a terminal that has both, results come where the progress is, which is drawn again below them.
func TestResultsAndProgressOnOneTerminal(t *testing.T) {
	var screen bytes.Buffer
	c := &console{size: func() control.Size { return control.Size{Columns: 12} }, terminal: control.Terminal{StdoutTTY: true, StderrTTY: true}}
	s := newCheckScreen(&screen, &screen, c)
	s.progress(func(time.Time) string { return "a line that is too long" })
	if err := s.beat(time.Now()); err != nil {
		t.Fatal(err)
	}
	s.print(func(w io.Writer) error {
		_, err := io.WriteString(w, "result\n")
		return err
	})
	if err := s.beat(time.Now()); err != nil {
		t.Fatal(err)
	}
	s.say("news")
	if got, want := screen.String(), clearLine+"a line tha…"+clearLine+"result\n"+clearLine+"a line tha…"+clearLine+"news\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// On a terminal that knows no escape codes progress is a line now and then, as in a file.
func TestProgressOnPaper(t *testing.T) {
	var screen bytes.Buffer
	c := &console{environ: []string{"TERM=dumb"}, size: func() control.Size { return control.Size{Columns: 80} }, terminal: control.Terminal{StdoutTTY: true, StderrTTY: true}}
	s := newCheckScreen(&screen, &screen, c)
	s.progress(func(time.Time) string { return "half of it" })
	for _, after := range []time.Duration{0, time.Hour} {
		if err := s.beat(time.Now().Add(after)); err != nil {
			t.Fatal(err)
		}
	}
	if got := screen.String(); got != "half of it\n" {
		t.Errorf("%q", got)
	}
}

func TestTheTableOfResults(t *testing.T) {
	asked := time.Date(2026, 8, 22, 14, 2, 11, 0, time.Local)
	for _, c := range []struct {
		r    check.Result
		want string
	}{
		{check.Result{E164: "+628126026838123", Verdict: vital.VerdictNotRegistered, Session: "sales", LatencyMS: 12000, AskedAt: asked},
			"+628126026838123  not_registered  sales          12000 ms\n"},
		{check.Result{E164: "+15551234567", Verdict: vital.VerdictRegistered, Session: "a very long name", LatencyMS: 5, Business: true, JID: "15551234567@s.whatsapp.net"},
			"+15551234567      \x1b[32mregistered    \x1b[0m  a very long name       5 ms  business, 15551234567@s.whatsapp.net\n"},
		{check.Result{E164: "+15551234567", Verdict: vital.VerdictRegistered, Session: "sales", Cached: true, AskedAt: asked},
			"+15551234567      \x1b[32mregistered    \x1b[0m  sales             known  asked 2026-08-22 14:02:11\n"},
		{check.Invalid("a\x1b[2Jvery\nlong wrong input", "letters in it"),
			"avery long wron…  \x1b[90minvalid       \x1b[0m                           letters in it\n"},
	} {
		var b strings.Builder
		if err := (tablePrinter{words: (&console{}).words, coloured: true}).result(&b, c.r); err != nil || b.String() != c.want {
			t.Errorf("%q, want %q, %v", b.String(), c.want, err)
		}
	}
}

func TestProgressInWords(t *testing.T) {
	now := time.Date(2026, 8, 22, 14, 2, 11, 0, time.Local)
	for want, p := range map[string]check.Progress{
		"██████████░░░░░░░░░░  50 %  1,000/2,000  50/s  20 s left": {Total: 2000, Done: 1000, ToAsk: 2000, Asked: 1000, Rate: 50, ETA: 20 * time.Second, Sessions: 1},
		"░░░░░░░░░░░░░░░░░░░░   0 %  0/10  paused until 14:03:11":  {Total: 10, ToAsk: 10, Sessions: 1, PausedUntil: now.Add(time.Minute)},
		"░░░░░░░░░░░░░░░░░░░░   0 %  0/10  waits for a session":    {Total: 10, ToAsk: 10},
		"████████████████████ 100 %  10/10":                        {Total: 10, Done: 10, ToAsk: 10, Asked: 10},
	} {
		if got := progressLine(p, now); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What somebody has set goes before the locale, for commands and the dashboard.
func TestRegionFor(t *testing.T) {
	locale := func(name string) string { return map[string]string{"LANG": "id_ID.UTF-8"}[name] }
	if got := regionFor(config.Config{Region: "BR"}, locale); got != "BR" {
		t.Errorf("as set: %q", got)
	}
	if got := regionFor(config.Config{}, locale); got != "ID" {
		t.Errorf("by the locale: %q", got)
	}
}

// An open breaker is nothing that another session to pair mends.
func TestWhatToDoWhenNobodyCouldAsk(t *testing.T) {
	nobody := fmt.Errorf("job 7: %w", session.ErrNoSession)
	if got := whenNobodyCould(nobody); !strings.Contains(got, "wapulse pair NAME") {
		t.Error(got)
	}
	if got := whenNobodyCould(errors.Join(nobody, session.ErrBreakerOpen)); !strings.Contains(got, "breaker") || strings.Contains(got, "pair") {
		t.Error(got)
	}
}
