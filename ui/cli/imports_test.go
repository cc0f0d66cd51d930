package cli_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/wapulse/wapulse/"

// rule says what a package may import, directly of ours, and what it may not even reach.
type rule struct {
	ours  []string // packages of ours that it may import
	never []string // prefixes of packages that it may not depend on, however far away
}

// rules are the design's. A package that is not in the table fails the test: a new one states what it may import.
func rules() map[string]rule {
	notMotion := []string{"go.mau.fi/whatsmeow", "database/sql", "modernc.org/sqlite", "github.com/charmbracelet/"}
	notScreen := []string{"github.com/charmbracelet/"}
	return map[string]rule{
		"session/vital":     {never: append(notMotion, module)},
		"session":           {ours: []string{"session/vital", "resilience"}, never: notMotion},
		"session/history":   {ours: []string{"session/vital"}, never: notMotion},
		"session/check":     {ours: []string{"session", "session/vital"}, never: notMotion},
		"session/record":    {ours: []string{"session/vital"}, never: notMotion},
		"session/whatsapp":  {ours: []string{"session", "session/vital"}, never: append(notScreen, "modernc.org/sqlite")},
		"session/simulator": {never: append(notScreen, module)},
		"resilience":        {never: append(notMotion, module)},
		"store":             {ours: []string{"session", "session/check", "session/history", "session/record", "session/vital"}, never: notScreen},
		"ui/graphics":       {never: []string{"go.mau.fi/whatsmeow", "modernc.org/sqlite", module}},
		"ui/widget":         {ours: []string{"session/vital", "ui/graphics"}, never: []string{"go.mau.fi/whatsmeow", "modernc.org/sqlite"}},
		"ui/page":           {ours: []string{"session/check", "session/history", "session/vital", "ui/graphics", "ui/widget"}, never: []string{"go.mau.fi/whatsmeow", "modernc.org/sqlite"}},
		"ui":                {ours: []string{"session", "session/check", "session/history", "session/vital", "ui/graphics", "ui/newfile", "ui/page", "ui/widget"}, never: []string{"go.mau.fi/whatsmeow", "modernc.org/sqlite"}},
		"ui/newfile":        {never: append(notMotion, module)},
		"ui/termguard":      {never: append(notMotion, module)},
		"ui/control":        {never: append(notMotion, module)},
		"ui/cli/config":     {ours: []string{"session/check", "session/vital", "session/whatsapp"}, never: notScreen},
		"ui/cli/demo":       {ours: []string{"session", "session/simulator", "session/vital", "ui/page"}, never: []string{"modernc.org/sqlite"}},
		"ui/cli": {ours: []string{
			"session", "session/check", "session/history", "session/record", "session/vital", "session/whatsapp", "session/simulator", "resilience", "store", "ui", "ui/graphics", "ui/newfile", "ui/page", "ui/widget", "ui/cli/config", "ui/cli/demo",
			"ui/control",
		}},
		"": {ours: []string{"ui/cli", "ui/termguard"}},
	}
}

type listedPackage struct {
	ImportPath    string
	Imports, Deps []string
}

func TestImportsPointOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Deps", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name, ours := strings.CutPrefix(p.ImportPath+"/", module)
		if !ours {
			continue
		}
		seen++
		name = strings.TrimSuffix(name, "/")
		if r, ok := rules()[name]; ok {
			checkRule(t, p, r)
		} else {
			t.Errorf("%s has no rule in this test: say what it may import", p.ImportPath)
		}
	}
	if want := len(rules()); seen != want {
		t.Errorf("the test knows %d packages, go list %d", want, seen)
	}
}

func checkRule(t *testing.T, p listedPackage, r rule) {
	t.Helper()
	for _, imported := range p.Imports {
		if name, ours := strings.CutPrefix(imported, module); ours && !slices.Contains(r.ours, name) {
			t.Errorf("%s imports %s, which the design does not allow", p.ImportPath, imported)
		}
	}
	for _, dep := range p.Deps {
		for _, prefix := range r.never {
			if strings.HasPrefix(dep, prefix) && dep != p.ImportPath {
				t.Errorf("%s depends on %s, which the design does not allow", p.ImportPath, dep)
			}
		}
	}
}
