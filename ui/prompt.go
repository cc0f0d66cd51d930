package ui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/ui/page"
)

// askTime bounds an ask, however many numbers it has: the queries in it have closer bounds.
const askTime = 10 * time.Minute

// longestPath is how long a text may be that could name a file.
const longestPath = 1024

type (
	// readMsg is what was typed, understood: numbers, or the path of a file.
	readMsg struct {
		items   []check.Item
		file    string // "" for none
		problem string // with what names a file, and no number; "" for none
	}
	// answersMsg is what came of what was asked.
	answersMsg struct{ batch []page.Answer }
)

// promptActions are those of the page where numbers are asked.
func promptActions() []action {
	return []action{
		on(action{name: "accept", keys: []string{"enter"}, words: "ask what is typed", short: "ask", rank: 1, mode: typing}, (*Model).readTyped),
		on(action{name: "older", keys: []string{"up", "ctrl+p"}, words: "the line typed before", short: "earlier lines", with: "newer", rank: 2, mode: typing},
			func(_ *Model, p *page.Prompt) tea.Cmd { p.Recall(-1); return nil }),
		on(action{name: "newer", keys: []string{"down", "ctrl+n"}, words: "the line typed after", mode: typing},
			func(_ *Model, p *page.Prompt) tea.Cmd { p.Recall(1); return nil }),
		on(action{name: "other-part", keys: []string{"tab", "shift+tab"}, words: "from the field to the answers, and back", short: "to the answers", rank: 3,
			mode: always},
			func(_ *Model, p *page.Prompt) tea.Cmd { p.ToList(p.Types()); return nil }, func(_ *Model, p *page.Prompt) bool { return p.HasOther() }),
		on(action{name: "copy", keys: []string{"y"}, words: "copy the JID", short: "copy the JID", rank: 1}, copyJID),
		on(action{name: "refresh", keys: []string{"r"}, words: "ask the number afresh", short: "ask afresh", rank: 2}, askAfresh),
		on(action{name: "sort", keys: []string{"S"}, words: "another order: as asked, what needs a look, by number", short: "sort", rank: 4},
			func(_ *Model, p *page.Prompt) tea.Cmd { p.Sort(); return nil }, func(_ *Model, p *page.Prompt) bool { return p.CanSort() }),
	}
}

// askAfresh asks the selected number again, whatever is known.
func askAfresh(m *Model, p *page.Prompt) tea.Cmd {
	if item, r, ok := p.Selected(); ok && item.E164 != "" && r.Verdict != "" {
		return m.ask([]check.Item{item}, true)
	}
	return nil
}

func copyJID(m *Model, p *page.Prompt) tea.Cmd {
	_, r, ok := p.Selected()
	if !ok || r.JID == "" {
		m.tell("", errNoJID)
		return nil
	}
	put := m.opts.Copy
	return m.act("copying", r.JID+" is on the clipboard, if the terminal allows it", func(context.Context) error { return put(r.JID) })
}

// readTyped understands what was typed. That may take a look at the disk: a text that is no number may name a file.
func (m *Model) readTyped(p *page.Prompt) tea.Cmd {
	text, region := p.Take(), m.opts.Region
	if text == "" {
		return nil
	}
	return func() tea.Msg {
		var read readMsg
		numbers := 0
		for _, input := range check.Split(text) {
			item := check.ItemOf(input, region)
			read.items = append(read.items, item)
			if item.E164 != "" {
				numbers++
			}
		}
		if numbers == 0 {
			if read.file = fileNamed(text); read.file == "" && check.NamesFile(text) {
				read.problem = noFile(text)
			}
		}
		return read
	}
}

// fileNamed is the path of the file that a text names, as people type it or terminals paste it; "" if there is none.
func fileNamed(text string) string {
	if len(text) > longestPath {
		return ""
	}
	unquoted := text
	for _, quote := range []string{"'", `"`} {
		if inner, ok := strings.CutPrefix(text, quote); ok && strings.HasSuffix(inner, quote) {
			unquoted = strings.TrimSuffix(inner, quote)
		}
	}
	for _, path := range []string{text, unquoted, strings.ReplaceAll(text, `\ `, " ")} {
		if rest, ok := strings.CutPrefix(path, "~/"); ok {
			home, err := os.UserHomeDir()
			if err != nil {
				continue
			}
			path = filepath.Join(home, rest)
		}
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
	}
	return ""
}

// noFile says why a text names no file that can be checked.
func noFile(text string) string {
	if info, err := os.Stat(text); err == nil && info.IsDir() {
		return fmt.Sprintf("%q is a folder: type the name of a file in it", text)
	}
	return fmt.Sprintf("there is no file %q, and it is no number", text)
}

// numbersRead asks what was typed, or reads the file that it names.
func (m *Model) numbersRead(msg readMsg) tea.Cmd {
	if msg.problem != "" {
		m.prompt.Problem = msg.problem
		return nil
	}
	if msg.file != "" {
		return m.readFile(msg.file)
	}
	return m.ask(msg.items, false)
}

// ask asks numbers, fresh or from what is known. Their answers come as messages whatever page is in front then.
func (m *Model) ask(items []check.Item, fresh bool) tea.Cmd {
	if len(items) == 0 {
		return nil
	}
	ask, ok := m.prompt.Ask(items)
	if !ok {
		return nil
	}
	ctx, numbers, answers := m.ctx, m.opts.Numbers, m.answers
	asking := func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, askTime)
		defer cancel()
		err := numbers.Check(ctx, items, fresh, func(r check.Result) { answers.put(page.Answer{Ask: ask, Result: r}) })
		answers.put(page.Answer{Ask: ask, Over: true, Err: err})
		return nil
	}
	return tea.Batch(asking, m.listen())
}

// listen waits for answers as long as there are any to come. One such wait is under way at any time.
func (m *Model) listen() tea.Cmd {
	if m.listening || m.prompt.Pending() == 0 {
		return nil
	}
	m.listening = true
	ctx, answers := m.ctx, m.answers
	return func() tea.Msg { return answersMsg{answers.take(ctx)} }
}

func (m *Model) answersCame(msg answersMsg) tea.Cmd {
	m.listening = false
	if m.ctx.Err() != nil {
		return nil
	}
	m.dirty = m.dirty || m.shows(m.prompt)
	m.prompt.Told(msg.batch)
	return m.listen()
}
