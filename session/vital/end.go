package vital

import "time"

// End is one end of a connection, as the patterns over time are found in.
type End struct {
	At         time.Time
	Reason     Reason
	Code       int           // the server's, or the HTTP status; 0 where there is none
	Lived      time.Duration // from CONNECTED to this end; 0 for an attempt that came to nothing
	Restricted bool          // WhatsApp had restricted the account then
}

// Counts says whether patterns look at it: an attempt that failed for a while says nothing that they are made of.
func (e End) Counts() bool { return e.Lived > 0 || e.Reason.Permanent() }

// Diagnosed is a diagnosis as it is kept for good: of one end of a connection, or of a pattern that began.
type Diagnosed struct {
	ID        int64     // of the store; 0 before
	Session   SessionID // 0: of all sessions
	End       End       // of a pattern only At, when it began
	Pattern   bool
	Times     int       // how often in a row, from 1: attempts that fail one after the other for the same reason are one entry
	Last      time.Time // when it last was; End.At if it was once
	Diagnosis Diagnosis
}

// DialOutcome says what an attempt came to.
type DialOutcome string

// The outcomes. The words are stored, so they never change.
const (
	DialConnected DialOutcome = "connected"
	DialPaired    DialOutcome = "paired" // the phone has linked the device, and the server wants it to connect anew
	DialFailed    DialOutcome = "failed"
	DialAbandoned DialOutcome = "abandoned" // by the operator, or because wapulse ended
)

// Dial is one connection attempt with its waterfall and what it came to.
type Dial struct {
	Session SessionID
	Attempt int // of reconnecting, from 1; 0 for the first after a start
	Trace   DialTrace
	Outcome DialOutcome
	EndedIn Phase   // where a failed or abandoned one stood
	Failure Failure // of a failed one
}
