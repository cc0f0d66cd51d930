package record

import "fmt"

// readme is the first thing that somebody sees who opens a bundle with another program.
func readme(h head) string {
	const layout = "2006-01-02 15:04:05 MST"
	return fmt.Sprintf(`A report of wapulse about one WhatsApp session, %s
from %s to %s.

To look at it: wapulse replay FILE.zip

What is masked
  Phone numbers, JIDs, LIDs, groups, names of sessions and people, message IDs, keys, QR data, codes, e-mail and IP
  addresses, names of other machines, paths and passwords. What is masked leaves its kind and a counter, and the same
  thing is the same in the whole report: number-1 and number-1:12@s.whatsapp.net belong together. Texts of messages
  are not recorded in the first place. Texts that people or servers wrote are masked by what they look like, so look
  through this file before you show it to everybody.

What is in it
  report.json         versions, settings, and the session at the end, in words and whole
  events.jsonl        what happened, a line each; lines of level debug are not kept
  transitions.jsonl   from state to state, with cause and failure; the first is where it stood before
  vitals.jsonl        every ten seconds in which something happened: what was asked, how long it took, and counts
  dials.jsonl         each attempt to connect, phase by phase
  diagnoses.jsonl     what each end of a connection was found to mean
Times are as they were stored, durations are milliseconds.
`, h.Version, h.From.UTC().Format(layout), h.To.UTC().Format(layout))
}
