package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// keys is a section that objects to every "z".
func keys() Section {
	return Section{
		Name: "keys", Comment: "Keys.", Entries: []Entry{{"quit", []string{"q"}, "end"}, {"up", []string{"up", "k"}, "the line above"}},
		Check: func(said map[string][]string) []Objection {
			var list []Objection
			for name, texts := range said {
				if slices.Contains(texts, "z") {
					list = append(list, Objection{name, "z is no key", "write y"})
				}
			}
			return list
		},
	}
}

func TestSections(t *testing.T) {
	path := written(t, "rate = 2\nkeys.quit = \"x\"\n[notify]\nbell = true\n")
	flags := flagsOf(t)
	if err := flags.Parse([]string{"--config", path}); err != nil {
		t.Fatal(err)
	}
	c, err := Load(flags, []string{"WAPULSE_NOTIFY_TITLE=false"}, keys())
	if err != nil || !reflect.DeepEqual(c.Texts("keys"), map[string][]string{"quit": {"x"}}) || len(c.Objections()) > 0 {
		t.Fatalf("%+v, %v", c, err)
	}
	if c.Notify != (Notify{Bell: true}) || c.FPS != MaxFPS {
		t.Errorf("%+v, %d", c.Notify, c.FPS)
	}
	var out bytes.Buffer
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n[keys]\n\n# Keys.\n", "\nquit = \"x\"  # from " + path + ", line 2: end\n", "\n# up = [\"up\", \"k\"]  # the line above\n", "\nbell = true  # from"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if n, err := CheckFile(written(t, strings.ReplaceAll(out.String(), "\n# up", "\nup")), keys()); n != 5 || err != nil {
		t.Errorf("what is printed sets %d keys, %v, from\n%s", n, err, out.String())
	}
}

// What is no text is wrong as anything else; what the section objects to is told, and the rest is used.
func TestWhatIsWrongWithASection(t *testing.T) {
	path := written(t, "[keys]\nquit = 1\nup = [\"k\", 2]\n")
	_, err := CheckFile(path, keys())
	var wrong *FileError
	if !errors.As(err, &wrong) || fmt.Sprint(wrong.Problems) != "[{2 keys.quit is text in quotes, or a list of such, not 1 write, for example, quit = [\"x\", \"f5\"]} "+
		"{3 keys.up is text in quotes, or a list of such, not a list write, for example, up = [\"x\", \"f5\"]}]" {
		t.Fatal(err)
	}
	path = written(t, "[keys]\nquit = \"x\"\n\nup = [\"z\", \"k\"]\n")
	if _, err = CheckFile(path, keys()); !errors.As(err, &wrong) || len(wrong.Problems) != 1 || wrong.Problems[0].Line != 4 {
		t.Fatal(err)
	}
	flags := flagsOf(t)
	if err := flags.Parse([]string{"--config", path}); err != nil {
		t.Fatal(err)
	}
	c, err := Load(flags, nil, keys())
	if err != nil || len(c.Texts("keys")) != 2 || !slices.Equal(c.Objections(), []string{"config.toml, line 4: z is no key"}) {
		t.Errorf("%+v, %q, %v", c.Texts("keys"), c.Objections(), err)
	}
	if _, err := CheckFile(path); err == nil || !strings.Contains(err.Error(), "there is no section [keys]") {
		t.Errorf("who does not bring the section along: %v", err)
	}
}
