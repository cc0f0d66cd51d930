package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// The timed pings. A dead link is found at most 36 s after the last answer: 16 s to the next ping, and two deadlines.
const (
	pingEvery    = 15 * time.Second
	pingJitter   = time.Second // either way
	pingDeadline = 10 * time.Second
	missesToDie  = 2
)

// pingRecord is what is known of the pings of a session, over all its connections.
type pingRecord struct {
	samples []pingSample // answered ones within vital.PingWindow, oldest first
	recent  []time.Duration
	times   []time.Time // of recent
	missed  int
}

type pingSample struct {
	at  time.Time
	rtt time.Duration
}

// ping asks the server for an answer, in a goroutine of its own that the actor waits for at its end.
func (a *actor) ping() {
	conn, epoch := a.conn, a.epoch
	if conn == nil || a.pinging || a.snap.State != vital.StateConnected {
		return
	}
	a.pinging, a.pingedAt = true, time.Now()
	end := a.breaker.Observe()
	began := time.Now()
	var rtt time.Duration
	a.operate(func() (err error) {
		ctx, cancel := context.WithTimeout(a.ctx, pingDeadline)
		defer cancel()
		rtt, err = conn.Ping(ctx)
		return err
	}, func(err error) {
		if a.epoch != epoch || a.conn == nil {
			end(resilience.Abandoned) // the connection ended meanwhile: that says nothing about the ping
			return
		}
		a.pinging = false
		if errors.Is(err, ErrNotConnected) {
			end(resilience.Abandoned) // its end is on the way, with the true cause
			a.due.ping = time.Now().Add(pingEvery)
			return
		}
		end(a.outcomeOfPing(err))
		how := outcomeOK
		if err != nil {
			how = outcomeTimeout
		}
		took := time.Since(began)
		a.measured(vital.OpPing, began, took, how, a.triggerOf(operated{request: request{operation: vital.OpPing}, elapsed: took, outcome: how}))
		a.pinged(rtt, err)
		a.noteBreaker()
	})
}

// outcomeOfPing is what the breaker hears. A pong does not break a row of failed operations: a server that answers pings, and fails what it is asked, is
// to be left alone all the same, however slowly it is asked.
func (a *actor) outcomeOfPing(err error) resilience.Outcome {
	switch {
	case err != nil:
		return resilience.Failed
	case time.Since(a.faulted) < resilience.OpenFor && a.breaker.View().State == resilience.Closed:
		return resilience.Abandoned
	}
	return resilience.Succeeded
}

// pinged notes an answer, or a miss.
func (a *actor) pinged(rtt time.Duration, err error) {
	a.changed = true
	now := time.Now()
	if err != nil {
		a.pings.note(now, -1)
		a.snap.Ping = a.pings.view(a.snap.Ping)
		a.snap.Counters.Timeouts++
		a.emit(vital.KindProbe, vital.LevelWarn, fmt.Sprintf("ping unanswered, %d in a row", a.pings.missed), vital.Field{Key: "missed", Value: fmt.Sprint(a.pings.missed)})
		if a.pings.missed >= missesToDie {
			a.connectionOver(vital.Failure{Reason: vital.ReasonDeadLink})
			return
		}
		a.ping()
		return
	}
	a.pings.note(now, rtt)
	a.snap.Ping = a.pings.view(a.snap.Ping)
	a.snap.Ping.Last, a.snap.Ping.LastAt = rtt, now
	a.snap.Ladder.ServerAnswers = now
	a.snap.Ladder.DataFresh = later(a.snap.Ladder.DataFresh, now)
	a.due.ping = now.Add(a.config.Chance.Around(pingEvery, pingJitter))
	a.emit(vital.KindProbe, vital.LevelDebug, "ping "+vital.RTTText(rtt), vital.Field{Key: "rtt", Value: rtt.String()})
}

// note adds a sample; a negative one is a miss.
func (p *pingRecord) note(at time.Time, rtt time.Duration) {
	// A new slice each time: earlier snapshots keep theirs.
	p.recent = append(slices.Clone(p.recent[max(0, len(p.recent)-vital.RecentPings+1):]), rtt)
	p.times = append(slices.Clone(p.times[max(0, len(p.times)-vital.RecentPings+1):]), at)
	p.samples = slices.DeleteFunc(p.samples, func(s pingSample) bool { return at.Sub(s.at) > vital.PingWindow })
	if rtt < 0 {
		p.missed++
		return
	}
	p.missed = 0
	p.samples = append(p.samples, pingSample{at, rtt})
}

// view is the record as the screen shows it; the last answer is taken from before.
func (p *pingRecord) view(before vital.Ping) vital.Ping {
	v := vital.Ping{Last: before.Last, LastAt: before.LastAt, Missed: p.missed, Recent: p.recent, RecentAt: p.times}
	sorted := make([]time.Duration, len(p.samples))
	for i, s := range p.samples {
		sorted[i] = s.rtt
	}
	slices.Sort(sorted)
	v.P50, v.P95, v.P99 = vital.Percentile(sorted, 50), vital.Percentile(sorted, 95), vital.Percentile(sorted, 99)
	return v
}
