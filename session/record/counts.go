package record

import (
	"slices"
	"strconv"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// mostMeasured bounds how many of the newest measurements percentiles are taken from: a slider asks many times a second.
const mostMeasured = 4096

// count is a number that an event's field has; 0 for none.
func count(field string) int {
	n, err := strconv.Atoi(field)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// counters go back from those of the end by what happened since, so that they begin where wapulse did and not where the record does.
func (m *moment) counters() {
	end, c := m.last.Counters, &m.snap.Counters
	messages := m.messages[len(m.Record.events)] - m.messages[len(m.events)]
	var connects, reconnects, timeouts uint64
	for _, l := range m.Record.latencies[m.latencies:] {
		if l.Operation == vital.OpConnect {
			connects++
		} else if l.Operation == vital.OpPing && !l.OK {
			timeouts++
		}
	}
	for _, t := range m.Record.transitions[m.transitions:] {
		if t.To == vital.StateReconnecting {
			reconnects++
		}
	}
	c.MessagesIn, c.Connects, c.Reconnects = less(end.MessagesIn, messages), less(end.Connects, connects), less(end.Reconnects, reconnects)
	c.Timeouts = less(end.Timeouts, timeouts)
}

func less(a, b uint64) uint64 {
	if b > a {
		return 0
	}
	return a - b
}

// operations are those that had been measured in the time of the record.
func (m *moment) operations() {
	all := m.Record.latencies
	stats := map[vital.Operation]*vital.OperationStat{}
	took := map[vital.Operation][]time.Duration{}
	for i := m.latencies - 1; i >= 0; i-- {
		l := all[i]
		stat := stats[l.Operation]
		if stat == nil {
			stat = &vital.OperationStat{Operation: l.Operation}
			stats[l.Operation] = stat
		}
		stat.Count++
		switch {
		case l.OK:
			stat.BySpeed[vital.SpeedOf(l.Duration)]++
			if len(took[l.Operation]) < mostMeasured {
				took[l.Operation] = append(took[l.Operation], l.Duration)
			}
		case l.Operation == vital.OpPing:
			stat.BySpeed[vital.TimedOut]++
		default:
			stat.Failed++ // or timed out: a stored measurement does not tell
		}
	}
	for _, op := range vital.Operations() {
		if stat := stats[op]; stat != nil {
			slices.Sort(took[op])
			stat.P50, stat.P95, stat.P99 = percentile(took[op], 50), percentile(took[op], 95), percentile(took[op], 99)
			m.snap.Operations = append(m.snap.Operations, *stat)
		}
	}
}
