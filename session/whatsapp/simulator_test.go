package whatsapp

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

// world is a simulator with Devices that talk to it.
type world struct {
	t       testing.TB
	server  *simulator.Server
	db      *sql.DB
	devices *Devices
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return buildWorld(t, simulator.Options{}, nil)
}

// newPipeWorld is a world in memory, for tests on a fake clock.
func newPipeWorld(t testing.TB) *world {
	t.Helper()
	p := newPipe()
	return buildWorld(t, simulator.Options{Listener: p}, p.Dial)
}

func buildWorld(t testing.TB, opts simulator.Options, dial dialFunc) *world {
	t.Helper()
	server, err := simulator.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	db := openDB(t)
	endpoint := &Endpoint{URL: server.URL(), RootKey: server.RootKey()}
	return &world{t: t, server: server, db: db, devices: newDevices(t, Options{DB: db, Endpoint: endpoint, Dial: dial})}
}

// pair links a fresh device to a phone. It is left unconnected.
func (w *world) pair(phone string) (session.Device, vital.Identity) {
	w.t.Helper()
	dev := openDevice(w.t, w.devices, vital.Identity{})
	e := newEar()
	c := dev.Connect(e.hear)
	codes := await[session.QRCodes](w.t, e).Codes
	if err := w.server.Scan(codes[0], phone, "Alice"); err != nil {
		w.t.Fatal(err)
	}
	identity := await[session.Paired](w.t, e).Identity
	if f := ended(w.t, e, c); f.Reason != vital.ReasonPairRestart {
		w.t.Fatalf("after pairing: %+v", f)
	}
	return dev, identity
}

// up connects a paired device and waits until it is ready.
func (w *world) up(dev session.Device) (*ear, session.Connection) {
	w.t.Helper()
	e := newEar()
	c := dev.Connect(e.hear)
	await[session.Ready](w.t, e)
	return e, c
}

func (w *world) faults(edit func(*simulator.Faults)) {
	w.t.Helper()
	if err := w.server.SetFaults("", edit); err != nil {
		w.t.Fatal(err)
	}
}

func shutDown(t testing.TB, e *ear, c session.Connection) {
	t.Helper()
	began := time.Now()
	c.Close()
	if f := ended(t, e, c); f != (vital.Failure{}) {
		t.Errorf("after Close: %+v", f)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("the end was told %v after Close", took)
	}
}

const alice = "+6281260268381"

func TestPairByQR(t *testing.T) {
	w := newWorld(t)
	dev := openDevice(t, w.devices, vital.Identity{})
	e := newEar()
	c := dev.Connect(e.hear)
	codes := await[session.QRCodes](t, e).Codes
	if len(codes) != 6 {
		t.Errorf("%d codes", len(codes))
	}
	if err := w.server.Scan(codes[1], alice, "Alice"); err != nil {
		t.Fatal(err)
	}
	identity := await[session.Paired](t, e).Identity
	if identity.Phone != alice || !strings.HasPrefix(identity.JID, "6281260268381:") || identity.LID == "" || identity.Platform == "" {
		t.Errorf("identity: %+v", identity)
	}
	await[session.RestartRequired](t, e)
	if f := ended(t, e, c); f.Reason != vital.ReasonPairRestart || f.Code != 515 {
		t.Errorf("%+v", f)
	}

	e, c = w.up(dev)
	in := await[session.LoggedIn](t, e).Identity
	if in.JID != identity.JID || in.PushName != "Alice" {
		t.Errorf("logged in as %+v", in)
	}
	if got := reachedPhases(e); got != "TCP WebSocket Noise login ready" {
		t.Errorf("phases: %s", got)
	}
	open := await(t, e, func(r session.ReadyChanged) bool { return r.Ready == vital.ReadyOpen })
	if !open.Listening {
		t.Error("open, but not listening")
	}
	full := await(t, e, func(d session.Dialled) bool { return len(d.Trace.Phases) == 5 })
	if full.Trace.Total() <= 0 || full.Trace.Remote == "" {
		t.Errorf("trace: %+v", full.Trace)
	}
	if in := await(t, e, func(tr session.Traffic) bool { return tr.StanzasIn > 0 }); in.At.IsZero() || in.BytesIn == 0 {
		t.Errorf("traffic: %+v", in)
	}
	if list := w.server.Sessions(); len(list) != 1 || list[0].PreKeys == 0 {
		t.Errorf("the server has %+v", list)
	}
	shutDown(t, e, c)

	// The credentials outlive the Device.
	e, c = w.up(openDevice(t, w.devices, identity))
	shutDown(t, e, c)
}

func TestPairByPhoneCode(t *testing.T) {
	w := newWorld(t)
	dev := openDevice(t, w.devices, vital.Identity{})
	e := newEar()
	c := dev.Connect(e.hear)
	await[session.QRCodes](t, e)
	ctx, cancel := context.WithTimeout(context.Background(), patienceInTests)
	defer cancel()
	if _, err := c.RequestPhoneCode(ctx, "12"); err == nil {
		t.Error("a number of two digits got a code")
	}
	code, err := c.RequestPhoneCode(ctx, "+62 812-6026-8381")
	if err != nil {
		t.Fatal(err)
	}
	if len(code) != 9 || code[4] != '-' {
		t.Errorf("a code of %d characters", len(code))
	}
	if err := w.server.Code(alice, code, "Alice"); err != nil {
		t.Fatal(err)
	}
	await[session.RestartRequired](t, e)
	ended(t, e, c)
	e, c = w.up(dev)
	shutDown(t, e, c)
}

func TestPing(t *testing.T) {
	w := newWorld(t)
	dev, _ := w.pair(alice)
	e, c := w.up(dev)
	ctx, cancel := context.WithTimeout(context.Background(), patienceInTests)
	defer cancel()
	if took, err := c.Ping(ctx); err != nil || took <= 0 {
		t.Errorf("ping: %v, %v", took, err)
	}
	w.faults(func(f *simulator.Faults) { f.IQError = &simulator.IQError{Code: 503, XMLNS: "w:p"} })
	if _, err := c.Ping(ctx); err != nil {
		t.Errorf("an error as an answer is an answer: %v", err)
	}
	w.faults(func(f *simulator.Faults) { f.Blackhole = true })
	short, cancelShort := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancelShort()
	if _, err := c.Ping(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ping into a black hole: %v", err)
	}
	shutDown(t, e, c)
	if _, err := c.Ping(ctx); !errors.Is(err, session.ErrNotConnected) {
		t.Errorf("ping after the end: %v", err)
	}
}

func TestLogout(t *testing.T) {
	w := newWorld(t)
	dev, identity := w.pair(alice)
	e, c := w.up(dev)
	ctx, cancel := context.WithTimeout(context.Background(), patienceInTests)
	defer cancel()
	if err := c.Logout(ctx); err != nil {
		t.Fatal(err)
	}
	c.Close()
	ended(t, e, c)
	for range 2 {
		if err := dev.Delete(ctx); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	if _, err := w.devices.Open(ctx, identity); !errors.Is(err, session.ErrCredentialsMissing) {
		t.Errorf("open after deletion: %v", err)
	}
	if list := w.server.Sessions(); len(list) != 0 {
		t.Errorf("the server still has %+v", list)
	}
}

// TestEnds is every way in which a server ends a session that was up, or does not let it in.
func TestEnds(t *testing.T) {
	w := newWorld(t)
	for i, c := range []struct {
		name    string
		do      func(jid string) error
		want    vital.Failure
		deleted bool
	}{
		{"drop", w.server.Drop, vital.Failure{Reason: vital.ReasonServerClosed}, false},
		{"503", func(jid string) error { return w.server.StreamError(jid, 503, "") },
			vital.Failure{Reason: vital.ReasonStreamUnavailable, Code: 503}, false},
		{"515", func(jid string) error { return w.server.StreamError(jid, 515, "") },
			vital.Failure{Reason: vital.ReasonStreamRestart, Code: 515}, false},
		{"unknown", func(jid string) error { return w.server.StreamError(jid, 777, "") },
			vital.Failure{Reason: vital.ReasonStreamError, Code: 777}, false},
		{"replaced", func(jid string) error { return w.server.StreamError(jid, 0, "replaced") },
			vital.Failure{Reason: vital.ReasonReplaced}, false},
		{"removed", w.server.Logout, vital.Failure{Reason: vital.ReasonDeviceRemoved, Code: 401}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dev, identity := w.pair(alice[:len(alice)-1] + string(rune('0'+i)))
			e, conn := w.up(dev)
			if err := c.do(identity.JID); err != nil {
				t.Fatal(err)
			}
			got := ended(t, e, conn)
			if c.want.Reason == vital.ReasonServerClosed {
				got.Text = "" // the operating system's words
			}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			checkCredentials(t, w, identity, c.deleted)
		})
	}
}

func TestNotLetIn(t *testing.T) {
	w := newWorld(t)
	until := time.Now().Add(time.Hour)
	for i, c := range []struct {
		failure simulator.LoginFailure
		want    vital.Failure
		deleted bool
	}{
		{simulator.LoginFailure{Reason: 400}, vital.Failure{Reason: vital.ReasonRefused}, false},
		{simulator.LoginFailure{Reason: 401}, vital.Failure{Reason: vital.ReasonLoggedOut}, true},
		{simulator.LoginFailure{Reason: 402, Code: 101, Expire: 3600}, vital.Failure{Reason: vital.ReasonBanned, BanCode: 101}, false},
		{simulator.LoginFailure{Reason: 403}, vital.Failure{Reason: vital.ReasonMainDeviceGone}, true},
		{simulator.LoginFailure{Reason: 405}, vital.Failure{Reason: vital.ReasonOutdated}, false},
		{simulator.LoginFailure{Reason: 406}, vital.Failure{Reason: vital.ReasonUnknownLogout}, true},
		{simulator.LoginFailure{Reason: 409}, vital.Failure{Reason: vital.ReasonRefused}, false},
		{simulator.LoginFailure{Reason: 500}, vital.Failure{Reason: vital.ReasonServerError}, false},
		{simulator.LoginFailure{Reason: 503}, vital.Failure{Reason: vital.ReasonServerError}, false},
	} {
		t.Run(string(c.want.Reason), func(t *testing.T) {
			dev, identity := w.pair("+62812602683" + string(rune('0'+i)) + "0")
			w.faults(func(f *simulator.Faults) { f.Failure = &c.failure })
			defer w.faults(func(f *simulator.Faults) { f.Failure = nil })
			e := newEar()
			got := ended(t, e, dev.Connect(e.hear))
			c.want.Code, c.want.Phase = c.failure.Reason, vital.PhaseLogin
			if c.want.Reason == vital.ReasonBanned && got.Until.Sub(until).Abs() < time.Minute {
				got.Until = time.Time{}
			}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			checkCredentials(t, w, identity, c.deleted)
			if !c.deleted {
				w.faults(func(f *simulator.Faults) { f.Failure = nil })
				e, conn := w.up(dev)
				shutDown(t, e, conn)
				return
			}
			// The same Device begins anew, as an unpaired one.
			e = newEar()
			conn := dev.Connect(e.hear)
			await[session.QRCodes](t, e)
			shutDown(t, e, conn)
		})
	}
}

// checkCredentials holds what is stored against what should be.
func checkCredentials(t *testing.T, w *world, identity vital.Identity, deleted bool) {
	t.Helper()
	_, err := w.devices.Open(context.Background(), identity)
	if deleted != errors.Is(err, session.ErrCredentialsMissing) {
		t.Errorf("open after the end: %v; deleted should be %v", err, deleted)
	}
}

func TestBadCertificate(t *testing.T) {
	w := newWorld(t)
	w.faults(func(f *simulator.Faults) { f.BadCertificate = true })
	e := newEar()
	if f := ended(t, e, openDevice(t, w.devices, vital.Identity{}).Connect(e.hear)); f.Reason != vital.ReasonCertificate {
		t.Errorf("%+v", f)
	}
}

// TestFrozenPeer: the server does not even read any more. Nothing of ours waits for it.
func TestFrozenPeer(t *testing.T) {
	w := newWorld(t)
	dev, _ := w.pair(alice)
	e, c := w.up(dev)
	w.faults(func(f *simulator.Faults) { f.Freeze = true })
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ping: %v", err)
	}
	shutDown(t, e, c)
	if err := w.server.ClearFaults(); err != nil {
		t.Fatal(err)
	}
	e, c = w.up(dev)
	shutDown(t, e, c)
}

// TestCloseUnderTraffic: messages pour in while the connection is closed, again and again.
func TestCloseUnderTraffic(t *testing.T) {
	w := newWorld(t)
	dev, identity := w.pair(alice)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = w.server.Say(identity.JID, "+447400123456", "hello")
			}
		}
	}()
	defer func() { close(stop); <-stopped }()
	for range 10 {
		e, c := w.up(dev)
		await(t, e, func(m session.Messages) bool { return m.Count > 0 && !m.Outgoing && !m.FromPhone })
		shutDown(t, e, c)
	}
}

func TestPrekeysMissing(t *testing.T) {
	w := newWorld(t)
	dev, _ := w.pair(alice)
	w.faults(func(f *simulator.Faults) { f.IQError = &simulator.IQError{Code: 500, XMLNS: "encrypt"} })
	e := newEar()
	if f := ended(t, e, dev.Connect(e.hear)); f.Reason != vital.ReasonPrekeysMissing || f.Phase != vital.PhaseReady {
		t.Errorf("%+v", f)
	}
	if err := w.server.ClearFaults(); err != nil {
		t.Fatal(err)
	}
	e, c := w.up(dev)
	shutDown(t, e, c)
}

// TestTimelockIsTold: a restriction of the account comes with its end, and so does its lifting.
func TestTimelockIsTold(t *testing.T) {
	w := newWorld(t)
	dev, identity := w.pair(alice)
	e, c := w.up(dev)
	restrict := func(seconds int) vital.Restriction {
		if err := w.server.SetFaults(identity.JID, func(f *simulator.Faults) {
			f.Timelock = &simulator.Timelock{Seconds: seconds, Type: "RESTRICT"}
		}); err != nil {
			t.Fatal(err)
		}
		return await(t, e, func(r session.Restricted) bool { return r.Restriction.Active == (seconds > 0) }).Restriction
	}
	if r := restrict(3600); r.Kind != "RESTRICT" || r.Until.IsZero() {
		t.Errorf("%+v", r)
	}
	if r := restrict(0); r != (vital.Restriction{}) {
		t.Errorf("lifted: %+v", r)
	}
	shutDown(t, e, c)
}

// TestPairRefused: the phone has scanned, and the credentials cannot be stored. Nothing of it stays; the same Device can be paired again.
func TestPairRefused(t *testing.T) {
	w := newWorld(t)
	if _, err := w.db.Exec("CREATE TRIGGER full BEFORE INSERT ON whatsmeow_device BEGIN SELECT RAISE(ABORT, 'disk full'); END"); err != nil {
		t.Fatal(err)
	}
	dev := openDevice(t, w.devices, vital.Identity{})
	e := newEar()
	c := dev.Connect(e.hear)
	codes := await[session.QRCodes](t, e).Codes
	if err := w.server.Scan(codes[0], alice, "Alice"); err == nil {
		t.Error("the server took the pairing for done")
	}
	if f := ended(t, e, c); f.Reason != vital.ReasonPairRefused || !strings.Contains(f.Text, "disk full") {
		t.Errorf("%+v", f)
	}
	if _, err := w.db.Exec("DROP TRIGGER full"); err != nil {
		t.Fatal(err)
	}
	e = newEar()
	c = dev.Connect(e.hear)
	again := await[session.QRCodes](t, e).Codes
	if again[0] == codes[0] {
		t.Error("a code of the refused pairing came again")
	}
	if err := w.server.Scan(again[0], alice, "Alice"); err != nil {
		t.Fatal(err)
	}
	await[session.RestartRequired](t, e)
	ended(t, e, c)
	e, c = w.up(dev)
	shutDown(t, e, c)
}

// TestStaleCode: a code of a connection that is closed cannot be scanned any more; the next connection has fresh ones.
func TestStaleCode(t *testing.T) {
	w := newWorld(t)
	dev := openDevice(t, w.devices, vital.Identity{})
	e := newEar()
	c := dev.Connect(e.hear)
	stale := await[session.QRCodes](t, e).Codes[0]
	shutDown(t, e, c)
	e = newEar()
	c = dev.Connect(e.hear)
	if fresh := await[session.QRCodes](t, e).Codes[0]; fresh == stale {
		t.Error("the code is the same")
	}
	if err := w.server.Scan(stale, alice, "Alice"); err == nil {
		t.Error("a code of a closed connection could be scanned")
	}
	shutDown(t, e, c)
}
