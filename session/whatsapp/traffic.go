package whatsapp

import (
	"sync/atomic"
	"time"

	"github.com/wapulse/wapulse/session"
)

// traffic adds up stanzas between two Traffic signals. Counting is for any goroutine; the rest is for the connection's own.
type traffic struct {
	in, out atomic.Uint64
	newest  atomic.Int64 // Unix nanoseconds
	waiting atomic.Bool  // something was counted and is not told

	bytesIn, bytesOut uint64 // told so far
	armed             bool   // a signal is on its way
}

// count counts a stanza and says whether it is the first since the last signal.
func (t *traffic) count(incoming bool) bool {
	if incoming {
		t.in.Add(1)
	} else {
		t.out.Add(1)
	}
	t.newest.Store(time.Now().UnixNano())
	return t.waiting.CompareAndSwap(false, true)
}

// arm says whether something was counted for which no signal is on its way. The caller sends one after trafficEvery: a question and its answer are told together.
func (t *traffic) arm() bool {
	if t.armed || !t.waiting.Load() {
		return false
	}
	t.armed = true
	return true
}

// collect takes what has been counted; total bytes are the line's.
func (t *traffic) collect(bytesIn, bytesOut uint64) (session.Traffic, bool) {
	t.armed = false
	t.waiting.Store(false)
	sum := session.Traffic{
		StanzasIn: t.in.Swap(0), StanzasOut: t.out.Swap(0),
		BytesIn: bytesIn - t.bytesIn, BytesOut: bytesOut - t.bytesOut,
	}
	if sum == (session.Traffic{}) {
		return sum, false
	}
	t.bytesIn, t.bytesOut = bytesIn, bytesOut
	if newest := t.newest.Load(); newest != 0 {
		sum.At = time.Unix(0, newest)
	}
	return sum, true
}

func (c *connection) tellTraffic() {
	if sum, some := c.traffic.collect(c.line.in.Load(), c.line.out.Load()); some {
		c.tell(sum)
	}
}
