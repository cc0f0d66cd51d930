package widget

import "github.com/muesli/termenv"

// The themes.
const (
	usualTheme   = "usual"
	colourBlind  = "colour-blind"
	highContrast = "high-contrast"
)

// ThemeNames are the themes that there are, the usual one first.
func ThemeNames() []string { return []string{usualTheme, colourBlind, highContrast} }

// palette is the colours of the roles, as lipgloss takes them; "" is the terminal's own. Without a background for what is selected, that is reversed.
type palette struct {
	text, healthy, working, broken, off, muted, faint, accent string
	selected                                                  string
}

// palette chooses by hand for every kind of terminal, so that each colour can be read on each background: a test computes how well.
func (l Look) palette() palette {
	switch {
	case l.Monochrome, l.Profile == termenv.Ascii:
		return palette{}
	case l.Profile == termenv.ANSI:
		return l.sixteen()
	case l.Profile == termenv.ANSI256:
		return l.indexed()
	default:
		return l.trueColour()
	}
}

func (l Look) trueColour() palette {
	switch {
	case l.Name == colourBlind && l.Dark: // blue, yellow and orange are told apart by all, and by their lightness too
		return palette{
			healthy: "#6cb8f0", working: "#f0e442", broken: "#ff9a52", off: "#9aa4af", muted: "#9aa4af", faint: "#30363d", accent: "#e0a3cc", selected: "#1f2f4a",
		}
	case l.Name == colourBlind:
		return palette{
			healthy: "#00548f", working: "#6b5200", broken: "#9c2f00", off: "#57606a", muted: "#57606a", faint: "#d0d7de", accent: "#7d2460", selected: "#ddf4ff",
		}
	case l.Name == highContrast && l.Dark:
		return palette{
			text: "#ffffff", healthy: "#5fff87", working: "#ffff00", broken: "#ffaaaa", off: "#e0e0e0", muted: "#e0e0e0", faint: "#808080", accent: "#66ffff",
		}
	case l.Name == highContrast:
		return palette{
			text: "#000000", healthy: "#00501c", working: "#5a3a00", broken: "#990000", off: "#303030", muted: "#303030", faint: "#909090", accent: "#00307a",
		}
	case l.Dark:
		return palette{
			healthy: "#7fc97f", working: "#e3b341", broken: "#ff8a82", off: "#9aa4af", muted: "#9aa4af", faint: "#30363d", accent: "#79c0ff", selected: "#1f2f4a",
		}
	default:
		return palette{
			healthy: "#116329", working: "#7d4e00", broken: "#b3151f", off: "#57606a", muted: "#57606a", faint: "#d0d7de", accent: "#0550ae", selected: "#ddf4ff",
		}
	}
}

// indexed takes the fixed part of the palette only: the first sixteen are whatever the terminal has made of them.
func (l Look) indexed() palette {
	switch {
	case l.Name == colourBlind && l.Dark:
		return palette{healthy: "75", working: "227", broken: "215", off: "248", muted: "248", faint: "238", accent: "182", selected: "17"}
	case l.Name == colourBlind:
		return palette{healthy: "24", working: "58", broken: "88", off: "240", muted: "240", faint: "252", accent: "90", selected: "195"}
	case l.Name == highContrast && l.Dark:
		return palette{text: "231", healthy: "84", working: "226", broken: "217", off: "254", muted: "254", faint: "244", accent: "123"}
	case l.Name == highContrast:
		return palette{text: "16", healthy: "22", working: "52", broken: "88", off: "236", muted: "236", faint: "246", accent: "17"}
	case l.Dark:
		return palette{healthy: "114", working: "179", broken: "210", off: "248", muted: "248", faint: "238", accent: "117", selected: "17"}
	default:
		return palette{healthy: "22", working: "94", broken: "124", off: "240", muted: "240", faint: "252", accent: "25", selected: "195"}
	}
}

// sixteen takes what can be read in the usual palettes. On white that is red, blue and magenta: green, yellow and cyan are light in most of them.
func (l Look) sixteen() palette {
	switch {
	case l.Name == colourBlind && l.Dark:
		return palette{healthy: "14", working: "11", broken: "13", off: "7", muted: "7", faint: "8"}
	case l.Name == highContrast && l.Dark:
		return palette{text: "15", healthy: "10", working: "11", broken: "9", off: "15", muted: "15", faint: "7", accent: "14"}
	case l.Name == highContrast:
		return palette{text: "0", healthy: "4", working: "0", broken: "1", off: "0", muted: "0", accent: "4"}
	case l.Dark:
		return palette{healthy: "10", working: "11", broken: "9", off: "7", muted: "7", faint: "8", accent: "14"}
	default:
		return palette{healthy: "4", working: "5", broken: "1", faint: "7"}
	}
}
