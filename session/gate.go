package session

import "sync"

// dialGate lets only so many sessions dial at once; the others wait in the order in which they came. Waiting blocks nobody: whoever asked is
// told by a call.
type dialGate struct {
	mu      sync.Mutex
	free    int
	waiting []*dialTurn
}

// dialTurn is one session's place in the gate.
type dialTurn struct {
	gate    *dialGate
	granted func()
	holds   bool
	over    bool
}

func newDialGate(n int) *dialGate { return &dialGate{free: n} }

// enter asks for a turn. Granted is called once, now or later, from any goroutine, and must not block.
func (g *dialGate) enter(granted func()) *dialTurn {
	turn := &dialTurn{gate: g, granted: granted}
	g.mu.Lock()
	if g.free == 0 {
		g.waiting = append(g.waiting, turn)
		g.mu.Unlock()
		return turn
	}
	g.free--
	turn.holds = true
	g.mu.Unlock()
	granted()
	return turn
}

// leave gives the turn up, held or still waited for. It may be called more than once.
func (t *dialTurn) leave() {
	if t == nil {
		return
	}
	g := t.gate
	g.mu.Lock()
	if t.over {
		g.mu.Unlock()
		return
	}
	t.over = true
	var next *dialTurn
	if t.holds {
		g.free++
		for len(g.waiting) > 0 && next == nil {
			if first := g.waiting[0]; !first.over {
				next = first
				next.holds = true
				g.free--
			}
			g.waiting = g.waiting[1:]
		}
	}
	g.mu.Unlock()
	if next != nil {
		next.granted()
	}
}
