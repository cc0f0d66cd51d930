package cli

import "testing"

// What an error quotes cannot draw, nor turn the line round; escape sequences go as a whole.
func TestOneLine(t *testing.T) {
	if got := oneLine("open \x1b[31mred\x1b[0m\n\tand\u202eturned \xff"); got != "open red andturned" {
		t.Errorf("%q", got)
	}
}
