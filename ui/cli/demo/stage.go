package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
)

// Manager is what a Stage asks of sessions. *session.Manager implements it.
type Manager interface {
	Hub() *session.Hub
	Snapshot(id vital.SessionID) (*vital.Snapshot, bool)
	Snapshots() []*vital.Snapshot
	Create(ctx context.Context, name string) (vital.SessionID, error)
	Pair(ctx context.Context, id vital.SessionID) error
	Start(ctx context.Context, id vital.SessionID) error
	Reconnect(ctx context.Context, id vital.SessionID) error
}

// Stage is where the demo's sessions play.
type Stage struct {
	server  *simulator.Server
	manager Manager
	log     *slog.Logger

	mu      sync.Mutex
	players map[vital.SessionID]*player
	ctx     context.Context // of lives, while Run runs; nil before
	lives   sync.WaitGroup
}

// player is a session with its phone. EndLife is guarded by living.
type player struct {
	role    simulator.Role
	endLife func()        // and waits for its end; nil while it has none
	turn    chan struct{} // holds one token: whoever has it brings the session back
	living  sync.Mutex    // held by whoever gives it another life
}

// NewStage returns an empty stage.
func NewStage(server *simulator.Server, manager Manager, log *slog.Logger) *Stage {
	return &Stage{server: server, manager: manager, log: log, players: map[vital.SessionID]*player{}}
}

// Add makes a session of that role, which comes up when Run begins.
func (s *Stage) Add(ctx context.Context, role simulator.Role) (vital.SessionID, error) {
	id, err := s.manager.Create(ctx, role.Name)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.players[id] = &player{role: role, turn: make(chan struct{}, 1)}
	return id, nil
}

// Run pairs who has a phone and lets each live, until ctx ends. One without a phone gets fresh codes when its own run out.
func (s *Stage) Run(ctx context.Context) {
	s.mu.Lock()
	s.ctx = ctx
	players := make(map[vital.SessionID]simulator.Role, len(s.players))
	for id, p := range s.players {
		players[id] = p.role
	}
	s.mu.Unlock()
	var beginnings sync.WaitGroup
	for id, role := range players {
		beginnings.Go(func() { s.begin(ctx, id, role) })
	}
	beginnings.Wait()
	<-ctx.Done()
	s.lives.Wait()
}

// begin pairs a session for the first time and lets it live; one without a phone waits for one for good.
func (s *Stage) begin(ctx context.Context, id vital.SessionID, role simulator.Role) {
	if role.Phone == "" {
		s.offerForGood(ctx, id)
		return
	}
	if err := s.bringBack(ctx, id, role); err != nil {
		s.note(ctx, "the demo could not pair", role, err)
		return
	}
	s.live(id, role)
}

func (s *Stage) note(ctx context.Context, what string, role simulator.Role, err error) {
	if ctx.Err() == nil && !errors.Is(err, session.ErrClosed) {
		s.log.Warn(what, "session", role.Name, "err", err)
	}
}

// offerForGood keeps a session showing codes.
func (s *Stage) offerForGood(ctx context.Context, id vital.SessionID) {
	updates := s.manager.Hub().Subscribe()
	defer updates.Close()
	if err := s.manager.Pair(ctx, id); err != nil {
		return
	}
	for {
		select {
		case <-updates.Wake():
			updates.Take()
		case <-ctx.Done():
			return
		}
		if snap, ok := s.manager.Snapshot(id); !ok || snap.Reason == vital.ReasonCodesRanOut && s.manager.Pair(ctx, id) != nil {
			return
		}
	}
}

// live lets a session play a role, in place of what it plays now, which has ended then. Before Run, and after it, there is no life.
func (s *Stage) live(id vital.SessionID, role simulator.Role) {
	s.mu.Lock()
	p, whole := s.players[id], s.ctx
	s.mu.Unlock()
	if p == nil || whole == nil {
		return
	}
	p.living.Lock()
	defer p.living.Unlock()
	if p.endLife != nil {
		p.endLife()
	}
	ctx, cancel := context.WithCancel(whole)
	ended := make(chan struct{})
	p.endLife = func() { cancel(); <-ended }
	s.lives.Go(func() {
		defer close(ended)
		s.server.Play(ctx, role)
	})
}

// phoneOf is who plays a session, with its phone.
func (s *Stage) phoneOf(id vital.SessionID) (*player, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.players[id]
	switch {
	case p == nil:
		return nil, ErrUnknownSession
	case p.role.Phone == "":
		return nil, ErrNoPhone
	}
	return p, nil
}

// Cause makes a fault happen to a session: from then on it plays no role, and is written to as before. The name Healthy heals it.
func (s *Stage) Cause(ctx context.Context, name string, id vital.SessionID) error {
	if name == Healthy {
		return s.Heal(ctx, id)
	}
	fault, err := FaultNamed(name)
	if err != nil {
		return err
	}
	p, err := s.phoneOf(id)
	if err != nil {
		return err
	}
	s.live(id, simulator.Steady(p.role))
	err = fault.Cause(s.server, p.role.Phone)
	if errors.Is(err, simulator.ErrNoSuchSession) {
		err = ErrLoggedOut
	}
	if err != nil {
		return fmt.Errorf("cause %s on %s: %w", name, p.role.Name, err)
	}
	return nil
}

// Faults are all that there are, and last the one that heals.
func (s *Stage) Faults() []page.Fault {
	var list []page.Fault
	for _, f := range Faults() {
		list = append(list, page.Fault{Name: f.Name, Words: f.Words})
	}
	return append(list, page.Fault{Name: Healthy, Words: "all faults end; what is down is started, or paired again"})
}

// Plays says whether faults can be caused on a session: it is one of the demo's, with a phone.
func (s *Stage) Plays(id vital.SessionID) bool {
	_, err := s.phoneOf(id)
	return err == nil
}

// healWithin bounds how long a session may take to come back.
const healWithin = 30 * time.Second

// Heal takes all faults of a session away and brings it up: it starts it, tries at once, or pairs it again, as it stands. From then on it lives a healthy life.
func (s *Stage) Heal(ctx context.Context, id vital.SessionID) error {
	p, err := s.phoneOf(id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healWithin)
	defer cancel()
	s.live(id, simulator.Steady(p.role))
	defer s.live(id, simulator.Well(p.role))
	if err := heal(s.server, p.role.Phone); err != nil {
		return fmt.Errorf("heal %s: %w", p.role.Name, err)
	}
	if err := s.bringBack(ctx, id, p.role); err != nil {
		return fmt.Errorf("bring %s back: %w", p.role.Name, err)
	}
	return nil
}

// bringBack does what an operator would, and a phone's owner, until the session is connected.
func (s *Stage) bringBack(ctx context.Context, id vital.SessionID, role simulator.Role) error {
	p, err := s.phoneOf(id)
	if err != nil {
		return err
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	updates := s.manager.Hub().Subscribe()
	defer updates.Close()
	scanned, hurried := "", false
	for {
		snap, ok := s.manager.Snapshot(id)
		switch {
		case !ok:
			return ErrUnknownSession
		case snap.State == vital.StateConnected:
			return nil
		case snap.Pairing != nil && snap.Pairing.QR != "" && scanned == "":
			scanned = snap.Pairing.QR
			if err := s.scan(scanned, role); err != nil {
				return err
			}
		case snap.State == vital.StateError || snap.State == vital.StateDisconnected:
			scanned = ""
			if err := s.manager.Start(ctx, id); err != nil {
				return err
			}
		case snap.State == vital.StateReconnecting && !hurried:
			hurried = true // an attempt that is under way may have met the fault that is over, and wait long for what will not come
			if err := s.manager.Reconnect(ctx, id); err != nil {
				return err
			}
		}
		select {
		case <-updates.Wake():
			updates.Take()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// scan links the session that shows a code to its phone, which forgets the devices that it had before.
func (s *Stage) scan(qr string, role simulator.Role) error {
	if err := s.server.Logout(role.Phone); err != nil && !errors.Is(err, simulator.ErrNoSuchSession) {
		return err
	}
	return s.server.Scan(qr, role.Phone, role.PushName)
}
