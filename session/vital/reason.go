package vital

import (
	"fmt"
	"time"
)

// Reason says in one word why a session is in its State. The words are stored, so they never change.
type Reason string

// Reasons that are nobody's failure.
const (
	ReasonNone          Reason = ""
	ReasonNew           Reason = "new"             // created, never paired
	ReasonStarted       Reason = "started"         // wanted, on its way up
	ReasonAuthenticated Reason = "authenticated"   // up
	ReasonPairRestart   Reason = "pair_restart"    // 515 after pairing
	ReasonStopped       Reason = "stopped"         // by the operator
	ReasonShutdown      Reason = "shutdown"        // wapulse ended; the session comes back at the next start
	ReasonKilled        Reason = "killed"          // the same, and wapulse did not end by itself: found at the next start
	ReasonReconnectKey  Reason = "reconnect"       // the operator asked for a new socket
	ReasonLoggedOutHere Reason = "logged_out_here" // the operator logged out from wapulse
	ReasonCodesRanOut   Reason = "codes_ran_out"   // no phone scanned in time
)

// Transient failures: wapulse retries by itself.
const (
	ReasonNetworkUnreachable Reason = "network_unreachable"
	ReasonDNS                Reason = "dns"
	ReasonTCP                Reason = "tcp"
	ReasonTLS                Reason = "tls"
	ReasonWebSocket          Reason = "websocket" // the HTTP upgrade was answered with another status: Failure.Code
	ReasonNoise              Reason = "noise"
	ReasonCertificate        Reason = "certificate"      // the Noise certificate chain is not WhatsApp's
	ReasonCertificateTime    Reason = "certificate_time" // a certificate is not valid yet, or no longer
	ReasonClockSkew          Reason = "clock_skew"       // so it is, and the server's clock says that ours is wrong
	ReasonConnectTimeout     Reason = "connect_timeout"
	ReasonLoginTimeout       Reason = "login_timeout"
	ReasonPrekeysMissing     Reason = "prekeys_missing" // logged in, but the server has no prekeys of ours
	ReasonDeadLink           Reason = "dead_link"       // two pings in a row went unanswered
	ReasonServerClosed       Reason = "server_closed"   // the server closed without a word
	ReasonServerError        Reason = "server_error"    // 500, 503 on connect
	ReasonStreamUnavailable  Reason = "stream_503"
	ReasonStreamRestart      Reason = "stream_515" // outside pairing
	ReasonStreamError        Reason = "stream_error"
	ReasonPairRefused        Reason = "pair_refused"  // the pairing itself failed
	ReasonStore              Reason = "store"         // the database refused
	ReasonProxy              Reason = "proxy"         // the proxy did not let us through
	ReasonVersionTaken       Reason = "version_taken" // 405, and a newer client version was found and is tried
	ReasonInternal           Reason = "internal"      // a panic was caught; the text says where
)

// Permanent failures: the session goes to ERROR.
const (
	ReasonLoggedOut          Reason = "logged_out"     // 401 on connect
	ReasonDeviceRemoved      Reason = "device_removed" // 401 while connected: the phone removed this device
	ReasonBanned             Reason = "banned"         // 402, with a ban code and an end
	ReasonMainDeviceGone     Reason = "main_device_gone"
	ReasonOutdated           Reason = "outdated"       // 405
	ReasonUnknownLogout      Reason = "unknown_logout" // 406
	ReasonReplaced           Reason = "replaced"       // another process has these credentials
	ReasonRefused            Reason = "refused"        // 400, 409, 415, 501 and what else the server says for good
	ReasonCorruptCredentials Reason = "corrupt_credentials"
)

// Permanent says whether retrying cannot mend it.
func (r Reason) Permanent() bool {
	switch r {
	case ReasonLoggedOut, ReasonDeviceRemoved, ReasonBanned, ReasonMainDeviceGone, ReasonOutdated,
		ReasonUnknownLogout, ReasonReplaced, ReasonRefused, ReasonCorruptCredentials:
		return true
	}
	return false
}

// CredentialsGone says whether the client has deleted the session's credentials: it must be paired again.
func (r Reason) CredentialsGone() bool {
	switch r {
	case ReasonLoggedOut, ReasonDeviceRemoved, ReasonMainDeviceGone, ReasonUnknownLogout, ReasonLoggedOutHere:
		return true
	}
	return false
}

// WapulseEnded says whether the session went down because wapulse did.
func (r Reason) WapulseEnded() bool { return r == ReasonShutdown || r == ReasonKilled }

// AskedFor says whether an end of a connection for that reason is what somebody did, and not the connection's.
func (r Reason) AskedFor() bool {
	switch r {
	case ReasonStopped, ReasonShutdown, ReasonKilled, ReasonReconnectKey, ReasonLoggedOutHere:
		return true
	}
	return false
}

// Phase is a step of a connection attempt, in the order in which they happen.
type Phase uint8

// The phases.
const (
	PhaseNone Phase = iota
	PhaseDNS
	PhaseTCP
	PhaseTLS
	PhaseWebSocket
	PhaseNoise
	PhaseLogin // authentication: up to <success>
	PhaseReady // prekeys and the other answers that a login waits for
)

var phaseNames = [...]string{"", "DNS", "TCP", "TLS", "WebSocket", "Noise", "login", "ready"}

func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return fmt.Sprintf("Phase(%d)", uint8(p))
}

// ParsePhase is the inverse of Phase.String.
func ParsePhase(name string) (Phase, error) {
	phases := make([]Phase, len(phaseNames))
	for i := range phases {
		phases[i] = Phase(i)
	}
	return named("phase", name, phases)
}

// Failure is how a connection ended. The zero value means that nothing failed.
type Failure struct {
	Reason  Reason
	Code    int       // the server's, or the HTTP status; 0 where there is none
	Text    string    // in the words of whoever reported it, stripped of control characters, without secrets
	Phase   Phase     // where the attempt stood; PhaseNone after authentication
	BanCode int       // with ReasonBanned: 101 to 106
	Until   time.Time // with ReasonBanned: when the ban ends, zero if the server did not say
}

func (f Failure) String() string {
	if f.Reason == ReasonNone {
		return ""
	}
	return Diagnose(f).What
}

// DialPhase is how long one phase of a connect took.
type DialPhase struct {
	Phase    Phase         `json:"phase"`
	Start    time.Duration `json:"start"` // since the attempt began
	Duration time.Duration `json:"duration"`
}

// DialTrace is the waterfall of one connection attempt: only phases that happened, in order.
type DialTrace struct {
	Began  time.Time   `json:"began"`
	Remote string      `json:"remote,omitempty"` // address of the peer
	Phases []DialPhase `json:"phases"`
}

// Total is the time from the attempt's begin to the end of its last phase.
func (d DialTrace) Total() time.Duration {
	if len(d.Phases) == 0 {
		return 0
	}
	last := d.Phases[len(d.Phases)-1]
	return last.Start + last.Duration
}
