package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/ui"
	"github.com/wapulse/wapulse/ui/cli/config"
)

// sectionKeys is the config file's section that gives actions other keys.
const sectionKeys = "keys"

// keysSection is that section, as the dashboard understands it.
func keysSection() config.Section {
	s := config.Section{
		Name: sectionKeys,
		Comment: "The dashboard's keys: an action with its key, or a list of them; [] for none, then the palette does it.\n" +
			"The action of one name on several pages is remapped on all of them. Live.",
		Check: objectionsToKeys,
	}
	for _, k := range ui.DefaultKeys() {
		s.Entries = append(s.Entries, config.Entry{Name: k.Action, Texts: k.Keys, Comment: k.Words})
	}
	return s
}

// objectionsToKeys says what is wrong with chosen keys.
func objectionsToKeys(chosen map[string][]string) []config.Objection {
	var names []string
	for _, k := range ui.DefaultKeys() {
		names = append(names, k.Action)
	}
	var list []config.Objection
	for _, c := range ui.CheckKeys(chosen) {
		o := config.Objection{Name: c.Action, What: c.String()}
		near := config.Nearest(c.Action, names)
		switch {
		case c.Key == "" && near != "":
			o.Mend = `did you mean "` + near + `"?`
		case c.Key == "":
			o.Mend = "wapulse config prints all actions"
		case c.Other == "":
			o.Mend = "write it as x, X, f5, ctrl+x, alt+x, enter or pgup"
		default:
			o.Mend = "take another key for one of them: " + other(chosen, c)
		}
		list = append(list, o)
	}
	return list
}

// other is an example of how both actions of a conflict get a key.
func other(chosen map[string][]string, c ui.Conflict) string {
	name := c.Other
	if _, both := chosen[c.Other]; both {
		name = c.Action
	}
	return strings.TrimSpace(name) + ` = "f6"`
}

// addScreenFlags defines the flags of what shows the dashboard.
func addScreenFlags(cmd *cobra.Command) {
	cmd.Flags().String("fps", "", "`frames` a second at most, 1 to 30, fewer for a slow line; keys are answered at once (WAPULSE_FPS); default: 30")
}
