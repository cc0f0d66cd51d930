package cli

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
)

// witness keeps what it was told of every session's ways, for what is stored to be held against.
type witness struct {
	updates *session.Subscription
	moves   map[vital.SessionID][]seenMove
	gap     uint64
}

// seenMove is a transition as its event told it.
type seenMove struct {
	at              time.Time // of its event, which is told when it is stored
	stored          time.Time // its own, as it is stored
	from, to, cause string
}

func newWitness(updates *session.Subscription) *witness {
	return &witness{updates: updates, moves: map[vital.SessionID][]seenMove{}}
}

func (w *witness) watch(ctx context.Context) {
	for {
		select {
		case <-w.updates.Wake():
			w.take()
		case <-ctx.Done():
			return
		}
	}
}

func (w *witness) take() {
	batch := w.updates.Take()
	w.gap += batch.Gap
	for _, e := range batch.Events {
		if e.Kind == vital.KindConnectionUpdate && e.Field("cause") != "" { // others of that kind tell of codes and names
			w.moves[e.Session] = append(w.moves[e.Session], seenMove{at: e.Time, from: e.Field("from"), to: e.Field("state"), cause: e.Field("cause")})
		}
	}
}

// mustHaveLostNothing holds the stored transitions against those that were told, and follows their chain.
func (s *soak) mustHaveLostNothing(t *testing.T) {
	t.Helper()
	if s.seen.gap > 0 {
		t.Fatalf("the witness was too slow for %d events", s.seen.gap)
	}
	for _, id := range s.ids {
		past, err := s.house.store.Past(t.Context(), id, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		stored := past.Transitions
		told := s.seen.moves[id]
		if len(stored) != len(told) || len(stored) == 0 {
			t.Errorf("session %d: %d transitions are stored, %d were told", id, len(stored), len(told))
			continue
		}
		at := vital.StateDisconnected
		for i, move := range stored {
			if move.From != at {
				t.Errorf("session %d: transition %d begins at %s, and the one before ends at %s", id, i, move.From, at)
			}
			at = move.To
			told[i].stored = move.Time
			if late := told[i].at.Sub(move.Time); late < -time.Millisecond || late > storingTakes {
				t.Errorf("session %d: transition %d was told %v after it was", id, i, late)
			}
			if seen := told[i]; seen.from != move.From.String() || seen.to != move.To.String() || seen.cause != move.Cause.String() {
				t.Errorf("session %d: transition %d is stored as %+v, and was told as %+v", id, i, move, seen)
			}
		}
		if snap, _ := s.house.manager.Snapshot(id); snap.State != at {
			t.Errorf("session %d is %s, and the last one stored is to %s", id, snap.State, at)
		}
	}
}

const momentsOfSession = 500

// mustTellWhy asks the stored history for random moments of each session, and holds it against what was told: whether it was alive, and, if it was once and was
// not then, why.
func (s *soak) mustTellWhy(t *testing.T) {
	t.Helper()
	now := time.Now()
	for _, id := range s.ids {
		told := s.seen.moves[id]
		if len(told) == 0 {
			continue // said already
		}
		from := told[0].at
		chart, err := s.house.past.Chart(t.Context(), history.Query{Session: id, From: from, To: now}, now)
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.house.store.Diagnoses(t.Context(), id, time.Time{}, time.Time{}, 1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		for range momentsOfSession {
			s.mustTellOf(t, id, from.Add(time.Duration(s.rand.Int64N(int64(now.Sub(from))))), &chart, list)
		}
	}
}

// storingTakes is how long a transition may take until it is told: the bound of storing it, and some.
const storingTakes = 3 * time.Second

func (s *soak) mustTellOf(t *testing.T, id vital.SessionID, at time.Time, chart *history.Chart, list []vital.Diagnosed) {
	t.Helper()
	state, lost := vital.StateDisconnected.String(), time.Time{}
	for _, move := range s.seen.moves[id] {
		if !at.Before(move.stored.Add(-time.Millisecond)) && !at.After(move.at) {
			return // between the transition and its being told, both are right
		}
		if move.at.After(at) {
			break
		}
		if move.from == vital.StateConnected.String() {
			lost = move.stored
		}
		state = move.to
	}
	i := slices.IndexFunc(chart.Stretches, func(s history.Stretch) bool { return !at.Before(s.From) && at.Before(s.To) })
	if i < 0 || !chart.Stretches[i].Known || !chart.Stretches[i].Running || chart.Stretches[i].State.String() != state {
		t.Errorf("session %d at %v was %s, and the history says %d: %+v", id, at, state, i, chart.Stretches)
		return
	}
	stretch := chart.Stretches[i]
	if stretch.Up() || lost.IsZero() { // before its first connection it was waiting for its phone
		return
	}
	for _, d := range list {
		if !d.Pattern && d.Session == id && !d.End.At.After(at) && !d.End.At.Before(lost) && d.Diagnosis.What != "" && d.Diagnosis.Meaning != "" {
			return
		}
	}
	t.Errorf("session %d was %s (%s) at %v, and nothing says why", id, state, stretch.Reason, at)
}
