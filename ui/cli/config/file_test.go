package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adrg/xdg"

	"github.com/wapulse/wapulse/session/check"
)

// written makes a config file.
func written(t *testing.T, document string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheFileGoesBeforeTheDefaultsAndAfterAllElse(t *testing.T) {
	path := written(t, "# mine\nregion = \"id\"\nrate = 2\nbatch = 20\nlog-file = \"/file.log\"\n")
	c, err := load(t, []string{"--config", path, "--log-file", "/flag.log"}, []string{"WAPULSE_RATE=0.5", "WAPULSE_LOG_FILE=/env.log", "WAPULSE_BATCH="})
	if err != nil {
		t.Fatal(err)
	}
	if c.Region != "ID" || c.Rate != 0.5 || c.Batch != 20 || c.LogFile != "/flag.log" || !c.DefaultDB || c.File != path {
		t.Errorf("%+v", c)
	}
	byVariable, err := load(t, nil, []string{"WAPULSE_CONFIG=" + path, "WAPULSE_REGION="})
	if err != nil || byVariable.Region != "" || byVariable.Rate != 2 || byVariable.LogFile != "/file.log" {
		t.Errorf("%+v, %v", byVariable, err)
	}
	none, err := load(t, nil, nil)
	if err != nil || none.Region != "" || none.Rate != 1 || none.Batch != check.DefaultBatch {
		t.Errorf("%+v, %v", none, err)
	}
}

// What the file says of a command goes with it to the process that runs it; what the environment says goes by itself.
func TestWhatGoesToTheHolder(t *testing.T) {
	path := written(t, "region = \"ID\"\nrate = 0.25\nbatch = 20\nlog-file = \"x.log\"\ndb = \"x.db\"\n")
	c, err := load(t, []string{"--config", path}, []string{"WAPULSE_BATCH=10"})
	if err != nil {
		t.Fatal(err)
	}
	pairs := c.ForHolder()
	if !slices.Equal(pairs, []string{"WAPULSE_REGION=ID", "WAPULSE_RATE=0.25"}) {
		t.Fatalf("%q", pairs)
	}
	there, err := LoadLent(flagsOf(t), append(pairs, "WAPULSE_BATCH=10", "WAPULSE_CONFIG=/missing.toml"))
	if err != nil || there.Region != c.Region || there.Rate != c.Rate || there.Batch != c.Batch || there.File != "" {
		t.Errorf("%+v, %v", there, err)
	}
}

func TestNamesOfFilesBeginInTheFolderOfTheConfigFile(t *testing.T) {
	path := written(t, "db = \"sub/x.db\"\nlog-file = \"~/x.log\"\n")
	c, err := load(t, []string{"--config", path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.DB != filepath.Join(filepath.Dir(path), "sub", "x.db") || c.DefaultDB || c.LogFile != filepath.Join(xdg.Home, "x.log") {
		t.Errorf("%+v", c)
	}
}

// Each thing that can be wrong is told with its line, what it is and what to write instead.
func TestProblems(t *testing.T) {
	for document, want := range map[string]string{
		"":                                  "",
		"\xef\xbb\xbfregion = \"ID\"\r\n":   "",
		"rate = -1\nbatch = 1000":           "",
		"region = \"\"\nlog-file = \"\"":    "",
		"\nregoin = \"ID\"":                 `2: there is no key "regoin"; did you mean "region"?`,
		"log_file = \"x\"":                  `1: there is no key "log_file"; did you mean "log-file"?`,
		"colour = 1":                        `1: there is no key "colour"; take it out; wapulse config prints what there is`,
		"# x\n\n[colours]\nred = 1":         "3: there is no section [colours]; take it out; wapulse config prints what there is",
		"region = \"ID\"\n\n[rate]\nx = 1":  "3: rate is a number, not a section; write it, for example, as rate = 1.0",
		"[[batch]]\nx = 1":                  "1: batch is a whole number, not a list; write it, for example, as batch = 50",
		"rate = \"0.5\"":                    `1: rate is a number, not "0.5"; write rate = 0.5`,
		"batch = 2.5":                       "1: batch is a whole number, not 2.5; write it, for example, as batch = 50",
		"region = 62":                       `1: region is text in quotes, not 62; write it, for example, as region = "ID"`,
		"region = \"Wonderland\"":           `1: region = "Wonderland": "Wonderland" is no region: give two letters, such as ID or BR; write, for example, region = "ID"`,
		"rate = 0":                          "1: rate = 0: a number of queries a second, or -1 for no limit; write, for example, rate = 1.0",
		"rate = nan":                        "1: rate = nan: a number of queries a second, or -1 for no limit; write, for example, rate = 1.0",
		"rate = -0.5":                       "1: rate = -0.5: a number of queries a second, or -1 for no limit; write, for example, rate = 1.0",
		"batch = 1001":                      "1: batch = 1001: 1 to 1000 numbers in a query; write, for example, batch = 50",
		"batch = 9223372036854775807":       "1: batch = 9223372036854775807: 1 to 1000 numbers in a query; write, for example, batch = 50",
		"[notify]\nbell = 1":                "2: notify.bell is true or false, not 1; write bell = true",
		"fps = 31":                          "1: fps = 31: 1 to 30 frames a second; write, for example, fps = 30",
		"[notify]\nbel = true":              `2: there is no key "notify.bel"; did you mean "notify.bell"?`,
		"region = ID":                       "1: this is no TOML: ",
		"rate = 1\nbatch = 2\nrate = 2":     "3: this is no TOML: ",
		"root-key = \"0a\"":                 "1: root-key = \"0a\": ",
		"endpoint = \"wss://192.0.2.1/ws\"": "1: endpoint = \"wss://192.0.2.1/ws\": ",
		"batch = 0\nrate = 0":               "1: batch = 0: 1 to 1000 numbers in a query; write, for example, batch = 50\n2: rate = 0: ",
	} {
		_, problems := parse(bytes.TrimPrefix([]byte(document), []byte("\xef\xbb\xbf")))
		var told []string
		for _, p := range problems {
			told = append(told, fmt.Sprintf("%d: %s; %s", p.Line, p.What, p.Mend))
		}
		got := strings.Join(told, "\n")
		if whole := strings.HasSuffix(want, ": "); whole && !strings.HasPrefix(got, want) || !whole && got != want {
			t.Errorf("%q:\n%s\nwant\n%s", document, got, want)
		}
	}
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	for name, args := range map[string][]string{
		"missing": {"--config", "/nowhere/config.toml"}, "a folder": {"--config", t.TempDir()}, "too large": {"--config", written(t, strings.Repeat("# \n", largestFile))},
	} {
		if _, err := load(t, args, nil); err == nil || !strings.Contains(err.Error(), "read the config file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	path := written(t, "rate = 1\nbatch = 0\nregion = 1\n")
	_, err := load(t, []string{"--config", path}, nil)
	var wrong *FileError
	if !errors.As(err, &wrong) || len(wrong.Problems) != 2 || err.Error() != "the config file "+path+", line 2: batch = 0: 1 to 1000 numbers in a query (and 1 more)" {
		t.Errorf("%v", err)
	}
}

func TestWrongFlagsAndVariables(t *testing.T) {
	for want, environ := range map[string]string{
		`WAPULSE_RATE: "fast" is not a number`:                "WAPULSE_RATE=fast",
		"WAPULSE_BATCH: 1 to 1000 numbers in a query":         "WAPULSE_BATCH=0",
		`WAPULSE_REGION: "Wonderland" is no region: give two`: "WAPULSE_REGION=Wonderland",
	} {
		if _, err := load(t, nil, []string{environ}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", environ, err)
		}
	}
	flags := flagsOf(t)
	flags.String("batch", "", "")
	if err := flags.Parse([]string{"--batch", "x"}); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(flags, nil); err == nil || err.Error() != `--batch: "x" is not a whole number` {
		t.Error(err)
	}
}

// What is printed is a config file that sets what is in force.
func TestWhatIsPrintedIsAConfigFile(t *testing.T) {
	key := strings.Repeat("0a", 32)
	c, err := load(t, []string{"--db", "/a \"b\"\\c.db", "--endpoint", "ws://127.0.0.1:1", "--root-key", key}, []string{"WAPULSE_REGION=br", "WAPULSE_RATE=-1"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"region = \"br\"  # from WAPULSE_REGION\n", "\n# log-file = \"\"\n", "\n# batch = 50\n", "rate = -1.0  # from WAPULSE_RATE\n", "endpoint = \"ws://127.0.0.1:1\"  # from --endpoint\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	again, err := load(t, []string{"--config", written(t, out.String())}, nil)
	if err != nil || again.DB != c.DB || again.Region != "BR" || again.Rate != -1 || *again.Endpoint != *c.Endpoint || again.DefaultDB {
		t.Errorf("%+v, %v from\n%s", again, err, out.String())
	}
	uncommented := strings.ReplaceAll(out.String(), "\n# log-file", "\nlog-file")
	if _, problems := parse([]byte(strings.ReplaceAll(uncommented, "\n# batch", "\nbatch"))); len(problems) > 0 {
		t.Errorf("the defaults are no values: %+v", problems)
	}
}

// What is printed says the same when it is read, whatever is set.
func TestAllThatIsSetIsPrinted(t *testing.T) {
	var environ []string
	for _, s := range settings() {
		environ = append(environ, fmt.Sprintf("%s=%v", s.variable(), s.shown()))
	}
	c, err := load(t, nil, environ)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	read, problems := parse(out.Bytes())
	if len(problems) > 0 {
		t.Fatalf("%+v in\n%s", problems, out.String())
	}
	for _, s := range settings() {
		if got := read.values[s.key].value; got != c.values[s.key] {
			t.Errorf("%s is %v, and %v when it is read", s.key, c.values[s.key], got)
		}
	}
}

// The table itself: a default and an example are such values as the setting takes.
func TestSettings(t *testing.T) {
	for _, s := range settings() {
		for _, value := range []any{s.unset, s.shown()} {
			parsed, ok := s.kind.parse(fmt.Sprint(value))
			if !ok || parsed != value || s.mayBe(value) != nil {
				t.Errorf("%s = %v: %v", s.key, value, s.mayBe(value))
			}
		}
		if s.comment == "" || !strings.HasSuffix(s.comment, ".") {
			t.Errorf("%s: %q is no comment", s.key, s.comment)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, document := range []string{"region = \"ID\"\nrate = 1", "[rate]\nx=1", "a.b.c = {d = [1]}", "[keys]\nquit = [\"x\", 1]\nx.y = 2", "keys.a = \"b\"\nnotify.bell = 1", "region = ID", "\"a.b\" = 1\n[[x]]\n"} {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		read, problems := parse(document, Section{Name: "keys"})
		lines := bytes.Count(document, []byte("\n")) + 1
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines || p.What == "" || p.Mend == "" {
				t.Errorf("%+v of %d lines", p, lines)
			}
		}
		for key, v := range read.values {
			if s, ok := settingOf(key); !ok || s.mayBe(v.value) != nil {
				t.Errorf("%s = %v", key, v.value)
			}
		}
	})
}
