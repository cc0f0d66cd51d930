package whatsapp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/types"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// Contacts implements session.Connection: the address book and the own push name are refreshed, then all that the store knows is told, by name. The
// account itself is among them.
//
// A refresh that the server refuses, or that does not come through, is an error: it is worth another try. One that cannot be read because the phone has
// not shared its key yet waits a moment for it: whatsmeow has asked the phone. If it still cannot be read, or the state does not add up, it stays so for a
// while: it is noted, and what the store knew before is told. If no name of an address book is among that, it is an error: an address book that was
// never read is not an empty one.
func (c *connection) Contacts(ctx context.Context) ([]vital.Contact, error) {
	if !c.loggedIn.Load() {
		return nil, fmt.Errorf("contacts: %w", session.ErrNotConnected)
	}
	select {
	case <-c.synced: // an earlier one
	default:
	}
	unreadable, err := c.refreshAll(ctx)
	if err == nil && errors.Is(unreadable, appstate.ErrKeyNotFound) {
		c.awaitKeys(ctx)
		unreadable, err = c.refreshAll(ctx)
	}
	if err != nil {
		return nil, err
	}
	stored, err := c.contacts.GetAllContacts(ctx)
	if err != nil {
		return nil, fmt.Errorf("contacts: read the store: %w", err)
	}
	list := c.contactList(ctx, stored)
	if unreadable == nil {
		return list, nil
	}
	if !slices.ContainsFunc(list, func(p vital.Contact) bool { return p.Name != "" }) {
		if errors.Is(unreadable, appstate.ErrKeyNotFound) {
			return nil, fmt.Errorf("contacts: %w", session.ErrKeysMissing)
		}
		return nil, unreadable
	}
	c.note(vital.KindLog, vital.LevelWarn, "contacts are as they were: "+plain(unreadable.Error()))
	return list, nil
}

// refreshAll takes what is new in the parts of the account's state that have the own name and the address book. Unreadable is why something that came made
// no sense.
func (c *connection) refreshAll(ctx context.Context) (unreadable, err error) {
	for _, name := range []appstate.WAPatchName{appstate.WAPatchCriticalBlock, appstate.WAPatchCriticalUnblockLow} {
		err := c.ask(ctx, "contacts", func(ctx context.Context) error { return c.refresh(ctx, name) })
		if err != nil && !cannotBeRead(err) {
			return nil, err
		}
		if err != nil {
			unreadable = err
		}
	}
	return unreadable, nil
}

// awaitKeys returns when the phone's key has come and the address book was read with it, or when it is not worth waiting any longer.
func (c *connection) awaitKeys(ctx context.Context) {
	timer := time.NewTimer(keysBound)
	defer timer.Stop()
	select {
	case <-c.synced:
	case <-timer.C:
	case <-ctx.Done():
	case <-c.stop:
	}
}

// addressBookRead lets go whoever waits for it.
func (c *connection) addressBookRead() {
	select {
	case c.synced <- struct{}{}:
	default:
	}
}

// refresh takes what is new in a part of the account's state. If what is there already does not fit, it begins that part anew.
func (c *connection) refresh(ctx context.Context, name appstate.WAPatchName) error {
	err := c.client.FetchAppState(ctx, name, false, false)
	if errors.Is(err, appstate.ErrMismatchingLTHash) || errors.Is(err, appstate.ErrMismatchingPatchMAC) {
		err = c.client.FetchAppState(ctx, name, true, false)
	}
	return err
}

// cannotBeRead says whether a refresh came and made no sense.
func cannotBeRead(err error) bool {
	for _, cause := range []error{
		appstate.ErrKeyNotFound, appstate.ErrMismatchingLTHash, appstate.ErrMismatchingPatchMAC, appstate.ErrMismatchingContentMAC,
		appstate.ErrMismatchingIndexMAC,
	} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

// contactList puts together what the store knows of people by number and by hidden identity, and sorts it by name.
func (c *connection) contactList(ctx context.Context, stored map[types.JID]types.ContactInfo) []vital.Contact {
	people := make(map[types.JID]vital.Contact, len(stored)+1)
	for jid, info := range stored {
		jid = jid.ToNonAD()
		if jid.User == "" || jid.User == "0" || jid.Server != types.DefaultUserServer && jid.Server != types.HiddenUserServer {
			continue // groups, the system's own
		}
		if jid.Server == types.HiddenUserServer {
			if phone, err := c.lids.GetPNForLID(ctx, jid); err == nil && !phone.IsEmpty() {
				jid = phone.ToNonAD()
			}
		}
		people[jid] = joined(people[jid], contactOf(jid, info))
	}
	own := c.device.known()
	if jid, err := types.ParseJID(own.JID); err == nil && !jid.IsEmpty() {
		jid = jid.ToNonAD()
		self := contactOf(jid, types.ContactInfo{})
		self.PushName = named(own.PushName)
		people[jid] = joined(self, people[jid])
	}
	list := make([]vital.Contact, 0, len(people))
	for _, p := range people {
		list = append(list, p)
	}
	slices.SortFunc(list, byName)
	return list
}

func contactOf(jid types.JID, info types.ContactInfo) vital.Contact {
	p := vital.Contact{
		JID: jid.String(), Name: named(cmp.Or(info.FullName, info.FirstName)), PushName: named(info.PushName), Business: named(info.BusinessName),
	}
	if jid.Server == types.DefaultUserServer {
		p.Phone = "+" + jid.User
	}
	return p
}

// joined is a, and where a is silent b.
func joined(a, b vital.Contact) vital.Contact {
	return vital.Contact{
		JID: cmp.Or(a.JID, b.JID), Phone: cmp.Or(a.Phone, b.Phone), Name: cmp.Or(a.Name, b.Name),
		PushName: cmp.Or(a.PushName, b.PushName), Business: cmp.Or(a.Business, b.Business),
	}
}

// byName sorts people as an address book does, and those without a name by number after them.
func byName(a, b vital.Contact) int {
	nameOf := func(p vital.Contact) string { return strings.ToLower(cmp.Or(p.Name, p.Business, p.PushName)) }
	x, y := nameOf(a), nameOf(b)
	if (x == "") != (y == "") {
		return cmp.Compare(y, x)
	}
	return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.JID, b.JID))
}
