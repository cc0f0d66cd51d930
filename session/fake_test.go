package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/wapulse/wapulse/session/vital"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errFake = errors.New("refused by the test")

// pass lets time go by on the fake clock.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// fakeStore keeps everything in memory.
type fakeStore struct {
	mu          sync.Mutex
	records     []Record
	transitions []vital.Transition
	events      []vital.Event
	latencies   []vital.Latency
	takes       time.Duration // for a transition
	err         error         // of a transition
	onCommit    func(vital.Transition)
}

func (s *fakeStore) Sessions(context.Context) ([]Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Record(nil), s.records...), nil
}

func (s *fakeStore) CreateSession(_ context.Context, name string) (Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.records {
		if r.Name == name {
			return Record{}, ErrNameTaken
		}
	}
	r := Record{ID: vital.SessionID(len(s.records) + 1), Name: name, Created: time.Now(), Since: time.Now(), Reason: vital.ReasonNew}
	s.records = append(s.records, r)
	return r, nil
}

func (s *fakeStore) change(id vital.SessionID, do func(*Record)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.records {
		if s.records[i].ID == id {
			do(&s.records[i])
			return nil
		}
	}
	return ErrNoSuchSession
}

func (s *fakeStore) RenameSession(_ context.Context, id vital.SessionID, name string) error {
	for _, r := range s.records {
		if r.Name == name && r.ID != id {
			return ErrNameTaken
		}
	}
	return s.change(id, func(r *Record) { r.Name = name })
}

func (s *fakeStore) DeleteSession(_ context.Context, id vital.SessionID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.records {
		if s.records[i].ID == id {
			s.records = append(s.records[:i], s.records[i+1:]...)
			return nil
		}
	}
	return ErrNoSuchSession
}

func (s *fakeStore) SetWanted(_ context.Context, id vital.SessionID, wanted bool) error {
	return s.change(id, func(r *Record) { r.Wanted = wanted })
}

func (s *fakeStore) SetIdentity(_ context.Context, id vital.SessionID, identity vital.Identity) error {
	return s.change(id, func(r *Record) { r.Identity = identity })
}

func (s *fakeStore) CommitTransition(ctx context.Context, t vital.Transition) error {
	s.mu.Lock()
	takes, err, onCommit := s.takes, s.err, s.onCommit
	s.mu.Unlock()
	if takes > 0 {
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err != nil {
		return err
	}
	if onCommit != nil {
		onCommit(t)
	}
	s.mu.Lock()
	s.transitions = append(s.transitions, t)
	s.mu.Unlock()
	return s.change(t.Session, func(r *Record) { r.State, r.Since, r.Reason, r.Failure = t.To, t.Time, t.Reason, t.Failure })
}

func (s *fakeStore) Append(e vital.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

func (s *fakeStore) AppendLatency(l vital.Latency) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latencies = append(s.latencies, l)
}

// steps are the transitions of a session so far, as "FROM cause TO".
func (s *fakeStore) steps() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, t := range s.transitions {
		list = append(list, fmt.Sprintf("%s %s %s", t.From, t.Cause, t.To))
	}
	return list
}

// fakeDevices opens devices whose connections the test leads.
type fakeDevices struct {
	mu      sync.Mutex
	conns   []*fakeConn
	deleted int
	err     error
	panics  bool
}

func (d *fakeDevices) Open(context.Context, vital.Identity) (Device, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return nil, d.err
	}
	return &fakeDevice{d}, nil
}

type fakeDevice struct{ devices *fakeDevices }

func (d *fakeDevice) Connect(sink func(Signal)) Connection {
	c := &fakeConn{sink: sink, done: make(chan struct{}), rtt: 50 * time.Millisecond, began: time.Now(), code: "ABCD-EFGH"}
	d.devices.mu.Lock()
	defer d.devices.mu.Unlock()
	if d.devices.panics {
		panic("a fault of the client")
	}
	d.devices.conns = append(d.devices.conns, c)
	return c
}

func (d *fakeDevice) Delete(context.Context) error {
	d.devices.mu.Lock()
	defer d.devices.mu.Unlock()
	d.devices.deleted++
	return d.devices.err
}

// fakeConn is one connection in the hands of a test.
type fakeConn struct {
	sink  func(Signal)
	began time.Time
	once  sync.Once
	done  chan struct{}

	mu      sync.Mutex
	rtt     time.Duration // of pings; negative: they are never answered
	pings   []time.Time
	frozen  bool // Close does not end it
	closed  bool
	code    string
	codeErr error
	logout  func(*fakeConn) error
}

func (c *fakeConn) Close() {
	c.mu.Lock()
	c.closed = true
	frozen := c.frozen
	c.mu.Unlock()
	if !frozen {
		c.end(vital.Failure{})
	}
}

// end is how the connection says that it is over.
func (c *fakeConn) end(f vital.Failure) {
	c.once.Do(func() {
		c.sink(Ended{f})
		close(c.done)
	})
}

func (c *fakeConn) Ping(ctx context.Context) (time.Duration, error) {
	c.mu.Lock()
	c.pings = append(c.pings, time.Now())
	rtt := c.rtt
	c.mu.Unlock()
	if rtt < 0 {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	select {
	case <-time.After(rtt):
		return rtt, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (c *fakeConn) RequestPhoneCode(context.Context, string) (string, error) {
	return c.code, c.codeErr
}

func (c *fakeConn) Logout(context.Context) error {
	if c.logout != nil {
		return c.logout(c)
	}
	return nil
}

func (c *fakeConn) Done() <-chan struct{} { return c.done }

func (c *fakeConn) set(do func(*fakeConn)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do(c)
}

func (c *fakeConn) pingTimes() []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Time(nil), c.pings...)
}

// up leads the connection to CONNECTED.
func (c *fakeConn) up() {
	c.sink(ReadyChanged{vital.ReadyOpen, true})
	c.sink(PhaseReached{vital.PhaseLogin})
	c.sink(LoggedIn{somebody()})
	c.sink(Ready{})
	synctest.Wait()
}

// fail ends the connection for a reason.
func (c *fakeConn) fail(reason vital.Reason) {
	c.end(vital.Failure{Reason: reason})
	synctest.Wait()
}

func somebody() vital.Identity {
	return vital.Identity{JID: "491512345678:3@s.whatsapp.net", Phone: "+491512345678", PushName: "Ada"}
}

// rig is a manager with one session in the hands of a test, inside a synctest bubble.
type rig struct {
	t       *testing.T
	store   *fakeStore
	devices *fakeDevices
	hub     *Hub
	manager *Manager
	log     *strings.Builder
}

const one = vital.SessionID(1)

func record(paired bool) Record {
	r := Record{ID: one, Name: "sales", Created: time.Now(), Since: time.Now()}
	if paired {
		r.Identity, r.Wanted = somebody(), true
	}
	return r
}

func newRig(t *testing.T, records ...Record) *rig {
	t.Helper()
	r := &rig{t: t, store: &fakeStore{records: records}, devices: &fakeDevices{}, log: &strings.Builder{}}
	r.restart()
	return r
}

// restart is what a new process does with the same store.
func (r *rig) restart() {
	r.t.Helper()
	r.hub = NewHub()
	logger := slog.New(slog.NewTextHandler(io.Writer(r.log), &slog.HandlerOptions{Level: slog.LevelDebug}))
	r.manager = NewManager(Config{Store: r.store, Devices: r.devices, Hub: r.hub, Logger: logger})
	if err := r.manager.Load(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	synctest.Wait()
}

func (r *rig) close() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := r.manager.Close(ctx); err != nil {
		r.t.Error(err)
	}
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	synctest.Wait()
}

func (r *rig) snap() *vital.Snapshot {
	r.t.Helper()
	s, ok := r.manager.Snapshot(one)
	if !ok {
		r.t.Fatal("there is no such session")
	}
	return s
}

// conn is the newest connection.
func (r *rig) conn() *fakeConn {
	r.t.Helper()
	synctest.Wait()
	r.devices.mu.Lock()
	defer r.devices.mu.Unlock()
	if len(r.devices.conns) == 0 {
		r.t.Fatal("there is no connection")
	}
	return r.devices.conns[len(r.devices.conns)-1]
}

// dials is how many connections there were.
func (r *rig) dials() int {
	synctest.Wait()
	r.devices.mu.Lock()
	defer r.devices.mu.Unlock()
	return len(r.devices.conns)
}

func (r *rig) start() { r.t.Helper(); r.must(r.manager.Start(r.t.Context(), one)) }
func (r *rig) connected() {
	r.t.Helper()
	r.start()
	r.conn().up()
	r.in(vital.StateConnected, vital.ReasonAuthenticated)
}

// in demands a state and its reason.
func (r *rig) in(state vital.State, reason vital.Reason) {
	r.t.Helper()
	synctest.Wait()
	if s := r.snap(); s.State != state || s.Reason != reason {
		r.t.Fatalf("the session is %s (%s), want %s (%s)", s.State, s.Reason, state, reason)
	}
}
