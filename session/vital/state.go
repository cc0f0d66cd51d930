package vital

import "fmt"

// State is where a session stands. Its zero value is StateDisconnected.
type State uint8

// The five states.
const (
	StateDisconnected State = iota // no socket, and nobody wants one
	StateConnecting                // the first socket since the start: dialling, showing a QR code, or logging in
	StateConnected                 // logged in and ready for operations
	StateReconnecting              // the socket was lost and wapulse is getting it back by itself
	StateError                     // a permanent cause: only the operator, or the end of a ban, leads out
)

var stateNames = [...]string{"DISCONNECTED", "CONNECTING", "CONNECTED", "RECONNECTING", "ERROR"}

// States lists all states in the order of their values.
func States() []State {
	return []State{StateDisconnected, StateConnecting, StateConnected, StateReconnecting, StateError}
}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// ParseState is the inverse of State.String.
func ParseState(name string) (State, error) {
	return named("state", name, States())
}

// named finds the value of that name.
func named[T fmt.Stringer](what, name string, all []T) (T, error) {
	for _, v := range all {
		if v.String() == name {
			return v, nil
		}
	}
	var none T
	return none, fmt.Errorf("%s %q: %w", what, name, ErrUnknownName)
}

// Cause is what moves a session along an edge.
type Cause uint8

// The causes. Each edge of the state machine has exactly one.
const (
	CauseStart         Cause = iota + 1 // the operator, or wapulse at its own start, wants the session up
	CauseAuthenticated                  // the server accepted the login and the session is ready for operations
	CausePairRestart                    // stream error 515: the server asks a freshly paired client to log in
	CauseAttemptFailed                  // a connection attempt ended before it was authenticated, for a transient reason
	CauseCodesRanOut                    // every QR code was shown and none was scanned
	CauseSocketLost                     // an authenticated socket ended for a transient reason
	CauseReconnect                      // the operator asked for a new socket
	CauseStop                           // the operator does not want the session up any more
	CauseShutdown                       // wapulse is ending; what the operator wanted is kept
	CausePermanent                      // an end that retrying cannot mend
	CauseOperator                       // the operator acts on a session in ERROR
	CauseBanEnded                       // the time of a temporary ban is over
)

var causeNames = [...]string{
	CauseStart: "start", CauseAuthenticated: "authenticated", CausePairRestart: "pair_restart",
	CauseAttemptFailed: "attempt_failed", CauseCodesRanOut: "codes_ran_out", CauseSocketLost: "socket_lost",
	CauseReconnect: "reconnect", CauseStop: "stop", CauseShutdown: "shutdown", CausePermanent: "permanent",
	CauseOperator: "operator", CauseBanEnded: "ban_ended",
}

// Causes lists all causes in the order of their values.
func Causes() []Cause {
	causes := make([]Cause, 0, len(causeNames)-1)
	for c := CauseStart; int(c) < len(causeNames); c++ {
		causes = append(causes, c)
	}
	return causes
}

// ParseCause is the inverse of Cause.String.
func ParseCause(name string) (Cause, error) { return named("cause", name, Causes()) }

func (c Cause) String() string {
	if c > 0 && int(c) < len(causeNames) {
		return causeNames[c]
	}
	return fmt.Sprintf("Cause(%d)", uint8(c))
}

// Edge is one arrow of the state machine.
type Edge struct {
	From  State
	Cause Cause
	To    State
	Guard Guard
}

// Guard says for which sessions an edge exists.
type Guard uint8

// The guards.
const (
	Always       Guard = iota
	WhenPaired         // the session has a JID and credentials
	WhenUnpaired       // the session was never paired, or lost its credentials
)

// Edges returns every edge of the state machine. Whatever is not in it cannot happen.
func Edges() []Edge {
	return []Edge{
		{StateDisconnected, CauseStart, StateConnecting, Always},

		{StateConnecting, CauseAuthenticated, StateConnected, WhenPaired},
		{StateConnecting, CausePairRestart, StateConnecting, WhenPaired},
		{StateConnecting, CauseCodesRanOut, StateDisconnected, WhenUnpaired},
		{StateConnecting, CauseAttemptFailed, StateDisconnected, WhenUnpaired},
		{StateConnecting, CauseAttemptFailed, StateReconnecting, WhenPaired},

		{StateConnected, CauseSocketLost, StateReconnecting, Always},
		{StateConnected, CauseReconnect, StateReconnecting, Always},

		{StateReconnecting, CauseAttemptFailed, StateReconnecting, Always},
		{StateReconnecting, CauseAuthenticated, StateConnected, WhenPaired},

		{StateDisconnected, CauseStop, StateDisconnected, Always},
		{StateConnecting, CauseStop, StateDisconnected, Always},
		{StateConnected, CauseStop, StateDisconnected, Always},
		{StateReconnecting, CauseStop, StateDisconnected, Always},
		{StateDisconnected, CauseShutdown, StateDisconnected, Always},
		{StateConnecting, CauseShutdown, StateDisconnected, Always},
		{StateConnected, CauseShutdown, StateDisconnected, Always},
		{StateReconnecting, CauseShutdown, StateDisconnected, Always},

		{StateDisconnected, CausePermanent, StateError, Always},
		{StateConnecting, CausePermanent, StateError, Always},
		{StateConnected, CausePermanent, StateError, Always},
		{StateReconnecting, CausePermanent, StateError, Always},
		{StateError, CausePermanent, StateError, Always},

		{StateError, CauseOperator, StateConnecting, Always},
		{StateError, CauseBanEnded, StateConnecting, WhenPaired},
	}
}

// Next says where cause leads a session from state, and whether there is such an edge.
func Next(from State, cause Cause, paired bool) (State, bool) {
	for _, e := range Edges() {
		if e.From == from && e.Cause == cause && e.Guard.admits(paired) {
			return e.To, true
		}
	}
	return from, false
}

func (g Guard) admits(paired bool) bool {
	switch g {
	case WhenPaired:
		return paired
	case WhenUnpaired:
		return !paired
	default:
		return true
	}
}

// ReadyState is the websocket's, with the numbers that the field knows from browsers. Its zero value is ReadyConnecting;
// a session without any socket is ReadyClosed.
type ReadyState uint8

// The ready states.
const (
	ReadyConnecting ReadyState = iota
	ReadyOpen
	ReadyClosing
	ReadyClosed
)

func (r ReadyState) String() string {
	switch r {
	case ReadyConnecting:
		return "CONNECTING"
	case ReadyOpen:
		return "OPEN"
	case ReadyClosing:
		return "CLOSING"
	default:
		return "CLOSED"
	}
}

// BreakerState is the circuit breaker's.
type BreakerState uint8

// The breaker's states.
const (
	BreakerClosed BreakerState = iota
	BreakerHalfOpen
	BreakerOpen
)

func (b BreakerState) String() string {
	switch b {
	case BreakerOpen:
		return "OPEN"
	case BreakerHalfOpen:
		return "HALF_OPEN"
	default:
		return "CLOSED"
	}
}

// ParseBreakerState is the inverse of BreakerState.String.
func ParseBreakerState(name string) (BreakerState, error) {
	return named("breaker", name, []BreakerState{BreakerClosed, BreakerHalfOpen, BreakerOpen})
}
