package session

import (
	"context"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

const (
	storeAgain   = 5 * time.Second // after a transition could not be stored
	mostUnstored = 1000            // transitions that wait for the store; the oldest go first
)

// commit stores a transition, after those that wait for the store: the chain that is stored has no hole. One that cannot be stored in time waits too.
func (a *actor) commit(t vital.Transition) error {
	a.unstoredMoves = append(a.unstoredMoves, t)
	if over := len(a.unstoredMoves) - mostUnstored; over > 0 {
		a.log().Error("the database has refused for too long: the oldest transitions are forgotten", "count", over)
		a.unstoredMoves = a.unstoredMoves[over:]
	}
	return a.storeMoves()
}

// storeMoves stores what waits, within the time that one transition has, and comes back for the rest.
func (a *actor) storeMoves() error {
	a.due.moves = time.Time{}
	ctx, cancel := context.WithTimeout(context.Background(), storeDeadline)
	defer cancel()
	for len(a.unstoredMoves) > 0 {
		if err := a.config.Store.CommitTransition(ctx, a.unstoredMoves[0]); err != nil {
			a.due.moves = time.Now().Add(storeAgain)
			return err
		}
		a.unstoredMoves = a.unstoredMoves[1:]
	}
	a.unstoredMoves = nil
	if !a.snap.Stored {
		a.snap.Stored, a.changed = true, true
	}
	return nil
}
