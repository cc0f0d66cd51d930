package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// What the screen is made of stays small enough to be read at once; pages and widgets take no part in input and output, and have their colours from the theme.
func TestShapeOfTheScreen(t *testing.T) {
	const mostLines, mostOfUpdate = 400, 60
	var files []string
	for _, folder := range []string{".", "page", "widget"} {
		list, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(list) == 0 {
			t.Fatal(folder, err)
		}
		files = append(files, list...)
	}
	updates := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if lines := set.Position(file.FileEnd).Line; lines > mostLines {
			t.Errorf("%s has %d lines, at most %d", name, lines, mostLines)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.Name != "Update" {
				continue
			}
			updates++
			if lines := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1; lines > mostOfUpdate {
				t.Errorf("%s: Update has %d lines, at most %d", name, lines, mostOfUpdate)
			}
		}
		if filepath.Dir(name) != "page" {
			continue
		}
		for _, i := range file.Imports {
			switch path := strings.Trim(i.Path.Value, `"`); path {
			case "os", "io", "net", "net/http", "os/exec", "github.com/muesli/termenv":
				t.Errorf("%s imports %s: a page is a value that draws itself", name, path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if of, ok := s.X.(*ast.Ident); ok && of.Name == "lipgloss" && s.Sel.Name != "Style" {
					t.Errorf("%s uses lipgloss.%s: styles are the theme's", set.Position(n.Pos()), s.Sel.Name)
				}
			}
			return true
		})
	}
	if updates == 0 {
		t.Error("no Update was found")
	}
}
