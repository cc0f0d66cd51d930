package history

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/session/vital"
)

// TestPercentilesWithinOnePercent: however the durations are split into histograms, stored and merged.
func TestPercentilesWithinOnePercent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(0, rapid.SampledFrom([]int64{200, 50_000, 3_600_000_000}).Draw(t, "scale")).Draw(t, "us")) * time.Microsecond
		}), 1, 400).Draw(t, "durations")
		var merged Counts
		for rest := list; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "sample")
			var part Counts
			part.Operations[1].Latencies = HistogramOf(rest[:n]...)
			stored, err := Decode(part.Encode())
			if err != nil {
				t.Fatal(err)
			}
			merged, rest = merged.Plus(stored), rest[n:]
		}
		h := merged.Operations[1].Latencies
		if h.Count() != uint64(len(list)) {
			t.Fatalf("%d of %d", h.Count(), len(list))
		}
		slices.Sort(list)
		for _, p := range []uint64{0, 1, 50, 95, 99, 100} {
			want, got := vital.Percentile(list, int(p)), h.Percentile(p)
			if diff := (got - want).Abs(); float64(diff) > float64(want)/100 {
				t.Fatalf("p%v of %d: %v, want %v", p, len(list), got, want)
			}
		}
	})
}

func TestBucketsAreInOrder(t *testing.T) {
	before := uint32(0)
	for us := int64(0); us < longest.Microseconds(); us += us/100 + 1 {
		d := time.Duration(us) * time.Microsecond
		b := bucketOf(d)
		if b < before || b > before+3 {
			t.Fatalf("%v is in bucket %d, after %d", d, b, before)
		}
		if bucketOf(middleOf(b)) != b {
			t.Fatalf("the middle of bucket %d, %v, is in %d", b, middleOf(b), bucketOf(middleOf(b)))
		}
		before = b
	}
	if got := HistogramOf(-time.Second, 1000*time.Hour); got.Percentile(0) != 0 || (got.Percentile(100)-longest).Abs() > longest/100 {
		t.Errorf("out of range: %v, %v", got.Percentile(0), got.Percentile(100))
	}
}

// randomCounts draws counts of any kind.
func randomCounts(t *rapid.T, label string) Counts {
	var c Counts
	small := rapid.Uint64Range(0, 1<<40)
	for _, n := range c.Events.All() {
		*n = small.Draw(t, label)
	}
	for i := range c.Checks {
		c.Checks[i] = small.Draw(t, label)
	}
	for i := range c.Operations {
		a := &c.Operations[i]
		a.TimedOut, a.Failed = small.Draw(t, label), small.Draw(t, label)
		var list []time.Duration
		for range rapid.IntRange(0, 5).Draw(t, label) {
			d := time.Duration(rapid.Int64Range(0, 1<<34).Draw(t, label)) * time.Microsecond
			list, a.Sum = append(list, d), a.Sum+d
		}
		a.Latencies = HistogramOf(list...)
	}
	return c
}

// TestCountsAddUpExactly, in whatever order, through their stored form.
func TestCountsAddUpExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := randomCounts(t, "a"), randomCounts(t, "b"), randomCounts(t, "c")
		left, right := a.Plus(b).Plus(c), c.Plus(a.Plus(b))
		if !reflect.DeepEqual(left, right) {
			t.Fatalf("%+v, %+v", left, right)
		}
		got, err := Decode(left.Encode())
		if err != nil || !reflect.DeepEqual(got, left) {
			t.Fatalf("stored %+v, read %+v, %v", left, got, err)
		}
		if left.Events.BytesOut != a.Events.BytesOut+b.Events.BytesOut+c.Events.BytesOut || left.Checks[4] != a.Checks[4]+b.Checks[4]+c.Checks[4] {
			t.Fatal("wrong sum")
		}
		if nothing := (Counts{}); left.Empty() != reflect.DeepEqual(left, nothing) {
			t.Fatal("empty or not?")
		}
	})
}

func FuzzDecode(f *testing.F) {
	some := Counts{Events: vital.Counters{Connects: 1, BytesIn: 1 << 40}, Checks: [checkKinds]uint64{0, 3}}
	some.Operations[1] = Answer{TimedOut: 2, Sum: time.Second, Latencies: HistogramOf(time.Second/2, time.Second/2, 7*time.Minute)}
	f.Add(some.Encode())
	f.Add([]byte{33, 0, 0, 1, 255, 255, 255, 255, 1, 1, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Decode(data)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		again, err := Decode(c.Encode())
		if err != nil || !reflect.DeepEqual(c, again) {
			t.Fatalf("%+v became %+v, %v", c, again, err)
		}
	})
}
