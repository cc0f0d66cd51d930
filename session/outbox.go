package session

import (
	"slices"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// What is remembered of sent messages, to tell whether receipts come.
const (
	outboxFor  = 24 * time.Hour
	outboxSize = 256
)

// outbox are the messages that a session has sent, oldest first, with whether a receipt came. It belongs to the actor.
type outbox struct {
	sent []sentMessage
	last time.Time // receipt
}

type sentMessage struct {
	id      string
	at      time.Time
	receipt bool
}

// add notes a message before it leaves: its receipt may be faster than the server's answer.
func (o *outbox) add(id string, at time.Time) {
	o.remove(id) // it is sent again
	o.sent = slices.DeleteFunc(o.sent, func(m sentMessage) bool { return at.Sub(m.at) > outboxFor })
	if len(o.sent) >= outboxSize {
		o.sent = slices.Delete(o.sent, 0, len(o.sent)-outboxSize+1)
	}
	o.sent = append(o.sent, sentMessage{id: id, at: at})
}

// remove forgets a message that was not taken.
func (o *outbox) remove(id string) {
	o.sent = slices.DeleteFunc(o.sent, func(m sentMessage) bool { return m.id == id && !m.receipt })
}

// receipt says whether one of these messages is ours.
func (o *outbox) receipt(ids []string, at time.Time) bool {
	found := false
	for i := range o.sent {
		if slices.Contains(ids, o.sent[i].id) {
			o.sent[i].receipt, found = true, true
		}
	}
	if found {
		o.last = later(o.last, at)
	}
	return found
}

// sendEnded notes what became of a message.
func (a *actor) sendEnded(id string, err error) {
	if err != nil {
		a.outbox.remove(id)
	}
	a.snap.Receipts = a.outbox.view(time.Now())
	a.changeSoon()
}

func (o *outbox) view(now time.Time) vital.Receipts {
	r := vital.Receipts{LastAt: o.last}
	for _, m := range o.sent {
		if now.Sub(m.at) > outboxFor {
			continue
		}
		r.Sent++
		if !m.receipt {
			r.Missing++
			if r.Oldest.IsZero() {
				r.Oldest = m.at
			}
		}
	}
	return r
}

// tally counts operations and time-outs of the last hour, in slices of five minutes. It belongs to the actor.
type tally struct {
	slices [tallySlices]vital.Tally
	newest int64 // number of the newest slice
}

const (
	tallySlices = 12
	tallySlice  = 5 * time.Minute
)

// note counts an operation and returns the sum. A clock that was set back counts in the newest slice.
func (t *tally) note(now time.Time, timedOut bool) (sum vital.Tally) {
	number := max(now.UnixNano()/int64(tallySlice), t.newest)
	for n := max(t.newest+1, number-tallySlices+1); n <= number; n++ {
		t.slices[n%tallySlices] = vital.Tally{}
	}
	t.newest = number
	here := &t.slices[number%tallySlices]
	here.Operations++
	if timedOut {
		here.Timeouts++
	}
	for _, s := range t.slices {
		sum.Operations += s.Operations
		sum.Timeouts += s.Timeouts
	}
	return sum
}
