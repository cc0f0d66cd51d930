package vital

import (
	"fmt"
	"time"
)

// What evidence may be worth. A dead link is found within 36 s, so an older pong means that something is wrong; a phone that was not seen for 14 days has
// lost its linked devices, and is warned of two days before.
const (
	FreshWithin  = 40 * time.Second
	PhoneWithin  = 14 * 24 * time.Hour
	PhoneWarning = 12 * 24 * time.Hour
)

// The rungs of the ladder, from the bottom.
const (
	RungSocket = iota
	RungLogin
	RungServer
	RungData
	RungPhone
	RungCount
)

// Rung is one rung of the ladder of liveness, with its own evidence: whether those below it hold is not its affair.
type Rung struct {
	Name     string
	Holds    bool
	Evidence string    // in words, with how old it is
	At       time.Time // of the evidence; zero if there is none
}

// holds says of each rung whether its own evidence is there and fresh enough.
func (s *Snapshot) holds(now time.Time) [RungCount]bool {
	l := s.Ladder
	return [RungCount]bool{
		RungSocket: !l.SocketOpen.IsZero(),
		RungLogin:  !l.Authenticated.IsZero(),
		RungServer: within(now, l.ServerAnswers, FreshWithin) && s.Ping.Missed == 0,
		RungData:   within(now, l.DataFresh, FreshWithin),
		RungPhone:  within(now, l.PhoneSeen, PhoneWithin),
	}
}

// LadderRungs spells the ladder out as it stands at now, from the bottom.
func (s *Snapshot) LadderRungs(now time.Time) [RungCount]Rung {
	l, holds := s.Ladder, s.holds(now)
	return [RungCount]Rung{
		RungSocket: {"socket open", holds[RungSocket], s.socketEvidence(now), l.SocketOpen},
		RungLogin:  {"authenticated", holds[RungLogin], s.loginEvidence(now), l.Authenticated},
		RungServer: {"the server answers", holds[RungServer], s.serverEvidence(now), l.ServerAnswers},
		RungData:   {"data is fresh", holds[RungData], s.dataEvidence(now), l.DataFresh},
		RungPhone:  {"the phone was seen", holds[RungPhone], s.phoneEvidence(now), l.PhoneSeen},
	}
}

// Height is how many rungs hold, from the bottom, without a hole.
func (s *Snapshot) Height(now time.Time) int {
	for i, holds := range s.holds(now) {
		if !holds {
			return i
		}
	}
	return RungCount
}

func (s *Snapshot) socketEvidence(now time.Time) string {
	if s.Ladder.SocketOpen.IsZero() {
		return "no socket: " + s.Ready.String()
	}
	return "open for " + roughly(now.Sub(s.Ladder.SocketOpen))
}

func (s *Snapshot) loginEvidence(now time.Time) string {
	switch {
	case s.Ladder.Authenticated.IsZero() && !s.Identity.Paired():
		return "not paired"
	case s.Ladder.Authenticated.IsZero():
		return "not logged in"
	}
	who := s.Identity.JID
	if s.Identity.PushName != "" {
		who += ", " + s.Identity.PushName
	}
	return fmt.Sprintf("%s, for %s", who, roughly(now.Sub(s.Ladder.Authenticated)))
}

func (s *Snapshot) serverEvidence(now time.Time) string {
	at := s.Ladder.ServerAnswers
	switch {
	case s.Ping.Missed > 0 && at.IsZero():
		return fmt.Sprintf("%d pings in a row unanswered, none answered yet", s.Ping.Missed)
	case s.Ping.Missed > 0:
		return fmt.Sprintf("%d in a row unanswered; the last pong came %s ago", s.Ping.Missed, roughly(now.Sub(at)))
	case at.IsZero():
		return "no ping answered on this connection"
	}
	return fmt.Sprintf("pong after %s, %s ago", RTTText(s.Ping.Last), roughly(now.Sub(at)))
}

func (s *Snapshot) dataEvidence(now time.Time) string {
	text := "no stanza on this connection"
	if !s.Ladder.DataFresh.IsZero() {
		text = fmt.Sprintf("last stanza %s ago", roughly(now.Sub(s.Ladder.DataFresh)))
	}
	r := s.Receipts
	if r.Sent == 0 {
		return text
	}
	text += fmt.Sprintf("; receipts for %d of %d sent", r.Sent-r.Missing, r.Sent)
	if !r.LastAt.IsZero() {
		text += fmt.Sprintf(", the last %s ago", roughly(now.Sub(r.LastAt)))
	}
	return text
}

func (s *Snapshot) phoneEvidence(now time.Time) string {
	if s.Ladder.PhoneSeen.IsZero() {
		return "no sign of it yet"
	}
	age := now.Sub(s.Ladder.PhoneSeen)
	text := roughly(age) + " ago"
	switch {
	case age > PhoneWithin:
		text += ": after 14 days its linked devices are lost"
	case age >= PhoneWarning:
		text += ": after 14 days its linked devices are lost; open WhatsApp on it"
	}
	return text
}

// within says whether t is known and no older than d. A clock that was set back makes nothing old.
func within(now, t time.Time, d time.Duration) bool { return !t.IsZero() && now.Sub(t) <= d }
