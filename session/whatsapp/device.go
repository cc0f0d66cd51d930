package whatsapp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// device is one set of credentials. It keeps its own copy of the identity: whatsmeow changes its own without synchronisation.
type device struct {
	devices *Devices

	mu       sync.Mutex
	store    *store.Device
	vault    *vault
	identity vital.Identity
	proxy    vital.Proxy // its own
	spoiled  bool        // a pairing broke off half-way: the next connection begins with fresh keys
}

var _ session.Device = (*device)(nil)

func newDevice(d *Devices, stored *store.Device, identity vital.Identity) *device {
	dev := &device{devices: d, store: stored, identity: identity}
	dev.vault = newVault(d.container, stored, dev.pushNameStored)
	return dev
}

// identityOf is what is known of a stored device; where its credentials are silent, what was known before.
func identityOf(stored *store.Device, before vital.Identity) vital.Identity {
	id := before
	if jid := stored.GetJID(); !jid.IsEmpty() {
		id.JID, id.Phone = jid.String(), "+"+jid.User
	}
	if lid := stored.GetLID(); !lid.IsEmpty() {
		id.LID = lid.String()
	}
	if stored.PushName != "" {
		id.PushName = stored.PushName
	}
	if stored.Platform != "" {
		id.Platform = stored.Platform
	}
	return id
}

// Connect implements session.Device.
func (d *device) Connect(sink func(session.Signal)) session.Connection {
	d.mu.Lock()
	if d.spoiled || d.vault.isEmptied() {
		d.store = d.devices.container.NewDevice()
		d.vault = newVault(d.devices.container, d.store, d.pushNameStored)
		d.identity, d.spoiled = vital.Identity{}, false
	}
	c := newConnection(d, d.store, d.vault, cmp.Or(d.proxy, d.devices.proxy), sink)
	d.mu.Unlock()
	c.start()
	return c
}

// UseProxy implements session.Device.
func (d *device) UseProxy(proxy vital.Proxy) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.proxy = proxy
}

// Delete implements session.Device.
func (d *device) Delete(ctx context.Context) error {
	d.mu.Lock()
	v, identity := d.vault, d.identity
	d.mu.Unlock()
	if !identity.Paired() {
		return nil
	}
	return v.empty(ctx, identity.JID)
}

func (d *device) known() vital.Identity {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.identity
}

func (d *device) phone() string { return d.known().Phone }

// learn changes what is known of the identity and returns it.
func (d *device) learn(change func(*vital.Identity)) vital.Identity {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.identity)
	return d.identity
}

// pushNameStored is called when whatsmeow has stored the device. It is the only word of a push name that comes with the account's first state.
func (d *device) pushNameStored(name string) {
	if name = plain(name); name != "" {
		d.learn(func(id *vital.Identity) { id.PushName = name })
	}
}

func (d *device) spoil() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.spoiled = true
}

// vault stands between a whatsmeow device and the table of credentials, so that it is known when whatsmeow has deleted them, and what name it
// has stored.
type vault struct {
	container *sqlstore.Container
	name      atomic.Pointer[string] // as last stored
	named     func(pushName string)  // it is another now

	emptying atomic.Bool // the credentials are being deleted, or are gone
	once     sync.Once
	emptied  chan struct{} // closed when they are gone
}

var _ store.DeviceContainer = (*vault)(nil)

func newVault(c *sqlstore.Container, stored *store.Device, named func(pushName string)) *vault {
	v := &vault{container: c, named: named, emptied: make(chan struct{})}
	name := stored.PushName
	v.name.Store(&name)
	stored.Container = v
	return v
}

// PutDevice implements store.DeviceContainer.
func (v *vault) PutDevice(ctx context.Context, stored *store.Device) error {
	err := v.container.PutDevice(ctx, stored)
	stored.Container = v // the container puts itself there when it first stores a device
	if v.emptying.Load() {
		return errors.Join(store.ErrDeviceDeleted, v.container.DeleteDevice(ctx, stored)) // it came too late, and must not bring them back
	}
	name := stored.PushName
	if before := v.name.Swap(&name); err == nil && *before != name {
		v.named(name)
	}
	return err
}

// DeleteDevice implements store.DeviceContainer. It says that it has failed when it has not: whatsmeow then leaves the device's fields as they are. It would
// change them without synchronisation, while its own goroutines and ours still ask and send with them.
func (v *vault) DeleteDevice(ctx context.Context, stored *store.Device) error {
	if err := v.remove(ctx, stored); err != nil {
		return err
	}
	return errDeleted
}

func (v *vault) remove(ctx context.Context, stored *store.Device) error {
	v.emptying.Store(true)
	if err := v.container.DeleteDevice(ctx, stored); err != nil {
		v.emptying.Store(false)
		return err
	}
	v.once.Do(func() { close(v.emptied) })
	return nil
}

// empty deletes the credentials. It does no harm if they are gone already.
func (v *vault) empty(ctx context.Context, jid string) error {
	if v.isEmptied() {
		return nil
	}
	parsed, err := types.ParseJID(jid)
	if err != nil {
		return fmt.Errorf("delete credentials: %w", err)
	}
	if err := v.remove(ctx, &store.Device{ID: &parsed}); err != nil {
		return fmt.Errorf("delete credentials: %w", err)
	}
	return nil
}

func (v *vault) isEmptied() bool {
	select {
	case <-v.emptied:
		return true
	default:
		return false
	}
}
