package session

import (
	"context"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// FramesFor is how long frames are told once they are switched on: they cost work and room, and are soon forgotten.
const FramesFor = 10 * time.Minute

// SetFrames has a session tell the stanzas of its connections, masked, as live events of kind frame, for FramesFor from now; or, with false, no more of them. They
// are not in the journal. Snapshot.FramesUntil says how long it still holds; while off it costs nothing.
func (m *Manager) SetFrames(ctx context.Context, id vital.SessionID, on bool) error {
	kind := cmdFramesOff
	if on {
		kind = cmdFramesOn
	}
	return m.do(ctx, id, &command{kind: kind})
}

func (a *actor) setFrames(on bool) {
	until := time.Time{}
	if on {
		until = time.Now().Add(FramesFor)
	}
	if a.snap.FramesUntil.IsZero() && !on {
		return
	}
	a.snap.FramesUntil, a.due.frames, a.changed = until, until, true
	if a.conn != nil {
		a.conn.TellFrames(on)
	}
}
