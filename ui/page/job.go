package page

import (
	"fmt"
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// JobStep is how far a file that is checked has come.
type JobStep uint8

// The steps.
const (
	JobReading JobStep = iota // of its file
	JobPlanned                // and waits for a word of agreement
	JobRunning
	JobStopping // what is under way ends
	JobOver
)

// JobNews is what has happened to a job since the last news. What has not changed is zero.
type JobNews struct {
	Read     int64 // of the file
	Progress *check.Progress
	Results  []check.Result // the newest
	Summary  check.Summary  // of the results since the last news, those that are not in Results too
	Over     bool           // reading, or the run, has ended; with Err unless all went well
	Plan     check.Plan     // what reading came to
	Layout   string
	Err      error
}

// Job is a file of numbers that is read, planned and checked. One is on the page of the prompt at a time.
type Job struct {
	File string

	step     JobStep
	stopped  bool // by the person
	read     int64
	plan     check.Plan
	layout   string
	progress check.Progress
	summary  check.Summary
	err      error
	keyed    bool // keys act on it, not on the field
}

// NewJob returns one whose file is about to be read.
func NewJob(file string) *Job { return &Job{File: file} }

// Step is how far it is.
func (j *Job) Step() JobStep { return j.step }

// ID is the job's number; 0 while it is read.
func (j *Job) ID() int64 { return j.plan.Job.ID }

// Busy says whether no other file can be read now, and why.
func (j *Job) Busy() (string, bool) {
	switch {
	case j == nil, j.step == JobOver:
		return "", false
	case j.step == JobReading, j.ID() == 0:
		return "a file is being read: one at a time", true
	case j.step == JobPlanned:
		return fmt.Sprintf("job %d waits to be started or left: one at a time", j.ID()), true
	}
	return fmt.Sprintf("job %d is running: one at a time", j.ID()), true
}

// Begin makes a planned job run.
func (j *Job) Begin() {
	j.step, j.progress = JobRunning, check.Progress{Total: j.plan.Read, Done: j.plan.Read - j.plan.ToAsk, ToAsk: j.plan.ToAsk, Sessions: j.plan.Sessions}
}

// Stop notes that the person has ended it.
func (j *Job) Stop() { j.step, j.stopped = JobStopping, true }

// Put takes news.
func (j *Job) Put(news JobNews) {
	j.read = max(j.read, news.Read)
	if news.Progress != nil {
		j.progress = *news.Progress
	}
	j.summary.Join(news.Summary)
	if !news.Over {
		return
	}
	j.err = news.Err
	if news.Plan.Job.ID != 0 && news.Err == nil { // though it may have been stopped in its last moment
		j.plan, j.layout, j.step, j.stopped = news.Plan, news.Layout, JobPlanned, false
		return
	}
	j.step = JobOver
}

// Ending is how it ended, in one line, and whether all went well.
func (j *Job) Ending() (text string, well bool) {
	switch unanswered := j.summary.Unanswered(); {
	case j.ID() == 0 && j.stopped:
		return "reading was stopped: nothing was asked, and nothing is kept", true
	case j.ID() == 0:
		return errorOf(j.err), false
	case j.stopped && j.err != nil:
		return fmt.Sprintf("job %d is stopped, %s of %s answered: %s goes on", j.ID(), check.Count(j.progress.Done), check.Count(j.progress.Total), j.plan.Job.Resume()), true
	case j.err != nil:
		return fmt.Sprintf("job %d ended early: %s; %s goes on", j.ID(), errorOf(j.err), j.plan.Job.Resume()), false
	case unanswered > 0:
		return fmt.Sprintf("job %d is done, %s of %s not answered: %s asks them again", j.ID(), check.Count(unanswered), check.Count(j.summary.Results), j.plan.Job.Resume()), false
	}
	return fmt.Sprintf("job %d is done: %s", j.ID(), j.summary.String()), true
}

func errorOf(err error) string {
	if err == nil {
		return "it ended without a word"
	}
	return widget.Clean(err.Error())
}

// title is that of its panel.
func (j *Job) title() string {
	name := widget.TruncateMiddle(widget.Clean(j.File), 30)
	if j.ID() == 0 {
		return "File " + name
	}
	title := fmt.Sprintf("Job %d: %s", j.ID(), name)
	if j.layout != "" {
		title += ", " + widget.Clean(j.layout)
	}
	return title
}

// lines draw it, in its panel's width. Sessions are those that could ask.
func (j *Job) lines(t *widget.Theme, sessions []*vital.Snapshot, width int, now time.Time) []string {
	switch {
	case j.step == JobPlanned:
		return j.planLines(t, sessions, width, now)
	case j.ID() == 0 && j.step == JobOver:
		text, _ := j.Ending()
		return said(t.Broken.Render, "✖ "+text, width, 2)
	case j.ID() == 0:
		return []string{" " + t.Working.Render("→ reading… ") + check.Count(j.read) + t.Muted.Render("  "+j.hint(t, "stop-job", "stops it"))}
	}
	lines := []string{" " + j.bar(t, width-2, now), " " + t.Text.Render(widget.Truncate(j.summary.String(), width-2))}
	if widget.Width(j.summary.String()) > width-2 {
		lines = append(lines[:1], said(t.Text.Render, j.summary.String(), width, 2)...)
	}
	csv := j.plan.Job.Resume() + " --csv prints them all"
	switch j.step {
	case JobOver:
		text, well := j.Ending()
		if j.err != nil || !well {
			look := t.Working.Render
			if j.err != nil && !j.stopped {
				look = t.Broken.Render
			}
			lines = append(lines, said(look, text, width, 3)...)
		}
		return append(lines, said(t.Muted.Render, csv, width, 1)...)
	case JobStopping:
		return append(lines, said(t.Working.Render, "→ stopping: what is under way is stored first", width, 1)...)
	}
	return append(lines, " "+t.Muted.Render(widget.Truncate(j.hint(t, "stop-job", "stops it")+"; leaving the page does not", width-2)))
}

// said is a text in lines.
func said(look func(...string) string, text string, width, most int) []string {
	var lines []string
	for _, line := range widget.Wrap(text, width-2, most) {
		lines = append(lines, " "+look(line))
	}
	return lines
}

// hint says what the key of an action does, and how to get there while keys are text.
func (j *Job) hint(t *widget.Theme, action, does string) string {
	key := t.KeyOf(action)
	if !j.keyed {
		key = t.KeyOf("other-part") + ", then " + key + ","
	}
	return key + " " + does
}

// planLines are what a run would do: two columns where one is too long for the page.
func (j *Job) planLines(t *widget.Theme, sessions []*vital.Snapshot, width int, now time.Time) []string {
	plan := j.plan
	if room, err := check.RoomOf(sessions, plan.Job.Settings.Sessions, plan.Rate, now); err == nil {
		plan = plan.In(room)
	}
	var lines []string
	for _, l := range plan.Lines() {
		line := " " + t.Muted.Render(widget.Pad(l.What, labelWidth+2)) + t.Strong.Render(widget.PadLeft(l.Value, 10))
		if l.Note != "" {
			line += t.Muted.Render("  " + l.Note)
		}
		lines = append(lines, widget.Truncate(line, width))
	}
	if warning := plan.Job.Settings.Warning(); warning != "" {
		lines = append(lines, said(t.Working.Render, warning, width, 2)...)
	}
	if plan.ToAsk > 0 && plan.Sessions+plan.Paused == 0 {
		lines = append(lines, said(t.Working.Render, "no session can ask now: numbers would end as unverified", width, 1)...)
	}
	start, leave := t.KeyOf("accept")+" starts it", t.KeyOf("back")+" deletes it: nothing was asked yet"
	if plan.ToAsk == 0 {
		start = t.KeyOf("accept") + " shows the answers"
	}
	if !j.keyed {
		start = t.KeyOf("other-part") + ", then " + start
	}
	return append(lines, " "+widget.Truncate(t.Key.Render(start)+t.Muted.Render("   "+leave), width-2))
}

// bar draws how far it is.
func (j *Job) bar(t *widget.Theme, width int, now time.Time) string {
	words := j.progress.Words(now)
	cells := max(4, min(40, width-widget.Width(words)-1))
	full := int(j.progress.Share() * float64(cells))
	look := t.Healthy
	if j.progress.PausedUntil.After(now) || j.step == JobOver && j.err != nil {
		look = t.Working
	}
	return widget.Truncate(look.Render(strings.Repeat("█", full))+t.Muted.Render(strings.Repeat("░", cells-full))+" "+words, width)
}
