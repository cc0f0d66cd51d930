package vital

import "time"

// SessionID names a session for good; its Name may change.
type SessionID int64

// Kind is what sort of thing happened, in the names that the field knows.
type Kind string

// The kinds.
const (
	KindConnectionUpdate Kind = "connection.update" // fields: connection, state, reason, isNewLogin, lastDisconnect, qr (hidden)
	KindConnectionOpen   Kind = "connection.open"
	KindMessagesUpsert   Kind = "messages.upsert" // fields: count; of media that can be downloaded also media, id
	KindQR               Kind = "qr"              // fields: index, total; never the payload
	KindPair             Kind = "pair"
	KindBreaker          Kind = "breaker"
	KindOperation        Kind = "operation"
	KindProbe            Kind = "probe"     // a ping: answered or missed
	KindReceipt          Kind = "receipt"   // fields: type, count, ids (with spaces between), at (by the server's clock)
	KindDiagnosis        Kind = "diagnosis" // fields: name, pattern, what, meaning, next, at, action
	KindLog              Kind = "log"
	KindGap              Kind = "gap" // fields: count of events that were dropped here
)

// Level is an event's weight.
type Level uint8

// The levels.
const (
	LevelDebug Level = iota
	LevelInfo
	LevelWarn
	LevelError
)

func (l Level) String() string {
	switch l {
	case LevelDebug:
		return "debug"
	case LevelWarn:
		return "warn"
	case LevelError:
		return "error"
	default:
		return "info"
	}
}

// Field is one fact of an Event.
type Field struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Event is one thing that happened to one session. Seq counts per session from 1 without holes within a run of wapulse, so a reader can
// tell what it missed. Fields hold no QR payload, key or message text.
type Event struct {
	Seq     uint64
	Time    time.Time
	Session SessionID
	Name    string // the session's at that time
	Kind    Kind
	Level   Level
	Epoch   uint64 // of the connection it belongs to; 0 for none
	Text    string // one line for a person
	Fields  []Field
}

// Field returns the value of the first field with that key, or "".
func (e Event) Field(key string) string {
	for _, f := range e.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return ""
}

// Transition is one step along an Edge. It is stored before it is shown.
type Transition struct {
	Session SessionID
	Name    string
	Time    time.Time
	From    State
	To      State
	Cause   Cause
	Reason  Reason
	Failure Failure // zero unless something failed
	Attempt int     // of reconnecting, from 1; 0 elsewhere
	Epoch   uint64

	// What is stored with it, in one step; nothing of it is in what is read back.
	Diagnoses []Diagnosed // of the end that the failure is, and of the patterns that begin with it
	Dial      *Dial       // the attempt that it ends; nil if it ends none
}
