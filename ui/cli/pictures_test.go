package cli

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unicode"
)

const (
	docsFolder     = "../../docs"
	picturesFolder = docsFolder + "/pictures"
	readme         = "../../README.md"
	redrawThem     = "go test ./ui/cli -run TestPictures -update"
)

var update = flag.Bool("update", false, "draw the pictures of docs anew") //nolint:gochecknoglobals // a flag of the test

// The pictures of docs are what the program shows.
func TestPicturesAreCurrent(t *testing.T) {
	drawn := drawPictures(t)
	for _, name := range slices.Sorted(maps.Keys(drawn)) {
		path := filepath.Join(picturesFolder, name+".svg")
		if *update {
			if err := os.WriteFile(path, drawn[name], 0o644); err != nil { //nolint:gosec // it is for everybody
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")), drawn[name]) {
			t.Errorf("%s is not what the program shows (%v): %s, and look at it", path, err, redrawThem)
		}
	}
	files, err := os.ReadDir(picturesFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name, isPicture := strings.CutSuffix(f.Name(), ".svg")
		switch {
		case isPicture && drawn[name] != nil:
		case *update:
			if err := os.Remove(filepath.Join(picturesFolder, f.Name())); err != nil {
				t.Error(err)
			}
		default:
			t.Errorf("nothing draws %s: %s deletes it", f.Name(), redrawThem)
		}
	}
}

func drawPictures(t *testing.T) (drawn map[string][]byte) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPictured(t)
		defer p.close()
		drawn = p.story()
	})
	return drawn
}

// Every picture is on a page, and every picture on a page is there.
func TestPicturesAreShown(t *testing.T) {
	pages, err := filepath.Glob(docsFolder + "/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	image := regexp.MustCompile(`!\[([^]]*)\]\(([^)]*)\)`)
	shown := map[string]bool{}
	for _, page := range append(pages, readme) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range image.FindAllStringSubmatch(string(text), -1) {
			file := filepath.Join(filepath.Dir(page), filepath.FromSlash(m[2]))
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s shows a picture that is not there: %v", page, err)
			}
			if len(m[1]) < 20 {
				t.Errorf("%s: whoever cannot see %s is told only %q of it", page, m[2], m[1])
			}
			shown[filepath.Base(file)] = true
		}
	}
	files, err := os.ReadDir(picturesFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !shown[f.Name()] {
			t.Errorf("no page shows %s", f.Name())
		}
	}
}

// What is in a frame is in its picture, in its place: letters in their columns, lines and blocks as shapes.
func TestPicturesHaveWhatTheFrameHas(t *testing.T) {
	frame := "┌─┐ a<b  \x1b[31mred\x1b[0m\n│█│ ▮ ü"
	picture := string(svgOf(frame, "a & b", 20, 2, darkWindow()))
	for _, want := range []string{
		`<text x="32" y="12" textLength="24" `, `>a&lt;b</text>`, `<text x="72" y="12" textLength="24" `, `>red</text>`, `<text x="48" y="28" textLength="8" `,
		`>ü</text>`, `a &amp; b`, `M8 16h8v16h-8z`,
	} {
		if !strings.Contains(picture, want) {
			t.Errorf("no %s in\n%s", want, picture)
		}
	}
	if strings.ContainsAny(picture, "┌█▮") {
		t.Errorf("a shape is left to the font:\n%s", picture)
	}
	decoder := xml.NewDecoder(strings.NewReader(picture))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// Whoever reads the README finds every page, and pages lead only to what is there.
func TestPagesAreFound(t *testing.T) {
	pages, err := filepath.Glob(docsFolder + "/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	link := regexp.MustCompile(`\]\(([^):]+)\)`)
	fromReadme := map[string]bool{}
	headings := map[string][]string{}
	for _, page := range append(pages, readme) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(text), -1) {
			headings[filepath.Clean(page)] = append(headings[filepath.Clean(page)], anchor(m[1]))
		}
	}
	for _, page := range append(pages, readme) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			path, to, _ := strings.Cut(m[1], "#")
			file := filepath.Clean(page)
			if path != "" {
				file = filepath.Join(filepath.Dir(page), filepath.FromSlash(path))
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s leads to what is not there: %v", page, err)
			}
			if to != "" && !slices.Contains(headings[file], to) {
				t.Errorf("%s leads to %s, which has no such heading", page, m[1])
			}
			if page == readme {
				fromReadme[file] = true
			}
		}
	}
	for _, page := range pages {
		if !fromReadme[filepath.Clean(page)] {
			t.Errorf("the README does not lead to %s", page)
		}
	}
}

// anchor is how a heading is linked to.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}
