package page

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"

	"github.com/charmbracelet/x/ansi"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// What the panels of the prompt take of the height.
const (
	promptHeight  = 5
	detailsHeight = 7
	leastAnswers  = 5
	leastRoomy    = 12 // with less the answers come before who can ask, and what the field takes
)

// View draws the page: the field, the answers, and all that is known of the selected one if there is room.
func (p *Prompt) View(width, height int, now time.Time) string {
	t, sessions := p.Theme, p.known.sessions
	top := min(promptHeight, height)
	if height < leastRoomy && len(p.list) > 0 { // the field, and what is wrong with what was typed
		if top = 3; p.Problem != "" {
			top++
		}
	}
	view := t.Panel("Check numbers", "", p.typing(sessions, width-2, now), width, top)
	rest := height - top
	if p.Job != nil && rest >= 3 {
		p.Job.keyed = p.inList
		lines := p.Job.lines(t, sessions, width-2, now)
		if over := len(lines) + 2 - rest; over > 0 { // the last lines say what to do
			lines = lines[over:]
		}
		view += "\n" + t.Panel(p.Job.title(), "", lines, width, len(lines)+2)
		rest -= len(lines) + 2
	}
	details := 0
	if len(p.list) > 0 && rest >= leastAnswers+detailsHeight {
		details = detailsHeight
	}
	if p.top = 0; rest-details < 3 {
		return view
	}
	p.top = height - rest + 2 // below the panel's edge and the header
	view += "\n" + p.viewAnswers(width, rest-details, now)
	if details > 0 {
		item, r, _ := p.Selected()
		title := widget.Phone(item.E164)
		if item.E164 == "" {
			title = widget.Clean(item.Input)
		}
		view += "\n" + t.Panel(title, "", detailsOf(t, item, r, width-2, now), width, details)
	}
	return view
}

// typing is the field, what was wrong or what it takes, and who can ask.
func (p *Prompt) typing(sessions []*vital.Snapshot, width int, now time.Time) []string {
	t := p.Theme
	p.field.Most = width - 2 - widget.Width(promptLabel) - 2
	line := p.field.Line(t, width-2, !p.inList)
	hint := t.Muted.Render(widget.Truncate("numbers, links, JIDs, or the name of a file; "+p.home(), width-2))
	if p.Problem != "" {
		hint = t.Broken.Render(widget.Truncate("✖ "+widget.Clean(p.Problem), width-2))
	}
	who, style := askers(t, sessions, now)
	return []string{" " + line, " " + hint, " " + style.Render(widget.Truncate(who, width-2))}
}

func (p *Prompt) home() string {
	if p.Region == "" {
		return "with the country's code"
	}
	return "without + as in " + p.Region
}

// askers says who can ask, or what may be done if nobody can.
func askers(t *widget.Theme, sessions []*vital.Snapshot, now time.Time) (string, lipgloss.Style) {
	var able, held, coming, paired int
	var until time.Time
	var last string
	for _, s := range sessions {
		switch {
		case s.State == vital.StateConnected && s.Load.PausedUntil.After(now):
			held++
			if until.IsZero() || s.Load.PausedUntil.Before(until) {
				until = s.Load.PausedUntil
			}
		case s.State == vital.StateConnected && s.Breaker.State != vital.BreakerOpen:
			able++
		case s.Identity.Paired() && (s.State == vital.StateConnecting || s.State == vital.StateReconnecting):
			coming++
			last = s.Name
		}
		if s.Identity.Paired() {
			paired++
		}
	}
	switch {
	case able == 1:
		return "one session can ask", t.Muted
	case able > 1:
		return fmt.Sprintf("%d sessions can ask", able), t.Muted
	case held > 0:
		return "rate limit until " + clockText(until, now) + ": what is asked before ends as error", t.Working
	case coming > 0:
		return widget.Clean(last) + " is coming up: a check waits for it, 15 s at most", t.Working
	case paired > 0:
		return "no session can ask: numbers end as unverified. " + t.KeyOf("back") + ", then " + t.KeyOf("start-stop") + " starts one", t.Working
	default:
		return "no phone is paired: numbers end as unverified. " + t.KeyOf("back") + ", then " + t.KeyOf("pair") + " pairs one", t.Working
	}
}

func (p *Prompt) viewAnswers(width, height int, now time.Time) string {
	t := p.Theme
	if len(p.list) == 0 {
		lines := said(t.Muted.Render, "Nothing was asked yet. Type a number, or paste many, and press "+keyInWords(t, "accept")+".", width-2, min(3, height-2))
		lines = append(lines, said(t.Muted.Render, "An answer is one of six, and an error is never shown as a no:", width-2, 2)...)
		if height >= len(lines)+10 {
			lines = append(append([]string{""}, lines...), "")
		}
		for _, w := range verdictWords(t) {
			lines = append(lines, "  "+widget.Pad(w[0], 18)+t.Muted.Render(w[1]))
		}
		return t.Panel("Answers", "", lines, width, height)
	}
	columns := answerColumnsOf(width - 2)
	p.shown = max(1, height-3)
	p.offset = max(0, min(max(min(p.offset, p.selected), p.selected-p.shown+1), len(p.list)-p.shown))
	lines := []string{columns.header(t)}
	p.titles = ansi.Strip(lines[0])
	for i := p.offset; i < min(p.offset+p.shown, len(p.list)); i++ {
		lines = append(lines, columns.row(t, &p.list[i], i == p.selected, i == p.selected && p.inList, now))
	}
	title := fmt.Sprintf("Answers %d", len(p.list)-p.pending)
	if len(p.list) > p.shown {
		title = fmt.Sprintf("Answers %d–%d of %d", p.offset+1, min(p.offset+p.shown, len(p.list)), len(p.list))
	}
	if p.order != asAsked {
		title += ", " + p.order.String()
	}
	if p.pending > 0 {
		title += fmt.Sprintf(", asking %d", p.pending)
	}
	return t.Panel(title, "", lines, width, height)
}

// verdictWords explains the verdicts.
func verdictWords(t *widget.Theme) [][2]string {
	meanings := map[vital.Verdict]string{
		vital.VerdictRegistered: "it is on WhatsApp", vital.VerdictNotRegistered: "it is not",
		vital.VerdictNoAnswer: "asked, and left out of the answer", vital.VerdictError: "asked, and refused: the cause is told",
		vital.VerdictUnverified: "well-formed, and nobody could ask", vital.VerdictInvalid: "no phone number: what is wrong is told",
	}
	var words [][2]string
	for _, v := range vital.Verdicts() {
		words = append(words, [2]string{verdictText(t, v), meanings[v]})
	}
	return words
}

func verdictText(t *widget.Theme, v vital.Verdict) string {
	return t.VerdictStyle(v).Render(widget.VerdictSign(v) + " " + string(v))
}

// answerColumns are the widths of the list; 0 for a column that has no room.
type answerColumns struct{ took, input, session, jid, notes int }

const (
	verdictColumn = 16
	numberColumn  = 20
	tookColumn    = 10
)

// answerColumnsOf chooses columns for rows of that width.
func answerColumnsOf(width int) answerColumns {
	var c answerColumns
	rest := width - 2 - verdictColumn - 1 - numberColumn - 1
	switch {
	case width >= 150:
		c = answerColumns{input: 30, session: 16, jid: 32}
	case width >= 100:
		c = answerColumns{input: 20, session: 12}
	}
	if rest >= tookColumn+2 {
		c.took = tookColumn
		rest -= tookColumn + 2
	}
	for _, w := range []int{c.input, c.session, c.jid} {
		if w > 0 {
			rest -= w + 1
		}
	}
	c.notes = max(0, rest)
	return c
}

func (c answerColumns) header(t *widget.Theme) string {
	cells := "  " + widget.Pad("verdict", verdictColumn) + " " + widget.Pad("number", numberColumn) + " " +
		cell("input", c.input) + c.tookCell("answered") + cell("session", c.session) + cell("JID", c.jid) + widget.Pad("remarks", c.notes)
	return t.Muted.Render(cells)
}

// cell is a cell and the space after it; "" for a column that has no room.
func cell(text string, width int) string {
	if width == 0 {
		return ""
	}
	return widget.Pad(widget.TruncateMiddle(text, width), width) + " "
}

// tookCell is right-aligned, for its numbers.
func (c answerColumns) tookCell(text string) string {
	if c.took == 0 {
		return ""
	}
	return widget.PadLeft(text, c.took) + "  "
}

// row draws an entry. Shown says that its details are below, selected that keys act on it.
func (c answerColumns) row(t *widget.Theme, e *entry, shown, selected bool, now time.Time) string {
	look := func(style lipgloss.Style) lipgloss.Style {
		if selected {
			return t.OnSelected(style)
		}
		return style
	}
	mark := "  "
	if shown {
		mark = "▸ "
	}
	verdict, style := "→ asking…", t.Working
	if e.done {
		verdict, style = widget.VerdictSign(e.result.Verdict)+" "+string(e.result.Verdict), t.VerdictStyle(e.result.Verdict)
	}
	input := widget.Clean(e.item.Input)
	number := widget.Phone(e.item.E164)
	if number == "" {
		number = input
	}
	r := &e.result
	notes := notesOf(r, c.session == 0)
	return look(t.Strong).Render(mark) + look(style).Render(widget.Pad(verdict, verdictColumn)+" ") +
		look(t.Strong).Render(cell(number, numberColumn)) + look(t.Muted).Render(cell(input, c.input)) +
		look(t.Text).Render(c.tookCell(tookText(*r, now))) +
		look(t.Muted).Render(cell(widget.Clean(r.Session), c.session)+cell(widget.Clean(r.JID), c.jid)) +
		look(t.Text).Render(widget.Pad(notes, c.notes))
}

// notesOf is what else is to be said of a result, in a line: why, or, where that has no column and there is no more to say, which session answered.
func notesOf(r *check.Result, withSession bool) string {
	var notes []string
	if r.Business {
		notes = append(notes, businessMark)
	}
	switch {
	case r.Reason != "":
		notes = append(notes, widget.Clean(r.Reason))
	case withSession && r.Session != "":
		notes = append(notes, widget.Clean(r.Session))
	}
	return strings.Join(notes, ", ")
}

const businessMark = "◆ business"

// tookText is how long the query took, or how old an answer is that was known.
func tookText(r check.Result, now time.Time) string {
	switch {
	case r.Cached && r.AskedAt.IsZero():
		return "known"
	case r.Cached:
		if age := age(r, now); age < 24*time.Hour {
			return widget.RoughAge(age)
		}
		return r.AskedAt.Local().Format(time.DateOnly)
	case r.LatencyMS > 0:
		return widget.Millis(time.Duration(r.LatencyMS) * time.Millisecond)
	default:
		return ""
	}
}

// detailsOf is all that is known of a number.
func detailsOf(t *widget.Theme, item check.Item, r check.Result, width int, now time.Time) []string {
	l := &labelled{theme: t, width: width, most: 1}
	verdict := t.Working.Render("→ asking…")
	if r.Verdict != "" {
		verdict = verdictText(t, r.Verdict)
		if r.Business {
			verdict += "  " + businessMark
		}
	}
	l.add("verdict", verdict)
	l.most = 2
	l.add("why", widget.Clean(r.Reason))
	l.most = 1
	account := widget.Clean(r.JID)
	if r.LID != "" {
		account += "  " + widget.Clean(r.LID)
	}
	l.add("account", account)
	l.add("asked", askedText(t, r, now))
	l.add("input", widget.Clean(item.Input)+sameAs(item))
	return l.lines
}

func sameAs(item check.Item) string {
	if item.E164 == "" || item.E164 == item.Input {
		return ""
	}
	return "  = " + item.E164
}

func askedText(t *widget.Theme, r check.Result, now time.Time) string {
	if r.AskedAt.IsZero() {
		return ""
	}
	text := "at " + clockText(r.AskedAt, now)
	if r.Session != "" {
		text = "by " + widget.Clean(r.Session) + " " + text
	}
	if r.Cached {
		return text + ", known since: " + t.KeyOf("refresh") + " asks it afresh"
	}
	if r.LatencyMS > 0 {
		text += ", answered in " + widget.Millis(time.Duration(r.LatencyMS)*time.Millisecond)
	}
	return text
}
