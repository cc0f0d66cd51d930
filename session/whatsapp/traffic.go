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
	toldAt            time.Time
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

// due says how long to wait with the next signal: zero for not at all, negative if there is nothing to tell.
func (t *traffic) due(now time.Time) time.Duration {
	if !t.waiting.Load() {
		return -1
	}
	return max(0, trafficEvery-now.Sub(t.toldAt))
}

// collect takes what has been counted; total bytes are the line's.
func (t *traffic) collect(bytesIn, bytesOut uint64) (session.Traffic, bool) {
	t.waiting.Store(false)
	sum := session.Traffic{
		StanzasIn: t.in.Swap(0), StanzasOut: t.out.Swap(0),
		BytesIn: bytesIn - t.bytesIn, BytesOut: bytesOut - t.bytesOut,
	}
	if sum == (session.Traffic{}) {
		return sum, false
	}
	t.bytesIn, t.bytesOut, t.toldAt = bytesIn, bytesOut, time.Now()
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
