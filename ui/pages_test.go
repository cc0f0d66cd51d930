package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wapulse/wapulse/ui/page"
)

// pageScenes names the scenes of a page in each condition that it can be in; "" where it cannot.
type pageScenes struct {
	normal  string
	empty   string // nothing is there to show
	waiting string // for what it has asked for
	failed  string
	full    string // more than has room
}

// scenesOfPages has every page.
func scenesOfPages() map[page.Page]pageScenes {
	return map[page.Page]pageScenes{
		&page.Dashboard{}:     {"dashboard", "welcome", "dashboard-quiet", "dashboard-refused", "dashboard-many"},
		&page.Session{}:       {"session-healthy", "session-none", "session-loading", "session-failed", "session-degraded"},
		&page.Pairing{}:       {"pair-code", "pair-name", "pair-asking", "pair-refused", ""},
		&page.Events{}:        {"events-open", "events-empty", "events-reading", "events-unread", "events-paused"},
		&page.Prompt{}:        {"prompt-answers", "prompt-empty", "prompt-pending", "prompt-too-many", "prompt-many"},
		&page.Contacts{}:      {"contacts", "contacts-none", "contacts-loading", "contacts-failed", "contacts"},
		&page.Message{}:       {"message-sent", "message", "message-sending", "message-failed", "message-long"},
		&page.Notifications{}: {"notes", "notes-none", "", "", "notes-many"},
		&page.Dialog{}:        {"logout", "", "", "rename-refused", "marks-logout"},
		&page.Palette{}:       {"palette", "palette-none", "", "", "palette-all"},
		&page.Help{}:          {"help", "", "", "", "help-scrolled"},
		&page.Failures{}:      {"marks-failed", "", "", "", "marks-crowd"},
		&page.Columns{}:       {"columns", "", "", "", ""},
		&page.Faults{}:        {"faults", "", "", "", "faults-all"},
		&page.Tour{}:          {"tour-shows", "", "tour-happens", "tour-refused", ""},
		&page.Replay{}:        {"replay-failure", "replay-beginning", "", "", "replay-end"},
	}
}

// Whoever adds a page adds its scenes, and it to the list of pages by which conflicts of keys are found.
func TestEveryPageHasItsScenes(t *testing.T) {
	all, listed := allScenes(), scenesOfPages()
	var names []string
	for p, of := range listed {
		names = append(names, reflect.TypeOf(p).Elem().Name())
		for condition, name := range map[string]string{"as usual": of.normal, "empty": of.empty, "waiting": of.waiting, "failed": of.failed, "full": of.full} {
			if name == "" && condition != "as usual" {
				continue
			}
			s, ok := all[name]
			if !ok {
				t.Errorf("%T %s: there is no scene %q", p, condition, name)
				continue
			}
			b := s.on(t, size{80, 24}, roleTheme())
			if front := b.model.front(); reflect.TypeOf(front) != reflect.TypeOf(p) {
				t.Errorf("%T %s: in front of the scene %q is a %T", p, condition, name, front)
			}
		}
	}
	for _, p := range pages() {
		if !slices.Contains(names, reflect.TypeOf(p).Elem().Name()) {
			t.Errorf("%T has no scenes", p)
		}
	}
	for _, name := range pageTypes(t) {
		if !slices.ContainsFunc(pages(), func(p page.Page) bool { return reflect.TypeOf(p).Elem().Name() == name }) {
			t.Errorf("page.%s is not in the list of pages", name)
		}
	}
}

// pageTypes are the types that have what a page has, as their files tell.
func pageTypes(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("page/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	methods := map[string]map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil {
				continue
			}
			if pointer, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
				of := pointer.X.(*ast.Ident).Name
				if methods[of] == nil {
					methods[of] = map[string]bool{}
				}
				methods[of][f.Name.Name] = true
			}
		}
	}
	var list []string
	for of, has := range methods {
		if has["Title"] && has["View"] && strings.ToUpper(of[:1]) == of[:1] {
			list = append(list, of)
		}
	}
	if len(list) < 10 {
		t.Fatalf("only %q are pages", list)
	}
	return list
}
