package graphics

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"go.uber.org/goleak"
	"golang.org/x/term"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	kittyYes  = "\x1b_Gi=7309;OK\x1b\\"
	kittyNo   = "\x1b_Gi=7309;ENOTSUPPORTED:no\x1b\\"
	cells     = "\x1b[6;18;9t"
	withSixel = "\x1b[?62;4;22c"
	without   = "\x1b[?62;22c"
)

// Whatever a terminal answers, and wherever the answers are cut, what is typed before, between and after them is all that is typed.
func TestAnswersAreTakenOutOfWhatIsTyped(t *testing.T) {
	for name, c := range map[string]struct {
		answers []string
		want    Terminal
	}{
		"kitty":          {[]string{cells, kittyYes, without}, Terminal{Kitty, 9, 18}},
		"both":           {[]string{cells, kittyYes, withSixel}, Terminal{Kitty, 9, 18}},
		"sixel":          {[]string{cells, withSixel}, Terminal{Sixel, 9, 18}},
		"kitty says no":  {[]string{cells, kittyNo, withSixel}, Terminal{Sixel, 9, 18}},
		"and what it is": {[]string{cells, kittyYes, "\x1b[>41;379;0c", without}, Terminal{Kitty, 9, 18}},
		"none":           {[]string{cells, without}, Terminal{None, 9, 18}},
		"no cells":       {[]string{withSixel}, Terminal{Sixel, 0, 0}},
		"absurd cells":   {[]string{"\x1b[6;0;99999t", withSixel}, Terminal{Sixel, 0, 0}},
		"attributes 64c": {[]string{"\x1b[?64;14c"}, Terminal{}},
	} {
		keys := []string{"q", "\x1b[A", "\x1b", "x", "\x1b[6~", "\x1b[6;5~", "ü", "\x1b[<0;3;4M", "\x1bOP"}
		stream, typed := "", ""
		for i, key := range keys {
			if key == "\x1b" && i+1 < len(keys) {
				key += keys[i+1]
			}
			stream, typed = stream+key, typed+key
			if i < len(c.answers) {
				stream += c.answers[i]
			}
		}
		for cut := range len(stream) {
			var a answers
			got, first := a.take([]byte(stream[:cut]))
			rest, second := a.take([]byte(stream[cut:]))
			got = append(append(got, rest...), a.release()...)
			if string(got) != typed || !first && !second || a.found != c.want {
				t.Fatalf("%s, cut at %d: typed %q, want %q; %v %v; found %+v, want %+v", name, cut, got, typed, first, second, a.found, c.want)
			}
		}
	}
}

// tmux says that it has sixel whatever the terminal has that it is shown in. On its own machine it is asked for that; over SSH nobody knows.
func TestTmux(t *testing.T) {
	const tmux = cells + "\x1b[>84;0;0c" + withSixel
	for name, c := range map[string]struct {
		question Question
		clients  string // features, a line each
		want     Terminal
	}{
		"no tmux":                   {AskSixel, "", Terminal{None, 9, 18}},
		"a terminal with sixel":     {AskTmux, "256,sixel,title", Terminal{Sixel, 9, 18}},
		"one of two without":        {AskTmux, "256,sixel\n256,title", Terminal{}},
		"none, or an old tmux":      {AskTmux, "", Terminal{}},
		"something like it is none": {AskTmux, "sixels", Terminal{}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			script := "#!/bin/sh\n[ \"$*\" = 'list-clients -F #{client_termfeatures}' ] || exit 1\nprintf '%s\\n' '" + c.clients + "'\n"
			if err := os.WriteFile(filepath.Join(folder, "tmux"), []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", folder+":/bin:/usr/bin")
			ours, theirs := terminal(t)
			in := NewInput(theirs, c.question)
			raw(t, theirs)
			var asked strings.Builder
			if ok, err := in.Ask(t.Context(), &asked); !ok || err != nil {
				t.Fatal(ok, err)
			}
			if asked.String() != "" {
				if _, err := ours.WriteString(tmux + "x"); err != nil {
					t.Fatal(err)
				}
				if got := readSome(t, in); got != "x" {
					t.Errorf("read %q", got)
				}
			}
			if found, err := in.Answer(t.Context()); err != nil || found != c.want {
				t.Errorf("found %+v, %v, want %+v", found, err, c.want)
			}
		})
	}
}

// The rest of an answer that has begun is waited for: it would be text. Nothing else waits long, and nothing at all once all is answered.
func TestWaits(t *testing.T) {
	in := NewInput(nil, AskAll)
	for _, c := range []struct {
		held string
		due  bool
		want time.Duration
	}{{"\x1b", true, keysWait}, {"\x1b", false, 0}, {"\x1b[", true, keysWait}, {"\x1b[?6", true, restWait}, {"\x1b[?6", false, restWait}, {"\x1b_G", true, restWait}} {
		in.answers.held = []byte(c.held)
		if got := in.wait(c.due); got != c.want {
			t.Errorf("%q, due %v: %v", c.held, c.due, got)
		}
	}
}

// A key that could have become an answer is a key; an answer that broke off is none.
func TestWhatDoesNotGoOn(t *testing.T) {
	for held, want := range map[string]string{"\x1b": "\x1b", "\x1b[": "\x1b[", "\x1b_": "\x1b_", "\x1b_Gi=73": "", "\x1b[?62;": ""} {
		var a answers
		if typed, _ := a.take([]byte(held)); len(typed) != 0 {
			t.Errorf("%q is not held: %q", held, typed)
		}
		if got := a.release(); string(got) != want {
			t.Errorf("%q is released as %q", held, got)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte("abc"+kittyYes+"\x1b[A"), 5)
	f.Add([]byte(cells+"\x1b[6~"+withSixel), 3)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		cut = max(0, min(cut, len(data)))
		var whole, parts answers
		one, _ := whole.take(bytes.Clone(data))
		two, _ := parts.take(bytes.Clone(data[:cut]))
		more, _ := parts.take(bytes.Clone(data[cut:]))
		if two = append(two, more...); len(data) < longest && !bytes.Equal(one, two) {
			t.Errorf("whole %q, cut %q", one, two)
		}
		if len(whole.held) >= longest {
			t.Errorf("%d bytes are held", len(whole.held))
		}
		if !bytes.ContainsRune(data, '\x1b') && !bytes.Equal(one, data) {
			t.Errorf("%q became %q", data, one)
		}
	})
}

// terminal is the two ends of one, in raw mode.
func terminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	return ours, theirs
}

func TestInputPassesAllUntilItIsAsked(t *testing.T) {
	ours, theirs := terminal(t)
	in := NewInput(theirs, AskAll)
	raw(t, theirs)
	if _, err := ours.WriteString(withSixel); err != nil {
		t.Fatal(err)
	}
	if got := readSome(t, in); got != withSixel {
		t.Errorf("read %q", got)
	}
	var asked strings.Builder
	if ok, err := in.Ask(t.Context(), &asked); !ok || err != nil || !strings.HasSuffix(asked.String(), "\x1b[c") {
		t.Fatalf("asked %q, %v %v", asked.String(), ok, err)
	}
	if _, err := ours.WriteString("a" + cells + kittyYes + without + "b"); err != nil {
		t.Fatal(err)
	}
	if got := readSome(t, in); got != "ab" {
		t.Errorf("read %q", got)
	}
	found, err := in.Answer(t.Context())
	if err != nil || found != (Terminal{Kitty, 9, 18}) {
		t.Errorf("found %+v, %v", found, err)
	}
	if in.Due() {
		t.Error("an answer is due still")
	}
	if _, err := ours.WriteString("\x1b"); err != nil {
		t.Fatal(err)
	}
	if got := readSome(t, in); got != "\x1b" {
		t.Errorf("Escape is read as %q", got)
	}
}

// An answer that comes as the program ends is not left for the shell.
func TestDrainTakesTheAnswerThatIsDue(t *testing.T) {
	ours, theirs := terminal(t)
	in := NewInput(theirs, AskSixel)
	raw(t, theirs)
	if _, err := in.Ask(t.Context(), &strings.Builder{}); err != nil {
		t.Fatal(err)
	}
	if _, err := ours.WriteString(cells + withSixel); err != nil {
		t.Fatal(err)
	}
	in.Drain()
	if in.Due() || readable(theirs, 0) {
		t.Error("something is left")
	}
}

func TestQuestionForATerminal(t *testing.T) {
	for want, list := range map[Question][]map[string]string{
		AskAll:     {{"TERM": "xterm-256color"}, {"TERM": "xterm-kitty"}, {"TERM": "foot"}},
		AskTmux:    {{"TERM": "xterm-256color", "TMUX": "/tmp/tmux,1,0"}, {"TERM": "tmux-256color", "TMUX": "/tmp/tmux,1,0"}},
		AskSixel:   {{"TERM": "screen-256color"}, {"TERM": "tmux"}, {"TERM": "xterm", "STY": "1.pts"}},
		AskNothing: {{}, {"TERM": "dumb"}, {"TERM": "linux"}, {"TERM": "vt100"}, {"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}},
	} {
		for _, environment := range list {
			if got := QuestionFor(func(name string) string { return environment[name] }); got != want {
				t.Errorf("%v: %v, want %v", environment, got, want)
			}
		}
	}
}

func raw(t *testing.T, file *os.File) {
	t.Helper()
	if _, err := term.MakeRaw(int(file.Fd())); err != nil {
		t.Fatal(err)
	}
}

// readSome reads until something is typed.
func readSome(t *testing.T, in *Input) string {
	t.Helper()
	for {
		var data [256]byte
		n, err := in.Read(data[:])
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return string(data[:n])
		}
	}
}
