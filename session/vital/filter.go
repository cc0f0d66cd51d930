package vital

import (
	"fmt"
	"slices"
	"time"
)

// Filter says which events are wanted. The zero Filter wants all. A gap, which stands for events that nobody knows any more, passes whatever it may
// have hidden: of a Filter's parts only the times and, if the gap is one session's, the sessions concern it. One of level debug has hidden nothing heavier.
type Filter struct {
	Sessions []string  // names, any of them; upper and lower case of A to Z are the same
	Kinds    []Kind    // any of them
	Level    Level     // the least
	Text     []string  // all of them, in the text or the value of a field; upper and lower case of A to Z are the same
	Since    time.Time // at or after
	Until    time.Time // before
}

// Match says whether an event is wanted.
func (f Filter) Match(e Event) bool {
	if !f.Since.IsZero() && e.Time.Before(f.Since) || !f.Until.IsZero() && !e.Time.Before(f.Until) {
		return false
	}
	if e.Kind == KindGap {
		return (e.Level > LevelDebug || f.Level == LevelDebug) && (e.Session == 0 || f.matchSession(e.Name))
	}
	return e.Level >= f.Level && (len(f.Kinds) == 0 || slices.Contains(f.Kinds, e.Kind)) && f.matchSession(e.Name) && f.MatchText(e)
}

func (f Filter) matchSession(name string) bool {
	if len(f.Sessions) == 0 {
		return true
	}
	for _, wanted := range f.Sessions {
		if equalFold(wanted, name) {
			return true
		}
	}
	return false
}

// MatchText says whether all texts are in an event, whatever else the filter wants.
func (f Filter) MatchText(e Event) bool {
	for _, text := range f.Text {
		if containsFold(e.Text, text) {
			continue
		}
		if !slices.ContainsFunc(e.Fields, func(field Field) bool { return containsFold(field.Value, text) }) {
			return false
		}
	}
	return true
}

func lowerByte(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func equalFold(a, b string) bool { return len(a) == len(b) && hasPrefixFold(a, b) }

func hasPrefixFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lowerByte(s[i]) != lowerByte(prefix[i]) {
			return false
		}
	}
	return true
}

// containsFold is strings.Contains without regard to the case of A to Z, as the database's LIKE is. It allocates nothing.
func containsFold(s, part string) bool {
	if part == "" {
		return true
	}
	first := lowerByte(part[0])
	for i := 0; i+len(part) <= len(s); i++ {
		if lowerByte(s[i]) == first && hasPrefixFold(s[i:], part) {
			return true
		}
	}
	return false
}

// FilterError says what of a filter's text cannot be understood.
type FilterError struct {
	Word string // the part that is meant
	Why  string
}

func (e *FilterError) Error() string {
	return fmt.Sprintf("the filter's %q cannot be understood: %s", e.Word, e.Why)
}
