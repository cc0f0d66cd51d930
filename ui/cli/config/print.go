package config

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Print writes a whole config file with what is in force: each key with a comment, those that somebody has set as they are, the others as comments.
func (c Config) Print(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintln(&b, "# What wapulse goes by. A flag goes before the environment, that before this file, and this before the default.")
	fmt.Fprintln(&b, "# \"Live\": a dashboard goes by it as soon as this file is changed. The others count from the next start.")
	section := ""
	for _, s := range settings() {
		name := s.key
		if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
			if name[:dot] != section {
				section = name[:dot]
				fmt.Fprintf(&b, "\n[%s]\n", section)
			}
			name = name[dot+1:]
		}
		comment := s.comment
		if s.live {
			comment += " Live."
		}
		fmt.Fprintf(&b, "\n# %s\n", strings.ReplaceAll(comment, "\n", "\n# "))
		if from := c.from[s.key]; from != "" {
			value := c.values[s.key]
			if s.hides != nil {
				value = s.hides(value)
			}
			fmt.Fprintf(&b, "%s  # from %s\n", line(name, value), from)
		} else {
			fmt.Fprintf(&b, "# %s\n", line(name, s.unset))
		}
	}
	for _, s := range c.sections {
		s.print(&b, c)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// line is a key with its value, as a config file has it, within its section.
func line(key string, value any) string {
	return key[strings.LastIndexByte(key, '.')+1:] + " = " + literal(value)
}

// literal is a value as TOML has it.
func literal(value any) string {
	switch value := value.(type) {
	case string:
		if quoted := strconv.Quote(value); !strings.Contains(quoted, `\\`) { // as people write it
			return quoted
		}
	case map[string]any:
		return "a section"
	case []any:
		return "a list"
	}
	out, err := toml.Marshal(map[string]any{"v": value})
	if err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSpace(strings.TrimPrefix(string(out), "v = "))
}
