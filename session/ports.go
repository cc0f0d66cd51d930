package session

import (
	"context"
	"io"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// Record is what the store keeps of a session between two runs.
type Record struct {
	ID       vital.SessionID
	Name     string
	Created  time.Time
	Wanted   bool
	Identity vital.Identity

	// Where it stood when wapulse last wrote. Only StateError outlives a restart.
	State   vital.State
	Since   time.Time
	Reason  vital.Reason
	Failure vital.Failure

	Alive time.Time // the last sign of life of the process that had it up; zero if there was none, or it was not up

	Kept  Kept
	Proxy string // as vital.Proxy.Secret writes it: with its password
}

// IsUp says whether it stands where only a process that runs can have it.
func (r *Record) IsUp() bool {
	return r.State != vital.StateDisconnected && r.State != vital.StateError
}

// KilledAt is when a record that is up, and whose process is gone, was up for the last time, as far as is known: at the process's last sign of life. That
// it was up later nobody knows.
func (r *Record) KilledAt(now time.Time) time.Time {
	at := r.Alive
	if at.After(now) { // the clock was set back
		at = now
	}
	if at.Before(r.Since) {
		at = r.Since
	}
	return at
}

// Store keeps sessions, transitions and history. Calls block until what they say is on disk, but for Append, which
// never blocks: it queues, and what the queue cannot hold becomes a stored, counted gap.
type Store interface {
	Sessions(ctx context.Context) ([]Record, error)
	CreateSession(ctx context.Context, name string) (Record, error) // ErrNameTaken, ErrNameInvalid
	RenameSession(ctx context.Context, id vital.SessionID, name string) error
	DeleteSession(ctx context.Context, id vital.SessionID) error // its history goes with it
	SetWanted(ctx context.Context, id vital.SessionID, wanted bool) error
	SetIdentity(ctx context.Context, id vital.SessionID, identity vital.Identity) error
	SetKept(ctx context.Context, id vital.SessionID, kept Kept) error
	// SetProxy keeps which proxy the session connects through, with its password; "" for none of its own.
	SetProxy(ctx context.Context, id vital.SessionID, proxy string) error
	// CommitTransition stores a transition with the diagnoses and the attempt that it carries, all or nothing.
	CommitTransition(ctx context.Context, t vital.Transition) error
	// SaveDiagnosis stores one that belongs to no transition.
	SaveDiagnosis(ctx context.Context, d vital.Diagnosed) error
	// Ends returns a session's last ends of connections that count, oldest first.
	Ends(ctx context.Context, id vital.SessionID, limit int) ([]vital.End, error)
	Append(e vital.Event)
	// SaveMedia keeps where the media of a message are, with their keys.
	SaveMedia(ctx context.Context, id vital.SessionID, m vital.Media) error
	// Media returns what SaveMedia kept. ErrNoMedia if there is nothing of that message.
	Media(ctx context.Context, id vital.SessionID, messageID string) (vital.Media, error)
}

// Devices opens the client side of sessions. The adapter to whatsmeow implements it.
type Devices interface {
	// Open returns the device with that identity's credentials, or a fresh unpaired one if the identity is not paired.
	// ErrCredentialsMissing if the identity is paired and the credentials are not there.
	Open(ctx context.Context, identity vital.Identity) (Device, error)
}

// Device is one linked device, or one waiting to be linked. A Device is used by one actor; only one of its connections
// is alive at a time.
type Device interface {
	// Connect begins one connection attempt and returns at once. What happens to it is told to sink, in order, from one
	// goroutine, and ends with exactly one Ended. Sink must not block.
	Connect(sink func(Signal)) Connection
	// UseProxy says which proxy the connections and downloads that begin from now on go through, and never round it; the zero value is the one that is
	// set for all, if any.
	UseProxy(proxy vital.Proxy)
	// Delete removes the credentials from the store. The device is of no use afterwards.
	Delete(ctx context.Context) error
}

// Connection is one attempt and the socket that came of it.
//
// The errors of Check, Send, Contacts and Download: ErrNotConnected if the socket is gone or goes, *ServerError for a refusal of the server, the
// context's for time-outs and cancellation.
type Connection interface {
	// Close ends the connection without blocking; Ended follows within a second, whatever the peer does.
	Close()
	// Ping asks the server for an answer and returns how long it took. The deadline is ctx's.
	Ping(ctx context.Context) (time.Duration, error)
	// RequestPhoneCode asks for the code that links the phone with that number, in digits with or without +. Only while
	// QR codes are valid.
	RequestPhoneCode(ctx context.Context, phone string) (string, error)
	// Logout tells the server to forget this device. Credentials stay until Device.Delete.
	Logout(ctx context.Context) error
	// Check asks about numbers, in E.164 with +, in one query. Who is left out of the answer was left out by the server.
	Check(ctx context.Context, numbers []string) ([]vital.Answer, error)
	// Send sends a text; its ID is set. ErrNotOnWhatsApp if there is nobody to send it to.
	Send(ctx context.Context, m vital.Outgoing) (vital.Sent, error)
	// Contacts returns whom the session knows, as fresh as the server has it.
	Contacts(ctx context.Context) ([]vital.Contact, error)
	// Download writes what the media hold, once it is known to be whole.
	Download(ctx context.Context, m vital.Media, w io.Writer) error
	// TellFrames has the connection tell every stanza from now on, masked, as Noted of kind frame; or, with false, no more of them.
	TellFrames(on bool)
	// Done is closed after Ended was told and every goroutine of the connection has ended.
	Done() <-chan struct{}
}

// Signal is one thing that a Connection tells the actor. The types below are all there are.
type Signal interface{ signal() }

type (
	// ReadyChanged: the websocket's ready state is another now.
	ReadyChanged struct {
		Ready     vital.ReadyState
		Listening bool
	}
	// PhaseReached: the attempt goes on to this phase.
	PhaseReached struct{ Phase vital.Phase }
	// Dialled: the waterfall as far as it is known; told again with the login, and at the end of a failed attempt.
	Dialled struct{ Trace vital.DialTrace }
	// QRCodes: the payloads to show, in order. The first lives 60 s, the others 20 s.
	QRCodes struct{ Codes []string }
	// Paired: the phone has linked this device, and its credentials are stored.
	Paired struct{ Identity vital.Identity }
	// RestartRequired: stream error 515 after pairing. Ended follows.
	RestartRequired struct{}
	// LoggedIn: the server said <success>. Not yet ready for operations.
	LoggedIn struct{ Identity vital.Identity }
	// Ready: prekeys are on the server, the session is active: operations may begin.
	Ready struct{}
	// Traffic: stanzas and bytes since the last Traffic; At is when the newest stanza came. Told at most a few times a second.
	Traffic struct {
		StanzasIn, StanzasOut, BytesIn, BytesOut uint64
		At                                       time.Time
	}
	// Messages: messages came in (or, Outgoing, were sent by this account), without their texts.
	Messages struct {
		Count     int
		ID        string // of a single one whose media can be downloaded, by which they are asked for; else ""
		Media     string // their kind
		Outgoing  bool
		FromPhone bool // evidence of the primary device
		At        time.Time
	}
	// Receipt: somebody, or the own phone, has received or read.
	Receipt struct {
		Type      string
		IDs       []string // of the messages
		Count     int
		FromPhone bool
		At        time.Time
	}
	// PhoneSeen: any other evidence that the primary device lives.
	PhoneSeen struct{ At time.Time }
	// Restricted: WhatsApp restricts the account, or, with the zero value, does so no more.
	Restricted struct{ Restriction vital.Restriction }
	// ClientKnown: which version of WhatsApp's client wapulse says that it is, and what is known of a newer one. Told with each connection, and when it changes.
	ClientKnown struct{ Client vital.Client }
	// MediaSeen: a message with media that can be downloaded came in. It holds keys: it is stored, never shown.
	MediaSeen struct{ Media vital.Media }
	// Noted: something worth an event that changes no state. Fields are redacted.
	Noted struct {
		Kind   vital.Kind
		Level  vital.Level
		Text   string
		Fields []vital.Field
	}
	// Ended: the connection is over. The zero Failure means that Close was called.
	Ended struct{ Failure vital.Failure }
)

func (ReadyChanged) signal()    {}
func (PhaseReached) signal()    {}
func (Dialled) signal()         {}
func (QRCodes) signal()         {}
func (Paired) signal()          {}
func (RestartRequired) signal() {}
func (LoggedIn) signal()        {}
func (Ready) signal()           {}
func (Traffic) signal()         {}
func (Messages) signal()        {}
func (Receipt) signal()         {}
func (PhoneSeen) signal()       {}
func (Restricted) signal()      {}
func (ClientKnown) signal()     {}
func (MediaSeen) signal()       {}
func (Noted) signal()           {}
func (Ended) signal()           {}
