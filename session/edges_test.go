package session

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// walk is how a living session comes to go along an edge.
type walk struct {
	edge   vital.Edge
	paired bool
	live   func(r *rig)
}

func (r *rig) stop()      { r.t.Helper(); r.must(r.manager.Stop(r.t.Context(), one)) }
func (r *rig) reconnect() { r.t.Helper(); r.must(r.manager.Reconnect(r.t.Context(), one)) }
func (r *rig) lost()      { r.t.Helper(); r.connected(); r.conn().fail(vital.ReasonServerClosed) }
func (r *rig) refused()   { r.t.Helper(); r.connected(); r.conn().fail(vital.ReasonReplaced) }
func (r *rig) dialled()   { r.t.Helper(); r.lost(); pass(2 * time.Second) }

// ends lets the actor hear of a permanent end where no connection can tell it of one.
func (r *rig) ends() {
	r.t.Helper()
	a := r.manager.actors[one]
	a.post(func() { a.connectionOver(vital.Failure{Reason: vital.ReasonRefused}) })
	synctest.Wait()
}

func (r *rig) banned() {
	r.t.Helper()
	r.connected()
	r.conn().end(vital.Failure{Reason: vital.ReasonBanned, Until: time.Now().Add(time.Hour)})
	pass(time.Hour + time.Second)
}

// walks has every edge of the table, in its order.
func walks() []walk {
	down, up, connecting := vital.StateDisconnected, vital.StateConnected, vital.StateConnecting
	again, broken := vital.StateReconnecting, vital.StateError
	edge := func(from vital.State, cause vital.Cause, to vital.State, guard vital.Guard) vital.Edge {
		return vital.Edge{From: from, Cause: cause, To: to, Guard: guard}
	}
	return []walk{
		{edge(down, vital.CauseStart, connecting, vital.Always), true, func(r *rig) { r.start() }},
		{edge(connecting, vital.CauseAuthenticated, up, vital.WhenPaired), true, func(r *rig) { r.connected() }},
		{edge(connecting, vital.CausePairRestart, connecting, vital.WhenPaired), false, func(r *rig) { r.scanned(); r.conn().sink(RestartRequired{}) }},
		{edge(connecting, vital.CauseCodesRanOut, down, vital.WhenUnpaired), false, func(r *rig) { r.start(); r.conn().sink(codes(1)); pass(firstCodeLife) }},
		{edge(connecting, vital.CauseAttemptFailed, down, vital.WhenUnpaired), false, func(r *rig) { r.start(); r.conn().fail(vital.ReasonTCP) }},
		{edge(connecting, vital.CauseAttemptFailed, again, vital.WhenPaired), true, func(r *rig) { r.start(); r.conn().fail(vital.ReasonTCP) }},
		{edge(up, vital.CauseSocketLost, again, vital.Always), true, func(r *rig) { r.lost() }},
		{edge(up, vital.CauseReconnect, again, vital.Always), true, func(r *rig) { r.connected(); r.reconnect() }},
		{edge(again, vital.CauseAttemptFailed, again, vital.Always), true, func(r *rig) { r.dialled(); r.conn().fail(vital.ReasonDNS) }},
		{edge(again, vital.CauseAuthenticated, up, vital.WhenPaired), true, func(r *rig) { r.dialled(); r.conn().up() }},
		{edge(down, vital.CauseStop, down, vital.Always), true, func(r *rig) { r.stop() }},
		{edge(connecting, vital.CauseStop, down, vital.Always), true, func(r *rig) { r.start(); r.stop() }},
		{edge(up, vital.CauseStop, down, vital.Always), true, func(r *rig) { r.connected(); r.stop() }},
		{edge(again, vital.CauseStop, down, vital.Always), true, func(r *rig) { r.lost(); r.stop() }},
		{edge(down, vital.CauseShutdown, down, vital.Always), true, func(r *rig) { r.close() }},
		{edge(connecting, vital.CauseShutdown, down, vital.Always), true, func(r *rig) { r.start(); r.close() }},
		{edge(up, vital.CauseShutdown, down, vital.Always), true, func(r *rig) { r.connected(); r.close() }},
		{edge(again, vital.CauseShutdown, down, vital.Always), true, func(r *rig) { r.lost(); r.close() }},
		{edge(down, vital.CausePermanent, broken, vital.Always), true, func(r *rig) { r.ends() }},
		{edge(connecting, vital.CausePermanent, broken, vital.Always), true, func(r *rig) { r.start(); r.conn().fail(vital.ReasonOutdated) }},
		{edge(up, vital.CausePermanent, broken, vital.Always), true, func(r *rig) { r.refused() }},
		{edge(again, vital.CausePermanent, broken, vital.Always), true, func(r *rig) { r.dialled(); r.conn().fail(vital.ReasonLoggedOut) }},
		{edge(broken, vital.CausePermanent, broken, vital.Always), true, func(r *rig) { r.refused(); r.ends() }},
		{edge(broken, vital.CauseOperator, connecting, vital.Always), true, func(r *rig) { r.refused(); r.start() }},
		{edge(broken, vital.CauseBanEnded, connecting, vital.WhenPaired), true, func(r *rig) { r.banned() }},
	}
}

// TestEveryEdgeIsWalked: a living session goes along each edge of the table; each step is stored while the screen still shows the state before, and is
// told with its cause.
func TestEveryEdgeIsWalked(t *testing.T) {
	var covered []vital.Edge
	for _, w := range walks() {
		covered = append(covered, w.edge)
		t.Run(w.edge.From.String()+" "+w.edge.Cause.String()+" "+w.edge.To.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, record(w.paired))
				sub := r.hub.Subscribe()
				defer sub.Close()
				r.store.onCommit = func(tr vital.Transition) {
					if s := r.shown(); s.State != tr.From {
						t.Errorf("%s is stored, and %s shown already", tr.To, s.State)
					}
				}
				w.live(r)
				synctest.Wait()
				if w.edge.From == vital.StateDisconnected && w.edge.Cause == vital.CauseShutdown {
					if len(r.store.transitions) != 0 || r.snap().State != vital.StateDisconnected {
						t.Errorf("a session that was down has moved: %v", r.store.steps())
					}
					return // every quit would fill its history with steps that are none
				}
				last := r.store.transitions[len(r.store.transitions)-1]
				if last.From != w.edge.From || last.Cause != w.edge.Cause || last.To != w.edge.To {
					t.Fatalf("went %s %s %s", last.From, last.Cause, last.To)
				}
				if s := r.snap(); s.State != last.To || s.Reason != last.Reason || !s.Stored {
					t.Errorf("shown: %s for %q, stored %v; stored: %s for %q", s.State, s.Reason, s.Stored, last.To, last.Reason)
				}
				told := slices.IndexFunc(sub.Take().Events, func(e vital.Event) bool {
					return e.Kind == vital.KindConnectionUpdate && e.Field("from") == last.From.String() &&
						e.Field("cause") == last.Cause.String() && e.Field("state") == last.To.String()
				})
				if told < 0 {
					t.Error("the step was not told")
				}
				r.close()
			})
		})
	}
	if !slices.Equal(covered, vital.Edges()) {
		t.Errorf("walked %v\nthe table has %v", covered, vital.Edges())
	}
}
