package vital

import "time"

// Verdict is what a number check ends in. There are six, and none stands for another.
type Verdict string

// The verdicts.
const (
	VerdictRegistered    Verdict = "registered"     // the server says that the number is on WhatsApp
	VerdictNotRegistered Verdict = "not_registered" // the server says that it is not
	VerdictNoAnswer      Verdict = "no_answer"      // asked, and the server left the number out
	VerdictError         Verdict = "error"          // asked, and what came back is an error
	VerdictUnverified    Verdict = "unverified"     // the format is fine, and nothing could ask: no session, breaker open, time-out
	VerdictInvalid       Verdict = "invalid"        // no phone number: nothing was asked
)

// Verdicts lists all verdicts.
func Verdicts() []Verdict {
	return []Verdict{VerdictRegistered, VerdictNotRegistered, VerdictNoAnswer, VerdictError, VerdictUnverified, VerdictInvalid}
}

// Answered says whether it can be relied on: the server said it, or there was nothing to ask.
func (v Verdict) Answered() bool {
	return v == VerdictRegistered || v == VerdictNotRegistered || v == VerdictInvalid
}

// Answer is what the server said of one number of a query. Its Verdict is registered, not_registered or error: a number that the server left out
// has no Answer.
type Answer struct {
	Number   string // E.164 with +, as asked
	Verdict  Verdict
	JID      string // of the account, by phone number; "" unless registered and told
	LID      string
	Business bool
	Code     int    // of the error
	Reason   string // the error in words
}

// Query is one question about numbers, for whichever session can ask it.
type Query struct {
	Numbers  []string    // E.164 with +, each once
	Sessions []SessionID // that may ask; empty for any
	// Patient is for file jobs: the time-out bounds an attempt, not the waits, and a pause that the server asks for is waited out.
	Patient bool
	Rate    float64 // queries a second on a session; 0 for its own budget, negative for no limit
}

// Reply is what a session was told.
type Reply struct {
	Session SessionID
	Name    string    // the session's
	AskedAt time.Time // when the query left
	Latency time.Duration
	Answers []Answer // in no order; who was left out has none
}
