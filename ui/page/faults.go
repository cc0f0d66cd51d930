package page

import (
	"fmt"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// Fault is one thing that can be made to go wrong with a session on a simulator.
type Fault struct {
	Name  string
	Words string // what it will do, in a line
}

// FaultTarget is whom faults can be caused on.
type FaultTarget struct {
	Name     string
	Sessions []*vital.Snapshot
}

// Faults is the box of the faults that can be caused.
type Faults struct {
	Still
	Theme   *widget.Theme
	List    []Fault       // all that there are
	Targets []FaultTarget // one at least

	selected, offset, shown, target int
}

// Title is the box's.
func (f *Faults) Title() string { return "Faults" }

// Box says that it lies over a page.
func (f *Faults) Box() {}

// Move moves by rows.
func (f *Faults) Move(by int) { f.selected = max(0, min(f.selected+by, len(f.List)-1)) }

// Length is how many faults there are.
func (f *Faults) Length() int { return len(f.List) }

// Turn goes to the next of those whom they can be caused on.
func (f *Faults) Turn() { f.target = (f.target + 1) % len(f.Targets) }

// Chosen is the fault, its words with the keys that they ask for, and whom it is to be caused on.
func (f *Faults) Chosen() (Fault, FaultTarget) {
	fault := f.List[f.selected]
	fault.Words = startKeyed(f.Theme, fault.Words)
	return fault, f.Targets[f.target]
}

// Click selects the fault in that line of the box; the selected one it causes. On whom, in the line below, it turns.
func (f *Faults) Click(_, line int) (does string, ok bool) {
	i := f.offset + line - 1
	switch {
	case line == f.shown+2:
		return "target", true
	case line < 1 || line > f.shown:
		return "", false
	case i == f.selected:
		return "cause", true
	}
	f.selected = i
	return "", true
}

// Wording says what the keys do now.
func (f *Faults) Wording(action string) string {
	if action == "target" {
		return "on " + f.Targets[(f.target+1)%len(f.Targets)].Name
	}
	return ""
}

// View draws the box: one line a fault where they fit, and what the chosen one does below.
func (f *Faults) View(width, height int, _ time.Time) string {
	const name = 10
	t := f.Theme
	width = min(width-2, 92)
	shown := max(1, min(len(f.List), height-4))
	f.shown, f.offset = shown, max(0, min(max(f.offset, f.selected-shown+1), f.selected, len(f.List)-shown))
	on := f.Targets[f.target].Name
	lines := make([]string, 0, shown+2)
	for i, fault := range f.List[f.offset : f.offset+shown] {
		mark, look := " ", t.Text
		if f.offset+i == f.selected {
			mark, look = "▸", t.OnSelected(t.Text)
		}
		lines = append(lines, look.Render(mark+" "+widget.Pad(fault.Name, name))+look.Render(widget.Pad(startKeyed(t, fault.Words), width-name-4)))
	}
	lines = append(lines, "", " "+t.Muted.Render("on")+" "+t.Strong.Render(widget.Truncate(on, 30))+
		t.Muted.Render(fmt.Sprintf("   %d of %d", f.selected+1, len(f.List))))
	return t.Panel("Cause a fault", "", lines, width, len(lines)+2)
}
