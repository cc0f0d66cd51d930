package whatsapp

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.mau.fi/whatsmeow/store"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

// page answers in the place of WhatsApp's own.
type page struct {
	mu    sync.Mutex
	say   store.WAVersionContainer
	err   error
	asked int
}

func (p *page) latest(context.Context, *http.Client) (store.WAVersionContainer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	return p.say, p.err
}

func (p *page) set(say store.WAVersionContainer, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.say, p.err = say, err
}

func (p *page) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// keepVersion gives the process its client version back at the end.
func keepVersion(t *testing.T) store.WAVersionContainer {
	t.Helper()
	before := currentVersion()
	t.Cleanup(func() {
		process.mu.Lock()
		defer process.mu.Unlock()
		if store.GetWAVersion() != before { // otherwise whatsmeow may still be reading it for a log line
			store.SetWAVersion(before)
		}
	})
	return before
}

// asIfReal lets a world's Devices do what they do with WhatsApp itself about versions.
func asIfReal(w *world, p *page) {
	w.devices.versions = newVersions(w.devices.log, p.latest)
}

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

func newer(v store.WAVersionContainer, by uint32) store.WAVersionContainer {
	v[2] += by
	return v
}

func TestTooOld(t *testing.T) {
	ours := store.WAVersionContainer{2, 3000, 1_040_000_000}
	for _, c := range []struct {
		latest store.WAVersionContainer
		want   bool
	}{
		{ours, false}, {newer(ours, oldVersion-1), false}, {newer(ours, oldVersion), true}, {store.WAVersionContainer{2, 3001, 0}, true},
		{store.WAVersionContainer{2, 3000, 1}, false}, {store.WAVersionContainer{1, 9000, 1}, false}, {store.WAVersionContainer{}, false},
	} {
		if got := tooOld(ours, c.latest); got != c.want {
			t.Errorf("%v: %v", c.latest, got)
		}
	}
}

// TestVersionIsAskedDaily: with the first connection, then daily; after a failure in an hour; and connections tell what is new.
func TestVersionIsAskedDaily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours := currentVersion()
		p := &page{err: errors.New("no network")}
		v := newVersions(quietLog(), p.latest)
		changes := 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			v.watch(func() { changes++ })
		}()
		check := func(wait time.Duration, asked int, changed int, want vital.Client) {
			t.Helper()
			time.Sleep(wait)
			synctest.Wait()
			if p.count() != asked || changes != changed || v.client() != want {
				t.Errorf("asked %d times, %d changes, %+v; want %d, %d, %+v", p.count(), changes, v.client(), asked, changed, want)
			}
		}
		check(0, 1, 0, vital.Client{Version: ours.String()})
		p.set(newer(ours, 5), nil)
		check(59*time.Minute, 1, 0, vital.Client{Version: ours.String()})
		check(time.Minute, 2, 1, vital.Client{Version: ours.String(), Latest: newer(ours, 5).String()})
		p.set(newer(ours, oldVersion), nil)
		check(23*time.Hour, 2, 1, vital.Client{Version: ours.String(), Latest: newer(ours, 5).String()})
		check(time.Hour, 3, 2, vital.Client{Version: ours.String(), Latest: newer(ours, oldVersion).String(), Outdated: true})
		check(24*time.Hour, 4, 2, vital.Client{Version: ours.String(), Latest: newer(ours, oldVersion).String(), Outdated: true})
		v.cancel()
		<-done
	})
}

func TestConnectionsTellTheVersion(t *testing.T) {
	w := newWorld(t)
	dev, _ := w.pair(alice)
	ours := keepVersion(t)
	p := &page{say: newer(ours, oldVersion)}
	asIfReal(w, p)
	e, c := w.up(dev)
	told := await(t, e, func(k session.ClientKnown) bool { return k.Client.Latest != "" })
	if want := (vital.Client{Version: ours.String(), Latest: newer(ours, oldVersion).String(), Outdated: true}); told.Client != want {
		t.Errorf("%+v, want %+v", told.Client, want)
	}
	shutDown(t, e, c)
	e, c = w.up(dev)
	shutDown(t, e, c)
	if p.count() != 1 {
		t.Errorf("asked %d times for two connections", p.count())
	}
}

// TestOutdatedIsMendedOnce: a 405 is answered with the newer version, and the next one, for which there is no newer, is for good.
func TestOutdatedIsMendedOnce(t *testing.T) {
	w := newWorld(t)
	dev, _ := w.pair(alice)
	ours := keepVersion(t)
	p := &page{say: newer(ours, 7)}
	asIfReal(w, p)
	w.faults(func(f *simulator.Faults) { f.Failure = &simulator.LoginFailure{Reason: 405} })
	e := newEar()
	f := ended(t, e, dev.Connect(e.hear))
	if f.Reason != vital.ReasonVersionTaken || f.Code != 405 || f.Reason.Permanent() || currentVersion() != newer(ours, 7) {
		t.Errorf("%+v, version %v", f, currentVersion())
	}
	note := await(t, e, func(n session.Noted) bool { return len(n.Fields) == 2 && n.Fields[1].Key == "taken" })
	if note.Fields[0].Value != ours.String() || note.Fields[1].Value != newer(ours, 7).String() || note.Level != vital.LevelWarn {
		t.Errorf("%+v", note)
	}
	known := await(t, e, func(k session.ClientKnown) bool { return k.Client.Version == newer(ours, 7).String() })
	if known.Client.Outdated {
		t.Errorf("%+v", known)
	}
	e = newEar()
	if f := ended(t, e, dev.Connect(e.hear)); f.Reason != vital.ReasonOutdated || !f.Reason.Permanent() {
		t.Errorf("the second time: %+v", f)
	}
	w.faults(func(f *simulator.Faults) { f.Failure = nil })
	e, c := w.up(dev)
	shutDown(t, e, c)
}

// TestOutdatedWithoutAnAnswer: when WhatsApp cannot be asked, or has nothing newer, the 405 stands.
func TestOutdatedWithoutAnAnswer(t *testing.T) {
	w := newWorld(t)
	dev, _ := w.pair(alice)
	ours := keepVersion(t)
	p := &page{}
	asIfReal(w, p)
	w.faults(func(f *simulator.Faults) { f.Failure = &simulator.LoginFailure{Reason: 405} })
	for _, c := range []struct {
		say store.WAVersionContainer
		err error
	}{{store.WAVersionContainer{}, errors.New("no network")}, {ours, nil}, {store.WAVersionContainer{2, 3000, 1}, nil}} {
		p.set(c.say, c.err)
		e := newEar()
		if f := ended(t, e, dev.Connect(e.hear)); f.Reason != vital.ReasonOutdated || currentVersion() != ours {
			t.Errorf("%+v: %+v, version %v", c, f, currentVersion())
		}
	}
}

// TestOutdatedWhenAnotherHasFoundIt: nobody is asked again for what another session knows.
func TestOutdatedWhenAnotherHasFoundIt(t *testing.T) {
	ours := keepVersion(t)
	p := &page{err: errors.New("no network")}
	v := newVersions(quietLog(), p.latest)
	defer v.cancel()
	raiseVersion(newer(ours, 1))
	raiseVersion(ours) // never backwards
	if taken, ok := v.mend(t.Context(), ours, nil); !ok || taken != newer(ours, 1) || p.count() != 0 {
		t.Errorf("%v %v, asked %d times", taken, ok, p.count())
	}
}

// TestSimulatorIsNeverAskedFor: with an endpoint nobody is asked for versions, and a 405 changes nothing.
func TestSimulatorIsNeverAskedFor(t *testing.T) {
	server, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	ours := keepVersion(t)
	p := &page{say: newer(ours, oldVersion)}
	d := newDevices(t, Options{Endpoint: &Endpoint{URL: server.URL(), RootKey: server.RootKey()}, LatestVersion: p.latest})
	w := &world{t: t, server: server, devices: d}
	dev, _ := w.pair(alice)
	e, c := w.up(dev)
	if got := await[session.ClientKnown](t, e).Client; got != (vital.Client{Version: ours.String()}) {
		t.Errorf("%+v", got)
	}
	shutDown(t, e, c)
	w.faults(func(f *simulator.Faults) { f.Failure = &simulator.LoginFailure{Reason: 405} })
	e = newEar()
	if f := ended(t, e, dev.Connect(e.hear)); f.Reason != vital.ReasonOutdated {
		t.Errorf("%+v", f)
	}
	if p.count() != 0 || currentVersion() != ours {
		t.Errorf("asked %d times, version %v", p.count(), currentVersion())
	}
}
