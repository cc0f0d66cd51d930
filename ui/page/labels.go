package page

import (
	"slices"

	"github.com/wapulse/wapulse/ui/widget"
)

// labelled are lines of a label and what it names, which may take several.
type labelled struct {
	theme *widget.Theme
	width int
	most  int  // lines of one value
	past  bool // what they tell is over: no key does anything about it
	lines []string
}

// add adds a value; none if it is "".
func (l *labelled) add(label, value string) {
	if value == "" {
		return
	}
	for i, part := range widget.Wrap(value, l.width-labelWidth-2, l.most) {
		name := label
		if i > 0 {
			name = ""
		}
		l.lines = append(l.lines, " "+l.theme.Muted.Render(widget.Pad(name, labelWidth))+part)
	}
}

// line adds one as it is.
func (l *labelled) line(text string) { l.lines = append(l.lines, text) }

// unblank takes empty lines away.
func (l *labelled) unblank() {
	l.lines = slices.DeleteFunc(l.lines, func(line string) bool { return line == "" })
}

// blank adds an empty line, unless there is one already.
func (l *labelled) blank() {
	if n := len(l.lines); n > 0 && l.lines[n-1] != "" {
		l.lines = append(l.lines, "")
	}
}
