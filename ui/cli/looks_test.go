package cli

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/muesli/termenv"
	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/ui/cli/config"
	"github.com/wapulse/wapulse/ui/control"
	"github.com/wapulse/wapulse/ui/widget"
)

func TestTheLookIsTheEnvironments(t *testing.T) {
	usual := widget.Look{Profile: termenv.TrueColor, Dark: true}
	for name, c := range map[string]struct {
		environ map[string]string
		change  func(*widget.Look)
		asked   bool
	}{
		"a terminal of today":   {map[string]string{}, func(*widget.Look) {}, true},
		"256 colours":           {map[string]string{"COLORTERM": "", "TERM": "xterm-256color"}, func(l *widget.Look) { l.Profile = termenv.ANSI256 }, true},
		"16 colours":            {map[string]string{"COLORTERM": "", "TERM": "xterm"}, func(l *widget.Look) { l.Profile = termenv.ANSI }, true},
		"light, it says":        {map[string]string{"COLORFGBG": "0;15"}, func(l *widget.Look) { l.Dark = false }, true},
		"no colours":            {map[string]string{"NO_COLOR": "1"}, func(l *widget.Look) { l.Profile, l.Monochrome = termenv.Ascii, true }, false},
		"a terminal of old":     {map[string]string{"COLORTERM": "", "TERM": "vt220"}, func(l *widget.Look) { l.Profile, l.Monochrome, l.ASCII = termenv.Ascii, true, true }, false},
		"dumb":                  {map[string]string{"COLORTERM": "", "TERM": "dumb"}, func(l *widget.Look) { l.Profile, l.ASCII = termenv.Ascii, true }, false},
		"the Linux console":     {map[string]string{"COLORTERM": "", "TERM": "linux"}, func(l *widget.Look) { l.Profile, l.ASCII = termenv.ANSI, true }, false},
		"Latin 1":               {map[string]string{"LANG": "de_DE.ISO-8859-1"}, func(l *widget.Look) { l.ASCII = true }, true},
		"no language":           {map[string]string{"LANG": "C"}, func(l *widget.Look) { l.ASCII = true }, true},
		"the first that is set": {map[string]string{"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, func(l *widget.Look) { l.ASCII = true }, true},
		"UTF-8 of no language":  {map[string]string{"LC_CTYPE": "C.utf8", "LANG": "C"}, func(*widget.Look) {}, true},
		"nothing said of it":    {map[string]string{"LANG": ""}, func(*widget.Look) {}, true},
	} {
		environ := map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "en_GB.UTF-8"}
		for key, value := range c.environ {
			environ[key] = value
		}
		getenv := func(name string) string { return environ[name] }
		want, got := usual, lookFor("", isASCII(config.Config{}, getenv), getenv)
		if c.change(&want); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		var out bytes.Buffer
		ask := backgroundAsker(got, getenv, &out)
		if (ask != nil) != c.asked {
			t.Errorf("%s: asked for its background: %t", name, ask != nil)
		}
		if ask != nil && (ask() != nil || out.String() != "\x1b]11;?\a") {
			t.Errorf("%s: asked %q", name, out.String())
		}
	}
}

// A person's word goes before what the environment says.
func TestWhoDecidesOnASCII(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		said       *bool
		lang, term string
		want       bool
	}{
		{nil, "en_GB.UTF-8", "xterm", false}, {&yes, "en_GB.UTF-8", "xterm", true},
		{nil, "C", "xterm", true}, {&no, "C", "xterm", false}, {nil, "POSIX", "", true},
		{nil, "en_GB.UTF-8", "linux-16color", true}, {&no, "en_GB.UTF-8", "linux", false}, {nil, "", "", false},
	} {
		getenv := func(name string) string { return map[string]string{"LANG": c.lang, "TERM": c.term}[name] }
		if got := isASCII(config.Config{ASCII: c.said}, getenv); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
		if got, want := hasHalfBlocks(config.Config{ASCII: c.said}, getenv), !c.want || c.said == nil && c.lang == "en_GB.UTF-8"; got != want {
			t.Errorf("%+v: half blocks: %t", c, got)
		}
	}
}

// What commands say is ASCII where it has to be, and names stay as they are. What programs read is the same everywhere.
func TestCommandsSayASCII(t *testing.T) {
	say := func(environ []string, args ...string) (code int, out, errs string) {
		var o, e bytes.Buffer
		c := &console{environ: append(environ, "WAPULSE_DB="+filepath.Join(t.TempDir(), "none.db")), warned: map[string]bool{}, size: func() control.Size { return control.Size{} }}
		code = execute(withConsole(t.Context(), c), newRootCommand(), args, strings.NewReader(""), &o, &e)
		return code, o.String(), e.String()
	}
	for name, environ := range map[string][]string{
		"C": {"LANG=C"}, "the console": {"LANG=de_DE.UTF-8", "TERM=linux"}, "a setting": {"LANG=de_DE.UTF-8", "WAPULSE_ASCII=true"},
	} {
		if _, _, errs := say(environ, "check", "12345678", "--region", "zürich…"); !strings.Contains(errs, "zürich~") {
			t.Errorf("%s: %s", name, errs)
		}
	}
	if _, _, errs := say([]string{"LANG=de_DE.UTF-8"}, "--ascii", "zürich…"); !strings.Contains(errs, "zürich~") {
		t.Error(errs)
	}
	if _, _, errs := say([]string{"LANG=C"}, "--ascii=false", "zürich…"); !strings.Contains(errs, "zürich…") {
		t.Error(errs)
	}
}

// Help is ASCII everywhere.
func TestHelpIsASCII(t *testing.T) {
	var all func(cmd *cobra.Command)
	all = func(cmd *cobra.Command) {
		var out bytes.Buffer
		cmd.SetOut(&out)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(out.String(), func(r rune) bool { return r > 0x7f }); i >= 0 {
			t.Errorf("%s: %q", cmd.CommandPath(), out.String()[max(0, i-30):i+3])
		}
		for _, c := range cmd.Commands() {
			all(c)
		}
	}
	all(newRootCommand())
}

// Each sign that our own texts have anywhere can be said in ASCII. Letters, and signs of what comes from elsewhere, are another matter.
func TestEverySignOfOursHasItsASCII(t *testing.T) {
	const foreign = "\ufffd\u200d\u2028\u2029\ufeff" // of others' texts, which are taken out
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "simulator" || entry.Name() == "testdata" || len(entry.Name()) > 2 && entry.Name()[0] == '.'):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			for _, r := range widget.ASCIISigns(literal.Value) {
				if r > 0x7f && !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(foreign, r) {
					t.Errorf("%s: %q in %s", path, r, literal.Value)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheConfigFileKnowsTheThemes(t *testing.T) {
	if !slices.Equal(config.Themes(), widget.ThemeNames()) {
		t.Errorf("%q, the widgets have %q", config.Themes(), widget.ThemeNames())
	}
}

// A table that is longer than its buffer has no sign that was cut in two.
func TestALongTableIsASCII(t *testing.T) {
	c := &console{environ: []string{"LC_ALL=C"}, size: func() control.Size { return control.Size{} }}
	var out strings.Builder
	records := make([]session.Record, 500)
	for i := range records {
		records[i].Name = strings.Repeat("n", i%3) + strings.Repeat("…", 20)
	}
	if err := writeTable(c, &out, records); err != nil {
		t.Fatal(err)
	}
	if at := strings.IndexFunc(out.String(), func(r rune) bool { return r > unicode.MaxASCII }); at >= 0 {
		t.Errorf("not ASCII: %q", out.String()[max(0, at-10):at+10])
	}
}
