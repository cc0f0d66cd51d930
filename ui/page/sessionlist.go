package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// SessionList is the newest that is known of every session, in the order of their creation. The root model fills it, pages read it.
type SessionList struct {
	sessions []*vital.Snapshot
}

// Put takes newer snapshots. Removed sessions leave the list.
func (l *SessionList) Put(snapshots []*vital.Snapshot) {
	for _, s := range snapshots {
		i, found := slices.BinarySearchFunc(l.sessions, s.ID, func(have *vital.Snapshot, id vital.SessionID) int { return int(have.ID - id) })
		switch {
		case s.Removed && found:
			l.sessions = slices.Delete(l.sessions, i, i+1)
		case s.Removed:
		case found:
			l.sessions[i] = s
		default:
			l.sessions = slices.Insert(l.sessions, i, s)
		}
	}
}

// Sessions are all sessions, in their order.
func (l *SessionList) Sessions() []*vital.Snapshot { return l.sessions }

// Session is the newest snapshot of one; nil if there is none.
func (l *SessionList) Session(id vital.SessionID) *vital.Snapshot {
	for _, s := range l.sessions {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// Summary counts the sessions by state, in the signs and colours of the list, in that width: with words if they fit, and the worst state alone if not even the signs do.
func (l *SessionList) Summary(t *widget.Theme, width int) string {
	var counts [5]int
	for _, s := range l.sessions {
		counts[s.State]++
	}
	words := map[vital.State]string{vital.StateDisconnected: "off"}
	var long, short []string
	joined := underWay(counts)
	for _, state := range []vital.State{
		vital.StateConnected, vital.StateReconnecting, vital.StateConnecting, vital.StateError, vital.StateDisconnected,
	} {
		sign, look := widget.StateSign(state), t.StateStyle(state)
		if n := joined[state]; n > 0 {
			short = append(short, look.Render(fmt.Sprintf("%s %d", sign, n)))
		}
		if counts[state] == 0 {
			continue
		}
		word := words[state]
		if word == "" {
			word = strings.ToLower(state.String())
		}
		long = append(long, look.Render(fmt.Sprintf("%s %d %s", sign, counts[state], word)))
	}
	for _, gap := range []string{"  ", " "} {
		if text := strings.Join(long, gap); widget.Width(text) <= width {
			return text
		}
	}
	for _, gap := range []string{"  ", " "} {
		if text := strings.Join(short, gap); widget.Width(text) <= width {
			return text
		}
	}
	return l.worstShort(t, joined)
}

// worstShort is the sign and the count of the worst state that sessions are in.
func (l *SessionList) worstShort(t *widget.Theme, counts [5]int) string {
	for _, state := range worstFirst() {
		if counts[state] > 0 {
			return t.StateStyle(state).Render(fmt.Sprintf("%s %d", widget.StateSign(state), counts[state]))
		}
	}
	return ""
}

// Worst is the worst state that sessions are in, with how many are, in few words; "" if there is none.
func (l *SessionList) Worst() string {
	for _, state := range worstFirst() {
		n := 0
		for _, s := range l.sessions {
			if s.State == state {
				n++
			}
		}
		word := strings.ToLower(state.String())
		switch {
		case n == 0:
			continue
		case state == vital.StateDisconnected:
			word = "off"
		case state == vital.StateError && n > 1:
			word = "errors"
		}
		return fmt.Sprintf("%s %d %s", widget.StateSign(state), n, word)
	}
	return ""
}

// underWay joins the states that have the same sign, for where there is no room for their words.
func underWay(counts [5]int) [5]int {
	counts[vital.StateReconnecting] += counts[vital.StateConnecting]
	counts[vital.StateConnecting] = 0
	return counts
}
