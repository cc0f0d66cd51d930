package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/adrg/xdg"
	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// largestFile bounds what is read.
const largestFile = 1 << 20

// Problem is one thing that is wrong with a config file.
type Problem struct {
	Line int // from 1
	What string
	Mend string
}

// FileError is a config file with something wrong in it.
type FileError struct {
	Path     string
	Problems []Problem // at least one, in the order of their lines
}

func (e *FileError) Error() string {
	p := e.Problems[0]
	text := fmt.Sprintf("the config file %s, line %d: %s", e.Path, p.Line, p.What)
	if more := len(e.Problems) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// Mend is what may be done about the first problem.
func (e *FileError) Mend() string { return e.Problems[0].Mend }

// DefaultFile is the config file that is read if none is named, where the system's conventions put it. It need not be there.
func DefaultFile() string { return filepath.Join(xdg.ConfigHome, "wapulse", "config.toml") }

// fileValue is a value of the file, with where it is said.
type fileValue struct {
	value any // of its setting's kind
	line  int
}

// readFile reads a config file. The error is a FileError if something is wrong in it.
func readFile(path string, sections []Section) (contents, error) {
	file, err := os.Open(path)
	if err != nil {
		return contents{}, fmt.Errorf("read the config file: %w", err)
	}
	defer func() { _ = file.Close() }() // it was read only
	document, err := io.ReadAll(io.LimitReader(file, largestFile+1))
	if err != nil {
		return contents{}, fmt.Errorf("read the config file: %w", err)
	}
	if len(document) > largestFile {
		return contents{}, fmt.Errorf("read the config file: %s is larger than %d bytes", path, largestFile)
	}
	read, problems := parse(bytes.TrimPrefix(document, []byte("\xef\xbb\xbf")), sections...)
	if len(problems) > 0 {
		return contents{}, &FileError{path, problems}
	}
	for key, v := range read.values {
		if s, _ := settingOf(key); s.path {
			v.value = located(fmt.Sprint(v.value), path)
			read.values[key] = v
		}
	}
	return read, nil
}

// located is a file's name in the config file at that path, as this process can open it.
func located(name, config string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		return filepath.Join(xdg.Home, rest)
	}
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(config), name)
}

// parse reads a document and finds all that is wrong with it.
func parse(document []byte, sections ...Section) (contents, []Problem) {
	var tree map[string]any
	if err := toml.Unmarshal(document, &tree); err != nil {
		p := Problem{Line: 1, What: "this is no TOML: " + strings.TrimPrefix(err.Error(), "toml: "), Mend: `write a key, = and its value on each line, text in quotes, as in region = "ID"`}
		var place *toml.DecodeError
		if errors.As(err, &place) {
			p.Line, _ = place.Position()
		}
		return contents{}, []Problem{p}
	}
	r := reading{lines: linesOf(document), known: sections, contents: contents{map[string]fileValue{}, map[string]map[string]saidTexts{}}}
	r.table("", tree)
	slices.SortFunc(r.problems, func(a, b Problem) int { return a.Line - b.Line })
	return r.contents, r.problems
}

// reading is a document that is being understood.
type reading struct {
	contents
	lines    map[string]int
	known    []Section
	problems []Problem
}

func (r *reading) table(section string, tree map[string]any) {
	for name, value := range tree {
		key := section + name
		s, known := settingOf(key)
		inner, isTable := value.(map[string]any)
		switch {
		case known:
			r.value(s, value)
		case isTable && slices.ContainsFunc(r.known, func(each Section) bool { return each.Name == key }):
			r.inSection(key, inner)
		case isTable && isSection(key):
			r.table(key+".", inner)
		default:
			r.problems = append(r.problems, Problem{r.line(key), unknown(key, isTable), mendFor(key, isTable)})
		}
	}
}

func (r *reading) value(s setting, raw any) {
	value, ok := s.kind.read(raw)
	if !ok {
		r.problems = append(r.problems, Problem{r.line(s.key), fmt.Sprintf("%s is %s, not %s", s.key, s.kind.name, literal(raw)), "write " + s.instead(raw)})
		return
	}
	if err := s.mayBe(value); err != nil {
		r.problems = append(r.problems, Problem{r.line(s.key), fmt.Sprintf("%s = %s: %s", s.key, literal(raw), err), "write, for example, " + line(s.key, s.shown())})
		return
	}
	r.values[s.key] = fileValue{value, r.line(s.key)}
}

// line is where a key is, or the table that it is in.
func (r *reading) line(key string) int {
	for {
		if n, ok := r.lines[key]; ok {
			return n
		}
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			return 1
		}
		key = key[:dot]
	}
}

// instead is how the setting is written, with the value that was meant if that can be told.
func (s setting) instead(raw any) string {
	switch raw := raw.(type) {
	case string:
		if value, ok := s.kind.parse(raw); ok && s.mayBe(value) == nil {
			return line(s.key, value)
		}
	case int64, float64, bool:
		if value, ok := s.kind.parse(fmt.Sprint(raw)); ok && s.mayBe(value) == nil {
			return line(s.key, value)
		}
	}
	return "it, for example, as " + line(s.key, s.shown())
}

// shown is a value that shows how the setting is written.
func (s setting) shown() any {
	if s.example != nil {
		return s.example
	}
	return s.unset
}

// linesOf finds the line of every key, and of every section, of a document that is TOML.
func linesOf(document []byte) map[string]int {
	lines := map[string]int{}
	var p unstable.Parser
	p.Reset(document)
	section := ""
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.KeyValue && e.Kind != unstable.Table && e.Kind != unstable.ArrayTable {
			continue
		}
		var names []string
		at := 0
		for it := e.Key(); it.Next(); {
			if at == 0 {
				at = p.Shape(it.Node().Raw).Start.Line
			}
			names = append(names, string(it.Node().Data))
		}
		key := strings.Join(names, ".")
		if e.Kind == unstable.KeyValue {
			key = section + key
		} else {
			section = key + "."
		}
		if _, seen := lines[key]; !seen {
			lines[key] = at
		}
	}
	return lines
}

// isSection says whether a key is a table of settings.
func isSection(key string) bool {
	return slices.ContainsFunc(settings(), func(s setting) bool { return strings.HasPrefix(s.key, key+".") })
}

func unknown(key string, isTable bool) string {
	if isTable {
		return fmt.Sprintf("there is no section [%s]", key)
	}
	return fmt.Sprintf("there is no key %q", key)
}

func mendFor(key string, isTable bool) string {
	if near := nearest(key); near != "" && !isTable {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "take it out; wapulse config prints what there is"
}
