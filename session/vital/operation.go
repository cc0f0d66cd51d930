package vital

import "time"

// Operation names what was asked of a session.
type Operation string

// The operations.
const (
	OpConnect  Operation = "connect"
	OpPing     Operation = "ping"
	OpCheck    Operation = "check"
	OpSend     Operation = "send"
	OpContacts Operation = "contacts"
	OpDownload Operation = "download"
)

// Operations lists all operations in the order in which they are shown.
func Operations() []Operation {
	return []Operation{OpConnect, OpPing, OpCheck, OpSend, OpContacts, OpDownload}
}

// Timeout bounds an operation, its waits and retries included.
func (o Operation) Timeout() time.Duration {
	switch o {
	case OpPing:
		return 10 * time.Second
	case OpCheck:
		return 12 * time.Second
	case OpDownload:
		return 60 * time.Second
	default:
		return 30 * time.Second
	}
}

// Attempts is how often an operation is tried before its error is told. Connects are retried by the reconnect policy; what may have been sent is
// never sent again.
func (o Operation) Attempts() int {
	switch o {
	case OpCheck, OpContacts, OpDownload:
		return 3
	default:
		return 1
	}
}

// Latency is one measured operation.
type Latency struct {
	Session   SessionID
	Operation Operation
	Duration  time.Duration
	OK        bool // false: timed out or failed after Duration
	TimedOut  bool
}

// Speed classes how long an operation took.
type Speed uint8

// The speeds.
const (
	Fast     Speed = iota // answered within 3 s
	Slow                  // within 10 s
	VerySlow              // later
	TimedOut              // not at all
)

// SpeedOf classes an answered operation.
func SpeedOf(d time.Duration) Speed {
	switch {
	case d < 3*time.Second:
		return Fast
	case d <= 10*time.Second:
		return Slow
	default:
		return VerySlow
	}
}

func (s Speed) String() string {
	return [...]string{"fast", "slow", "very slow", "time-out"}[s]
}

// Load is what a session is busy with.
type Load struct {
	InFlight, Waiting, Limit int
	PausedUntil              time.Time // the server asked for a pause; zero for none
}

// OperationStat is what is known of one operation of a session since wapulse started. Percentiles are of answered ones.
type OperationStat struct {
	Operation     Operation
	Count, Failed uint64 // Failed: neither answered nor timed out
	BySpeed       [4]uint64
	P50, P95, P99 time.Duration
	LastSlow      string    // the likely trigger of the last slow or late one, with its evidence
	LastSlowAt    time.Time // zero if there was none
}

// Outgoing is a text to send. With the ID of an earlier one it is the same message: whoever has it already does not get it twice.
type Outgoing struct {
	ID   string // "" for a new one
	To   string // E.164 with +
	Text string
}

// Sent is a message that the server took.
type Sent struct {
	ID string
	At time.Time // by the server's clock
}

// Contact is somebody that the store of a session knows.
type Contact struct {
	JID      string `json:"jid"`
	Phone    string `json:"phone,omitempty"` // E.164 with +
	Name     string `json:"name,omitempty"`  // as the phone's address book has it
	PushName string `json:"push_name,omitempty"`
	Business string `json:"business_name,omitempty"`
}

// Media is where the media of a message are and how to read them. It holds keys: it is stored in a table of its own and never part of an event.
type Media struct {
	MessageID     string
	Kind          string // image, video, audio, document, sticker
	MIME          string
	Name          string // of a document's file
	Size          uint64 // bytes
	DirectPath    string
	Key           []byte
	FileSHA256    []byte
	FileEncSHA256 []byte
	At            time.Time
}
