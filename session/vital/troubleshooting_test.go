package vital

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const troubleshootingPage = "../../docs/troubleshooting.md"

var update = flag.Bool("update", false, "write "+troubleshootingPage+" anew") //nolint:gochecknoglobals // a flag of the test

// The page for people is the table: what they read there is what they see.
func TestTroubleshootingPageIsTheTable(t *testing.T) {
	page := troubleshooting()
	if *update {
		if err := os.WriteFile(troubleshootingPage, page, 0o644); err != nil { //nolint:gosec // it is for everybody
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(troubleshootingPage)
	if err != nil || !bytes.Equal(bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")), page) {
		t.Errorf("%s is not current (%v): go test ./session/vital -update", troubleshootingPage, err)
	}
}

func troubleshooting() []byte {
	var b bytes.Buffer
	b.WriteString(`# Why is it down?

Of every end of a connection wapulse says what happened, what that means, what it does itself and when, and what you should do. It is on the session's
panel (` + "`why`, `next`, `do`" + `), an event of kind ` + "`diagnosis`" + `, and kept in the database as long as the session. This page is made from the same table: look
for the words that you see. After a colon come the server's own code and words.

The word in ` + "`code`" + ` is what scripts see; it never changes. A session that wapulse retries by itself waits longer from attempt to attempt, and tells
when the next one is; any key that starts or reconnects it tries at once. Where you are to start a session or to pair it, the
screen says the key, too: ` + "`s` and `p`" + `, unless you have [given them others](keys.md#keys-of-your-own).

![A session whose number was banned for a time: why, what wapulse does next and when, what to do](pictures/troubleshooting.svg)
`)
	for _, s := range []struct {
		title string
		rows  []explanation
	}{
		{"The way to the server", explanationsOfTheLine()},
		{"The upgrade to WebSocket", explanationsOfTheUpgrade()},
		{"The handshake", explanationsOfTheHandshake()},
		{"The login", explanationsOfTheLogin()},
		{"While it is connected", explanationsOfTheStream()},
		{"On this machine", explanationsAtHome()},
		{"What was asked for", explanationsOfWhatWasAskedFor()},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n| you see | it means | wapulse | you |\n| --- | --- | --- | --- |\n", s.title)
		for _, row := range s.rows {
			writeRow(&b, row)
		}
		if s.title == "The login" {
			writeBans(&b)
		}
	}
	b.WriteString(`
## Patterns

Some things show only over several ends, or several sessions. A pattern is told when it begins, and stands with the session until it is over: when a connection
has been calm for ` + InWords(calmFor) + `, or as it says.

| you see | it means | wapulse | you |
| --- | --- | --- | --- |
`)
	patterns := []Diagnosis{}
	for _, rule := range patternRules() {
		patterns = append(patterns, rule.diagnosis)
	}
	for _, d := range append(patterns, allDownDiagnosis()) {
		fmt.Fprintf(&b, "| %s<br>`%s` | %s | %s | %s |\n", d.What, d.Name, d.Meaning, d.Next, d.Action)
	}
	fmt.Fprintf(&b, `
- Replaced twice: the last two lasting ends were replacements, a day or less apart; attempts that failed between them do not count.
- Restricted, then logged out: a ban, or an end under a restriction, at most %s before the logout.
- Short lives: %d connections that did not last %s each, within %s; it is over when they are that long ago. A session in
  ERROR is not told of it, as wapulse does not go on reconnecting.
- All down: two sessions or more lost their connection within %s, and none is left; over when one is back. What the server itself gave as its reason is not
  counted, and neither is what you stopped.

## Slow connects

The last ten attempts of each session are kept with the times of their phases: DNS, TCP, TLS, WebSocket, Noise, login, ready. A phase is marked as slow if it took
%d times what is usual for it in the attempts before, and %s more; or, where nothing is unusual, if it is the longest and took over %s.

| slow in | look at |
| --- | --- |
| DNS | this machine's name server |
| TCP | the network, or a proxy far away |
| TLS, WebSocket | a proxy or firewall that looks into connections |
| Noise, login, ready | WhatsApp's servers; an account with much to catch up on |
`, InWords(policyWithin), flappingLives, InWords(shortLife), InWords(flappingWithin), InWords(TogetherWithin), slowerThan, RTTText(slowAtLeast), InWords(slowPhase))
	return b.Bytes()
}

func writeRow(b *bytes.Buffer, row explanation) {
	f := Failure{Reason: row.reason}
	if len(row.codes) > 0 {
		f.Code = row.codes[0]
	}
	d := Diagnose(f)
	title := row.what
	var codes []string
	for _, code := range row.codes {
		if text := fmt.Sprint(code); code != 0 && !strings.Contains(title, text) {
			codes = append(codes, text)
		}
	}
	switch {
	case len(codes) > 0:
		title += ": " + strings.Join(codes, ", ")
	case slices.Contains(row.codes, 0):
		title += ", without a code"
	case row.reason == ReasonWebSocket || row.reason == ReasonServerError || row.reason == ReasonRefused:
		if len(row.codes) == 0 {
			title += ", any other code"
		}
	}
	next := d.Next
	if row.reason == ReasonBanned {
		next = nextAfterBan + "unless it was stopped, or no end was told"
		row.action = "let it rest, and stop what caused the ban; start it when the ban is over if wapulse does not"
	}
	fmt.Fprintf(b, "| %s<br>`%s` | %s | %s | %s |\n", title, row.reason, row.meaning, next, row.action)
}

func writeBans(b *bytes.Buffer) {
	b.WriteString("\nA ban says what it is for, and counts down where its end is known:\n\n")
	for _, code := range []int{101, 102, 103, 104, 106} {
		fmt.Fprintf(b, "- %s\n", banMeaning(code))
	}
}
