package cli

import (
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/wapulse/wapulse/ui/widget"
)

const noSessionsYet = "There are no sessions yet. Pair a phone: wapulse pair NAME"

// shownTime is a moment as people read it.
func shownTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

// writeIndented writes one JSON value for programs, and for people who look what programs get.
func writeIndented(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// oneLine keeps an error in its line and its control characters off the terminal: it may quote what came from elsewhere.
func oneLine(s string) string { return strings.Join(strings.Fields(widget.Clean(s)), " ") }
