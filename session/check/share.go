package check

import (
	"context"
	"fmt"
	"sync"

	"github.com/wapulse/wapulse/session/vital"
)

// Share returns an Asker that asks one number once, however many ask for it at once: a person at the prompt, and commands of scripts. Who comes while it is in
// flight gets the same reply. Queries of several numbers, and patient ones, go as they are. It starts no goroutines: the first to ask asks for all, and
// if that one gives up, another does.
func Share(asker Asker) Asker {
	return &sharing{asker: asker, flights: map[string]*shared{}}
}

type sharing struct {
	asker Asker

	mu      sync.Mutex
	flights map[string]*shared
}

// shared is a query in flight. What came of it may be read when done is closed.
type shared struct {
	done   chan struct{}
	reply  vital.Reply
	err    error
	gaveUp bool // whoever asked: it says nothing to the others
}

// Ask implements Asker.
func (s *sharing) Ask(ctx context.Context, q vital.Query) (vital.Reply, error) {
	if len(q.Numbers) != 1 || q.Patient {
		return s.asker.Ask(ctx, q)
	}
	key := fmt.Sprint(q.Numbers, q.Sessions, q.Rate)
	for {
		s.mu.Lock()
		f, inFlight := s.flights[key]
		if !inFlight {
			f = &shared{done: make(chan struct{})}
			s.flights[key] = f
		}
		s.mu.Unlock()
		if !inFlight {
			s.lead(ctx, key, f, q)
			return f.reply, f.err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return vital.Reply{}, ctx.Err()
		}
		if !f.gaveUp {
			return f.reply, f.err
		}
	}
}

// lead asks for all who wait.
func (s *sharing) lead(ctx context.Context, key string, f *shared, q vital.Query) {
	f.gaveUp = true // if it panics, too
	defer func() {
		s.mu.Lock()
		delete(s.flights, key)
		s.mu.Unlock()
		close(f.done)
	}()
	f.reply, f.err = ask(ctx, s.asker, q)
	f.gaveUp = f.err != nil && ctx.Err() != nil
}
