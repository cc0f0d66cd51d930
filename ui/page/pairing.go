package page

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/graphics"
	"github.com/wapulse/wapulse/ui/widget"
)

// PairingStep is where a pairing stands.
type PairingStep uint8

// The steps.
const (
	PairingName   PairingStep = iota // asks for the session's name
	PairingCode                      // shows QR codes, or waits for the first
	PairingPhone                     // asks for the phone's number, for a phone code
	PairingTyped                     // shows the phone code
	PairingLogin                     // the phone has answered
	PairingDone                      // connected
	PairingFailed                    // codes ran out, or another end: one key begins anew
)

// Pairing is the page that pairs a phone with one session.
type Pairing struct {
	Theme      *widget.Theme
	Simulation bool
	Problem    string            // with what was typed last
	Busy       string            // what is under way
	Picture    string            // path of the QR code as a picture; "" for none
	Terminal   graphics.Terminal // what pictures it shows

	step    PairingStep
	session *vital.Snapshot // nil until there is one
	after   uint64          // snapshots up to this version are of the time before this pairing
	byCode  bool            // the operator wants a phone code
	oldCode string          // that was there when a number was asked for: it is of no interest any more
	name    Field
	phone   Field
	qr      *widget.QR
}

// NewPairing begins with the question for the session's name. Proposed is the name taken if none is typed.
func NewPairing(theme *widget.Theme, proposed string) *Pairing {
	p := &Pairing{Theme: theme, name: NewField("Session name", 300), phone: NewField("Phone number", 32)}
	p.name.Default = proposed
	return p
}

// Step is where the pairing stands.
func (p *Pairing) Step() PairingStep { return p.step }

// Name is the session's, as it was typed.
func (p *Pairing) Name() string { return p.name.Value() }

// Phone is the number that was typed.
func (p *Pairing) Phone() string { return p.phone.Value() }

// Session is the session that is being paired; 0 as long as there is none.
func (p *Pairing) Session() vital.SessionID {
	if p.session == nil {
		return 0
	}
	return p.session.ID
}

// Payload is that of the QR code on the page; "" if none is.
func (p *Pairing) Payload() string {
	if p.qr == nil {
		return ""
	}
	return p.qr.Payload()
}

// Types says whether keys are text now.
func (p *Pairing) Types() bool { return p.step == PairingName || p.step == PairingPhone }

// Full says whether what is typed has no place left.
func (p *Pairing) Full() bool { return p.Types() && p.field().Full() }

// Key gives the field in use a key to type.
func (p *Pairing) Key(key tea.KeyMsg) {
	p.Problem = ""
	p.field().Key(key)
}

func (p *Pairing) field() *Field {
	if p.step == PairingName {
		return &p.name
	}
	return &p.phone
}

// Begin shows the codes of a session, which was asked to pair when its snapshot was of version after: what was known by then says nothing about
// this pairing, but codes that are shown already.
func (p *Pairing) Begin(s *vital.Snapshot, after uint64) {
	p.session, p.after, p.step, p.qr, p.Busy, p.Problem = s, after, PairingCode, nil, "", ""
	if s.Pairing != nil && s.Pairing.QR != "" {
		p.after = 0
	}
	p.put(s)
}

// AskPhone asks for the number of the phone that a code is to be typed on, or, asked again, goes back to the QR code.
func (p *Pairing) AskPhone() {
	switch p.step {
	case PairingCode:
		p.step, p.byCode, p.oldCode = PairingPhone, true, ""
		if p.session != nil && p.session.Pairing != nil {
			p.oldCode = p.session.Pairing.PhoneCode
		}
	case PairingPhone, PairingTyped:
		p.step, p.byCode, p.Problem = PairingCode, false, ""
	}
}

// Put takes newer snapshots, of which that of the session counts.
func (p *Pairing) Put(news News) {
	for _, s := range news.Snapshots {
		p.put(s)
	}
}

func (p *Pairing) put(s *vital.Snapshot) {
	if p.session == nil || s.ID != p.session.ID {
		return
	}
	p.session = s
	if s.Version <= p.after || p.step == PairingName {
		return
	}
	p.step = p.next(s)
	if s.Pairing == nil || s.Pairing.QR == "" {
		p.qr = nil
	} else if p.Payload() != s.Pairing.QR {
		p.qr = widget.NewQR(s.Pairing.QR, !p.Theme.ASCII())
	}
}

// Redraw draws the QR code anew: a terminal without Unicode has it in other cells.
func (p *Pairing) Redraw() {
	if p.qr != nil {
		p.qr = widget.NewQR(p.qr.Payload(), !p.Theme.ASCII())
	}
}

func (p *Pairing) next(s *vital.Snapshot) PairingStep {
	switch {
	case s.State == vital.StateConnected:
		return PairingDone
	case s.State == vital.StateDisconnected, s.State == vital.StateError:
		return PairingFailed
	case s.Identity.Paired():
		return PairingLogin
	case p.byCode && s.Pairing != nil && s.Pairing.PhoneCode != p.oldCode && s.Pairing.PhoneCode != "":
		return PairingTyped
	case p.step == PairingPhone:
		return PairingPhone
	default:
		return PairingCode
	}
}

// HasClock says whether a countdown is on the page.
func (p *Pairing) HasClock(time.Time) bool {
	return p.step == PairingCode || p.step == PairingPhone || p.step == PairingTyped || p.step == PairingLogin
}

// Title is the page's.
func (p *Pairing) Title() string { return "Pairing" }

// Back goes from the number of a phone back to the QR code; elsewhere there is no step back.
func (p *Pairing) Back() bool {
	if p.step != PairingPhone {
		return false
	}
	p.AskPhone()
	return true
}

// Wording says what keys do at this step.
func (p *Pairing) Wording(action string) string {
	switch action {
	case "accept":
		return map[PairingStep]string{PairingName: "show the QR code", PairingPhone: "ask for the code", PairingFailed: "fresh codes"}[p.step]
	case "phone-code":
		return map[PairingStep]string{PairingCode: "phone code instead", PairingTyped: "QR code instead"}[p.step]
	case "back":
		return map[PairingStep]string{
			PairingCode: "stop pairing", PairingTyped: "stop pairing", PairingPhone: "to the QR code",
		}[p.step]
	}
	return ""
}

// countdown tells which code it is, and how long it is valid.
func (p *Pairing) countdown(now time.Time) string {
	if p.session == nil || p.session.Pairing == nil || p.session.Pairing.Total == 0 {
		return ""
	}
	shown := p.session.Pairing
	return "Code " + itoa(shown.Index) + " of " + itoa(shown.Total) + ", " + widget.Countdown(shown.ExpiresAt.Sub(now)) + " left"
}
