package vital

import (
	"fmt"
	"time"
)

// Percentile is the duration that p percent of sorted ones do not exceed, by the nearest rank; zero without any.
func Percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max((len(sorted)*p+99)/100, 1)-1]
}

// RoundRTT leaves of the time of an answer what says something: milliseconds, and of a short one a hundredth.
func RoundRTT(d time.Duration) time.Duration {
	if d > 10*time.Millisecond {
		return d.Round(time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}

// RTTText tells the time of an answer as the screen does: 0.4 ms, 182 ms, 1,204 ms, and from ten seconds on 12.3 s.
func RTTText(d time.Duration) string {
	switch ms := d.Round(time.Millisecond).Milliseconds(); {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case ms < 1000:
		return fmt.Sprintf("%d ms", ms)
	case ms < 10_000:
		return fmt.Sprintf("%d,%03d ms", ms/1000, ms%1000)
	case ms%1000 == 0:
		return fmt.Sprintf("%d s", ms/1000)
	default:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
}

// InWords tells whole seconds as a person does: in the two largest units.
func InWords(d time.Duration) string {
	units := []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	for i, u := range units {
		if d < u.size {
			continue
		}
		text := fmt.Sprintf("%d %s", d/u.size, u.name)
		if i+1 < len(units) && d%u.size/units[i+1].size > 0 {
			text += fmt.Sprintf(" %d %s", d%u.size/units[i+1].size, units[i+1].name)
		}
		return text
	}
	return "0 s"
}

// roughly is a time span for a person, in its one largest unit that says enough.
func roughly(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}
