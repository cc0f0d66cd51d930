package session

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/session/vital"
)

// open lists the connections that nobody has closed and that have not ended.
func (r *rig) open() (list []*fakeConn) {
	synctest.Wait()
	r.devices.mu.Lock()
	defer r.devices.mu.Unlock()
	for _, c := range r.devices.conns {
		select {
		case <-c.done:
			continue
		default:
		}
		c.mu.Lock()
		if !c.closed {
			list = append(list, c)
		}
		c.mu.Unlock()
	}
	return list
}

// withConn does something to the open connection, if there is one.
func withConn(do func(c *fakeConn)) func(r *rig) {
	return func(r *rig) {
		if list := r.open(); len(list) > 0 {
			do(list[0])
			synctest.Wait()
		}
	}
}

func passing(d time.Duration) func(r *rig) { return func(*rig) { pass(d) } }

// happenings are what can happen to a session, in whatever order. What a session refuses to do is no fault of it.
func happenings() []func(r *rig) {
	list := []func(r *rig){
		func(r *rig) { _ = r.manager.Start(r.t.Context(), one) },
		func(r *rig) { _ = r.manager.Stop(r.t.Context(), one) },
		func(r *rig) { _ = r.manager.Reconnect(r.t.Context(), one) },
		func(r *rig) { _ = r.manager.Pair(r.t.Context(), one) },
		func(r *rig) { _ = r.manager.Logout(r.t.Context(), one) },
		func(r *rig) { _, _ = r.manager.RequestPhoneCode(r.t.Context(), one, "+491512345678") },
		func(r *rig) { r.close(); r.store.trouble(nil, 0); r.restart(); r.manager.StartWanted() },
		passing(500 * time.Millisecond), passing(5 * time.Second), passing(20 * time.Second), passing(35 * time.Second), passing(61 * time.Second),
		withConn(func(c *fakeConn) { c.up() }), withConn(func(c *fakeConn) { c.up() }),
		withConn(func(c *fakeConn) { c.sink(codes(2)) }),
		withConn(func(c *fakeConn) { c.sink(Paired{somebody()}) }),
		withConn(func(c *fakeConn) { c.sink(RestartRequired{}) }),
		withConn(func(c *fakeConn) { c.sink(PhaseReached{vital.PhaseLogin}) }),
		withConn(func(c *fakeConn) { c.sink(Messages{Count: 1, At: time.Now()}) }),
		withConn(func(c *fakeConn) { c.set(func(c *fakeConn) { c.rtt = -1 }) }),
		withConn(func(c *fakeConn) { c.set(func(c *fakeConn) { c.frozen = true }) }),
		withConn(func(c *fakeConn) { c.set(func(c *fakeConn) { c.panics = "Ping" }) }),
		withConn(func(c *fakeConn) {
			c.end(vital.Failure{Reason: vital.ReasonBanned, Until: time.Now().Add(time.Minute)})
		}),
		func(r *rig) { r.ghosts() },
		func(r *rig) { r.store.trouble(errFake, 0) },
		func(r *rig) { r.store.trouble(nil, 3*time.Second) },
		func(r *rig) { r.store.trouble(nil, 0) },
		func(r *rig) { r.devices.refuse(errFake) },
		func(r *rig) { r.devices.refuse(nil) },
	}
	for _, reason := range []vital.Reason{
		vital.ReasonServerClosed, vital.ReasonTCP, vital.ReasonPairRefused, vital.ReasonReplaced, vital.ReasonDeviceRemoved, vital.ReasonCorruptCredentials,
	} {
		list = append(list, withConn(func(c *fakeConn) { c.fail(reason) }))
	}
	return list
}

// trouble lets every transition fail, or take its time.
func (s *fakeStore) trouble(err error, takes time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.takes = err, takes
}

func (s *fakeStore) isBusy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.storing > 0
}

// ghosts lets every connection that was closed and has not ended speak up again.
func (r *rig) ghosts() {
	alive := r.open()
	r.devices.mu.Lock()
	conns := slices.Clone(r.devices.conns)
	r.devices.mu.Unlock()
	for _, c := range conns {
		if !slices.Contains(alive, c) {
			c.sink(LoggedIn{vital.Identity{JID: "999@s.whatsapp.net"}})
			c.end(vital.Failure{Reason: vital.ReasonLoggedOut})
		}
	}
	synctest.Wait()
}

// wrong says what is wrong with a session that came to rest, or nothing.
func (r *rig) wrong() string {
	for r.store.isBusy() {
		pass(100 * time.Millisecond)
	}
	s, conns := r.snap(), len(r.open())
	if s.Identity.Paired() && s.Identity != somebody() || s.Reason == vital.ReasonLoggedOut {
		return "a connection that was left was heard"
	}
	switch s.State {
	case vital.StateConnected:
		if conns != 1 {
			return fmt.Sprintf("CONNECTED over %d connections", conns)
		}
	case vital.StateDisconnected, vital.StateError:
		if conns != 0 {
			return fmt.Sprintf("%s with %d connections", s.State, conns)
		}
	default:
		if conns > 1 {
			return fmt.Sprintf("%s with %d connections", s.State, conns)
		}
	}
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	for _, t := range r.store.transitions {
		if !slices.ContainsFunc(vital.Edges(), func(e vital.Edge) bool { return e.From == t.From && e.Cause == t.Cause && e.To == t.To }) {
			return fmt.Sprintf("went %s %s %s", t.From, t.Cause, t.To)
		}
	}
	return ""
}

// comesUp waits for a connection, lets it log in and says whether the session is CONNECTED then.
func (r *rig) comesUp() bool {
	for range 70 {
		if r.snap().State == vital.StateConnected {
			return true
		}
		if list := r.open(); len(list) == 1 {
			list[0].set(func(c *fakeConn) { c.panics, c.rtt = "", 50*time.Millisecond })
			list[0].up()
			return r.snap().State == vital.StateConnected
		}
		pass(time.Second)
	}
	return false
}

// mended says whether a session comes up once nothing is in its way any more: by itself if it is on its way, else when it is started.
func (r *rig) mended() bool {
	r.store.trouble(nil, 0)
	r.devices.refuse(nil)
	if s := r.snap().State; s == vital.StateConnecting || s == vital.StateReconnecting {
		return r.comesUp()
	}
	return r.manager.Start(r.t.Context(), one) == nil && r.comesUp()
}

// TestWhateverHappens: no order of things leaves a session with two sockets, off the edges of its states, or where it never comes up again.
func TestWhateverHappens(t *testing.T) {
	all := happenings()
	rapid.Check(t, func(rt *rapid.T) {
		paired := rapid.Bool().Draw(rt, "paired")
		steps := rapid.SliceOfN(rapid.IntRange(0, len(all)-1), 10, 80).Draw(rt, "steps")
		fault := ""
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, record(paired))
			for i, step := range steps {
				all[step](r)
				synctest.Wait()
				if what := r.wrong(); what != "" {
					fault = fmt.Sprintf("after step %d of %v: %s", i, steps, what)
					break
				}
			}
			if fault == "" && !r.mended() {
				s := r.snap()
				fault = fmt.Sprintf("after %v it stays %s for %q", steps, s.State, s.Reason)
			}
			r.close()
			for _, c := range r.devices.conns {
				c.once.Do(func() { close(c.done) })
			}
		})
		if fault != "" {
			rt.Fatal(fault)
		}
	})
}
