package session

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// Percentiles go by the nearest rank, and what is older than five minutes does not count.
func TestPercentiles(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	var p pingRecord
	for n := 100; n >= 1; n-- {
		p.note(now, ms(n))
	}
	if v := p.view(vital.Ping{}); v.P50 != ms(50) || v.P95 != ms(95) || v.P99 != ms(99) || len(v.Recent) != vital.RecentPings {
		t.Errorf("of 100: %+v", v)
	}
	p.note(now.Add(vital.PingWindow+time.Second), ms(7))
	if v := p.view(vital.Ping{}); v.P50 != ms(7) || v.P99 != ms(7) {
		t.Errorf("of one fresh one: %+v", v)
	}
	p.note(now.Add(2*vital.PingWindow+2*time.Second), -1)
	before := vital.Ping{Last: ms(7), LastAt: now}
	if v := p.view(before); v.P50 != 0 || v.P99 != 0 || v.Missed != 1 || v.Last != ms(7) || !v.LastAt.Equal(now) {
		t.Errorf("of none: %+v", v)
	}
}

// Snapshots are for good: pings that come later change nothing in those that were taken.
func TestRecentPingsAreNotSharedWithLaterOnes(t *testing.T) {
	var p pingRecord
	var views [][]time.Duration
	var want [][]time.Duration
	for n := range 3 * vital.RecentPings {
		p.note(time.Time{}, time.Duration(n))
		views = append(views, p.view(vital.Ping{}).Recent)
		want = append(want, slices.Clone(views[n]))
	}
	for n := range views {
		if !slices.Equal(views[n], want[n]) {
			t.Fatalf("view %d changed to %v", n, views[n])
		}
	}
}

// A ban that ended while wapulse was not running ends at the next start, if the session is wanted.
func TestABanThatEndedMeanwhile(t *testing.T) {
	for _, wanted := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			rec := record(true)
			rec.Wanted, rec.State, rec.Reason = wanted, vital.StateError, vital.ReasonBanned
			rec.Failure = vital.Failure{Reason: vital.ReasonBanned, Code: 402, Until: time.Now().Add(-time.Hour)}
			r := newRig(t, rec)
			r.manager.StartWanted()
			pass(time.Second)
			if wanted {
				r.in(vital.StateConnecting, vital.ReasonStarted)
			} else {
				r.in(vital.StateError, vital.ReasonBanned)
			}
			r.close()
		})
	}
}

// 515 without a pairing is a lost stream like others.
func TestARestartThatNobodyWaitsFor(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.conn().sink(RestartRequired{})
		r.in(vital.StateReconnecting, vital.ReasonStreamRestart)
		if f := r.snap().Failure; f.Code != 515 {
			t.Errorf("%+v", f)
		}
		pass(2 * time.Second)
		r.conn().up()
		r.in(vital.StateConnected, vital.ReasonAuthenticated)
	})
}

// Missed pings count, and together with attempts that fail they open the breaker.
func TestPingsFeedTheBreaker(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		pass(time.Second)
		r.conn().set(func(c *fakeConn) { c.rtt = -1 })
		pass(36 * time.Second)
		r.in(vital.StateReconnecting, vital.ReasonDeadLink)
		if b := r.snap().Breaker; b.State != vital.BreakerClosed || b.Failures != 2 || b.Threshold != resilience.FailuresToOpen {
			t.Fatalf("%+v after two missed pings", b)
		}
		for range 3 {
			r.reconnect()
			r.conn().fail(vital.ReasonTCP)
		}
		if b := r.snap().Breaker; b.State != vital.BreakerOpen {
			t.Fatalf("%+v after three more failures", b)
		}
		r.stop()
		pass(resilience.OpenFor + time.Second)
		if b := r.snap().Breaker; b.State != vital.BreakerHalfOpen {
			t.Fatalf("%+v after its time", b)
		}
		r.start()
		r.conn().fail(vital.ReasonTCP) // any failure while half open
		if b := r.snap().Breaker; b.State != vital.BreakerOpen {
			t.Fatalf("%+v after a failure while half open", b)
		}
	})
}

// The gate lets nobody pass its number, nobody twice, and everybody in the order in which they came.
func TestGateAgainstAModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		places := rapid.IntRange(1, 4).Draw(r, "places")
		gate := newDialGate(places)
		var granted, waiting, holding []int
		turns := map[int]*dialTurn{}
		leave := func(list []int, n int) []int { return slices.DeleteFunc(list, func(m int) bool { return m == n }) }
		for n, step := range rapid.SliceOf(rapid.IntRange(0, 5)).Draw(r, "steps") {
			switch {
			case step < 3:
				waiting = append(waiting, n)
				turns[n] = gate.enter(func() { granted = append(granted, n) })
			case step == 3 && len(holding) > 0:
				turns[holding[0]].leave()
				turns[holding[0]].leave() // a second time changes nothing
				holding = holding[1:]
			case step == 4 && len(waiting) > 0:
				last := waiting[len(waiting)-1]
				turns[last].leave()
				waiting = leave(waiting, last)
			}
			var next []int
			for len(holding) < places && len(waiting) > 0 {
				next = append(next, waiting[0])
				holding, waiting = append(holding, waiting[0]), waiting[1:]
			}
			if !slices.Equal(granted, next) {
				r.Fatalf("step %d let %v in, want %v (holding %v)", n, granted, next, holding)
			}
			granted = nil
		}
	})
}

// Sessions that cannot be read, or not be settled, are said so.
func TestLoadingFromABrokenStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := record(true)
		rec.State = vital.StateConnected
		store := &fakeStore{records: []Record{rec}, err: errFake}
		m := NewManager(Config{Store: store, Devices: &fakeDevices{}, Hub: NewHub()})
		if err := m.Load(t.Context()); err == nil {
			t.Error("no error")
		}
		if err := m.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if got := fmt.Sprint(m.Snapshots()); got != "[]" {
			t.Errorf("published %s", got)
		}
	})
}
