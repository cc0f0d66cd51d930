package session

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/wapulse/wapulse/session/vital"
)

// outage finds that all sessions went down at once, which none of them can see by itself. Every actor tells it of its transitions; the one whose loss
// completes the picture stores it and lets the others look. It has no goroutine of its own.
type outage struct {
	mu        sync.Mutex
	connected map[vital.SessionID]bool
	lost      map[vital.SessionID]loss // not connected since
	found     *allDown                 // nil unless it holds
}

type loss struct {
	vital.Loss
	actor *actor
}

// allDown is an outage of several sessions.
type allDown struct {
	diagnosis vital.Diagnosis
	members   map[vital.SessionID]*actor
	stored    bool // it may be shown
}

func newOutage() *outage {
	return &outage{connected: map[vital.SessionID]bool{}, lost: map[vital.SessionID]loss{}}
}

// over says whether a session is one of those that went down together.
func (o *outage) over(id vital.SessionID) (vital.Diagnosis, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.found == nil || !o.found.stored || o.found.members[id] == nil {
		return vital.Diagnosis{}, false
	}
	return o.found.diagnosis, true
}

// moved takes note of a transition. It is called by the session's actor, which stores what it finds.
func (o *outage) moved(a *actor, t vital.Transition) {
	began, ended := o.note(a, t)
	if began != nil {
		_ = a.store("store a diagnosis of all sessions", func(ctx context.Context) error {
			return a.config.Store.SaveDiagnosis(ctx, vital.Diagnosed{
				End: vital.End{At: t.Time}, Pattern: true, Times: 1, Last: t.Time, Diagnosis: began.diagnosis,
			})
		}) // told by store if it fails: what is true is shown nevertheless
		o.show(began)
	}
	if ended != nil {
		o.show(ended)
	}
}

// note applies a transition, and returns an outage that begins or ends with it.
func (o *outage) note(a *actor, t vital.Transition) (began, ended *allDown) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case t.To == vital.StateConnected:
		o.connected[t.Session] = true
		delete(o.lost, t.Session)
		ended, o.found = o.found, nil // the network lets somebody through
		return nil, ended
	case t.Cause == vital.CauseSocketLost:
		delete(o.connected, t.Session)
		o.lost[t.Session] = loss{vital.Loss{Session: t.Session, At: t.Time, Reason: t.Failure.Reason}, a}
	case t.To == vital.StateReconnecting && t.Cause == vital.CauseAttemptFailed:
		return nil, nil // it is as lost as it was
	default: // stopped, in ERROR, or given a new socket: nobody's loss
		delete(o.connected, t.Session)
		delete(o.lost, t.Session)
		return nil, o.leave(t.Session)
	}
	if o.found == nil {
		o.found = o.find()
		return o.found, nil
	}
	return nil, nil
}

// leave takes a session out of the outage that holds; the last one ends it.
func (o *outage) leave(id vital.SessionID) (left *allDown) {
	if o.found == nil || o.found.members[id] == nil {
		return nil
	}
	left = &allDown{members: map[vital.SessionID]*actor{id: o.found.members[id]}}
	delete(o.found.members, id)
	if len(o.found.members) == 0 {
		o.found = nil
	}
	return left
}

func (o *outage) find() *allDown {
	losses := make([]vital.Loss, 0, len(o.lost))
	for _, l := range o.lost {
		losses = append(losses, l.Loss)
	}
	together, diagnosis, holds := vital.AllDown(losses, len(o.connected))
	if !holds {
		return nil
	}
	found := &allDown{diagnosis: diagnosis, members: map[vital.SessionID]*actor{}}
	for _, l := range together {
		found.members[l.Session] = o.lost[l.Session].actor
	}
	return found
}

// show lets all members look at their patterns anew.
func (o *outage) show(d *allDown) {
	o.mu.Lock()
	d.stored = true
	members := slices.Collect(maps.Values(d.members))
	o.mu.Unlock()
	for _, a := range members {
		a.post(a.lookForPatterns)
	}
}
