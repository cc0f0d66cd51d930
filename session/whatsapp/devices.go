package whatsapp

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// Options says where credentials are kept and which server is talked to.
type Options struct {
	DB       *sql.DB      // the writing handle of the database file, with foreign keys on
	Endpoint *Endpoint    // nil for WhatsApp itself, through the proxy that the environment names
	Proxy    vital.Proxy  // for all devices that have none of their own; nothing goes round it
	Logger   *slog.Logger // nil for none
	// LatestVersion asks which client version WhatsApp gives out, nil for WhatsApp's own page. It is never called with an Endpoint.
	LatestVersion func(ctx context.Context, via *http.Client) (store.WAVersionContainer, error)
	// Dial makes raw connections, nil for TCP. Tests on a fake clock put an in-memory network here.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Devices makes devices. It implements session.Devices.
type Devices struct {
	container *sqlstore.Container
	log       *slog.Logger
	endpoint  *url.URL // nil for WhatsApp itself
	dial      dialFunc
	proxy     vital.Proxy
	versions  *versions // nil with an endpoint

	mu     sync.Mutex
	closed bool
	alive  map[*connection]struct{}
	work   sync.WaitGroup // connections, and what is left of abandoned ones; added to under mu while not closed
}

var _ session.Devices = (*Devices)(nil)

// New prepares the database for credentials and whatsmeow for the server. Close the Devices when all connections have ended.
func New(ctx context.Context, opts Options) (*Devices, error) {
	d := &Devices{log: opts.Logger, alive: map[*connection]struct{}{}, proxy: opts.Proxy}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	var rootKey *[32]byte
	if opts.Endpoint != nil {
		u, err := endpointURL(opts.Endpoint.URL)
		if err != nil {
			return nil, err
		}
		d.endpoint, rootKey = u, &opts.Endpoint.RootKey
	}
	d.dial = opts.Dial
	if d.dial == nil {
		d.dial = tcpDialer(d.endpoint)
	}
	d.container = sqlstore.NewWithDB(opts.DB, "sqlite", &clientLog{to: d.log, module: "Store"})
	if err := d.container.Upgrade(ctx); err != nil {
		return nil, fmt.Errorf("prepare the database for credentials: %w", err)
	}
	if err := claimProcess(rootKey); err != nil {
		return nil, err
	}
	if d.endpoint == nil {
		d.versions = newVersions(d.log, opts.LatestVersion)
	}
	return d, nil
}

// Proxy is the address, without user and password, of the proxy of devices that have none of their own; "" for none.
func (d *Devices) Proxy() string {
	if d.proxy.IsNone() && d.endpoint == nil {
		return environmentProxy()
	}
	return d.proxy.String()
}

// Open implements session.Devices.
func (d *Devices) Open(ctx context.Context, identity vital.Identity) (session.Device, error) {
	if !identity.Paired() {
		return newDevice(d, d.container.NewDevice(), identity), nil
	}
	jid, err := types.ParseJID(identity.JID)
	if err != nil {
		return nil, fmt.Errorf("%w (its JID cannot be read)", session.ErrCredentialsMissing)
	}
	stored, err := d.container.GetDevice(ctx, jid)
	if errors.Is(err, sqlstore.ErrInvalidLength) {
		return nil, fmt.Errorf("%w (those that are there are damaged)", session.ErrCredentialsMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("load credentials: %w", err)
	}
	if stored == nil {
		return nil, session.ErrCredentialsMissing
	}
	return newDevice(d, stored, identityOf(stored, identity)), nil
}

// begin registers a connection. It fails once the Devices are closed.
func (d *Devices) begin(c *connection) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return ErrClosed
	}
	d.alive[c] = struct{}{}
	d.work.Add(1)
	if d.versions != nil && d.versions.goes(c.web) {
		d.work.Go(func() { d.versions.watch(d.tellVersions) })
	}
	return nil
}

// end forgets a connection. Whatever of it has not ended by then is waited for here.
func (d *Devices) end(c *connection, leftovers <-chan struct{}) {
	d.mu.Lock()
	delete(d.alive, c)
	d.mu.Unlock()
	if leftovers == nil {
		d.work.Done()
		return
	}
	go func() {
		defer d.work.Done()
		<-leftovers
	}()
}

// Close ends what connections there still are and waits for every goroutine, those in a stalled handshake included, which may take 20 s.
func (d *Devices) Close(ctx context.Context) error {
	d.mu.Lock()
	first := !d.closed
	d.closed = true
	if d.versions != nil {
		d.versions.cancel()
	}
	for c := range d.alive {
		c.Close()
	}
	d.mu.Unlock()
	idle := make(chan struct{})
	go func() {
		d.work.Wait()
		if first {
			releaseProcess()
		}
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for connections to end: %w", ctx.Err())
	}
}
