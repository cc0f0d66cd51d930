package session

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/wapulse/wapulse/session/vital"
)

// What a histogram of latencies can tell apart: microseconds up to two minutes, within six percent, in 3 KB.
const (
	longestLatency = 2 * time.Minute
	latencyDigits  = 1
)

// highLatency is a ping's that makes a slow answer no wonder.
const highLatency = time.Second

// opRecord is what is known of one operation of a session.
type opRecord struct {
	stat      vital.OperationStat
	latencies *hdrhistogram.Histogram // of answered ones, in microseconds; made with the first
	low, high time.Duration           // of the same, exactly
}

// opRecords are those that have happened.
type opRecords struct {
	records map[vital.Operation]*opRecord
	changed bool
}

// note adds an operation; trigger is why it was slow or late, "" if it was not.
func (r *opRecords) note(op vital.Operation, at time.Time, took time.Duration, o outcome, trigger string) {
	if r.records == nil {
		r.records = map[vital.Operation]*opRecord{}
	}
	record := r.records[op]
	if record == nil {
		record = &opRecord{stat: vital.OperationStat{Operation: op}}
		r.records[op] = record
	}
	r.changed = true
	record.stat.Count++
	switch o {
	case outcomeOK:
		record.stat.BySpeed[vital.SpeedOf(took)]++
		record.answered(took)
	case outcomeTimeout:
		record.stat.BySpeed[vital.TimedOut]++
	default:
		record.stat.Failed++
	}
	if trigger != "" {
		record.stat.LastSlow, record.stat.LastSlowAt = trigger, at
	}
}

func (r *opRecord) answered(took time.Duration) {
	if r.latencies == nil {
		r.latencies = hdrhistogram.New(1, longestLatency.Microseconds(), latencyDigits)
		r.low = took
	}
	r.low, r.high = min(r.low, took), max(r.high, took)
	_ = r.latencies.RecordValue(min(took, longestLatency).Microseconds()) // it cannot be out of range
}

// list returns what is known, in the order in which operations are shown.
func (r *opRecords) list() []vital.OperationStat {
	r.changed = false
	list := make([]vital.OperationStat, 0, len(r.records))
	for _, op := range vital.Operations() {
		record := r.records[op]
		if record == nil {
			continue
		}
		stat := record.stat
		stat.P50, stat.P95, stat.P99 = record.percentile(50), record.percentile(95), record.percentile(99)
		list = append(list, stat)
	}
	return list
}

func (r *opRecord) percentile(p float64) time.Duration {
	if r.latencies == nil {
		return 0
	}
	value := time.Duration(r.latencies.ValueAtPercentile(p)) * time.Microsecond
	return min(max(value, r.low), r.high)
}

// measured keeps how long an operation took.
func (a *actor) measured(op vital.Operation, began time.Time, took time.Duration, o outcome, trigger string) {
	a.records.note(op, began, took, o, trigger)
	if a.config.Measured != nil {
		a.config.Measured(vital.Latency{Session: a.snap.ID, Operation: op, Duration: took, OK: o == outcomeOK, TimedOut: o == outcomeTimeout})
	}
	a.snap.LastHour = a.hour.note(time.Now(), o == outcomeTimeout)
}

// triggerOf names what a slow, late or lost operation most likely suffered from, with the evidence; "" for one that was in time.
func (a *actor) triggerOf(o operated) string {
	slow := o.outcome == outcomeOK && vital.SpeedOf(o.elapsed) != vital.Fast
	if !slow && o.outcome != outcomeTimeout && o.outcome != outcomeLost {
		return ""
	}
	ping := a.snap.Ping
	switch {
	case o.outcome == outcomeLost:
		return "socket lost meanwhile: " + a.lossInWords(o.err)
	case o.report.Throttled >= o.elapsed/2:
		return fmt.Sprintf("rate limit: waited %s of %s for the budget", vital.RTTText(o.report.Throttled), vital.RTTText(o.elapsed))
	case o.report.Queued >= o.elapsed/2:
		return fmt.Sprintf("too many in flight: waited %s of %s for one of %d places", vital.RTTText(o.report.Queued), vital.RTTText(o.elapsed), a.policy.Load().Limit)
	case ping.Missed > 0:
		return fmt.Sprintf("ping dead too: %d unanswered", ping.Missed)
	case a.pinging && time.Since(a.pingedAt) >= max(highLatency, 2*ping.P95):
		return fmt.Sprintf("ping dead too: unanswered for %s", vital.RTTText(time.Since(a.pingedAt)))
	case ping.P95 >= highLatency:
		return fmt.Sprintf("latency high before it: ping p95 %s", vital.RTTText(ping.P95))
	case o.report.Attempts > 1:
		return fmt.Sprintf("it took %d attempts", o.report.Attempts)
	case ping.P95 > 0:
		return fmt.Sprintf("the server was slow with it: ping p95 %s", vital.RTTText(ping.P95))
	default:
		return "the server was slow with it: no ping to compare with yet"
	}
}

func (a *actor) lossInWords(err error) string {
	if f := a.snap.Failure; f.Reason != vital.ReasonNone {
		return f.String()
	}
	return vital.ShortNumbers(err.Error())
}

// triggerOfConnect names the phase that a slow or late attempt spent its time in.
func (a *actor) triggerOfConnect(took time.Duration, o outcome, stood vital.Phase) string {
	if o == outcomeTimeout {
		return fmt.Sprintf("%s did not come to its end", stood)
	}
	if o != outcomeOK || vital.SpeedOf(took) == vital.Fast {
		return ""
	}
	var longest vital.DialPhase
	for _, p := range a.snap.Dial.Phases {
		if p.Duration > longest.Duration {
			longest = p
		}
	}
	if longest.Duration == 0 {
		return "the server was slow with it"
	}
	return fmt.Sprintf("%s took %s of %s", longest.Phase, vital.RTTText(longest.Duration), vital.RTTText(took))
}
