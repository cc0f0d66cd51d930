package history

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"time"
)

// Buckets of a Histogram: every microsecond has its own up to 128, then 64 share each doubling. A value is told as the middle of its bucket, at most 0.8 percent
// from itself. The numbers are part of what is stored: they never change.
const (
	exactBuckets = 128
	perDoubling  = 64
	longest      = time.Hour // longer durations count as this
)

// Histogram is how often which durations were, without the buckets that are empty: docs/dependencies.md says why it is our own. The zero value is empty. It is a value: nothing changes one that was handed on.
type Histogram struct {
	buckets []bucket // with a count, by index
}

type bucket struct {
	index uint32
	count uint64
}

// HistogramOf counts these durations.
func HistogramOf(durations ...time.Duration) Histogram {
	indices := make([]uint32, len(durations))
	for i, d := range durations {
		indices[i] = bucketOf(d)
	}
	slices.Sort(indices)
	var h Histogram
	for _, index := range indices {
		if n := len(h.buckets); n > 0 && h.buckets[n-1].index == index {
			h.buckets[n-1].count++
		} else {
			h.buckets = append(h.buckets, bucket{index, 1})
		}
	}
	return h
}

// bucketOf is the bucket that a duration falls into.
func bucketOf(d time.Duration) uint32 {
	us := uint64(min(max(d, 0), longest).Microseconds())
	if us < exactBuckets {
		return uint32(us)
	}
	shift := bits.Len64(us) - 7 // us>>shift is in [64, 128)
	return uint32(exactBuckets + (shift-1)*perDoubling + int(us>>shift) - perDoubling)
}

// middleOf is the duration that a bucket stands for.
func middleOf(index uint32) time.Duration {
	if index < exactBuckets {
		return time.Duration(index) * time.Microsecond
	}
	shift := (index-exactBuckets)/perDoubling + 1
	low := uint64((index-exactBuckets)%perDoubling+perDoubling) << shift
	return time.Duration(low+1<<(shift-1)) * time.Microsecond
}

// Count is how many durations it holds.
func (h Histogram) Count() uint64 {
	var n uint64
	for _, b := range h.buckets {
		n += b.count
	}
	return n
}

// Percentile is the duration that p percent of all do not exceed, by the nearest rank, within one percent; 0 of an empty one.
func (h Histogram) Percentile(p uint64) time.Duration {
	n := h.Count()
	if n == 0 {
		return 0
	}
	rank := max((n*p+99)/100, 1)
	for _, b := range h.buckets {
		if rank <= b.count {
			return middleOf(b.index)
		}
		rank -= b.count
	}
	return middleOf(h.buckets[len(h.buckets)-1].index)
}

// plus is both together.
func (h Histogram) plus(o Histogram) Histogram {
	if len(h.buckets) == 0 {
		return o
	}
	if len(o.buckets) == 0 {
		return h
	}
	sum := make([]bucket, 0, len(h.buckets)+len(o.buckets))
	a, b := h.buckets, o.buckets
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].index < b[0].index:
			sum, a = append(sum, a[0]), a[1:]
		case a[0].index > b[0].index:
			sum, b = append(sum, b[0]), b[1:]
		default:
			sum = append(sum, bucket{a[0].index, a[0].count + b[0].count})
			a, b = a[1:], b[1:]
		}
	}
	return Histogram{append(append(sum, a...), b...)}
}

// append writes the histogram: how many buckets, then of each how far it is from the one before, and its count.
func (h Histogram) append(data []byte) []byte {
	data = binary.AppendUvarint(data, uint64(len(h.buckets)))
	before := uint32(0)
	for _, b := range h.buckets {
		data = binary.AppendUvarint(data, uint64(b.index-before))
		data = binary.AppendUvarint(data, b.count)
		before = b.index
	}
	return data
}

// histogram is the inverse of append.
func (r *reading) histogram() Histogram {
	n := r.number()
	if n == 0 || n > uint64(bucketOf(longest))+1 {
		r.failed = r.failed || n > 0
		return Histogram{}
	}
	h := Histogram{make([]bucket, 0, n)}
	index := uint64(0)
	for i := range n {
		step := r.number()
		count := r.number()
		index += step
		if r.failed || step > uint64(bucketOf(longest)) || index > uint64(bucketOf(longest)) || count == 0 || i > 0 && step == 0 {
			r.failed = true
			return Histogram{}
		}
		h.buckets = append(h.buckets, bucket{uint32(index), count})
	}
	return h
}
