package whatsapp

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"

	"go.mau.fi/whatsmeow/store"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

// TestRemovedWhileBusy: the phone removes the device while everything is asked of it at once. All of it ends, and nothing reads what whatsmeow writes.
func TestRemovedWhileBusy(t *testing.T) {
	spoolFolder(t)
	o := newOnline(t, newWorld(t))
	m := o.receive(simulator.Media{Kind: "image", Size: 1000})
	ctx, cancel := context.WithCancel(patient(t))
	defer cancel()
	var busy sync.WaitGroup
	begun := make(chan struct{}, 100)
	for _, work := range []func() error{
		func() error { _, err := o.ask.Check(ctx, []string{bob, carol}); return err },
		func() error { _, err := o.ask.Contacts(ctx); return err },
		func() error { _, err := o.ask.Send(ctx, text("3EB0BUSY", bob)); return err },
		func() error { return o.ask.Download(ctx, m, io.Discard) },
		func() error { _, err := o.conn.Ping(ctx); return err },
	} {
		busy.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				err := work()
				if errors.Is(err, session.ErrNotConnected) {
					return
				}
				if i < 2 {
					begun <- struct{}{}
				}
			}
		})
	}
	for range 10 {
		<-begun
	}
	if err := o.server.Logout(alice); err != nil {
		t.Fatal(err)
	}
	if f := ended(t, o.ear, o.conn); f.Reason != vital.ReasonDeviceRemoved {
		t.Errorf("%+v", f)
	}
	busy.Wait()
	checkCredentials(t, o.world, o.identity, true)
}

// TestDeletedCredentialsStayDeleted: what whatsmeow still stores of the device afterwards does not bring them back.
func TestDeletedCredentialsStayDeleted(t *testing.T) {
	w := newWorld(t)
	dev, identity := w.pair(alice)
	d := dev.(*device)
	if err := d.vault.DeleteDevice(context.Background(), d.store); !errors.Is(err, errDeleted) {
		t.Errorf("deleted: %v", err)
	}
	if d.store.ID == nil || !d.vault.isEmptied() {
		t.Error("deleted, and the fields were changed, or nobody knows")
	}
	if err := d.store.Save(context.Background()); !errors.Is(err, store.ErrDeviceDeleted) {
		t.Errorf("stored after that: %v", err)
	}
	checkCredentials(t, w, identity, true)
}
