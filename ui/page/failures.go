package page

import (
	"time"

	"github.com/wapulse/wapulse/ui/widget"
)

// Failure is what did not go well, and why.
type Failure struct{ Name, Why string }

// Failures is the box that lists what failed of what was done to several sessions.
type Failures struct {
	Still
	Theme *widget.Theme
	What  string
	List  []Failure

	offset, length int
}

// Title is the box's.
func (f *Failures) Title() string { return "What failed" }

// Box says that it lies over a page.
func (f *Failures) Box() {}

// Move moves by lines.
func (f *Failures) Move(by int) { f.offset = max(0, f.offset+by) }

// Length is how many lines there are.
func (f *Failures) Length() int { return f.length }

// View draws the box.
func (f *Failures) View(width, height int, _ time.Time) string {
	width = min(width-2, 90)
	names := min(20, width/3)
	var lines []string
	for _, failed := range f.List {
		name := widget.TruncateMiddle(widget.Clean(failed.Name), names)
		for _, line := range widget.Wrap(widget.Clean(failed.Why), width-names-5, 3) {
			lines = append(lines, " "+f.Theme.Broken.Render(widget.Pad(name, names))+" "+line)
			name = ""
		}
	}
	f.length = len(lines)
	shown := max(1, min(len(lines), height-4))
	f.offset = max(0, min(f.offset, len(lines)-shown))
	title := f.What
	if f.offset+shown < len(lines) {
		title += " (↓ more)"
	}
	return f.Theme.Panel(title, "", lines[f.offset:min(len(lines), f.offset+shown)], width, shown+2)
}
