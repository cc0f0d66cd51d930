package vital

import (
	"fmt"
	"strings"
	"time"
)

// Diagnosis is what the end of a connection, or a pattern of several, means to a person.
type Diagnosis struct {
	Name    string    // in one word, for scripts; never changes: the Reason of an end, the word of a pattern
	What    string    // what happened, with the server's code and text
	Meaning string    // what that means
	Retries bool      // wapulse goes on by itself
	Next    string    // what wapulse does now
	At      time.Time // when it does; zero if at no time that is known
	Action  string    // what the operator should do; it names no keys, which are the screen's
}

// Advice is the Action; "" if there is nothing to do.
func (d Diagnosis) Advice() string {
	if d.Action == actNothing {
		return ""
	}
	return d.Action
}

const (
	nextRetry    = "wapulse retries by itself"
	nextNothing  = "wapulse does not retry"
	nextAfterBan = "wapulse starts it when the ban ends, "
)

// Diagnose explains a failure. The zero Failure has the zero Diagnosis.
func Diagnose(f Failure) Diagnosis {
	if f.Reason == ReasonNone {
		return Diagnosis{}
	}
	row, known := explain(f)
	if !known {
		row = explanation{f.Reason, nil, strings.ReplaceAll(string(f.Reason), "_", " "), "the connection ended", actNothing}
	}
	d := Diagnosis{Name: string(f.Reason), What: row.what + details(f, row.what), Meaning: row.meaning, Action: row.action, Next: nextNothing}
	switch {
	case f.Reason == ReasonBanned:
		d.Meaning = banMeaning(f.BanCode)
		if !f.Until.IsZero() {
			d.At = f.Until
			d.Next = nextAfterBan + f.Until.Local().Format("2006-01-02 15:04:05")
			d.Action = "let it rest, and stop what caused the ban"
		}
	case f.Reason == ReasonReconnectKey:
		d.Retries, d.Next = true, "wapulse connects again at once"
	case f.Reason.WapulseEnded():
		d.Retries, d.Next = true, "it comes back when wapulse starts again"
	case !f.Reason.Permanent() && !f.Reason.AskedFor() && f.Reason != ReasonCodesRanOut && f.Reason != ReasonPairRefused:
		d.Retries, d.Next = true, nextRetry
	}
	return d
}

// DiagnoseIn explains a failure that a session in that state is shown with. One that is DISCONNECTED after it was being paired: nobody retries.
func DiagnoseIn(state State, f Failure) Diagnosis {
	d := Diagnose(f)
	if state != StateDisconnected || d.What == "" {
		return d
	}
	again := "pair it again"
	if d.Action != actNothing && !strings.Contains(d.Action, "again") && !strings.Contains(d.Action, "fresh codes") {
		again = d.Action + ", then " + again
	}
	if d.Retries {
		d.Action = again
	}
	d.Retries, d.Next, d.At = false, nextNothing, time.Time{}
	return d
}

// DiagnoseNext is DiagnoseIn of a session whose next attempt is at next, if that is not zero.
func DiagnoseNext(state State, f Failure, next time.Time) Diagnosis {
	d := DiagnoseIn(state, f)
	if d.Retries && state == StateReconnecting {
		d.At = next
	}
	return d
}

// NextIn is Next with how long it is until then, where that is known and ahead of now.
func (d Diagnosis) NextIn(now time.Time) string {
	left := d.At.Sub(now)
	if d.At.IsZero() || left <= 0 {
		return d.Next
	}
	left = (left + time.Second - 1).Truncate(time.Second)
	return d.Next + ", in " + InWords(left)
}

// details are the server's code and text, where they add to the title.
func details(f Failure, title string) string {
	var parts []string
	if code := fmt.Sprint(f.Code); f.Code != 0 && !strings.Contains(title, code) {
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
