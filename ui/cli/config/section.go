package config

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Section is a part of the file whose names another package knows: each is a text, or a list of texts. Whoever reads the file brings it along.
type Section struct {
	Name    string
	Comment string // lines for the printed file
	Entries []Entry
	// Check says what is wrong with what the file says, by name. It is told, and keeps nobody from starting.
	Check func(said map[string][]string) []Objection
}

// Entry is a name with its default, for the printed file.
type Entry struct {
	Name    string
	Texts   []string
	Comment string
}

// Objection is what is wrong with a name of a section.
type Objection struct{ Name, What, Mend string }

// saidTexts is what the file says of a name, and where.
type saidTexts struct {
	texts []string
	line  int
}

// contents is all that a file says.
type contents struct {
	values   map[string]fileValue            // of settings, by key
	sections map[string]map[string]saidTexts // by section and name
}

// keys is how many keys are set.
func (c contents) keys() int {
	n := len(c.values)
	for _, names := range c.sections {
		n += len(names)
	}
	return n
}

// objections are what sections say of what is in them, in the order of lines.
func (c contents) objections(sections []Section) []Problem {
	var problems []Problem
	for _, section := range sections {
		said := c.sections[section.Name]
		if section.Check == nil || len(said) == 0 {
			continue
		}
		for _, o := range section.Check(texts(said)) {
			problems = append(problems, Problem{max(1, said[o.Name].line), o.What, o.Mend})
		}
	}
	slices.SortStableFunc(problems, func(a, b Problem) int { return a.Line - b.Line })
	return problems
}

func texts(said map[string]saidTexts) map[string][]string {
	all := make(map[string][]string, len(said))
	for name, s := range said {
		all[name] = s.texts
	}
	return all
}

// Texts is what the file says in a section that was brought along, by name.
func (c Config) Texts(section string) map[string][]string { return texts(c.said[section]) }

// Objections are what its sections say against the file, a text each with the file's name, without its folder, and the line.
func (c Config) Objections() []string {
	list := make([]string, 0, len(c.objections))
	for _, p := range c.objections {
		list = append(list, fmt.Sprintf("%s%d: %s", placeIn(filepath.Base(c.File)), p.Line, p.What))
	}
	return list
}

// inSection reads a section's names.
func (r *reading) inSection(section string, tree map[string]any) {
	said := map[string]saidTexts{}
	for name, raw := range tree {
		key := section + "." + name
		list, ok := textsOf(raw)
		if !ok {
			r.problems = append(r.problems, Problem{
				r.line(key), fmt.Sprintf("%s is text in quotes, or a list of such, not %s", key, literal(raw)), "write, for example, " + name + ` = ["x", "f5"]`,
			})
			continue
		}
		said[name] = saidTexts{list, r.line(key)}
	}
	r.sections[section] = said
}

func textsOf(raw any) ([]string, bool) {
	switch raw := raw.(type) {
	case string:
		return []string{raw}, true
	case []any:
		list := make([]string, 0, len(raw))
		for _, each := range raw {
			text, ok := each.(string)
			if !ok {
				return nil, false
			}
			list = append(list, text)
		}
		return list, true
	default:
		return nil, false
	}
}

// print writes the section as Config.Print does the rest.
func (s Section) print(b *bytes.Buffer, c Config) {
	fmt.Fprintf(b, "\n[%s]\n\n# %s\n", s.Name, strings.ReplaceAll(s.Comment, "\n", "\n# "))
	for _, e := range s.Entries {
		if own, ok := c.said[s.Name][e.Name]; ok {
			fmt.Fprintf(b, "%s = %s  # from %s%d: %s\n", e.Name, listLiteral(own.texts), placeIn(c.File), own.line, e.Comment)
		} else {
			fmt.Fprintf(b, "# %s = %s  # %s\n", e.Name, listLiteral(e.Texts), e.Comment)
		}
	}
}

func listLiteral(list []string) string {
	if len(list) == 1 {
		return literal(list[0])
	}
	quoted := make([]string, 0, len(list))
	for _, text := range list {
		quoted = append(quoted, literal(text))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
