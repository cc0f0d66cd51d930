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
		names := slices.Collect(maps.Keys(now))
		for name := range was {
			if _, still := now[name]; !still {
				names = append(names, name)
			}
		}
		names = slices.DeleteFunc(names, func(name string) bool { // none at all is not the same as nothing said
			n, isNow := now[name]
			w, before := was[name]
			return isNow == before && slices.Equal(n.texts, w.texts)
		})
		if len(names) > 0 {
			slices.Sort(names)
			live = append(live, section.Name+" of "+strings.Join(names, ", "))
		}
	}
	return live, later
}
