package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/vital"
)

// Config is what a Manager works with. Store, Devices and Hub are needed.
type Config struct {
	Store    Store
	Devices  Devices
	Hub      *Hub
	Logger   *slog.Logger // nil: nothing is logged
	MaxDials int          // so many at once; 0 means DefaultMaxDials
	MaxUp    int          // so many sessions are up before the pool starts no more; 0 means DefaultMaxUp
	InFlight int          // operations of a session at once; 0 means resilience.DefaultInFlight
	Proxy    string       // the address, for the eye, of the proxy of sessions that have none of their own; "" for none
	Rate     float64      // checks a second on a session; 0 means resilience.DefaultRate, a negative one no limit

	Chance   resilience.Chance   // by which pings, attempts and checks are spread over time; nil: as it falls
	Measured func(vital.Latency) // told of every measured operation, must not block; may be nil
}

// DefaultMaxDials is how many sessions dial at once if nothing else is said.
const DefaultMaxDials = 4

// Manager owns all sessions. Its methods may be called from any goroutine; they return when what was asked for is under way and stored, or failed.
type Manager struct {
	config Config
	gate   *dialGate
	pool   *pool
	outage *outage

	mu     sync.Mutex
	actors map[vital.SessionID]*actor
	closed bool
	wg     sync.WaitGroup
}

// NewManager returns a Manager without sessions. Load fills it.
func NewManager(config Config) *Manager {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.MaxDials <= 0 {
		config.MaxDials = DefaultMaxDials
	}
	if config.MaxUp <= 0 {
		config.MaxUp = DefaultMaxUp
	}
	return &Manager{
		config: config, gate: newDialGate(config.MaxDials), pool: newPool(config.Hub, config.MaxUp), outage: newOutage(),
		actors: map[vital.SessionID]*actor{},
	}
}

// Hub is where the sessions publish.
func (m *Manager) Hub() *Hub { return m.config.Hub }

// Load reads the sessions from the store and publishes a snapshot of each. It starts none.
func (m *Manager) Load(ctx context.Context) error {
	records, err := m.config.Store.Sessions(ctx)
	if err != nil {
		return fmt.Errorf("read the sessions: %w", err)
	}
	for _, record := range records {
		fell, err := m.settle(ctx, &record)
		if err != nil {
			return err
		}
		ends, err := m.config.Store.Ends(ctx, record.ID, vital.EndsKept)
		if err != nil {
			return fmt.Errorf("read how the connections of session %q ended: %w", record.Name, err)
		}
		if err := m.adopt(record, ends, fell); err != nil {
			return err
		}
	}
	return nil
}

// settle brings a record to a state that a session without a process can be in. What was up when wapulse was killed is DISCONNECTED since its last sign of
// life, and the history says so: the transition that it returns, nil for none.
func (m *Manager) settle(ctx context.Context, r *Record) (*vital.Transition, error) {
	if !r.IsUp() {
		return nil, nil
	}
	t := vital.Transition{
		Session: r.ID, Time: r.KilledAt(time.Now()), From: r.State, To: vital.StateDisconnected, Cause: vital.CauseShutdown, Reason: vital.ReasonKilled,
	}
	if r.State == vital.StateConnected {
		end := vital.End{At: t.Time, Reason: t.Reason, Lived: max(t.Time.Sub(r.Since), 1)} // at least
		t.Diagnoses = []vital.Diagnosed{{
			Session: r.ID, End: end, Times: 1, Last: end.At, Diagnosis: vital.Diagnose(vital.Failure{Reason: t.Reason}),
		}}
	}
	if err := m.config.Store.CommitTransition(ctx, t); err != nil {
		return nil, fmt.Errorf("settle session %q: %w", r.Name, err)
	}
	r.State, r.Since, r.Reason, r.Failure = t.To, t.Time, t.Reason, vital.Failure{}
	return &t, nil
}

// adopt starts the actor of a session. Fell is how it went down with a process that was killed; nil if it did not.
func (m *Manager) adopt(record Record, ends []vital.End, fell *vital.Transition) error {
	a := newActor(&m.config, m.gate, m.outage, record, ends)
	if fell != nil {
		a.tellKill(*fell)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	m.actors[record.ID] = a
	m.pool.add(a)
	a.watch = m.pool.changed
	a.changed = true
	a.flush()
	m.wg.Go(a.run)
	return nil
}

// StartWanted brings up what was up when wapulse ended. It returns at once.
func (m *Manager) StartWanted() {
	for _, a := range m.all() {
		a.box.put(&command{kind: cmdStartWanted, done: make(chan error, 1)})
	}
}

// Create adds a session, not yet paired and not started.
func (m *Manager) Create(ctx context.Context, name string) (vital.SessionID, error) {
	if err := ValidateName(name); err != nil {
		return 0, err
	}
	if m.isClosed() {
		return 0, ErrClosed
	}
	record, err := m.config.Store.CreateSession(ctx, name)
	if err != nil {
		return 0, fmt.Errorf("create session %q: %w", name, err)
	}
	return record.ID, m.adopt(record, nil, nil)
}

func (m *Manager) isClosed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}

// ValidateName says whether a session may have that name.
func ValidateName(name string) error {
	if name == "" || utf8.RuneCountInString(name) > 64 || strings.TrimSpace(name) != name || !utf8.ValidString(name) ||
		strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ErrNameInvalid
	}
	return nil
}

// Start brings a session up: it logs in, or, unpaired, waits for a phone.
func (m *Manager) Start(ctx context.Context, id vital.SessionID) error {
	return m.do(ctx, id, &command{kind: cmdStart})
}

// StartIfWanted brings a session up that is down though the operator wants it up. It changes nothing of what is wanted.
func (m *Manager) StartIfWanted(ctx context.Context, id vital.SessionID) error {
	return m.do(ctx, id, &command{kind: cmdStartWanted})
}

// Pair begins a pairing, or a new one with fresh codes.
func (m *Manager) Pair(ctx context.Context, id vital.SessionID) error {
	return m.do(ctx, id, &command{kind: cmdPair})
}

// Stop ends a session's connection; it stays down until it is started again, after a restart of wapulse too.
func (m *Manager) Stop(ctx context.Context, id vital.SessionID) error {
	return m.do(ctx, id, &command{kind: cmdStop})
}

// Reconnect gives a session a new socket, at once.
func (m *Manager) Reconnect(ctx context.Context, id vital.SessionID) error {
	return m.do(ctx, id, &command{kind: cmdReconnect})
}

// RequestPhoneCode returns the code that links a session by typing it on that phone. The session must be waiting for a phone.
func (m *Manager) RequestPhoneCode(ctx context.Context, id vital.SessionID, phone string) (string, error) {
	c := &command{kind: cmdPhoneCode, text: phone}
	err := m.do(ctx, id, c)
	if err != nil {
		return "", err
	}
	return c.answer, nil
}

// Logout unlinks a connected session from its phone and deletes its credentials.
func (m *Manager) Logout(ctx context.Context, id vital.SessionID) error {
	return m.do(ctx, id, &command{kind: cmdLogout})
}

// Rename changes a session's name.
func (m *Manager) Rename(ctx context.Context, id vital.SessionID, name string) error {
	if err := ValidateName(name); err != nil {
		return err
	}
	return m.do(ctx, id, &command{kind: cmdRename, text: name})
}

// SetProxy lets a session connect through a proxy of its own, as vital.ParseProxy reads it, or, with "", through the one that is set for all. A connection
// that there is is made anew. What is wrong with the proxy itself shows when it is used.
func (m *Manager) SetProxy(ctx context.Context, id vital.SessionID, proxy string) error {
	parsed, err := vital.ParseProxy(proxy)
	if err != nil {
		return err
	}
	return m.do(ctx, id, &command{kind: cmdSetProxy, proxy: parsed})
}

// Delete stops a session and deletes it with its credentials and history.
func (m *Manager) Delete(ctx context.Context, id vital.SessionID) error {
	if err := m.do(ctx, id, &command{kind: cmdRemove}); err != nil {
		return err
	}
	m.pool.drop(id)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.actors, id)
	return nil
}

// Snapshot returns what is known of a session.
func (m *Manager) Snapshot(id vital.SessionID) (*vital.Snapshot, bool) {
	return m.config.Hub.Snapshot(id)
}

// Snapshots returns what is known of all sessions, in the order of their creation.
func (m *Manager) Snapshots() []*vital.Snapshot { return m.config.Hub.Snapshots() }

// Close stops all sessions, which keep what the operator wanted of them, and waits for every goroutine. An error means that ctx ended first.
func (m *Manager) Close(ctx context.Context) error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.pool.close()
	for _, a := range m.all() {
		a.box.put(&command{kind: cmdShutdown, done: make(chan error, 1)})
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.wg.Wait()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("some sessions did not end in time"), ctx.Err())
	}
}

func (m *Manager) all() []*actor {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]*actor, 0, len(m.actors))
	for _, a := range m.actors {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *actor) int { return int(a.snap.ID - b.snap.ID) })
	return list
}

// do hands a command to a session's actor and waits for its end.
func (m *Manager) do(ctx context.Context, id vital.SessionID, c *command) error {
	m.mu.Lock()
	a, ok := m.actors[id]
	m.mu.Unlock()
	if !ok {
		return ErrNoSuchSession
	}
	c.done = make(chan error, 1)
	a.box.put(c)
	select {
	case err := <-c.done:
		return err
	case <-a.done:
		select {
		case err := <-c.done:
			return err
		default:
			return ErrClosed
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}
