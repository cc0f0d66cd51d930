package check

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/wapulse/wapulse/session/vital"
)

// Result is what is known of one number of the input, as scripts see it. The JSON names and their order are part of wapulse's interface.
type Result struct {
	Input     string        `json:"input"`          // as read
	E164      string        `json:"e164,omitempty"` // absent if invalid
	Verdict   vital.Verdict `json:"verdict"`
	JID       string        `json:"jid,omitempty"`
	LID       string        `json:"lid,omitempty"`
	Business  bool          `json:"business"`             // true only if registered
	Session   string        `json:"session,omitempty"`    // the name of the one that asked; absent if none did
	LatencyMS int64         `json:"latency_ms,omitempty"` // of its query, a begun millisecond counts; absent if there was no reply
	AskedAt   time.Time     `json:"asked_at,omitzero"`    // when the query left; absent if none did
	Cached    bool          `json:"cached"`               // answered by an earlier query
	Reason    string        `json:"reason,omitempty"`     // why it is no plain yes or no, or a warning
}

// Invalid is the result of an input that is no number.
func Invalid(input, reason string) Result {
	return Result{Input: input, Verdict: vital.VerdictInvalid, Reason: reason}
}

// Header is the first line of a CSV of results.
func Header() []string {
	return []string{"input", "e164", "verdict", "jid", "lid", "business", "session", "latency_ms", "asked_at", "cached", "reason"}
}

// Row is the result as a line of a CSV, under Header. What is absent is empty.
func (r Result) Row() []string {
	latency, asked := "", ""
	if r.LatencyMS != 0 {
		latency = strconv.FormatInt(r.LatencyMS, 10)
	}
	if !r.AskedAt.IsZero() {
		asked = r.AskedAt.Format(time.RFC3339Nano)
	}
	return []string{r.Input, r.E164, string(r.Verdict), r.JID, r.LID, strconv.FormatBool(r.Business), r.Session, latency, asked, strconv.FormatBool(r.Cached), r.Reason}
}

// String is the result as a line for a person: the number, the verdict, and what is to be said of it. It is safe for a terminal.
func (r Result) String() string {
	number := r.E164
	if number == "" {
		number = strconv.Quote(r.Input)
	}
	var notes []string
	note := func(s string) {
		if s != "" {
			notes = append(notes, s)
		}
	}
	if r.Business {
		note("business")
	}
	note(r.JID)
	note(r.Reason)
	switch {
	case r.Cached && !r.AskedAt.IsZero():
		note("known since " + r.AskedAt.Local().Format("2006-01-02 15:04"))
	case r.Cached:
		note("known")
	case r.LatencyMS != 0:
		note(strconv.FormatInt(r.LatencyMS, 10) + " ms")
	}
	line := number + "  " + string(r.Verdict)
	if len(notes) > 0 {
		line += "  " + strings.Join(notes, ", ")
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return -1
	}, line)
}

// as is the result for another input with the same number. A registered number needs no warning: that it works settles what a numbering plan says.
func (r Result) as(input, warning string) Result {
	r.Input = input
	if r.Reason == "" && r.Verdict != vital.VerdictRegistered {
		r.Reason = warning
	}
	return r
}
