package page

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// Question is what a Dialog asks.
type Question uint8

// The questions.
const (
	AskLogout Question = iota
	AskRename
	AskDelete
	AskStopJob
)

// Dialog asks before something is done to a session, or a job is stopped: it names what will be lost.
type Dialog struct {
	Still
	Theme    *widget.Theme
	Question Question
	Sessions []*vital.Snapshot // that it is about; none if it is about a job
	Job      int64
	Problem  string // with the last answer

	field Field
}

// NewDialog asks a question about a session, or whether several are to be logged out, or deleted.
func NewDialog(theme *widget.Theme, q Question, sessions ...*vital.Snapshot) *Dialog {
	d := &Dialog{Theme: theme, Question: q, Sessions: sessions}
	switch {
	case d.many():
		d.field = NewField("How many", 20)
	case q == AskRename:
		d.field = NewField("New name", 300)
		d.field.SetValue(sessions[0].Name)
	case q == AskDelete:
		d.field = NewField("Its name", 300)
	}
	return d
}

func (d *Dialog) many() bool { return len(d.Sessions) > 1 }

// NewStopDialog asks whether a job is to be stopped.
func NewStopDialog(theme *widget.Theme, job int64) *Dialog {
	return &Dialog{Theme: theme, Question: AskStopJob, Job: job}
}

// Title is the dialog's.
func (d *Dialog) Title() string { return "Question" }

// Box says that the dialog lies over a page.
func (d *Dialog) Box() {}

// Wording says what the answers mean.
func (d *Dialog) Wording(action string) string {
	yes, no := "rename", "back"
	switch d.Question {
	case AskLogout:
		yes, no = "log out", d.keep()
	case AskStopJob:
		yes, no = "stop it", "let it run"
	case AskDelete:
		yes, no = "delete", d.keep()
	}
	switch action {
	case "yes", "accept":
		return yes
	case "back":
		return no
	}
	return ""
}

func (d *Dialog) keep() string {
	if d.many() {
		return "keep them"
	}
	return "keep it"
}

// Types says whether the dialog takes text.
func (d *Dialog) Types() bool { return d.Question == AskRename || d.Question == AskDelete }

// Full says whether what is typed has no place left.
func (d *Dialog) Full() bool { return d.Types() && d.field.Full() }

// Key gives the dialog a key to type.
func (d *Dialog) Key(key tea.KeyMsg) {
	d.Problem = ""
	d.field.Key(key)
}

// Text is what was typed.
func (d *Dialog) Text() string { return d.field.Value() }

// Agreed says whether what was typed is what the question needs, and sets Problem if not.
func (d *Dialog) Agreed() bool {
	switch {
	case d.Question != AskDelete:
	case d.many() && d.Text() != strconv.Itoa(len(d.Sessions)):
		d.Problem = "this is not how many they are: nothing was deleted"
		return false
	case !d.many() && d.Text() != d.Sessions[0].Name:
		d.Problem = "this is not its name: nothing was deleted"
		return false
	}
	return true
}

// View draws the dialog for a window of that size.
func (d *Dialog) View(width, height int, _ time.Time) string {
	width = min(width-2, 68)
	name := ""
	if len(d.Sessions) == 1 {
		name = widget.TruncateMiddle(widget.Clean(d.Sessions[0].Name), 24)
	}
	var title, text string
	switch {
	case d.many():
		title, text = d.ofMany()
	case d.Question == AskLogout:
		title = "Log out " + name + "?"
		text = "WhatsApp forgets this device, and its credentials are deleted here. To use it again you must pair it with the phone anew."
	case d.Question == AskStopJob:
		title = fmt.Sprintf("Stop job %d?", d.Job)
		text = fmt.Sprintf("What was answered is kept: wapulse check --resume %d goes on with the rest.", d.Job)
	case d.Question == AskRename:
		title = "Rename " + name
		text = "The name is yours alone: WhatsApp does not see it."
	case d.Question == AskDelete:
		title = "Delete " + name + "?"
		text = "Its history goes for good. Type its name to delete it."
		if d.Sessions[0].Identity.Paired() {
			text = "Its credentials and its history go for good; the phone keeps listing the device unless you log it out first (" +
				d.Theme.KeyOf("log-out") + "). Type its name to delete it."
		}
	}
	return d.frame(title, text, width, height)
}

// ofMany is what is asked about several sessions: all are named.
func (d *Dialog) ofMany() (title, text string) {
	names := make([]string, 0, len(d.Sessions))
	for _, s := range d.Sessions {
		names = append(names, widget.TruncateMiddle(widget.Clean(s.Name), 24))
	}
	n := len(names)
	if d.Question == AskLogout {
		return fmt.Sprintf("Log out %d sessions?", n), "WhatsApp forgets these devices, and their credentials are deleted here. Each must be paired with its phone anew: " +
			strings.Join(names, ", ")
	}
	return fmt.Sprintf("Delete %d sessions?", n), fmt.Sprintf(
		"Their credentials and histories go for good; phones keep listing devices that are not logged out first (%s). Type %d to delete them: %s",
		d.Theme.KeyOf("log-out"), n, strings.Join(names, ", "))
}

// frame draws the dialog. Where it has not room for all, there are no empty lines, then no keys, which the footer has, then less of the text.
func (d *Dialog) frame(title, text string, width, height int) string {
	t, inner := d.Theme, width-4
	most := 5
	if d.many() {
		most = 10
	}
	yes := "yes"
	if d.Types() {
		yes = "accept"
	}
	keys := []string{t.Key.Render(t.KeyOf(yes)) + " " + d.Wording("yes") + "   " + t.Key.Render(t.KeyOf("back")) + " " + d.Wording("back")}
	var field, problem []string
	if d.Types() {
		field = []string{d.field.View(t, inner)}
	}
	if d.Problem != "" {
		for _, line := range widget.Wrap("✖ "+widget.Clean(d.Problem), inner, 3) {
			problem = append(problem, t.Broken.Render(line))
		}
	}
	most = min(most, max(1, height-2-len(field)-len(problem)))
	lines := boxLines(height-2, widget.Wrap(text, inner, most), field, problem, keys)
	return t.Panel(title, "", lines, width, len(lines)+2)
}

// boxLines joins the parts of a box, with empty lines between them; where they have not room, without, and without the last part.
func boxLines(room int, parts ...[]string) []string {
	var airy, dense []string
	for i, part := range parts {
		if len(part) > 0 && len(airy) > 0 {
			airy = append(airy, "")
		}
		for _, line := range part {
			airy = append(airy, " "+line)
			if i < len(parts)-1 || len(dense) < room {
				dense = append(dense, " "+line)
			}
		}
	}
	if len(airy) <= room {
		return airy
	}
	return dense
}
