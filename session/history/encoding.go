package history

import (
	"encoding/binary"
	"math"
	"time"
)

// What a tag in the stored form is about; the numbers never change. Each is followed by what it counts; only what is not zero is there.
const (
	tagCounter   = 1  // and on: the counters in the order of Counters.All
	tagVerdict   = 16 // and on: in the order of verdicts
	tagOperation = 32 // and on: in the order of operations
)

// Encode is the stored form, some thirty bytes for a minute of pings.
func (c *Counts) Encode() []byte {
	data := make([]byte, 0, 64)
	number := func(tag int, n uint64) {
		if n > 0 {
			data = binary.AppendUvarint(binary.AppendUvarint(data, uint64(tag)), n)
		}
	}
	for i, n := range c.Events.All() {
		number(tagCounter+i, *n)
	}
	for i, n := range c.Checks {
		number(tagVerdict+i, n)
	}
	for i := range c.Operations {
		a := &c.Operations[i]
		if a.TimedOut == 0 && a.Failed == 0 && len(a.Latencies.buckets) == 0 {
			continue
		}
		data = binary.AppendUvarint(data, uint64(tagOperation+i))
		data = binary.AppendUvarint(data, a.TimedOut)
		data = binary.AppendUvarint(data, a.Failed)
		data = binary.AppendUvarint(data, uint64(max(a.Sum, 0).Microseconds()))
		data = a.Latencies.append(data)
	}
	return data
}

// Decode reads the stored form. ErrDamaged if it is none.
func Decode(data []byte) (Counts, error) {
	var c Counts
	r := reading{data: data}
	for len(r.data) > 0 && !r.failed {
		tag := r.number()
		switch {
		case tag >= tagOperation && tag < tagOperation+operationKinds:
			a := Answer{TimedOut: r.number(), Failed: r.number(), Sum: r.duration(), Latencies: r.histogram()}
			r.failed = r.failed || a.Sum > 0 && len(a.Latencies.buckets) == 0
			c.Operations[tag-tagOperation] = a
		case tag >= tagVerdict && tag < tagVerdict+checkKinds:
			c.Checks[tag-tagVerdict] = r.number()
		case tag >= tagCounter && tag < tagCounter+uint64(len(c.Events.All())):
			*c.Events.All()[tag-tagCounter] = r.number()
		default:
			r.failed = true
		}
	}
	if r.failed {
		return Counts{}, ErrDamaged
	}
	return c, nil
}

// reading is what is left of a stored form.
type reading struct {
	data   []byte
	failed bool
}

func (r *reading) number() uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 {
		r.failed, r.data = true, nil
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *reading) duration() time.Duration {
	us := r.number()
	if us > math.MaxInt64/uint64(time.Microsecond) {
		r.failed = true
		return 0
	}
	return time.Duration(us) * time.Microsecond
}
