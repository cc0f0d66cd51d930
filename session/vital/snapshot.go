package vital

import "time"

// Identity is what a paired session is to the server. It holds no secret.
type Identity struct {
	JID      string // with the device part, as whatsmeow's credentials are keyed
	LID      string
	Phone    string // E.164 with +
	PushName string
	Platform string // of the phone, as it said when pairing
}

// Paired says whether there are credentials to log in with.
func (i Identity) Paired() bool { return i.JID != "" }

// Breaker is the circuit breaker as the screen shows it.
type Breaker struct {
	State     BreakerState
	Failures  int       // consecutive, while closed
	Threshold int       // that open it; 0 if it is not known how many there were
	RetryAt   time.Time // while open: when it goes half open
}

// Pairing is what the pairing page needs while a session waits for a phone. It holds the QR payload: it is drawn,
// never logged or stored.
type Pairing struct {
	QR        string // payload of the code that is valid now; "" before the server sent any
	Index     int    // of the code, from 1
	Total     int
	ExpiresAt time.Time
	PhoneCode string // XXXX-XXXX, once asked for
	PhoneFor  string // the phone that the code was asked for
	Scanned   bool   // the phone has answered; logging in
}

// What the figures of the timed pings are made of.
const (
	PingWindow  = 5 * time.Minute // of the percentiles
	RecentPings = 60
)

// Ping is what the timed pings say. Percentiles are over PingWindow and zero without a sample.
type Ping struct {
	Last          time.Duration
	LastAt        time.Time // when the last answer came
	P50, P95, P99 time.Duration
	Missed        int             // in a row
	Recent        []time.Duration // oldest first, at most RecentPings; a missed one is negative
	RecentAt      []time.Time     // when each of them was answered, or given up
}

// Restriction is what WhatsApp does not let an account do for a time: begin new chats. It says nothing about the connection.
type Restriction struct {
	Active bool
	Kind   string    // in the server's word
	Until  time.Time // zero if the server did not say
}

// Holds says whether the account is restricted at now: the end that the server gave ends it.
func (r Restriction) Holds(now time.Time) bool {
	return r.Active && (r.Until.IsZero() || r.Until.After(now))
}

// Receipts tell what came of the messages that a session has sent in the last 24 hours, as far back as wapulse runs; at most the newest 256.
type Receipts struct {
	Sent    int
	Missing int       // of which no receipt says that they came
	Oldest  time.Time // when the first of these was sent; zero for none
	LastAt  time.Time // when the last such receipt for any of the session's messages came
}

// IsArrival says whether a receipt of that type tells that a message came: not one by which a device asks for it again, as it cannot read it, or complains.
func IsArrival(receipt string) bool { return receipt != "retry" && receipt != "server-error" }

// Tally counts what was asked and measured in a span of time.
type Tally struct {
	Operations, Timeouts uint64 // pings and connects are operations, too
}

// Client is the version of WhatsApp's own client that wapulse says it is. It is the same for all sessions of a process.
type Client struct {
	Version  string
	Latest   string // that WhatsApp gives out now; "" if that is not known
	Outdated bool   // Version is so old that the server may refuse it soon
}

// Counters count since wapulse started.
type Counters struct {
	StanzasIn, StanzasOut   uint64
	BytesIn, BytesOut       uint64
	MessagesIn, MessagesOut uint64
	Connects, Reconnects    uint64
	Timeouts                uint64
}

// All are the counters in the order in which they are stored: it never changes.
func (c *Counters) All() [9]*uint64 {
	return [9]*uint64{
		&c.Connects, &c.Reconnects, &c.Timeouts, &c.MessagesIn, &c.MessagesOut, &c.StanzasIn, &c.StanzasOut, &c.BytesIn, &c.BytesOut,
	}
}

// Ladder holds the evidence for the five rungs of liveness; a zero time means there is none. All are cleared when the socket ends,
// but PhoneSeen, which is about the phone.
type Ladder struct {
	SocketOpen    time.Time // since when
	Authenticated time.Time // since when
	ServerAnswers time.Time // last answered ping
	DataFresh     time.Time // last stanza of any kind
	PhoneSeen     time.Time // last evidence of the primary device
}

// Snapshot is all that may be known of a session at one moment. It is immutable; a newer one has a higher Version.
type Snapshot struct {
	ID       SessionID
	Name     string
	Version  uint64
	Removed  bool // the last snapshot of a deleted session
	Created  time.Time
	Identity Identity
	Wanted   bool // the operator wants it up

	State    State
	Since    time.Time
	Reason   Reason
	Failure  Failure // of the last end; zero once connected again
	Stored   bool    // false: the transition into State could not be written: the database is in trouble
	Attempt  int     // of reconnecting, from 1
	NextTry  time.Time
	Phase    Phase  // of the attempt under way
	Pending  string // what was asked and is not done: "stopping", "logging out"; "" for none
	Pairing  *Pairing
	NewLogin bool // this connection is the first after a pairing

	Ready     ReadyState
	Listening bool // the client's handlers are attached and its reader runs
	Breaker   Breaker
	Ladder    Ladder
	Ping      Ping
	Dial      DialTrace
	Counters  Counters

	Restriction Restriction // as the server last said; kept over connections and restarts, until it ends
	Receipts    Receipts
	LastHour    Tally
	Client      Client
	Proxy       string // the address of the proxy that it connects through, without user and password; "" for none
	Load        Load
	Operations  []OperationStat // that have happened, in the order of vital.Operations

	Patterns    []Diagnosis // that hold over the last ends of connections, each with a Name
	FramesUntil time.Time   // until then the stanzas are told as events of kind frame; zero for not at all

	LastError   string // in words; kept after recovery
	LastErrorAt time.Time
}

// Diagnosis of the snapshot's last failure. A session that nobody wants up does not come back when its ban ends.
func (s *Snapshot) Diagnosis() Diagnosis {
	d := DiagnoseNext(s.State, s.Failure, s.NextTry)
	if s.Failure.Reason == ReasonBanned && !s.Wanted && !d.At.IsZero() {
		d.Next, d.At = nextNothing+": it was stopped", time.Time{}
	}
	return d
}
