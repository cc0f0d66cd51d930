package page

import (
	"strings"

	"github.com/wapulse/wapulse/ui/widget"
)

// keyed is an advice of the sessions, which know no keys, with the key of each thing that it asks for.
func keyed(t *widget.Theme, advice string) string {
	again := " again (" + t.KeyOf("pair") + ")"
	return startKeyed(t, strings.NewReplacer("pair this session again", "pair this session"+again, "pair it again", "pair it"+again).Replace(advice))
}

// startKeyed is keyed for what asks for a start alone.
func startKeyed(t *widget.Theme, advice string) string {
	key := " (" + t.KeyOf("start-stop") + ")"
	return strings.NewReplacer("start this session", "start this session"+key, "start it", "start it"+key).Replace(advice)
}

// keyInWords is the key of an action within a sentence, where a sign would not be understood.
func keyInWords(t *widget.Theme, action string) string {
	return strings.ReplaceAll(t.KeyOf(action), "⏎", "enter")
}
