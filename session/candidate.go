package session

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// candidate is a session at the moment of a choice.
type candidate struct {
	member *member
	snap   *vital.Snapshot

	usable     bool // operations may begin
	tripped    bool // connected, but the breaker is open
	rising     bool // comes up by itself
	connecting bool // and is at it for the first time
	startable  bool // paired, idle, and the operator has not stopped it

	halfOpen bool
	paused   bool
	healthy  bool // the server answers
	limit    int  // of places
	load     int
}

// look views all sessions, in the order of their creation. The caller holds mu.
func (p *pool) look() []*candidate {
	list := make([]*candidate, 0, len(p.members))
	for id, m := range p.members {
		if snap, known := p.hub.Snapshot(id); known {
			list = append(list, view(m, snap))
		}
	}
	slices.SortFunc(list, func(a, b *candidate) int { return cmp.Compare(a.snap.ID, b.snap.ID) })
	return list
}

func view(m *member, s *vital.Snapshot) *candidate {
	if m.starting && (s.State != vital.StateDisconnected || !s.Wanted) {
		m.starting = false
	}
	load := m.actor.policy.Load()
	c := &candidate{member: m, snap: s, limit: load.Limit, paused: !load.PausedUntil.IsZero()}
	c.load = max(m.held, load.InFlight+load.Waiting)
	wanted := s.Wanted && s.Identity.Paired()
	switch breaker := m.actor.breaker.View().State; {
	case s.State == vital.StateConnected && m.actor.lease.Load() != nil && s.Ready == vital.ReadyOpen:
		c.tripped = breaker == resilience.Open
		c.usable = !c.tripped
		c.halfOpen = breaker == resilience.HalfOpen
		c.healthy = s.Height(time.Now()) > vital.RungServer
	case s.State == vital.StateConnected, s.State == vital.StateReconnecting: // the end of the former is not published yet
		c.rising = wanted
	case s.State == vital.StateConnecting, m.starting:
		c.rising, c.connecting = wanted, wanted
	case s.State == vital.StateDisconnected:
		c.startable = wanted
	}
	return c
}

func (c *candidate) up() bool {
	return c.member.starting || c.snap.State != vital.StateDisconnected && c.snap.State != vital.StateError
}

// fitting are those that w may be given.
func fitting(all []*candidate, w *waiter) []*candidate {
	if len(w.need.Sessions) == 0 {
		return all
	}
	list := make([]*candidate, 0, len(w.need.Sessions))
	for _, c := range all {
		if slices.Contains(w.need.Sessions, c.snap.ID) {
			list = append(list, c)
		}
	}
	return list
}

// choose returns the best that has a place for w, or nil. Those that the server wants to be left alone are for when there are no others: a place of
// another will be free sooner.
func choose(list []*candidate, w *waiter) *candidate {
	open := slices.ContainsFunc(list, func(c *candidate) bool { return c.usable && !c.paused })
	var best *candidate
	for _, c := range list {
		if !c.usable || open && c.paused || !c.hasPlace(w) {
			continue
		}
		if best == nil || c.compare(best, w) < 0 {
			best = c
		}
	}
	return best
}

// hasPlace says whether w can be let in. Half open there are only trials. Of patient checks no more are let in than the rate keeps busy: who wants to know
// one number need not wait behind a whole file.
func (c *candidate) hasPlace(w *waiter) bool {
	limit := c.limit
	if c.halfOpen {
		limit = min(limit, resilience.SuccessesToClose)
	}
	if c.member.held >= limit {
		return false
	}
	if !w.patient || w.need.Operation != vital.OpCheck {
		return true
	}
	pace := c.member.actor.policy.Pace(w.rate)
	return pace < 0 || float64(c.member.patients) < 2*math.Ceil(pace)
}

// compare is negative if c is the better one for w: health first, then who can ask soonest, then the load, then the pings.
func (c *candidate) compare(d *candidate, w *waiter) int {
	worse := func(a, b bool) int {
		switch {
		case a == b:
			return 0
		case a:
			return 1
		default:
			return -1
		}
	}
	soon := 0
	if w.need.Operation == vital.OpCheck {
		soon = cmp.Compare(c.member.actor.policy.BudgetIn(w.rate), d.member.actor.policy.BudgetIn(w.rate))
	}
	return cmp.Or(
		worse(c.halfOpen, d.halfOpen),
		worse(!c.healthy, !d.healthy),
		soon,
		cmp.Compare(c.load, d.load),
		worse(c.snap.Ping.P50 == 0, d.snap.Ping.P50 == 0), // not known yet
		cmp.Compare(c.snap.Ping.P50, d.snap.Ping.P50),
		cmp.Compare(c.snap.ID, d.snap.ID),
	)
}

// hopeful says whether waiting can help w. A breaker that is open stays so for longer than anybody but the patient waits.
func hopeful(list []*candidate, w *waiter) bool {
	return slices.ContainsFunc(list, func(c *candidate) bool {
		return c.usable || c.rising || c.startable || c.tripped && w.patient
	})
}

// inWords says why none of the candidates is to be had.
func inWords(list []*candidate) string {
	if len(list) == 0 {
		return "there is none"
	}
	words := make([]string, len(list))
	for i, c := range list {
		s := c.snap
		words[i] = fmt.Sprintf("%s: %s", s.Name, s.State)
		switch {
		case c.tripped:
			words[i] += ", breaker OPEN"
			if at := c.member.actor.breaker.View().RetryAt; !at.IsZero() {
				words[i] += " until " + at.Local().Format("15:04:05")
			}
		case c.usable:
			words[i] += fmt.Sprintf(", %d of %d places taken", c.member.held, c.limit)
		case !s.Identity.Paired():
			words[i] += ", not paired"
		case !s.Wanted:
			words[i] += ", stopped"
		case s.Failure.Reason != vital.ReasonNone:
			words[i] += ", " + s.Failure.String()
		}
	}
	return strings.Join(words, "; ")
}
