package page

import (
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// What the prompt remembers, and what it takes. More numbers than that are a file's, which is asked with a plan.
const (
	MaxNumbers  = 1000
	maxHistory  = 100
	maxTyped    = 32 << 10 // characters
	promptLabel = "Number"
)

// Prompt is the page where numbers are asked: a field, and below it the answers as they come, the newest last. It is kept while other pages are
// shown: what comes meanwhile is there when one comes back.
type Prompt struct {
	Still
	Theme   *widget.Theme
	Region  string // where numbers without their country's code are from; "" for nowhere
	Problem string // with what was typed last
	Job     *Job   // the file that is checked, or was; nil for none

	known     *SessionList // those that could ask
	field     Field
	cut       bool // more was typed than there is place for
	history   []string
	at        int // in the history; its length for what is being typed
	draft     string
	list      []entry
	places    uint64 // that entries have had
	order     answerOrder
	pending   int
	lastAsk   uint64
	inList    bool // keys act on the list
	selected  int  // in the list
	following bool // the newest is selected
	offset    int
	shown     int    // rows, when it was drawn last
	top       int    // the line of the first of them
	titles    string // of the columns, above it
}

// entry is a number that was asked, or is being asked.
type entry struct {
	place  uint64 // in the order in which they were asked
	ask    uint64
	item   check.Item
	done   bool
	result check.Result // once done
}

// Answer is what came of an ask: a result, or its end.
type Answer struct {
	Ask    uint64
	Result check.Result
	Over   bool  // nothing more comes; Result is empty
	Err    error // why it ended early
}

// NewPrompt returns an empty page.
func NewPrompt(theme *widget.Theme, sessions *SessionList, region string) *Prompt {
	return &Prompt{known: sessions, Theme: theme, Region: region, field: NewField(promptLabel, maxTyped), following: true}
}

// Title is the page's.
func (p *Prompt) Title() string { return "Check numbers" }

// beginnings are those of numbers, and of files' names as far as they are no keys.
const beginnings = "+0123456789/~.'\""

// Catch takes what is pasted, and the beginning of a number or of a path, into the field.
func (p *Prompt) Catch(key tea.KeyMsg) bool {
	if key.Paste || key.Type == tea.KeyRunes && strings.ContainsAny(string(key.Runes), beginnings) {
		p.Key(key)
		return true
	}
	return false
}

// HasOther says whether there is more than the field for keys to act on.
func (p *Prompt) HasOther() bool { return p.inList || len(p.list) > 0 || p.Job != nil }

// Types says whether keys are text now.
func (p *Prompt) Types() bool { return !p.inList }

// Full says whether what is typed is of no use any more: there was no place for all of it.
func (p *Prompt) Full() bool { return !p.inList && p.cut }

// Text is what was typed.
func (p *Prompt) Text() string { return p.field.Value() }

// Pending is how many numbers are being asked.
func (p *Prompt) Pending() int { return p.pending }

// ToList makes keys act on the list and the job, or on the field again.
func (p *Prompt) ToList(list bool) { p.inList = list && (len(p.list) > 0 || p.Job != nil) }

// Leave is called when another page comes to the front. A job that is over has been seen, and one that comes back types.
func (p *Prompt) Leave() {
	if p.Job != nil && p.Job.Step() == JobOver {
		p.Job, p.inList = nil, false
	}
}

// Join adds results of a job to the list, as the newest.
func (p *Prompt) Join(results []check.Result) {
	if len(results) == 0 {
		return
	}
	for _, r := range results[max(0, len(results)-MaxNumbers):] {
		p.add(entry{item: check.Item{Input: r.Input, E164: r.E164}, done: true, result: r})
	}
	p.forget()
	p.follow()
}

// Key gives the field a key to type, or what was pasted: lines become a list on one line, and what has no place as a whole is not taken at all, for a
// number that is cut is another number.
func (p *Prompt) Key(key tea.KeyMsg) {
	p.inList, p.Problem = false, ""
	if key.Type == tea.KeyCtrlJ { // the end of a line, pasted where pasting is not told from typing
		key = tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("\n")}
	}
	if key.Type != tea.KeyRunes {
		p.field.Key(key)
		p.cut = p.cut && p.field.input.Value() != ""
		return
	}
	key.Runes = []rune(onOneLine(string(key.Runes)))
	switch {
	case p.cut:
	case len(key.Runes) > p.field.Room():
		p.cut, p.Problem = !key.Paste, tooMuch
	default:
		p.field.Key(key)
		p.at = len(p.history)
	}
}

const tooMuch = "this is more than the prompt takes: put it in a file, and type its name"

// onOneLine makes the lines and columns of what was pasted a list with commas.
func onOneLine(text string) string {
	if !strings.ContainsAny(text, "\r\n\t") {
		return text
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '\r' || r == '\n' || r == '\t' })
	joined := strings.Join(parts, ", ")
	if strings.ContainsRune("\r\n\t", rune(text[len(text)-1])) {
		joined += ", " // the next line may come in a paste of its own
	}
	return joined
}

// Take returns what was typed, empties the field and keeps the line in the history. It returns "" if there is nothing, or not all of it.
func (p *Prompt) Take() string {
	text := strings.Trim(p.field.Value(), ", ")
	p.field.SetValue("")
	if p.cut {
		p.cut, p.Problem = false, tooMuch
		return ""
	}
	p.Problem = ""
	if text == "" {
		return ""
	}
	p.history = slices.DeleteFunc(p.history, func(line string) bool { return line == text })
	p.history = append(p.history, text)
	p.history = p.history[max(0, len(p.history)-maxHistory):]
	p.at, p.draft = len(p.history), ""
	return text
}

// Recall puts an older line into the field, or with 1 a newer one, and at the end what was being typed.
func (p *Prompt) Recall(by int) {
	to := min(max(0, p.at+by), len(p.history))
	if to == p.at || p.cut {
		return
	}
	if p.at == len(p.history) {
		p.draft = p.field.input.Value()
	}
	if p.at, p.Problem = to, ""; to == len(p.history) {
		p.field.SetValue(p.draft)
		return
	}
	p.field.SetValue(p.history[to])
}

// Ask adds numbers that are about to be asked to the list, and returns what the answers to them are to be marked with. False means that they are too
// many, and Problem says so.
func (p *Prompt) Ask(items []check.Item) (ask uint64, ok bool) {
	if len(items) > MaxNumbers {
		p.Problem = widget.Count(uint64(len(items))) + " numbers are too many at once: put them in a file, and type its name"
		return 0, false
	}
	if p.pending+len(items) > MaxNumbers {
		p.Problem = widget.Count(uint64(p.pending)) + " numbers are being asked: wait for their answers first"
		return 0, false
	}
	p.lastAsk++
	for _, item := range items {
		p.add(entry{ask: p.lastAsk, item: item})
	}
	p.pending += len(items)
	p.forget()
	p.following = p.following || !p.inList
	p.follow()
	return p.lastAsk, true
}

// forget drops the oldest answers if there are too many. What is being asked stays.
func (p *Prompt) forget() {
	over := len(p.list) - MaxNumbers
	at, selected, offset := 0, p.selected, p.offset
	p.list = slices.DeleteFunc(p.list, func(e entry) bool {
		at++
		if over <= 0 || !e.done {
			return false
		}
		over--
		if at-1 < selected {
			p.selected--
		}
		if at-1 < offset {
			p.offset--
		}
		return true
	})
	p.selected = min(max(0, p.selected), max(0, len(p.list)-1))
}

func (p *Prompt) follow() {
	if p.following {
		p.selected = max(0, len(p.list)-1)
	}
}

// Told takes answers.
func (p *Prompt) Told(answers []Answer) {
	for _, a := range answers {
		for i := range p.list {
			e := &p.list[i]
			switch {
			case e.ask != a.Ask || e.done:
				continue
			case a.Over:
				e.done, e.result = true, untold(e.item, a.Err)
				p.pending--
				continue
			case e.item.Input != a.Result.Input || e.item.E164 != a.Result.E164:
				continue
			}
			e.done, e.result = true, a.Result
			p.pending--
			break
		}
	}
}

// untold is the result of a number of which nothing was told until the end.
func untold(item check.Item, err error) check.Result {
	r := check.Result{Input: item.Input, E164: item.E164, Verdict: vital.VerdictUnverified, Reason: "the check ended without an answer"}
	if err != nil {
		r.Reason = err.Error()
	}
	return r
}

// Move moves the selection in the list by rows.
func (p *Prompt) Move(by int) {
	p.selected = min(max(0, p.selected+by), max(0, len(p.list)-1))
	p.following = p.selected >= len(p.list)-1
}

// Click selects the number in that line of the page.
func (p *Prompt) Click(column, line int) (does string, ok bool) {
	row := line - p.top
	switch {
	case line == fieldLine:
		p.ToList(false)
		return "", true
	case p.top > 0 && row == -1:
		return "", p.sortBy(titleIn(p.titles, column-1))
	case p.top == 0 || row < 0 || row >= p.shown || p.offset+row >= len(p.list):
		return "", false
	}
	p.ToList(true)
	p.Move(p.offset + row - p.selected)
	return "", true
}

// fieldLine is the line of the page where one types.
const fieldLine = 1

// Wheel turns the list. What it turns to is selected.
func (p *Prompt) Wheel(_, by int) {
	p.ToList(true)
	p.Move(by)
}

// Length is how many numbers are in the list.
func (p *Prompt) Length() int { return len(p.list) }

// Selected is the number that keys act on, and its result, which is empty while it is being asked. False means that there is none.
func (p *Prompt) Selected() (check.Item, check.Result, bool) {
	if p.selected >= len(p.list) {
		return check.Item{}, check.Result{}, false
	}
	e := p.list[p.selected]
	return e.item, e.result, true
}

// Wording says what keys do now.
func (p *Prompt) Wording(action string) string {
	switch {
	case action == "other-part" && p.inList:
		return "type"
	case action == "other-part" && p.Job != nil && p.Job.Step() != JobOver:
		return "to the job"
	case action == "other-part":
		return "to the answers"
	}
	return ""
}

// age of an answer; 0 without the time when it was asked.
func age(r check.Result, now time.Time) time.Duration {
	if r.AskedAt.IsZero() {
		return 0
	}
	return max(0, now.Sub(r.AskedAt))
}
