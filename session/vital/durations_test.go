package vital

import (
	"testing"
	"time"
)

func TestRTTTextHasItsUnit(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0 ms", 420 * time.Microsecond: "0.4 ms", 9900 * time.Microsecond: "9.9 ms", 182*time.Millisecond + 400*time.Microsecond: "182 ms",
		999600 * time.Microsecond: "1,000 ms", 1204 * time.Millisecond: "1,204 ms", 12 * time.Second: "12 s", 12340 * time.Millisecond: "12.3 s",
	} {
		if got := RTTText(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
