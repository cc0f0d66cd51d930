package whatsapp

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/store"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// How long each step may take.
const (
	dialBound    = 30 * time.Second       // dial, upgrade and handshake
	loginBound   = 30 * time.Second       // from there to <success>, or to the first QR code
	readyBound   = 30 * time.Second       // from <success> until operations may begin
	restartBound = 10 * time.Second       // from a pairing to the server's 515
	pairBound    = 5 * time.Second        // for the store's part of a pairing whose socket is gone
	deleteBound  = 2 * time.Second        // for deleting credentials
	lastWords    = 100 * time.Millisecond // for stanzas that came before the end but are still being read
	partingBound = 400 * time.Millisecond // for whatsmeow to let go
	hangBound    = 25 * time.Second       // for whatsmeow to let go after all: it waits 20 s in a handshake
	keysBound    = 2 * time.Second        // for the phone to share the key of the address book
	trafficEvery = 250 * time.Millisecond
)

// connection is one attempt and the socket that came of it.
type connection struct {
	device    *device
	vault     *vault
	prekeys   store.PreKeyStore  // nil while unpaired, and so are the next two
	contacts  store.ContactStore // of the device, as the client has them
	lids      store.LIDStore
	wasPaired bool // when it began
	sink      func(session.Signal)

	client  *whatsmeow.Client
	proxy   vital.Proxy              // nothing goes round it
	web     *http.Client             // for questions to WhatsApp beside the socket, the same way
	version store.WAVersionContainer // that it logged in as; guarded by process.mu
	refused chan struct{}            // one slot: whatsmeow has done with a 405, and looks at its version no more
	line    *line
	fall    *waterfall
	inbox   *inbox
	traffic traffic

	over        atomic.Bool  // it is ending: what whatsmeow still says is no news
	loggedIn    atomic.Bool  // <success> came
	frames      atomic.Bool  // every stanza is told
	pairing     atomic.Bool  // QR codes are valid
	clockBehind atomic.Int64 // the server's clock less ours, in nanoseconds; 0 if it did not tell
	// The last answer about the account's state has changes of other linked devices. whatsmeow asks for one collection at a time and tells of it before it asks on;
	// of one that comes in several answers the last counts.
	companionPatches atomic.Bool
	serverPrekeys    atomic.Int64 // as the server last counted them; -1 if it did not say

	logged  *logBudget
	sending chan struct{} // one slot, for whoever sends a message
	synced  chan struct{} // one slot: the address book was read from its beginning

	mu      sync.Mutex
	leaving bool           // no new goroutines
	work    sync.WaitGroup // the goroutines but run; added to under mu while not leaving
	stop    chan struct{}  // closed when it begins to end
	done    chan struct{}

	// Only run's goroutine uses what follows.
	deadline     *time.Timer
	onDeadline   func()
	trafficTimer *time.Timer
	isOpen       bool
	isReady      bool
	isPaired     bool           // during this connection
	pairUnderway bool           // the phone has answered, whatsmeow is storing
	isLost       bool           // the socket ended without us
	closing      bool           // Close was called
	verdict      *vital.Failure // what the server ended it with
	codesEnd     time.Time      // when the last QR code runs out
	ended        bool
	failure      vital.Failure
}

var _ session.Connection = (*connection)(nil)

func newConnection(d *device, stored *store.Device, v *vault, through vital.Proxy, sink func(session.Signal)) *connection {
	c := &connection{
		device: d, vault: v, proxy: through, sink: sink, inbox: newInbox(),
		logged: newLogBudget(), wasPaired: stored.ID != nil, prekeys: stored.PreKeys, contacts: stored.Contacts, lids: stored.LIDs,
		sending: make(chan struct{}, 1), synced: make(chan struct{}, 1), refused: make(chan struct{}, 1),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	c.serverPrekeys.Store(-1)
	c.line = newLine(func(err error) { c.inbox.put(func() { c.lineLost(err) }) })
	c.fall = newWaterfall(func(p vital.Phase) { c.inbox.put(func() { c.tell(session.PhaseReached{Phase: p}) }) })
	c.web = &http.Client{Transport: httpTransport(d.devices.dial, d.devices.endpoint, through)}
	c.client = newClient(c, stored)
	return c
}

// newClient sets whatsmeow up so that it decides nothing by itself: no reconnecting, no history, no own pings.
func newClient(c *connection, stored *store.Device) *whatsmeow.Client {
	devices := c.device.devices
	client := whatsmeow.NewClient(stored, &clientLog{to: devices.log, conn: c})
	client.EnableAutoReconnect = false
	client.InitialAutoReconnect = false
	client.DisableLoginAutoReconnect = true
	client.ManualHistorySyncDownload = true
	client.RefreshCAT = func(context.Context) error { return errNoToken } // left nil, a server that answers the login with 413 or 414 ends the process
	client.AddEventHandler(c.handle)
	web := webClient(&upgrader{
		base:     httpTransport(c.dial, devices.endpoint, c.proxy),
		endpoint: devices.endpoint,
		upgraded: func() { c.fall.report(vital.PhaseNoise) },
		dated:    func(server time.Time) { c.clockBehind.Store(int64(time.Until(server))) },
	})
	client.SetWebsocketHTTPClient(web)
	client.SetPreLoginHTTPClient(web)
	client.SetMediaHTTPClient(mediaClient(devices.dial, devices.endpoint, c.proxy))
	client.GetClientPayload = func() *waWa6.ClientPayload { return c.payload(stored) }
	return client
}

func (c *connection) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return c.line.dial(ctx, network, addr, func(ctx context.Context, network, addr string) (net.Conn, error) {
		if _, err := netip.ParseAddrPort(addr); err == nil {
			c.fall.report(vital.PhaseTCP) // there is no name to look up
		}
		return c.device.devices.dial(ctx, network, addr)
	})
}

func (c *connection) start() {
	if err := c.device.devices.begin(c); err != nil {
		go func() {
			defer close(c.done)
			c.sink(session.Ended{})
		}()
		return
	}
	go c.run()
}

// run is the connection's goroutine. Nothing else calls the sink.
func (c *connection) run() {
	failure := c.live()
	c.conclude(failure)
}

// live goes on until the connection ends and returns why.
func (c *connection) live() (f vital.Failure) {
	defer func() {
		if p := recover(); p != nil {
			f = c.internal("connection", p)
		}
	}()
	c.deadline, c.trafficTimer = time.NewTimer(dialBound), time.NewTimer(trafficEvery)
	defer c.deadline.Stop()
	defer c.trafficTimer.Stop()
	c.trafficTimer.Stop()
	c.onDeadline = c.dialTimedOut

	c.tell(session.ReadyChanged{Ready: vital.ReadyConnecting})
	c.tell(session.ClientKnown{Client: c.device.devices.versions.client()})
	c.spawn("connect", c.connect)
	for !c.ended {
		select {
		case <-c.inbox.wake:
			c.drain()
		case <-c.deadline.C:
			c.onDeadline()
		case <-c.trafficTimer.C:
			c.tellTraffic()
		}
	}
	return c.failure
}

// drain does what is in the inbox.
func (c *connection) drain() {
	for _, it := range c.inbox.take() {
		if c.ended {
			return
		}
		if it.do != nil {
			it.do()
		} else {
			c.tell(it.signal)
		}
	}
	if c.traffic.arm() {
		c.trafficTimer.Reset(trafficEvery)
	}
}

func (c *connection) tell(s session.Signal) { c.sink(s) }

// reach enters a phase that run's goroutine knows of.
func (c *connection) reach(p vital.Phase) {
	if c.fall.enter(p) {
		c.tell(session.PhaseReached{Phase: p})
	}
}

// expect bounds what comes next: in its place, then.
func (c *connection) expect(within time.Duration, otherwise func()) {
	c.onDeadline = otherwise
	c.deadline.Reset(within)
}

func (c *connection) expectNothing() {
	c.deadline.Stop()
}

// end ends the loop. The first failure counts.
func (c *connection) end(f vital.Failure) {
	if !c.ended {
		c.ended, c.failure = true, f
	}
}

// conclude cuts the line, waits a little for whatsmeow, and tells the end.
func (c *connection) conclude(f vital.Failure) {
	if f.Reason != vital.ReasonNone && f.Phase == vital.PhaseNone && !c.isReady {
		f.Phase = c.fall.phase()
	}
	c.over.Store(true)
	c.mu.Lock()
	c.leaving = true
	c.mu.Unlock()
	close(c.stop)
	c.line.cut()
	c.client.DangerousInternals().ExpectDisconnect() // whoever waits inside for another connection gives up
	c.fall.finish()
	leftovers := c.part()
	if f.Reason.CredentialsGone() {
		c.forgetCredentials()
	}
	c.lastSignals(f)
	c.device.devices.end(c, leftovers)
	close(c.done)
}

// part waits until whatsmeow has let go of the line and all goroutines are back. If that takes long it returns what to wait for.
func (c *connection) part() <-chan struct{} {
	all := make(chan struct{})
	go func() {
		defer close(all)
		c.work.Wait()
		if !c.line.wasMade() {
			return
		}
		hang := time.NewTimer(hangBound)
		defer hang.Stop()
		select {
		case <-c.line.released:
		case <-hang.C:
		}
	}()
	bound := time.NewTimer(partingBound)
	defer bound.Stop()
	select {
	case <-all:
		return nil
	case <-bound.C:
		return all
	}
}

// forgetCredentials deletes what whatsmeow should have deleted, if it did not come to it.
func (c *connection) forgetCredentials() {
	identity := c.device.known()
	if !identity.Paired() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), deleteBound)
	defer cancel()
	if err := c.vault.empty(ctx, identity.JID); err != nil {
		c.device.devices.log.Error("credentials that the server does not know any more could not be deleted",
			"phone", vital.ShortNumber(identity.Phone), "error", err)
	}
}

// lastSignals survives a sink that panics: the connection ends nevertheless.
func (c *connection) lastSignals(f vital.Failure) {
	defer func() {
		if p := recover(); p != nil {
			c.device.devices.log.Error("the last signals of a connection were not taken", "panic", fmt.Sprintf("%T", p))
		}
	}()
	if c.isOpen {
		c.tell(session.ReadyChanged{Ready: vital.ReadyClosing})
	}
	c.tellTraffic()
	if !c.isReady {
		c.tell(session.Dialled{Trace: c.fall.snapshot(c.line.remote())})
	}
	c.tell(session.ReadyChanged{Ready: vital.ReadyClosed})
	c.tellLastNotes()
	c.tell(session.Ended{Failure: f})
}

// tellLastNotes tells what was logged, and which stanzas came, while the connection ended.
func (c *connection) tellLastNotes() {
	for _, it := range c.inbox.take() {
		if note, ok := it.signal.(session.Noted); ok {
			c.tell(note)
		}
	}
	if note, some := c.logged.left(); some {
		c.tell(note)
	}
}

// spawn runs f in a goroutine of the connection, unless it is ending.
func (c *connection) spawn(what string, f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leaving {
		return false
	}
	c.work.Go(func() {
		defer c.guard(what)
		f()
	})
	return true
}

// guard turns a panic into the end of this one connection. It is deferred.
func (c *connection) guard(what string) {
	if p := recover(); p != nil {
		f := c.internal(what, p)
		c.inbox.put(func() { c.end(f) })
	}
}

// internal describes a panic. Its value may hold anything, so only its type is told unless it is an error of the runtime.
func (c *connection) internal(where string, p any) vital.Failure {
	text := fmt.Sprintf("%s: %T", where, p)
	if err, ok := p.(runtime.Error); ok {
		text = plain(where + ": " + err.Error())
	}
	c.device.devices.log.Error("panic in a connection", "where", where, "what", text, "stack", string(debug.Stack()))
	return vital.Failure{Reason: vital.ReasonInternal, Text: text}
}

// Close implements session.Connection.
func (c *connection) Close() { c.inbox.put(c.closeAsked) }

// Done implements session.Connection.
func (c *connection) Done() <-chan struct{} { return c.done }
