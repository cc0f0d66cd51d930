package whatsapp

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/types"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

// names of contacts in their order; those without one by their number.
func names(list []vital.Contact) []string {
	var all []string
	for _, c := range list {
		switch {
		case c.Name != "":
			all = append(all, c.Name)
		case c.PushName != "":
			all = append(all, "~"+c.PushName)
		default:
			all = append(all, c.Phone)
		}
	}
	return all
}

// contactsUntil asks again until the list is as it should be: the phone shares its key a moment after the login.
func (o *online) contactsUntil(want ...string) []vital.Contact {
	o.t.Helper()
	deadline := time.After(patienceInTests)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		list, err := o.ask.Contacts(patient(o.t))
		if err == nil && slices.Equal(names(list), want) {
			return list
		}
		select {
		case <-look.C:
		case <-deadline:
			o.t.Fatalf("%q, %v; want %q", names(list), err, want)
		}
	}
}

// TestContacts: the address book with names and numbers, the account itself, what changes, and whom only messages made known.
func TestContacts(t *testing.T) {
	o := newOnline(t, newWorld(t))
	defer o.close()
	list := o.contactsUntil("~Alice", "Carlos Ruiz", "Léa Martin", "Maya Chen", "Tan Wei Ling")
	if self := list[0]; self.Phone != alice || self.JID != alice[1:]+"@s.whatsapp.net" {
		t.Errorf("the account itself: %+v", self)
	}
	if maya := list[3]; maya != (vital.Contact{JID: "14155550132@s.whatsapp.net", Phone: "+14155550132", Name: "Maya Chen"}) {
		t.Errorf("%+v", maya)
	}
	if err := o.server.AddContacts(alice, []simulator.Contact{
		{Phone: "+14155550132", Name: "maya chen-Ruiz"}, {Phone: bob, Name: "Bob\x1b[31m"}, {Phone: carol, Name: "6281260268381"},
	}); err != nil {
		t.Fatal(err)
	}
	o.contactsUntil("6281260268381", "~Alice", "Bob[31m", "Carlos Ruiz", "Léa Martin", "maya chen-Ruiz", "Tan Wei Ling")
	if _, err := o.server.Say(alice, "+4915100000008", "hello"); err != nil {
		t.Fatal(err)
	}
	await(t, o.ear, func(m session.Messages) bool { return m.Count == 1 && !m.FromPhone })
	list = o.contactsUntil("6281260268381", "~Alice", "Bob[31m", "Carlos Ruiz", "~Contact 08", "Léa Martin", "maya chen-Ruiz", "Tan Wei Ling")
	if stranger := list[4]; stranger.Phone != "+4915100000008" {
		t.Errorf("who wrote: %+v", stranger)
	}
}

// TestContactsFail: a refusal and a silence are errors; a lost socket is one, too.
func TestContactsFail(t *testing.T) {
	o := newOnline(t, newWorld(t))
	o.contactsUntil("~Alice", "Carlos Ruiz", "Léa Martin", "Maya Chen", "Tan Wei Ling")
	o.close()
	o.again() // on the first connection whatsmeow synchronises by itself, and would meet the faults in our place
	var refused *session.ServerError
	o.faults(func(f *simulator.Faults) {
		f.IQError = &simulator.IQError{Code: 429, XMLNS: "w:sync:app:state", Backoff: 7}
	})
	if _, err := o.ask.Contacts(patient(t)); !errors.As(err, &refused) || refused.Code != 429 || refused.Backoff != 7*time.Second {
		t.Errorf("refused: %v", err)
	}
	o.faults(func(f *simulator.Faults) { f.IQError, f.Blackhole = nil, true })
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := o.ask.Contacts(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("into a black hole: %v", err)
	}
	o.faults(func(f *simulator.Faults) {
		*f = simulator.Faults{DropOn: &simulator.DropOn{XMLNS: "w:sync:app:state", Count: 1}}
	})
	if _, err := o.ask.Contacts(patient(t)); !errors.Is(err, session.ErrNotConnected) {
		t.Errorf("a drop: %v", err)
	}
	ended(t, o.ear, o.conn)
	if _, err := o.ask.Contacts(patient(t)); !errors.Is(err, session.ErrNotConnected) {
		t.Errorf("after the end: %v", err)
	}
}

// TestContactsWithoutTheKey: what comes cannot be read. What was known is told, with a note; if nothing was, that is an error.
func TestContactsWithoutTheKey(t *testing.T) {
	o := newOnline(t, newWorld(t))
	o.contactsUntil("~Alice", "Carlos Ruiz", "Léa Martin", "Maya Chen", "Tan Wei Ling")
	o.close()
	for _, query := range []string{"DELETE FROM whatsmeow_app_state_sync_keys", "DELETE FROM whatsmeow_app_state_version"} {
		if _, err := o.db.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	o.dev = openDevice(t, o.devices, o.identity)
	// The phone is not heard: what the client asks it for is refused, and it does not share its key a second time by itself.
	o.faults(func(f *simulator.Faults) { f.AckError = &simulator.AckError{Code: 479} })
	o.again()
	list, err := o.ask.Contacts(patient(t))
	if err != nil || len(list) != 5 {
		t.Errorf("%q, %v", names(list), err)
	}
	await(t, o.ear, func(n session.Noted) bool { return strings.HasPrefix(n.Text, "contacts are as they were: ") })
	o.close()

	// Who has written is known, and that is no address book.
	if _, err := o.db.Exec("UPDATE whatsmeow_contacts SET first_name = NULL, full_name = NULL, push_name = 'Somebody'"); err != nil {
		t.Fatal(err)
	}
	o.dev = openDevice(t, o.devices, o.identity)
	o.again()
	if list, err := o.ask.Contacts(patient(t)); !errors.Is(err, session.ErrKeysMissing) {
		t.Errorf("nothing known: %q, %v", names(list), err)
	}
	o.close()
}

// TestContactsWaitForTheKey: the key was lost, as when wapulse ends right after the pairing. The phone is asked for it, and the first answer is whole.
func TestContactsWaitForTheKey(t *testing.T) {
	o := newOnline(t, newWorld(t))
	o.contactsUntil("~Alice", "Carlos Ruiz", "Léa Martin", "Maya Chen", "Tan Wei Ling")
	o.close()
	for _, query := range []string{
		"DELETE FROM whatsmeow_app_state_sync_keys", "DELETE FROM whatsmeow_app_state_version", "DELETE FROM whatsmeow_contacts",
	} {
		if _, err := o.db.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	o.dev = openDevice(t, o.devices, o.identity)
	o.again()
	defer o.close()
	if list, err := o.ask.Contacts(patient(t)); err != nil || len(list) != 5 {
		t.Errorf("%q, %v", names(list), err)
	}
}

// TestContactsBeginAnew: the client's own copy of the state is damaged. It takes all of it once more.
func TestContactsBeginAnew(t *testing.T) {
	o := newOnline(t, newWorld(t))
	defer o.close()
	o.contactsUntil("~Alice", "Carlos Ruiz", "Léa Martin", "Maya Chen", "Tan Wei Ling")
	if _, err := o.db.Exec("UPDATE whatsmeow_app_state_version SET hash = zeroblob(128)"); err != nil {
		t.Fatal(err)
	}
	if err := o.server.AddContacts(alice, []simulator.Contact{{Phone: bob, Name: "Bob"}}); err != nil {
		t.Fatal(err)
	}
	o.contactsUntil("~Alice", "Bob", "Carlos Ruiz", "Léa Martin", "Maya Chen", "Tan Wei Ling")
}

// TestOwnPushName: it comes with the account's state, and is what the next login and the list of contacts know.
func TestOwnPushName(t *testing.T) {
	o := newOnline(t, newWorld(t))
	o.contactsUntil("~Alice", "Carlos Ruiz", "Léa Martin", "Maya Chen", "Tan Wei Ling")
	if name := o.dev.(*device).known().PushName; name != "Alice" {
		t.Errorf("known as %q", name)
	}
	o.close()
	// The vault alone tells it: nothing else is sent with an account's first state.
	v := o.dev.(*device).vault
	stored := *o.dev.(*device).store
	stored.PushName = "Alice in W."
	if err := v.PutDevice(context.Background(), &stored); err != nil {
		t.Fatal(err)
	}
	if name := o.dev.(*device).known().PushName; name != "Alice in W." {
		t.Errorf("known as %q", name)
	}
}

// TestContactList puts people known by number and by hidden identity together, and leaves out what is nobody.
func TestContactList(t *testing.T) {
	o := newOnline(t, newWorld(t))
	defer o.close()
	c := o.conn.(*connection)
	lid, pn := types.NewJID("7748", types.HiddenUserServer), types.NewJID(bob[1:], types.DefaultUserServer)
	if err := c.lids.PutLIDMapping(patient(t), lid, pn); err != nil {
		t.Fatal(err)
	}
	list := c.contactList(patient(t), map[types.JID]types.ContactInfo{
		lid: {PushName: "bobby"}, pn: {FullName: "Bob"},
		types.NewJID("99", types.HiddenUserServer):             {PushName: "stranger"},
		types.NewJID("1203", types.GroupServer):                {FullName: "a group"},
		types.NewJID("0", types.DefaultUserServer):             {FullName: "WhatsApp"},
		types.NewJID("4915100000010", types.DefaultUserServer): {},
		types.NewJID("4915100000012", types.DefaultUserServer): {FirstName: "Ann", BusinessName: "Ann's"},
	})
	if got := names(list); !slices.Equal(got, []string{"~Alice", "Ann", "Bob", "~stranger", "+4915100000010"}) {
		t.Errorf("%q", got)
	}
	if b := list[2]; b.PushName != "bobby" || b.Phone != bob {
		t.Errorf("%+v", b)
	}
	if s := list[3]; s.Phone != "" || s.JID != "99@lid" {
		t.Errorf("%+v", s)
	}
}
