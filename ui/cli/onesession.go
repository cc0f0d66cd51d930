package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// upWithin bounds how long a command waits for its session to be CONNECTED.
const upWithin = 15 * time.Second

// enterFor is enterIfThere for a command about one session, which is found by what a person calls it.
func enterFor(cmd *cobra.Command, name string) (*house, *vital.Snapshot, error) {
	h, err := enterIfThere(cmd)
	if err != nil {
		return nil, nil, err
	}
	if h == nil {
		return nil, nil, noSuchSession(name, nil)
	}
	snap, err := findSession(h.manager.Snapshots(), name)
	if err != nil {
		h.closeAfter(&err)
		return nil, nil, err
	}
	return h, snap, nil
}

// findSession finds the session that is called so: by its name, in whatever case if nothing fits exactly, by its JID, or by its phone.
func findSession(all []*vital.Snapshot, name string) (*vital.Snapshot, error) {
	for _, fits := range []func(*vital.Snapshot) bool{
		func(s *vital.Snapshot) bool { return s.Name == name },
		func(s *vital.Snapshot) bool { return lowerASCII(s.Name) == lowerASCII(name) },
		func(s *vital.Snapshot) bool { return isJIDOf(s.Identity, strings.ToLower(name)) },
		func(s *vital.Snapshot) bool { return s.Identity.Phone != "" && s.Identity.Phone == phoneIn(name) },
	} {
		var found []*vital.Snapshot
		for _, s := range all {
			if fits(s) {
				found = append(found, s)
			}
		}
		if len(found) > 1 {
			found = pairedOnes(found)
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return nil, advise(fmt.Errorf("%q is more than one session: %s", name, quotedNames(found)), "call it by its name")
		}
	}
	return nil, noSuchSession(name, all)
}

// pairedOnes are those of several that can be meant: an account that was logged out keeps its phone. Without any all are returned.
func pairedOnes(list []*vital.Snapshot) []*vital.Snapshot {
	var paired []*vital.Snapshot
	for _, s := range list {
		if s.Identity.Paired() {
			paired = append(paired, s)
		}
	}
	if len(paired) == 0 {
		return list
	}
	return paired
}

// lowerASCII folds a name as the database does, for which names are the same whatever the case of the letters from A to Z.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// isJIDOf says whether that is a JID of who it is, with or without the device.
func isJIDOf(who vital.Identity, jid string) bool {
	for _, own := range []string{who.JID, who.LID} {
		if own != "" && (jid == own || jid == withoutDevice(own)) {
			return true
		}
	}
	return false
}

// withoutDevice is the account's part of a device's JID.
func withoutDevice(jid string) string {
	user, server, _ := strings.Cut(jid, "@")
	user, _, _ = strings.Cut(user, ":")
	return user + "@" + server
}

// phoneIn is a phone number with its country's code, as E.164; "" if that is none.
func phoneIn(s string) string {
	if !isPhone(s) {
		return ""
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	return "+" + strings.TrimPrefix(digits, "00")
}

// fewNames is how many sessions are named where none is near.
const fewNames = 6

func noSuchSession(name string, all []*vital.Snapshot) error {
	err := fmt.Errorf("%w as %q", session.ErrNoSuchSession, name)
	if len(all) == 0 {
		return advise(fmt.Errorf("%w: there are none yet", err), "pair a phone: wapulse pair NAME")
	}
	var near []*vital.Snapshot
	for _, s := range all {
		if isNear(lowerASCII(s.Name), lowerASCII(name)) {
			near = append(near, s)
		}
	}
	switch {
	case len(near) > 0 && len(near) <= fewNames:
		err = fmt.Errorf("%w; did you mean %s?", err, quotedNames(near))
	case len(all) <= fewNames:
		err = fmt.Errorf("%w; there is %s", err, quotedNames(all))
	}
	return advise(err, "call it by its name, JID or phone; wapulse sessions lists them")
}

func quotedNames(list []*vital.Snapshot) string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = fmt.Sprintf("%q", s.Name)
	}
	return strings.Join(names, ", ")
}

// isNear says whether one name may be meant by the other: a part of it, or mistyped in two places at most.
func isNear(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	return strings.Contains(a, b) || strings.Contains(b, a) || distance([]rune(a), []rune(b)) <= min(2, len([]rune(a))-1)
}

// distance is how many letters must be put in, taken out or changed to make b of a.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before := row[0]
		row[0] = i + 1
		for j := range b {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, before+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// bringUp returns when the session is CONNECTED. One that is down and wanted up is started; what the operator wants of it stays as it is.
func bringUp(ctx context.Context, manager *session.Manager, id vital.SessionID) error {
	sub := manager.Hub().Subscribe()
	defer sub.Close()
	if err := manager.StartIfWanted(ctx, id); err != nil {
		return adviseOnOperation(ctx, err)
	}
	late := time.NewTimer(upWithin)
	defer late.Stop()
	for {
		snap, known := manager.Snapshot(id)
		switch {
		case !known:
			return adviseOnOperation(ctx, session.ErrNoSuchSession)
		case snap.State == vital.StateConnected:
			return nil
		}
		if err := cannotComeUp(snap, time.Now()); err != nil {
			return err
		}
		select {
		case <-sub.Wake():
			sub.Take()
		case <-late.C:
			return notUpInTime(snap)
		case <-ctx.Done():
			return adviseOnOperation(ctx, errors.New("interrupted before the session was connected"))
		}
	}
}

// cannotComeUp says why waiting for a session is of no use; nil if it may come up by itself.
func cannotComeUp(snap *vital.Snapshot, now time.Time) error {
	banOver := snap.Wanted && snap.Failure.Reason == vital.ReasonBanned && !snap.Failure.Until.IsZero() && !now.Before(snap.Failure.Until)
	d := snap.Diagnosis()
	switch {
	case snap.State == vital.StateError && !banOver:
		return advise(fmt.Errorf("session %q cannot be used: %s: %s", snap.Name, d.What, d.Meaning), d.Action)
	case !snap.Identity.Paired():
		return advise(fmt.Errorf("session %q is not paired", snap.Name), "pair a phone with it: wapulse pair NAME")
	case !snap.Wanted:
		return advise(fmt.Errorf("session %q is stopped, as its operator wants it", snap.Name), "start it in the dashboard, then run the command again")
	}
	return nil
}

func notUpInTime(snap *vital.Snapshot) error {
	err := fmt.Errorf("session %q was not connected within %v: it is %s", snap.Name, upWithin, snap.State)
	if what := snap.Diagnosis().What; what != "" {
		err = fmt.Errorf("%w: %s", err, what)
	}
	return advise(err, "look at the session in the dashboard, which goes on trying; then run the command again")
}
