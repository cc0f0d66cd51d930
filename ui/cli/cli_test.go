package cli_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/store"
	"github.com/wapulse/wapulse/ui/cli"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	_ = os.Setenv("WAPULSE_CONFIG", os.DevNull) // not that of whoever runs the tests
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		_, _ = os.Stderr.WriteString(err.Error())
		code = 1
	}
	program.remove()
	os.Exit(code)
}

// ran is what a command said.
type ran struct {
	code     int
	out, err string
}

func run(t *testing.T, args ...string) ran {
	t.Helper()
	var out, errs bytes.Buffer
	code := cli.Execute(t.Context(), args, strings.NewReader(""), &out, &errs)
	return ran{code, out.String(), errs.String()}
}

// databaseWith makes a database with sessions of these names in it.
func databaseWith(t *testing.T, names ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wapulse.db")
	s, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		record, err := s.CreateSession(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			identity := vital.Identity{JID: "491512345678:3@s.whatsapp.net", Phone: "+491512345678", PushName: "An\x1b[31mna"}
			if err := s.SetIdentity(t.Context(), record.ID, identity); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEveryCommandExplainsItself(t *testing.T) {
	for _, command := range []string{"", "check", "config", "config check", "contacts", "media", "pair", "ping", "run", "send", "sessions", "simulator", "demo", "version"} {
		got := run(t, append(strings.Fields(command), "--help")...)
		if got.code != 0 || !strings.Contains(got.out, "Usage:") || !strings.Contains(got.out, "wapulse "+command) {
			t.Errorf("%s --help: %+v", command, got)
		}
	}
}

func TestMistakesOnTheCommandLine(t *testing.T) {
	db := databaseWith(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"unknown command":  {[]string{"pear"}, `did you mean "pair"?`},
		"unknown flag":     {[]string{"--frobnicate"}, "unknown flag"},
		"no name":          {[]string{"pair"}, "needs a session's name"},
		"two names":        {[]string{"pair", "a", "b"}, "got 2 arguments"},
		"bad format":       {[]string{"--db", db, "pair", "a", "--format", "gif"}, "--format is text, raw or png"},
		"half an endpoint": {[]string{"--endpoint", "ws://127.0.0.1:1/ws/chat"}, "belong together"},
		"far endpoint":     {[]string{"--endpoint", "ws://192.0.2.1/ws/chat", "--root-key", strings.Repeat("ab", 32)}, "loopback"},
		"a folder played":  {[]string{"demo", "--scenario", t.TempDir()}, "read the scenario: read"},
		"an argument":      {[]string{"version", "x"}, "takes no argument"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, c.args...)
			if got.code != 2 || !strings.Contains(got.err, c.want) || !strings.Contains(got.err, "\nnext: ") || got.out != "" {
				t.Errorf("%+v, want exit code 2 and %q", got, c.want)
			}
		})
	}
}

func TestTheDashboardNeedsATerminal(t *testing.T) {
	for _, args := range [][]string{{"--db", databaseWith(t)}, {"demo"}} {
		got := run(t, args...)
		if got.code != 1 || !strings.Contains(got.err, "needs a terminal") || !strings.Contains(got.err, "next: ") {
			t.Errorf("%q: %+v", args, got)
		}
	}
}

func TestSessionsLists(t *testing.T) {
	db := databaseWith(t, "sales", "support")
	table := run(t, "--db", db, "sessions")
	if table.code != 0 || !strings.Contains(table.out, "sales") || !strings.Contains(table.out, "+491512345678") || !strings.Contains(table.out, "not paired") {
		t.Errorf("%+v", table)
	}
	if strings.Contains(table.out, "\x1b") {
		t.Error("a push name's control sequence was printed")
	}
	asJSON := run(t, "--db", db, "sessions", "--json")
	var list []struct {
		Name, JID, State string
		Wanted           bool
	}
	if err := json.Unmarshal([]byte(asJSON.out), &list); err != nil {
		t.Fatalf("%v: %s", err, asJSON.out)
	}
	if len(list) != 2 || list[0].Name != "sales" || list[0].JID == "" || list[1].State != "DISCONNECTED" {
		t.Errorf("%+v", list)
	}
}

func TestSessionsWithoutADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	got := run(t, "--db", path, "sessions")
	if got.code != 0 || got.out != "" || !strings.Contains(got.err, "no sessions yet") {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("listing made a database")
	}
	if got := run(t, "--db", path, "sessions", "--json"); strings.TrimSpace(got.out) != "[]" {
		t.Errorf("%+v", got)
	}
}

// Each database that cannot be used ends in an error that says what it is and what to do.
func TestDatabasesThatCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		want  string
	}{
		"rubbish": {func(t *testing.T, path string) { write(t, path, strings.Repeat("rubbish ", 4096)) }, "damaged"},
		"newer": {func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec("UPDATE wapulse_version SET version = 999, compat = 999"); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}, "newer wapulse"},
		"a folder": {func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "director"},
	} {
		t.Run(name, func(t *testing.T) {
			path := databaseWith(t, "sales")
			c.spoil(t, path)
			got := run(t, "--db", path, "pair", "another")
			if got.code != 1 || !strings.Contains(got.err, c.want) || !strings.Contains(got.err, "next: ") {
				t.Errorf("%+v, want exit code 1 and %q", got, c.want)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestASecondWapulseIsTurnedAway(t *testing.T) {
	path := databaseWith(t)
	s, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	got := run(t, "--db", path, "pair", "sales")
	if got.code != 1 || !strings.Contains(got.err, "in use by process") || !strings.Contains(got.err, "next: quit the other wapulse") {
		t.Errorf("%+v", got)
	}
	if listed := run(t, "--db", path, "sessions"); listed.code != 0 {
		t.Errorf("listing beside it: %+v", listed)
	}
}
