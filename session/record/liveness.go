package record

import (
	"slices"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// pingsBefore are the pings that were known at t, the newest last.
func (m *moment) pingsBefore() []ping {
	n := upTo(len(m.pings), m.t, func(i int) time.Time { return m.pings[i].at })
	return m.pings[:n]
}

// pingsOf are the pings in the order of time: the answered ones of samples, and the missed ones, which are events of their own.
func pingsOf(samples []Sample, events []vital.Event) []ping {
	var list []ping
	for i := range samples {
		for _, a := range samples[i].Operations {
			if a.Operation == vital.OpPing && a.Answered > 0 {
				list = append(list, ping{samples[i].At, samples[i].over(), a.P50, true})
			}
		}
	}
	for _, e := range events {
		if e.Kind == vital.KindProbe && count(e.Field("missed")) > 0 {
			list = append(list, ping{from: e.Time, at: e.Time})
		}
	}
	slices.SortStableFunc(list, func(a, b ping) int { return a.at.Compare(b.at) })
	return list
}

// ping is what the timed pings said, as far as samples and events tell.
func (m *moment) ping() {
	p := &m.snap.Ping
	pings := m.pingsBefore()
	var answered []time.Duration
	for i := len(pings) - 1; i >= 0 && m.t.Sub(pings[i].at) <= vital.PingWindow; i-- {
		if pings[i].ok {
			answered = append(answered, pings[i].rtt)
		}
	}
	slices.Sort(answered)
	p.P50, p.P95, p.P99 = vital.Percentile(answered, 50), vital.Percentile(answered, 95), vital.Percentile(answered, 99)
	for _, one := range pings[max(0, len(pings)-vital.RecentPings):] {
		if !one.ok {
			one.rtt = -1
		}
		p.Recent, p.RecentAt = append(p.Recent, one.rtt), append(p.RecentAt, one.at)
	}
	for i := len(pings) - 1; i >= 0; i-- {
		if pings[i].ok {
			p.Last, p.LastAt = pings[i].rtt, pings[i].at
			break
		}
		if m.snap.State == vital.StateConnected && !pings[i].at.Before(m.snap.Since) {
			p.Missed++
		}
	}
}

// ladder is the evidence of liveness that there was.
func (m *moment) ladder() {
	l := &m.snap.Ladder
	if seen := m.last.Ladder.PhoneSeen; !seen.After(m.t) {
		l.PhoneSeen = seen
	}
	isDialling := m.isDialling()
	if m.snap.State != vital.StateConnected {
		if m.snap.Phase > vital.PhaseWebSocket && isDialling {
			l.SocketOpen = endOf(m.snap.Dial, vital.PhaseWebSocket)
		}
		return
	}
	l.SocketOpen, l.Authenticated = m.snap.Since, m.snap.Since
	if m.dial >= 0 {
		l.SocketOpen, l.Authenticated = earlier(endOf(m.snap.Dial, vital.PhaseWebSocket), l.SocketOpen), earlier(endOf(m.snap.Dial, vital.PhaseLogin), l.Authenticated)
	}
	for _, p := range slices.Backward(m.pingsBefore()) {
		if p.from.Before(m.snap.Since) {
			break // it may have been an earlier connection's
		}
		if p.ok {
			l.ServerAnswers, l.DataFresh = p.at, p.at
			break
		}
	}
	for i := len(m.events) - 1; i >= 0 && !m.events[i].Time.Before(m.snap.Since); i-- {
		if k := m.events[i].Kind; k == vital.KindReceipt || k == vital.KindMessagesUpsert || k == vital.KindConnectionOpen {
			if m.events[i].Time.After(l.DataFresh) {
				l.DataFresh = m.events[i].Time
			}
			break
		}
	}
}

// endOf is when a phase was over; the zero time if it was not.
func endOf(d vital.DialTrace, phase vital.Phase) time.Time {
	for i, p := range d.Phases {
		if p.Phase == phase && (i+1 < len(d.Phases) || phase == vital.PhaseReady) {
			return d.Began.Add(p.Start + p.Duration)
		}
	}
	return time.Time{}
}

// earlier is the earlier of two times; a zero one is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || a.After(b) {
		return b
	}
	return a
}
