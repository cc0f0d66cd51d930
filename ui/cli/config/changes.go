package config

import (
	"maps"
	"slices"
	"strings"
)

// Changes says what is different from how it was before, in the order of the printed file: what a dashboard takes while it runs, each as the file has it, and the
// names of what counts from the next start only.
func (c Config) Changes(before Config) (live, later []string) {
	for _, s := range settings() {
		switch {
		case c.values[s.key] == before.values[s.key]:
		case s.live:
			live = append(live, s.key+" = "+literal(c.values[s.key]))
		default:
			later = append(later, s.key)
		}
	}
	for _, section := range c.sections {
		now, was := c.said[section.Name], before.said[section.Name]
		names := map[string]bool{}
		for name := range now {
			names[name] = !slices.Equal(now[name].texts, was[name].texts)
		}
		for name := range was {
			if _, still := now[name]; !still {
				names[name] = true
			}
		}
		maps.DeleteFunc(names, func(_ string, differs bool) bool { return !differs })
		if len(names) > 0 {
			live = append(live, section.Name+" of "+strings.Join(slices.Sorted(maps.Keys(names)), ", "))
		}
	}
	return live, later
}
