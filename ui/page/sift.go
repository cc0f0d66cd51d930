package page

import (
	"strings"

	"github.com/wapulse/wapulse/ui/widget"
)

// sift is the filter of a list: a text that its lines must have. What embeds it has the keys for it, and finds its lines anew when Key or Back change it.
type sift struct {
	filter Field
	types  bool
}

func newSift() sift { return sift{filter: NewField("Filter", 100)} }

// Types says whether keys are text now.
func (s *sift) Types() bool { return s.types }

// Full says whether what is typed has no place left.
func (s *sift) Full() bool { return s.types && s.filter.Full() }

// Filter makes keys text that lines must have.
func (s *sift) Filter() { s.types = true }

// Accept ends typing and keeps the filter.
func (s *sift) Accept() { s.types = false }

// Wording says what esc takes away.
func (s *sift) Wording(action string) string {
	if action == "back" && s.filters() {
		return "no filter"
	}
	return ""
}

// filters says whether there is a filter, or one is typed.
func (s *sift) filters() bool { return s.types || s.filter.Value() != "" }

// wanted is what lines must have, in small letters.
func (s *sift) wanted() string { return strings.ToLower(s.filter.Value()) }

// drop takes the filter away; false means that there was none.
func (s *sift) drop() bool {
	if !s.filters() {
		return false
	}
	s.types = false
	s.filter.SetValue("")
	return true
}

// line draws the filter; nothing where there is none.
func (s *sift) line(t *widget.Theme, width int) []string {
	if !s.filters() {
		return nil
	}
	return []string{" " + s.filter.Line(t, width-4, s.types)}
}
