package history

import (
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// Counts is what one session, or all, did in some time. The zero value is nothing.
type Counts struct {
	Events     vital.Counters
	Checks     [checkKinds]uint64     // by verdict, in the order of verdicts
	Operations [operationKinds]Answer // in the order of operations
}

// Answer is how one kind of operation went.
type Answer struct {
	TimedOut, Failed uint64        // Failed: neither answered nor timed out
	Sum              time.Duration // of the answered ones
	Latencies        Histogram     // of the answered ones
}

const (
	checkKinds     = 5
	operationKinds = 6
)

// verdicts and operations say which place of an array is whose. The order is stored: it never changes.
func verdicts() [checkKinds]vital.Verdict {
	return [checkKinds]vital.Verdict{
		vital.VerdictRegistered, vital.VerdictNotRegistered, vital.VerdictNoAnswer, vital.VerdictError, vital.VerdictUnverified,
	}
}

func operations() [operationKinds]vital.Operation {
	return [operationKinds]vital.Operation{vital.OpConnect, vital.OpPing, vital.OpCheck, vital.OpSend, vital.OpContacts, vital.OpDownload}
}

// Operation is how one kind of operation went; of an unknown one nothing is known.
func (c *Counts) Operation(op vital.Operation) Answer {
	for i, known := range operations() {
		if known == op {
			return c.Operations[i]
		}
	}
	return Answer{}
}

// Verdict is how many numbers ended so.
func (c *Counts) Verdict(v vital.Verdict) uint64 {
	for i, known := range verdicts() {
		if known == v {
			return c.Checks[i]
		}
	}
	return 0
}

// FailedVerifications is how many numbers have no answer: error, unverified, left out by the server.
func (c *Counts) FailedVerifications() uint64 {
	n := uint64(0)
	for i, v := range verdicts() {
		if !v.Answered() {
			n += c.Checks[i]
		}
	}
	return n
}

// Answered is all answered operations together, but for connects and what takes as long as its size: pings, checks, texts, contacts.
func (c *Counts) Answered() Answer {
	var all Answer
	for i, op := range operations() {
		if op != vital.OpConnect && op != vital.OpDownload {
			all = all.plus(c.Operations[i])
		}
	}
	return all
}

// Mean is the average time of an answer; 0 without one.
func (a Answer) Mean() time.Duration {
	if n := a.Latencies.Count(); n > 0 {
		return a.Sum / time.Duration(n)
	}
	return 0
}

func (a Answer) plus(b Answer) Answer {
	return Answer{a.TimedOut + b.TimedOut, a.Failed + b.Failed, a.Sum + b.Sum, a.Latencies.plus(b.Latencies)}
}

// Plus is both together, exactly.
func (c Counts) Plus(o Counts) Counts {
	for i, n := range o.Events.All() {
		*c.Events.All()[i] += *n
	}
	for i := range c.Checks {
		c.Checks[i] += o.Checks[i]
	}
	for i := range c.Operations {
		c.Operations[i] = c.Operations[i].plus(o.Operations[i])
	}
	return c
}

// Empty says whether nothing happened.
func (c *Counts) Empty() bool {
	for i := range c.Operations {
		a := &c.Operations[i]
		if a.TimedOut > 0 || a.Failed > 0 || len(a.Latencies.buckets) > 0 {
			return false
		}
	}
	return c.Checks == [checkKinds]uint64{} && c.Events == vital.Counters{}
}

// since is what was counted after before. Counters that went back have begun anew.
func since(before, now vital.Counters) vital.Counters {
	for i, n := range now.All() {
		if old := *before.All()[i]; old <= *n {
			*n -= old
		}
	}
	return now
}
