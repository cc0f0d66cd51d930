package vital

import (
	"fmt"
	"strings"
	"time"
)

// Diagnosis is what the end of a connection means to a person.
type Diagnosis struct {
	What    string // what happened, with the server's code and text
	Meaning string // what that means
	Retries bool   // wapulse goes on by itself
	Next    string // what wapulse does now
	Action  string // what the operator should do
}

const (
	nextRetry    = "wapulse retries by itself"
	nextNothing  = "wapulse does not retry"
	actNothing   = "nothing to do"
	actPairAgain = "pair this session again (p)"
)

// explanation is a row of the table of diagnoses. What is the title; the server's words are added to it.
type explanation struct {
	what, meaning, action string
}

// explanations returns the table of diagnoses, by reason. Whether wapulse retries is not said here: it follows from
// Reason.Permanent alone, so that text and behaviour cannot differ.
func explanations() map[Reason]explanation {
	return map[Reason]explanation{
		ReasonNetworkUnreachable: {"no network", "this machine has no route to WhatsApp", "check this machine's network"},
		ReasonDNS:                {"name not found", "the server's name could not be looked up", "check this machine's DNS"},
		ReasonTCP:                {"no connection", "the server's port did not accept a connection", "check network, firewall and proxy"},
		ReasonTLS:                {"TLS failed", "something between here and WhatsApp breaks the encryption", "check proxy, firewall and this machine's clock"},
		ReasonWebSocket:          {"WebSocket refused", "the server, or a proxy before it, answered the upgrade with an error", "check proxy and firewall if it stays"},
		ReasonNoise:              {"handshake failed", "the encrypted handshake did not come to its end", "check the network if it stays"},
		ReasonCertificate:        {"wrong certificate", "whoever answered cannot prove to be the expected server", "check proxy, endpoint, root key and this machine's clock"},
		ReasonConnectTimeout:     {"no answer while connecting", "the server was silent in the handshake", "check network and proxy if it stays"},
		ReasonLoginTimeout:       {"no answer to the login", "connected, but the server did not let the session in in time", actNothing},
		ReasonPrekeysMissing:     {"no prekeys on the server", "logged in, but nobody could write to this session yet", actNothing},
		ReasonDeadLink:           {"dead link", "two pings in a row went unanswered: the socket looked open and was dead", actNothing},
		ReasonServerClosed:       {"connection closed", "the server or the network closed the socket without a word", actNothing},
		ReasonServerError:        {"server trouble", "WhatsApp has trouble of its own", actNothing},
		ReasonStreamUnavailable:  {"stream error 503", "the server restarts", actNothing},
		ReasonStreamRestart:      {"stream error 515", "the server wants this session to connect anew", actNothing},
		ReasonStreamError:        {"stream error", "the server ended the stream for a reason wapulse does not know", "report it if it comes again"},
		ReasonPairRefused:        {"pairing failed", "phone and server did not agree on the pairing", "try again with a fresh code"},
		ReasonCodesRanOut:        {"no phone scanned", "every QR code was shown and its time is over", "ask for fresh codes when the phone is at hand"},
		ReasonStore:              {"database trouble", "the credentials could not be read or written", "check the disk and the database file"},
		ReasonProxy:              {"proxy failed", "the proxy of this session does not let it through, and wapulse never goes round it", "check the proxy, or set another: wapulse proxy SESSION URL"},
		ReasonVersionTaken:       {"client outdated (405)", "the server wants a newer client version, which wapulse has found and says that it is from now on", "update wapulse soon: more than the number may have changed"},
		ReasonInternal:           {"internal error", "a fault of wapulse was caught before it could do harm", "please report it with the log"},

		ReasonLoggedOut:          {"logged out (401)", "WhatsApp does not know this device any more; its credentials are deleted", actPairAgain},
		ReasonDeviceRemoved:      {"logged out: the phone removed this device", "somebody unlinked it in the phone's list of linked devices", actPairAgain},
		ReasonBanned:             {"temporarily banned (402)", "WhatsApp has banned this number for a time", "let it rest until the ban ends; then start it (s)"},
		ReasonMainDeviceGone:     {"main device gone (403)", "the phone's account was closed or moved", "check WhatsApp on the phone, then " + actPairAgain},
		ReasonOutdated:           {"client outdated (405)", "the server wants a newer client version", "update wapulse"},
		ReasonUnknownLogout:      {"logged out (406)", "WhatsApp ended this link without saying why", actPairAgain},
		ReasonReplaced:           {"replaced", "another program uses the same credentials; fighting back would cost the account", "stop the other program, then start this session (s)"},
		ReasonRefused:            {"refused", "the server refuses this session for good", "start it (s) once the cause is mended; report it if it is not yours"},
		ReasonCorruptCredentials: {"credentials unreadable", "what the database holds for this session cannot be used", "restore the database from a copy, or delete the session and pair again"},
	}
}

// Diagnose explains a failure. The zero Failure has the zero Diagnosis.
func Diagnose(f Failure) Diagnosis {
	if f.Reason == ReasonNone {
		return Diagnosis{}
	}
	row, known := explanations()[f.Reason]
	if !known {
		row = explanation{strings.ReplaceAll(string(f.Reason), "_", " "), "the connection ended", actNothing}
	}
	d := Diagnosis{What: row.what + details(f), Meaning: row.meaning, Action: row.action, Next: nextNothing}
	if !f.Reason.Permanent() && f.Reason != ReasonCodesRanOut && f.Reason != ReasonPairRefused {
		d.Retries, d.Next = true, nextRetry
	}
	if f.Reason == ReasonBanned {
		d.Meaning = banMeaning(f.BanCode)
		if !f.Until.IsZero() {
			d.Next = "wapulse starts it when the ban ends, " + f.Until.Local().Format("2006-01-02 15:04:05")
			d.Action = "let it rest, and stop what caused the ban"
		}
	}
	return d
}

// DiagnoseIn explains a failure that a session in that state is shown with. One that is DISCONNECTED after it was being paired: nobody retries.
func DiagnoseIn(state State, f Failure) Diagnosis {
	d := Diagnose(f)
	if state != StateDisconnected || d.What == "" {
		return d
	}
	again := "pair it again (p)"
	if d.Action != actNothing && !strings.Contains(d.Action, "again") && !strings.Contains(d.Action, "fresh codes") {
		again = d.Action + ", then " + again
	}
	if d.Retries {
		d.Action = again
	}
	d.Retries, d.Next = false, nextNothing
	return d
}

// details are the server's code and text, where they add to the title.
func details(f Failure) string {
	var parts []string
	if code := fmt.Sprint(f.Code); f.Code != 0 && !strings.Contains(explanations()[f.Reason].what, code) {
		parts = append(parts, code)
	}
	if f.Text != "" {
		parts = append(parts, f.Text)
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, " ")
}

func banMeaning(code int) string {
	switch code {
	case 101:
		return "banned for messages to many people who do not have this number in their contacts (101)"
	case 102:
		return "banned because many people blocked this number (102)"
	case 103:
		return "banned for adding people to groups who do not have this number in their contacts (103)"
	case 104:
		return "banned for sending the same message to many people (104)"
	case 106:
		return "banned for too many broadcast messages (106)"
	case 0:
		return "WhatsApp has banned this number for a time"
	}
	return fmt.Sprintf("WhatsApp has banned this number for a time (code %d)", code)
}

// BanLeft is how long a ban still holds at now; zero without one or without a known end.
func (f Failure) BanLeft(now time.Time) time.Duration {
	if f.Reason != ReasonBanned || f.Until.IsZero() {
		return 0
	}
	return max(0, f.Until.Sub(now))
}
