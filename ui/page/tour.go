package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// tourStop is one failure of the tour.
type tourStop struct {
	title  string
	fault  string         // by its name
	tells  string         // what will happen
	looks  string         // where to look, once it has
	means  string         // what to make of it
	wait   string         // while it has not yet
	reason []vital.Reason // by one of which it is known that it has
}

// tourStops are the failures that the tour goes through.
func tourStops(t *widget.Theme) []tourStop {
	return []tourStop{
		{
			title: "the line is cut", fault: "drop",
			tells:  "The server hangs up without a word, as a router that restarts does. It is the commonest end of all.",
			looks:  "The state was RECONNECTING (◔), ws CLOSED, with the time of the next try; the events tell it line by line.",
			means:  "Yellow means that wapulse works on it. Nothing to do, unless it happens again and again.",
			wait:   "The line is cut…",
			reason: []vital.Reason{vital.ReasonServerClosed},
		},
		{
			title: "connected, but dead", fault: "blackhole",
			tells:  "The server still holds the line but answers nothing any more. Most programs show such a session as connected for minutes.",
			looks:  "Health lost the rung of the answering server (▮▮▯) while the state still said CONNECTED; the events tell of unanswered pings.",
			means:  "Trust the ladder more than the state: two pings without an answer, and wapulse gives the line up itself.",
			wait:   "Look at ping and health below. Up to 36 s, until two pings were not answered…",
			reason: []vital.Reason{vital.ReasonDeadLink, vital.ReasonLoginTimeout},
		},
		{
			title: "banned for a time", fault: "402",
			tells:  "WhatsApp bans the number for three minutes, for messages to many strangers.",
			looks:  "ERROR (✖), with the ban's countdown in its row, and under next when wapulse starts it again.",
			means:  "Red means that retrying does not help. This one ends by itself: let it rest, and change what caused it.",
			wait:   "The next login is refused…",
			reason: []vital.Reason{vital.ReasonBanned},
		},
		{
			title: "replaced by another program", fault: "replaced",
			tells:  "Another program logs in with this session's credentials: a second wapulse on a copy of the database, say.",
			looks:  "ERROR, and under do what is yours to do: stop the other one, then start this session with " + t.KeyOf("start-stop") + ".",
			means:  "wapulse does not fight back: two programs that replace each other all day are how numbers get banned.",
			wait:   "The other one logs in…",
			reason: []vital.Reason{vital.ReasonReplaced},
		},
		{
			title: "logged out", fault: "401",
			tells:  "WhatsApp does not know this device any more, as when its owner has removed it on the phone.",
			looks:  "ERROR, and user says that it is not paired: its credentials are gone, its history is kept.",
			means:  "Only the phone can mend it: " + t.KeyOf("pair") + " shows a new code to scan.",
			wait:   "The next login is refused…",
			reason: []vital.Reason{vital.ReasonLoggedOut, vital.ReasonDeviceRemoved},
		},
	}
}

// TourFaults are the names of the faults that the tour causes.
func TourFaults() []string {
	var names []string
	for _, stop := range tourStops(&widget.Theme{}) {
		names = append(names, stop.fault)
	}
	return names
}

// tourStage is how far the tour is with a failure.
type tourStage uint8

const (
	tourTells   tourStage = iota // what will happen
	tourHappens                  // caused, and not seen yet
	tourShows                    // what it looks like
	tourHeals                    // the session is brought back
	tourEnds
)

// Tour is the box that leads through failures of one session, beside the dashboard that shows them.
type Tour struct {
	Theme   *widget.Theme
	Session vital.SessionID
	Name    string
	Problem string // with the last thing that was asked for

	stop  int
	stage tourStage
	why   vital.Diagnosis // as the screen told it
	began time.Time       // of the failure
}

// Title is the box's.
func (o *Tour) Title() string { return "Tour" }

// Box says that it lies over a page.
func (o *Tour) Box() {}

// Low says that it lies at the foot of the page, so that what it talks of is seen.
func (o *Tour) Low() {}

// HasClock is false: the page behind has the clock.
func (o *Tour) HasClock(time.Time) bool { return false }

// Put looks whether what was caused has happened.
func (o *Tour) Put(news News) {
	stop := tourStops(o.Theme)[o.stop]
	for _, s := range news.Snapshots {
		if s.ID != o.Session {
			continue
		}
		if s.Removed {
			o.Problem, o.stage = "the session was deleted: the tour ends", tourEnds
			return
		}
		if o.stage == tourHappens && slices.Contains(stop.reason, s.Failure.Reason) && !s.Since.Before(o.began) {
			o.why, o.stage = s.Diagnosis(), tourShows
		}
	}
}

// Fault is the fault of the failure that the tour is at.
func (o *Tour) Fault() string { return tourStops(o.Theme)[o.stop].fault }

// Waits says whether the tour waits for the person to go on.
func (o *Tour) Waits() bool {
	return o.stage == tourTells || o.stage == tourShows || o.stage == tourEnds
}

// Next goes on: from telling to causing, from showing to healing. It says what is to be done; at the end it is none of them.
func (o *Tour) Next(now time.Time) (cause, heal bool) {
	o.Problem = ""
	switch o.stage {
	case tourTells:
		o.stage, o.began = tourHappens, now
		return true, false
	case tourShows:
		o.stage = tourHeals
		return false, true
	}
	return false, false
}

// Done tells that what was to be done is done, or why it is not.
func (o *Tour) Done(problem string) {
	o.Problem = problem
	switch {
	case o.stage == tourHappens && problem != "":
		o.stage = tourTells
	case o.stage == tourHeals && problem != "":
		o.stage = tourShows
	case o.stage == tourHeals && o.stop+1 == len(tourStops(o.Theme)):
		o.stage = tourEnds
	case o.stage == tourHeals:
		o.stop, o.stage = o.stop+1, tourTells
	}
}

// Hurt says whether the session has a fault of the tour's.
func (o *Tour) Hurt() bool { return o.stage == tourHappens || o.stage == tourShows }

// Over says whether there is nothing more to see.
func (o *Tour) Over() bool { return o.stage == tourEnds }

// Wording says what the keys do now.
func (o *Tour) Wording(action string) string {
	switch action {
	case "next":
		return map[tourStage]string{tourTells: "let it happen", tourShows: "heal it, and go on", tourEnds: "end"}[o.stage]
	case "back":
		return "end the tour"
	}
	return ""
}

// View draws the box.
func (o *Tour) View(width, height int, _ time.Time) string {
	t, stop := o.Theme, tourStops(o.Theme)[o.stop]
	title := fmt.Sprintf("Tour %d of %d: %s", o.stop+1, len(tourStops(o.Theme)), stop.title)
	var lines []string
	say := func(label, text string, most int) {
		for i, line := range widget.Wrap(text, width-12, most) {
			if i > 0 {
				label = ""
			}
			lines = append(lines, " "+t.Muted.Render(widget.Pad(label, 7))+line)
		}
	}
	const most = 2
	switch o.stage {
	case tourTells:
		say("", stop.tells, 3)
		say("", "It happens to "+o.Name+", which is selected above.", 1)
	case tourHappens:
		say("", stop.wait, 3)
	case tourShows:
		say("look", stop.looks, most)
		say("why", widget.Clean(o.why.What+": "+o.why.Meaning), most)
		say("next", o.why.Next, 1)
		say("do", keyed(t, o.why.Action), 1)
		say("means", stop.means, most)
	case tourHeals:
		say("", o.Name+" is brought back…", 1)
	case tourEnds:
		title = "Tour"
		if o.Problem == "" {
			say("", "That was the tour. "+t.KeyOf("faults")+" makes any of this happen to any session, and more; docs/troubleshooting.md tells of every diagnosis.", 3)
		}
	}
	if o.Problem != "" {
		say("", t.Broken.Render("✖ "+widget.Clean(o.Problem)), most)
	}
	if keys := o.keys(); keys != "" {
		lines = append(lines, strings.Repeat(" ", 8)+keys)
	}
	return t.Panel(title, "", lines, width, min(height, len(lines)+2))
}

func (o *Tour) keys() string {
	t, text := o.Theme, ""
	if o.Waits() {
		text = t.Key.Render(t.KeyOf("next")) + " " + o.Wording("next") + "   "
	}
	if o.stage != tourEnds {
		text += t.Key.Render(t.KeyOf("back")) + " end the tour"
	}
	return text
}
