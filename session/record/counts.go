package record

import (
	"slices"
	"strconv"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// count is a number that an event's field has; 0 for none.
func count(field string) int {
	n, err := strconv.Atoi(field)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// counters go back from those of the end by what happened since, so that they begin where wapulse did and not where the record does. Before the run that
// made the record nothing is known of them.
func (m *moment) counters() {
	m.snap.Counters = m.last.Counters
	for _, s := range m.Record.samples[m.samples:] {
		takeBack(&m.snap.Counters, s.Counters)
	}
}

func takeBack(c *vital.Counters, later vital.Counters) {
	for i, n := range c.All() {
		*n -= min(*n, *later.All()[i])
	}
}

// operations are those of the samples so far. What a sample does not tell of its answers is taken from its percentiles: their speed from the median, and the
// percentiles of all from those of the samples.
func (m *moment) operations() {
	stats, took := map[vital.Operation]*vital.OperationStat{}, map[vital.Operation]*[3][]time.Duration{}
	for i := range m.samples {
		for _, a := range m.Record.samples[i].Operations {
			stat := stats[a.Operation]
			if stat == nil {
				stat = &vital.OperationStat{Operation: a.Operation}
				stats[a.Operation], took[a.Operation] = stat, new([3][]time.Duration)
			}
			stat.Count += a.Answered + a.TimedOut + a.Failed
			stat.Failed += a.Failed
			stat.BySpeed[vital.TimedOut] += a.TimedOut
			if a.Answered == 0 {
				continue
			}
			stat.BySpeed[vital.SpeedOf(a.P50)] += a.Answered
			for p, d := range [3]time.Duration{a.P50, a.P95, a.P99} {
				took[a.Operation][p] = append(took[a.Operation][p], d)
			}
		}
	}
	for _, op := range vital.Operations() {
		if stat := stats[op]; stat != nil {
			for p := range took[op] {
				slices.Sort(took[op][p])
			}
			stat.P50, stat.P95, stat.P99 = vital.Percentile(took[op][0], 50), vital.Percentile(took[op][1], 95), vital.Percentile(took[op][2], 99)
			m.snap.Operations = append(m.snap.Operations, *stat)
		}
	}
}
