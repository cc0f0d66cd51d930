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

// fakeDevices opens devices whose connections the test leads.
type fakeDevices struct {
	mu      sync.Mutex
	conns   []*fakeConn
	deleted int
	proxies []string // that each connection was to use
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

// refuse lets opening and deleting fail from now on; nil ends that.
func (d *fakeDevices) refuse(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

type fakeDevice struct{ devices *fakeDevices }

func (d *fakeDevice) UseProxy(proxy vital.Proxy) {
	d.devices.mu.Lock()
	defer d.devices.mu.Unlock()
	d.devices.proxies = append(d.devices.proxies, proxy.Secret())
}

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
	if d.devices.err == nil {
		d.devices.deleted++
	}
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
	frames  bool // are told
	frozen  bool // Close does not end it
	lost    bool // pings find no socket any more
	closed  bool
	code    string
	codeErr error
	panics  string        // in the call of that name
	asked   chan struct{} // a phone code comes once it is closed
	logout  func(*fakeConn) error
	work    func(ctx context.Context, op vital.Operation) error // of Check, Send, Contacts and Download; nil: done at once
	calls   []fakeCall
	quiet   bool // calls are not kept
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
	if c.panics == "Ping" {
		c.mu.Unlock()
		panic("a fault of the client")
	}
	c.pings = append(c.pings, time.Now())
	rtt, lost := c.rtt, c.lost
	c.mu.Unlock()
	if lost {
		return 0, fmt.Errorf("ping: %w", ErrNotConnected)
	}
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
	if c.panics == "RequestPhoneCode" {
		panic("a fault of the client")
	}
	if c.asked != nil {
		<-c.asked
	}
	return c.code, c.codeErr
}

func (c *fakeConn) Logout(context.Context) error {
	if c.panics == "Logout" {
		panic("a fault of the client")
	}
	if c.logout != nil {
		return c.logout(c)
	}
	return nil
}

func (c *fakeConn) TellFrames(on bool) { c.set(func(c *fakeConn) { c.frames = on }) }

func (c *fakeConn) Done() <-chan struct{} { return c.done }

func (c *fakeConn) set(do func(*fakeConn)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do(c)
}

func (c *fakeConn) wasClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
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
	config  Config        // but for what the rig brings
	lostNow chan struct{} // of a test: the client sees that its socket is gone once it is closed

	latencyMu sync.Mutex
	latencies []vital.Latency // that were measured
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
	return newRigWith(t, Config{}, records...)
}

func newRigWith(t *testing.T, config Config, records ...Record) *rig {
	t.Helper()
	r := &rig{t: t, store: &fakeStore{records: records}, devices: &fakeDevices{}, log: &strings.Builder{}, config: config}
	r.restart()
	return r
}

// restart is what a new process does with the same store.
func (r *rig) restart() {
	r.t.Helper()
	r.hub = NewHub()
	logger := slog.New(slog.NewTextHandler(io.Writer(r.log), &slog.HandlerOptions{Level: slog.LevelDebug}))
	config := r.config
	config.Store, config.Devices, config.Hub, config.Logger = r.store, r.devices, r.hub, logger
	config.Measured = r.keepLatency
	r.manager = NewManager(config)
	if err := r.manager.Load(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	synctest.Wait()
}

func (r *rig) keepLatency(l vital.Latency) {
	r.latencyMu.Lock()
	defer r.latencyMu.Unlock()
	r.latencies = append(r.latencies, l)
}

// measured is what was measured of an operation so far.
func (r *rig) measured(op vital.Operation) (list []vital.Latency) {
	r.latencyMu.Lock()
	defer r.latencyMu.Unlock()
	for _, l := range r.latencies {
		if l.Operation == op {
			list = append(list, l)
		}
	}
	return list
}

func (r *rig) close() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := r.manager.Close(ctx); err != nil {
		r.t.Error(err)
	}
	mustBeDocumented(r.t, r.store.events)
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	synctest.Wait()
}

// snap is the snapshot once everything has come to rest.
func (r *rig) snap() *vital.Snapshot {
	r.t.Helper()
	synctest.Wait()
	return r.shown()
}

// shown is the snapshot as it is.
func (r *rig) shown() *vital.Snapshot {
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
