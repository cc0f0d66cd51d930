package session

import (
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

func TestPingsAreTimed(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		up := time.Now()
		pass(100 * time.Millisecond)
		if s := r.snap(); s.Ping.Last != 50*time.Millisecond || s.Ladder.ServerAnswers.IsZero() {
			t.Errorf("after the first ping: %+v, %+v", s.Ping, s.Ladder)
		}
		pass(10 * time.Minute)
		pings := r.conn().pingTimes()
		if !pings[0].Equal(up) {
			t.Errorf("the first ping came %v after CONNECTED", pings[0].Sub(up))
		}
		for i := 1; i < len(pings); i++ {
			gap := pings[i].Sub(pings[i-1]) - 50*time.Millisecond // counted from the answer
			if gap < pingEvery-pingJitter || gap > pingEvery+pingJitter {
				t.Errorf("ping %d came %v after the last answer", i, gap)
			}
		}
		if s := r.snap(); s.Ping.P50 != 50*time.Millisecond || s.Ping.P99 != 50*time.Millisecond || len(s.Ping.Recent) < 30 {
			t.Errorf("%+v", s.Ping)
		}
	})
}

// A link that dies without a word is found within 36 s of its last answer, whenever in the rhythm it dies.
func TestDeadLinkIsFound(t *testing.T) {
	for after := time.Duration(0); after < 16*time.Second; after += 700 * time.Millisecond {
		inBubble(t, true, func(t *testing.T, r *rig) {
			r.connected()
			pass(time.Minute + after)
			r.conn().set(func(c *fakeConn) { c.rtt = -1 })
			sub := r.hub.Subscribe()
			defer sub.Close()
			for r.snap().State == vital.StateConnected {
				<-sub.Wake()
				sub.Take()
			}
			r.in(vital.StateReconnecting, vital.ReasonDeadLink)
			if took := time.Since(r.snap().Ping.LastAt); took > 36*time.Second {
				t.Errorf("found %v after the last answer", took)
			}
			if pings := r.conn().pingTimes(); pings[len(pings)-1].Sub(pings[len(pings)-2]) != pingDeadline {
				t.Error("the ping after the miss did not come at once")
			}
			if missed := 2; r.snap().Counters.Timeouts != uint64(missed) {
				t.Errorf("%d timeouts", r.snap().Counters.Timeouts)
			}
		})
	}
}

func TestOneMissIsNotTheEnd(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.conn().set(func(c *fakeConn) { c.rtt = -1 })
		pass(17 * time.Second) // the next ping is under way
		r.conn().set(func(c *fakeConn) { c.rtt = 80 * time.Millisecond })
		pass(10 * time.Second)
		r.in(vital.StateConnected, vital.ReasonAuthenticated)
		s := r.snap()
		if s.Ping.Missed != 0 || s.Ping.Last != 80*time.Millisecond {
			t.Errorf("%+v", s.Ping)
		}
		missed := 0
		for _, d := range s.Ping.Recent {
			if d < 0 {
				missed++
			}
		}
		if missed != 1 {
			t.Errorf("recent pings %v, want one miss among them", s.Ping.Recent)
		}
	})
}

func TestTheLadderGoesWithTheSocket(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.conn().sink(Messages{Count: 2, FromPhone: true, At: time.Now()})
		r.conn().sink(Traffic{StanzasIn: 3, BytesIn: 400, At: time.Now()})
		pass(time.Second)
		s := r.snap()
		if rungs := s.Height(time.Now()); rungs != 5 || s.Counters.MessagesIn != 2 || s.Counters.BytesIn != 400 {
			t.Errorf("%d rungs, %+v", rungs, s.Counters)
		}
		r.conn().fail(vital.ReasonServerClosed)
		l := r.snap().Ladder
		if !l.SocketOpen.IsZero() || !l.Authenticated.IsZero() || !l.ServerAnswers.IsZero() || !l.DataFresh.IsZero() || l.PhoneSeen.IsZero() {
			t.Errorf("after the end: %+v", l)
		}
		if s := r.snap(); s.Ready != vital.ReadyClosed || s.Listening {
			t.Errorf("ws %s, listening %v", s.Ready, s.Listening)
		}
	})
}

// A ping that finds the socket gone is no miss: the end of the connection tells the true cause, if it comes after the ping.
func TestAPingThatFindsNoSocketIsNoMiss(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		r.conn().set(func(c *fakeConn) { c.lost = true })
		pass(17 * time.Second)
		r.in(vital.StateConnected, vital.ReasonAuthenticated)
		if s := r.snap(); s.Ping.Missed != 0 || s.Counters.Timeouts != 0 {
			t.Errorf("%+v", s.Ping)
		}
		r.conn().fail(vital.ReasonReplaced)
		r.in(vital.StateError, vital.ReasonReplaced)
	})
}
