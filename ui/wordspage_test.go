package ui

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

const wordsPage = "../docs/words.md"

// The page of the words is what the program says of them: states, operations, and what each page explains at the second "?".
func TestWordsPageIsWhatTheProgramSays(t *testing.T) {
	text := wordsOfAll(t)
	if *update {
		if err := os.WriteFile(wordsPage, text, 0o644); err != nil { //nolint:gosec // it is for everybody
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(wordsPage)
	if err != nil || !bytes.Equal(bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")), text) {
		t.Errorf("%s is not current (%v): go test ./ui -run TestWordsPage -update", wordsPage, err)
	}
}

func wordsOfAll(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(`# The words

The screen, the commands, the events and these pages use one word for one thing. On the screen ` + "`?` and again `?`" + ` explain those of the page that you are on; this page
is made from the same texts.

![The words of the dashboard, as the second ? explains them](pictures/words.svg)

`)
	b.WriteString(thingsInWords())
	writeStates(&b)
	writeOperations(&b)
	theme := smallBench(t).model.opts.Theme // with the usual keys
	for _, p := range pages() {
		e, explains := p.(page.Explainer)
		if !explains {
			continue
		}
		heading, known := wordsHeadings()[fmt.Sprintf("%T", p)]
		if !known {
			t.Errorf("%T explains words, and has no heading in %s", p, wordsPage)
		}
		fmt.Fprintf(&b, "\n## %s\n\n| | |\n| --- | --- |\n", heading)
		for _, w := range e.Words(theme) {
			fmt.Fprintf(&b, "| %s | %s |\n", cell(w[0]), cell(w[1]))
		}
	}
	return b.Bytes()
}

// What a page calls by a word it explains, and in the narrowest window whole.
func TestPagesExplainTheirWords(t *testing.T) {
	speakPlainly := map[string]string{
		"*page.Dialog": "it asks a question, and names what will be lost", "*page.Palette": "its lines are the actions in full words",
		"*page.Failures": "each line is a name and the cause in full words", "*page.Help": "it is where words are explained",
	}
	for _, p := range pages() {
		name := fmt.Sprintf("%T", p)
		e, explains := p.(page.Explainer)
		why, plain := speakPlainly[name]
		if delete(speakPlainly, name); explains == plain {
			t.Errorf("%s explains words: %v; why it need not: %q", name, explains, why)
		}
		if !explains {
			continue
		}
		theme := smallBench(t).model.opts.Theme // with the usual keys
		h := &page.Help{Theme: theme, Of: p}
		if !h.Turn() {
			t.Errorf("%s has no word to explain", name)
			continue
		}
		shown := h.View(40, 200, time.Time{})
		if strings.Contains(shown, "…") {
			t.Errorf("%s: an explanation is cut\n%s", name, shown)
		}
		known := map[string]bool{}
		for _, w := range e.Words(theme) {
			if known[w[0]] || w[0] == "" || w[1] == "" || !strings.Contains(shown, "  "+w[0]+" ") {
				t.Errorf("%s: %q is there twice, or does not say itself: %q\n%s", name, w[0], w[1], shown)
			}
			known[w[0]] = true
		}
	}
	for name := range speakPlainly {
		t.Errorf("%s is no page", name)
	}
}

// wordsHeadings are those of the pages that explain their words.
func wordsHeadings() map[string]string {
	return map[string]string{
		"*page.Dashboard": "On the dashboard", "*page.Session": "On the page of a session", "*page.Events": "On the page of events", "*page.Pairing": "When a phone is paired",
		"*page.Prompt": "On the page of number checks", "*page.Replay": "In a replay", "*page.Contacts": "On the page of contacts", "*page.Message": "When a text is sent",
		"*page.Notifications": "On the page of notifications", "*page.Faults": "In the fault panel", "*page.Tour": "On the tour", "*page.Columns": "Of the columns",
	}
}

// cell is a text in a table of Markdown.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`).Replace(ansi.Strip(text))
}

// thingsInWords are the words for what there is.
func thingsInWords() string {
	return fmt.Sprintf(`## What there is

| | |
| --- | --- |
| session | one linked device of a WhatsApp account, and the life of its connection. It has a name, which is yours, and once it is paired a JID |
| phone, primary device | what the account lives on. It links the session, and can unlink it ([pairing.md](pairing.md)) |
| paired | there are credentials by which the session logs in. Unpaired it can only wait for a phone |
| JID, LID | the account's address at WhatsApp, by its number; and its hidden one ([who is who](data.md#who-is-who)) |
| wanted | you want the session up: it is started when wapulse starts, and brought back when it is lost. One that you stopped is not |
| connection | one socket of a session, from the first attempt to its end. The next one is another, with another epoch |
| attempt | one try to connect. Its phases are DNS, TCP, TLS, WebSocket, Noise, login, ready ([slow connects](troubleshooting.md#slow-connects)) |
| state | where the session stands: one of five, [below](#states) |
| ws, ready state | where its websocket stands, which is another question: CONNECTING, OPEN, CLOSING, CLOSED |
| ladder, rung | how alive it is, in five rungs, each with its own evidence ([health.md](health.md#the-ladder)) |
| health | the judgement: HEALTHY, DEGRADED or UNHEALTHY, with every reason, which is called a finding ([health.md](health.md#health)) |
| diagnosis | what the end of a connection means: why, next, do ([troubleshooting.md](troubleshooting.md)) |
| pattern | a diagnosis that shows only over several ends, or over several sessions ([patterns](troubleshooting.md#patterns)) |
| restriction, ban | WhatsApp lets the account begin no new chats; or does not let it log in, for a time ([health.md](health.md#restrictions-and-bans)) |
| operation | what is asked of a session and has a time-out, [below](#operations) |
| breaker | keeps a session that fails from being asked: %d failures in a row open it for %s, and %d successes after that close it. CLOSED is good. It never stops a reconnect |
| load, in flight | how many operations of a session are under way, and how many wait for a place |
| budget | how many number checks a session may ask in a second ([checks.md](checks.md#budgets-and-why)) |
| paused | the server asked to be left alone (429) until a time |
| verdict | what the check of a number ends in: one of six, [below](#on-the-page-of-number-checks) |
| job, plan | a check of a file; and what it will do, before it does it ([checks.md](checks.md#a-file)) |
| event, kind, level | one thing that happened, what sort of thing, and how much it matters ([events.md](events.md)) |
| gap | events are missing here, and how many |
| frame | a stanza as it came or went, masked |
| holder | the wapulse that has the database open; commands run in it ([scripts.md](scripts.md)) |
| report, replay | the last minutes of a session as a file that can be shown; and looking at one ([report.md](report.md)) |
| demo, simulator | sessions that play failures; and the server that they, or your own programs, play on ([rehearsal.md](rehearsal.md), [simulator.md](simulator.md)) |
`, resilience.FailuresToOpen, widget.Age(resilience.OpenFor), resilience.SuccessesToClose)
}

// writeStates tells the states, and what leads from one to another.
func writeStates(b *bytes.Buffer) {
	b.WriteString("\n## States\n\nTheir signs and meanings are [those of the dashboard](#on-the-dashboard). What leads from one to another is the event's `cause`;\n" +
		"whatever is not in this table cannot happen.\n\n" +
		"| cause | from | to |\n| --- | --- | --- |\n")
	for _, cause := range vital.Causes() {
		for _, to := range vital.States() {
			var from []string
			for _, e := range vital.Edges() {
				if e.Cause == cause && e.To == to {
					from = append(from, e.From.String()+map[vital.Guard]string{vital.WhenPaired: " (paired)", vital.WhenUnpaired: " (unpaired)"}[e.Guard])
				}
			}
			if len(from) > 0 {
				fmt.Fprintf(b, "| `%s` | %s | %s |\n", cause, strings.Join(from, ", "), to)
			}
		}
	}
}

// writeOperations tells the operations and their bounds.
func writeOperations(b *bytes.Buffer) {
	b.WriteString("\n## Operations\n\nThe time-out bounds all of it: waiting for a place, and what is tried again; in the check of a file each query. What may have been\n" +
		"sent is never sent again by itself; connects are repeated for as long as the session is wanted.\n\n| operation | time-out | tried at most |\n| --- | --- | --- |\n")
	for _, op := range vital.Operations() {
		times := fmt.Sprintf("%d times", op.Attempts())
		switch {
		case op == vital.OpConnect:
			times = "again and again"
		case op.Attempts() == 1:
			times = "once"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", op, widget.Age(op.Timeout()), times)
	}
}
