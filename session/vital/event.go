package vital

import (
	"fmt"
	"time"
)

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
	KindFrame            Kind = "frame" // fields: dir (in, out), xml; masked, live only, while frames are switched on
	KindGap              Kind = "gap"   // fields: count of events that were dropped here
)

// Kinds lists all kinds in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{
		KindConnectionUpdate, KindConnectionOpen, KindQR, KindPair, KindMessagesUpsert, KindReceipt, KindOperation, KindProbe, KindBreaker, KindDiagnosis, KindLog, KindFrame, KindGap,
	}
}

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

// Levels lists all levels, the lightest first.
func Levels() []Level { return []Level{LevelDebug, LevelInfo, LevelWarn, LevelError} }

// ParseLevel is the inverse of Level.String.
func ParseLevel(name string) (Level, error) { return named("level", name, Levels()) }

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

// EventPlace is where an event stands among the stored ones: by time, and those of one time in the order in which they were stored.
type EventPlace struct {
	Time time.Time
	ID   int64
}

// StoredEvent is an event with its place among the stored ones.
type StoredEvent struct {
	Event
	ID int64
}

// Place is where it stands.
func (e StoredEvent) Place() EventPlace { return EventPlace{e.Time, e.ID} }

// NewGap tells that count events of a session, or, with none, of any, are missing here.
func NewGap(at time.Time, count uint64, why string) Event {
	return Event{Time: at, Kind: KindGap, Level: LevelWarn, Text: fmt.Sprintf("%d %s", count, why), Fields: []Field{{Key: "count", Value: fmt.Sprint(count)}}}
}

// Transition is one step along an Edge. It is stored before it is shown.
type Transition struct {
	Session SessionID
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
