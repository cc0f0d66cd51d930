package vital

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// The names of the patterns. They are stored, so they never change.
const (
	PatternReplaced = "replaced_again"
	PatternPolicy   = "restricted_then_logged_out"
	PatternFlapping = "flapping"
	PatternAllDown  = "all_down"
)

// What the patterns are measured by.
const (
	calmFor        = 5 * time.Minute    // connected so long, whatever was is over
	replacedWithin = 24 * time.Hour     // between one replacement and the next
	policyWithin   = 7 * 24 * time.Hour // between a restriction or ban and the logout after it
	shortLife      = time.Minute
	flappingWithin = 10 * time.Minute
	flappingLives  = 4
)

// TogetherWithin is how far apart losses may be that are one event: a cut that nobody notices is found by pings, which are spread over 15 s.
const TogetherWithin = 20 * time.Second

// EndsKept is how many of a session's last ends that count the patterns look back on.
const EndsKept = 32

// patternRule is a row of the table of patterns.
type patternRule struct {
	// holds looks at ends, oldest first, for what is true at now. Until is when that will be over by itself; zero: only a calm connection ends it.
	holds     func(ends []End, now time.Time) (holds bool, until time.Time)
	diagnosis Diagnosis
}

// patternRules returns the table of patterns over the ends of one session's connections.
func patternRules() []patternRule {
	return []patternRule{
		{replacedAgain, Diagnosis{
			Name:    PatternReplaced,
			What:    "replaced twice in a row",
			Meaning: "another program has these credentials and connects with them whenever this one does: a copy of the database, or a second wapulse",
			Next:    "wapulse does not fight back: when it happens, the session stays down until you start it",
			Action:  "find and stop the other program; if there is none, log this device out on the phone and pair anew",
		}},
		{loggedOutByPolicy, Diagnosis{
			Name:    PatternPolicy,
			What:    "restricted, then logged out",
			Meaning: "WhatsApp first restricted or banned this account and then logged the device out: that is its policy at work, not a glitch",
			Next:    "wapulse does nothing by itself",
			Action:  "do not pair again at once: let the account rest, and change what it was restricted for",
		}},
		{isFlapping, Diagnosis{
			Name: PatternFlapping,
			What: fmt.Sprintf("%d short lives within %s", flappingLives, InWords(flappingWithin)),
			Meaning: fmt.Sprintf("the connection comes up again and again and does not last %s: an unstable network, a proxy or firewall that cuts it, "+
				"or a server in trouble", InWords(shortLife)),
			Retries: true, Next: "wapulse goes on reconnecting, with growing pauses",
			Action: "look at the reasons of the last ends: if they are different, check the network and the proxy",
		}},
	}
}

// Patterns says which patterns hold at now over the ends of one session's connections, oldest first. The session is in that state since then: a connection
// that is calm for a while ends every pattern, and of one that nobody wants up, or that retrying cannot mend, those are not told that wapulse would do
// something about. Recheck is when the answer may change without another end; zero: it does not.
func Patterns(ends []End, state State, since, now time.Time) (list []Diagnosis, recheck time.Time) {
	isUp, calm := state == StateConnected, since.Add(calmFor)
	if isUp && !now.Before(calm) {
		return nil, time.Time{}
	}
	for _, rule := range patternRules() {
		holds, until := rule.holds(ends, now)
		if !holds || rule.diagnosis.Retries && (state == StateDisconnected || state == StateError) {
			continue
		}
		list = append(list, rule.diagnosis)
		if !until.IsZero() && (recheck.IsZero() || until.Before(recheck)) {
			recheck = until
		}
	}
	if len(list) > 0 && isUp && (recheck.IsZero() || calm.Before(recheck)) {
		recheck = calm
	}
	return list, recheck
}

// lasting are the last ends that retrying cannot mend, newest last; what happens between them on the way up says nothing about them. There are none if a
// connection was calm since.
func lasting(ends []End) (list []End) {
	for _, e := range ends {
		switch {
		case e.Reason.Permanent():
			list = append(list, e)
		case e.Lived >= calmFor:
			list = nil
		}
	}
	return list
}

// replacedAgain: the last two lasting ends are replacements.
func replacedAgain(ends []End, _ time.Time) (bool, time.Time) {
	ends = lasting(ends)
	if len(ends) < 2 {
		return false, time.Time{}
	}
	before, last := ends[len(ends)-2], ends[len(ends)-1]
	return before.Reason == ReasonReplaced && last.Reason == ReasonReplaced && last.At.Sub(before.At) <= replacedWithin, time.Time{}
}

// loggedOutByPolicy: the last lasting end is a logout of the server's, and the account was restricted or banned then or in the days before.
func loggedOutByPolicy(ends []End, _ time.Time) (bool, time.Time) {
	decisive := lasting(ends)
	if len(decisive) == 0 {
		return false, time.Time{}
	}
	last := decisive[len(decisive)-1]
	if last.Reason != ReasonLoggedOut && last.Reason != ReasonUnknownLogout && last.Reason != ReasonDeviceRemoved {
		return false, time.Time{}
	}
	return slices.ContainsFunc(ends, func(e End) bool {
		return (e.Restricted || e.Reason == ReasonBanned) && !e.At.After(last.At) && last.At.Sub(e.At) <= policyWithin
	}), time.Time{}
}

// isFlapping: many connections of late that did not last.
func isFlapping(ends []End, now time.Time) (bool, time.Time) {
	var short []time.Time
	for _, e := range ends {
		if e.Lived > 0 && e.Lived < shortLife && !e.Reason.AskedFor() && now.Sub(e.At) < flappingWithin {
			short = append(short, e.At)
		}
	}
	if len(short) < flappingLives {
		return false, time.Time{}
	}
	slices.SortFunc(short, time.Time.Compare)
	return true, short[len(short)-flappingLives].Add(flappingWithin)
}

// Loss is a session that was connected and lost its connection without anybody wanting it.
type Loss struct {
	Session SessionID
	At      time.Time
	Reason  Reason
}

// AllDown says whether the losses are one event: no session is connected any more, and two or more lost their connection within a few seconds for a
// reason that a network can have. It returns those that belong to it.
func AllDown(losses []Loss, connected int) ([]Loss, Diagnosis, bool) {
	if connected > 0 || len(losses) < 2 {
		return nil, Diagnosis{}, false
	}
	losses = slices.SortedFunc(slices.Values(losses), func(a, b Loss) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Session, b.Session)) })
	last := losses[len(losses)-1].At
	together := slices.DeleteFunc(losses, func(l Loss) bool { return last.Sub(l.At) > TogetherWithin })
	if len(together) < 2 || slices.ContainsFunc(together, func(l Loss) bool { return !l.Reason.mayBeTheNetwork() }) {
		return nil, Diagnosis{}, false
	}
	d := allDownDiagnosis()
	d.What = fmt.Sprintf("all %d sessions that were connected went down within %s", len(together), InWords(max(time.Second, last.Sub(together[0].At).Round(time.Second))))
	return together, d, true
}

func allDownDiagnosis() Diagnosis {
	return Diagnosis{
		Name:    PatternAllDown,
		What:    "all sessions that were connected went down at once",
		Meaning: "one cause for all: most likely this machine's network, or the proxy before it; the sessions themselves are not to blame",
		Retries: true, Next: nextRetry,
		Action: "check this machine's network; if it is well, wait: WhatsApp itself may be down",
	}
}

// mayBeTheNetwork says whether a network can have ended a connection for that reason. What the server says itself is its own affair.
func (r Reason) mayBeTheNetwork() bool {
	switch r {
	case ReasonDeadLink, ReasonServerClosed, ReasonNetworkUnreachable, ReasonDNS, ReasonTCP, ReasonTLS, ReasonProxy, ReasonConnectTimeout, ReasonLoginTimeout:
		return true
	}
	return false
}
