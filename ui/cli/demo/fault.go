package demo

import (
	"errors"
	"fmt"

	"github.com/wapulse/wapulse/session/simulator"
)

// Fault is one thing that can be made to go wrong with a session.
type Fault struct {
	Name  string
	Words string // what it will do, in a line
	Lasts bool   // until it is healed
	Ends  bool   // the session goes to ERROR, and stays there until somebody acts, or a ban ends
	cause func(on *simulator.Server, phone string) error
}

// Healthy is the name that takes all faults of a session away and brings it back.
const Healthy = "healthy"

// BanSeconds is how long the ban of the fault 402 lasts.
const BanSeconds = 180

// Faults are all that there are, the mild ones first.
func Faults() []Fault {
	return []Fault{
		{"delay", "every answer takes 2 to 4 seconds: it stays up, and is DEGRADED", true, false, lasting(func(f *simulator.Faults) { f.DelayMS, f.JitterMS = 2000, 2000 })},
		{"drop", "the line is cut once: it is back in about a second", false, false, cut},
		{"blackhole", "the server says nothing any more: pings find it, within 36 s", true, false, lasting(func(f *simulator.Faults) { f.Blackhole = true })},
		{"429", "number checks are refused, as too many: see it with c, check", true, false, lasting(func(f *simulator.Faults) {
			f.IQError = &simulator.IQError{Code: 429, XMLNS: "usync", Backoff: 30}
		})},
		{"463", "messages are refused, as restricted: see it with m, message", true, false, lasting(func(f *simulator.Faults) {
			f.AckError = &simulator.AckError{Code: 463}
		})},
		{"503", "the server is unavailable for three logins: it comes back", false, false, unavailable},
		{"515", "the server restarts the stream: back at once", false, false, ended(515, "")},
		{"401", "the next login is refused, logged out: ERROR, pair it again", false, true, refusing(simulator.LoginFailure{Reason: 401})},
		{"402", "banned for 3 minutes: ERROR, then it starts by itself", false, true,
			refusing(simulator.LoginFailure{Reason: 402, Code: 101, Expire: BanSeconds, Count: 1})},
		{"405", "this client is too old for the server: ERROR, until healed", false, true, refusing(simulator.LoginFailure{Reason: 405})},
		{"replaced", "another program has its credentials: ERROR, start it", false, true, ended(0, "replaced")},
		{"removed", "its owner removes it on the phone: ERROR, pair it again", false, true, func(on *simulator.Server, phone string) error { return on.Logout(phone) }},
	}
}

// FaultNamed is the fault of that name.
func FaultNamed(name string) (Fault, error) {
	for _, f := range Faults() {
		if f.Name == name {
			return f, nil
		}
	}
	return Fault{}, fmt.Errorf("%w: %q", ErrUnknownFault, name)
}

// Cause makes it happen to the session of a phone. A session that is away meets it when it comes back, if it can then.
func (f Fault) Cause(on *simulator.Server, phone string) error {
	err := f.cause(on, phone)
	if errors.Is(err, simulator.ErrNotOnline) {
		return nil
	}
	return err
}

// lasting is a fault that goes on until it is taken away.
func lasting(edit func(*simulator.Faults)) func(*simulator.Server, string) error {
	return func(on *simulator.Server, phone string) error { return on.SetFaults(phone, edit) }
}

// refusing is a fault of the next login, with a line that is cut so that there is one.
func refusing(failure simulator.LoginFailure) func(*simulator.Server, string) error {
	return func(on *simulator.Server, phone string) error {
		own := failure // faults are counted by their pointer
		if err := on.SetFaults(phone, func(f *simulator.Faults) { f.Failure = &own }); err != nil {
			return err
		}
		return on.Drop(phone)
	}
}

func cut(on *simulator.Server, phone string) error { return on.Drop(phone) }

func ended(code int, conflict string) func(*simulator.Server, string) error {
	return func(on *simulator.Server, phone string) error { return on.StreamError(phone, code, conflict) }
}

func unavailable(on *simulator.Server, phone string) error {
	if err := on.SetFaults(phone, func(f *simulator.Faults) { f.Failure = &simulator.LoginFailure{Reason: 503, Count: 3} }); err != nil {
		return err
	}
	return on.StreamError(phone, 503, "")
}

// heal takes all faults of a phone's session away, if it is still linked.
func heal(on *simulator.Server, phone string) error {
	err := on.SetFaults(phone, func(f *simulator.Faults) { *f = simulator.Faults{} })
	if errors.Is(err, simulator.ErrNoSuchSession) {
		return nil
	}
	return err
}
