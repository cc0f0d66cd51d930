package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

// still is a connection that nothing drives: the test plays run's goroutine, to bring about every order of what comes from whatsmeow.
func still(t *testing.T) (*connection, *ear) {
	t.Helper()
	e := newEar()
	d := newDevices(t, Options{Endpoint: &Endpoint{URL: "ws://127.0.0.1:1"}})
	dev := newDevice(d, d.container.NewDevice(), vital.Identity{})
	c := newConnection(dev, dev.store, dev.vault, vital.Proxy{}, e.hear)
	t.Cleanup(func() { close(c.stop); c.work.Wait() })
	c.deadline, c.trafficTimer = time.NewTimer(time.Hour), time.NewTimer(time.Hour)
	c.fall.enter(vital.PhaseNoise)
	c.opened()
	return c, e
}

// told lists the types of what was told after the handshake.
func told(e *ear) string {
	var names []string
	for _, s := range e.all() {
		switch s.(type) {
		case session.ReadyChanged, session.Dialled, session.PhaseReached:
		default:
			names = append(names, reflect.TypeOf(s).Name())
		}
	}
	return strings.Join(names, " ")
}

// TestPairingInEveryOrder: the 515, the end of the socket and Close race with whatsmeow's own PairSuccess.
func TestPairingInEveryOrder(t *testing.T) {
	identity := vital.Identity{JID: "6281260268381:1@s.whatsapp.net", Phone: alice}
	restart := vital.Failure{Reason: vital.ReasonStreamRestart, Code: 515}
	began := func(c *connection) { c.pairUnderway = true }
	paired := func(c *connection) { c.paired(identity) }
	for _, tc := range []struct {
		name  string
		steps []func(*connection)
		told  string
		want  vital.Reason
	}{
		{"515 last", []func(*connection){began, paired, func(c *connection) { c.serverEnds(restart) }}, "Paired RestartRequired", vital.ReasonPairRestart},
		{"515 first", []func(*connection){began, func(c *connection) { c.serverEnds(restart) }, paired}, "Paired RestartRequired", vital.ReasonPairRestart},
		{"515 and the end first", []func(*connection){began, func(c *connection) { c.serverEnds(restart); c.lineLost(io.EOF) }, paired},
			"Paired RestartRequired", vital.ReasonPairRestart},
		{"no 515, the end first", []func(*connection){began, func(c *connection) { c.lineLost(io.EOF) }, paired}, "Paired RestartRequired", vital.ReasonPairRestart},
		{"no 515, the end last", []func(*connection){began, paired, func(c *connection) { c.lineLost(io.EOF) }}, "Paired RestartRequired", vital.ReasonPairRestart},
		{"neither", []func(*connection){began, paired, func(c *connection) { c.onDeadline() }}, "Paired RestartRequired", vital.ReasonPairRestart},
		{"closed meanwhile", []func(*connection){began, func(c *connection) { c.closeAsked() }, paired}, "Paired", vital.ReasonNone},
		{"closed, never stored", []func(*connection){began, func(c *connection) { c.closeAsked(); c.onDeadline() }}, "", vital.ReasonNone},
		{"refused", []func(*connection){began, func(c *connection) { c.pairFailed("no") }}, "", vital.ReasonPairRefused},
		{"lost, never stored", []func(*connection){began, func(c *connection) { c.lineLost(io.EOF); c.onDeadline() }}, "", vital.ReasonServerClosed},
		{"515 without pairing", []func(*connection){func(c *connection) { c.serverEnds(restart) }}, "", vital.ReasonStreamRestart},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, e := still(t)
			for _, step := range tc.steps {
				step(c)
			}
			if !c.ended || c.failure.Reason != tc.want || told(e) != tc.told {
				t.Errorf("ended %v with %+v after %q; want %q after %q", c.ended, c.failure, told(e), tc.want, tc.told)
			}
		})
	}
}

// TestCodesRanOut: the server's silent close at the end of the last code is no lost connection.
func TestCodesRanOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tc := range []struct {
			after time.Duration
			want  vital.Reason
		}{
			{160 * time.Second, vital.ReasonCodesRanOut},
			{30 * time.Second, vital.ReasonServerClosed},
		} {
			c, _ := still(t)
			c.codesCame(make([]string, 6))
			<-time.After(tc.after) // on the fake clock
			c.lineLost(nil)
			c.onDeadline()
			if c.failure.Reason != tc.want {
				t.Errorf("closed after %v: %+v", tc.after, c.failure)
			}
		}
	})
}

// TestServersWordWins: the socket's end, and Close, do not hide why the server ended the connection.
func TestServersWordWins(t *testing.T) {
	removed := vital.Failure{Reason: vital.ReasonDeviceRemoved, Code: 401}
	for name, after := range map[string]func(*connection){
		"end":   func(c *connection) { c.lineLost(io.EOF); c.onDeadline() },
		"close": func(c *connection) { c.closeAsked() },
		"error": func(c *connection) { c.connected(errors.New("closed")) },
		"other": func(c *connection) { c.serverEnds(vital.Failure{Reason: vital.ReasonStreamError}); c.onDeadline() },
	} {
		c, _ := still(t)
		c.serverEnds(removed)
		after(c)
		if !c.ended || c.failure != removed {
			t.Errorf("%s: ended %v with %+v", name, c.ended, c.failure)
		}
	}
	// A stanza that whatsmeow still reads when the socket is gone is heard.
	c, _ := still(t)
	c.lineLost(io.EOF)
	c.serverEnds(vital.Failure{Reason: vital.ReasonStreamUnavailable, Code: 503})
	if c.failure.Code != 503 {
		t.Errorf("a late 503: %+v", c.failure)
	}
}

func TestInboxIsBounded(t *testing.T) {
	b := newInbox()
	for range maxDroppable + 7 {
		b.pass(session.Noted{})
	}
	b.put(func() {})
	items := b.take()
	if len(items) != maxDroppable+2 || items[maxDroppable].do == nil {
		t.Fatalf("%d items", len(items))
	}
	lost, ok := items[len(items)-1].signal.(session.Noted)
	if !ok || lost.Kind != vital.KindGap || lost.Fields[0].Value != "7" {
		t.Errorf("the gap: %+v", items[len(items)-1])
	}
	b.pass(session.Noted{})
	if items := b.take(); len(items) != 1 {
		t.Errorf("%d items after the gap", len(items))
	}
}

// TestTrafficIsCoalesced: stanzas are told at most four times a second, and none is lost.
func TestTrafficIsCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr traffic
		var sum uint64
		signals := 0
		var due time.Time
		for range 1000 { // 10 seconds
			tr.count(true)
			if tr.arm() {
				due = time.Now().Add(trafficEvery)
			}
			if !time.Now().Before(due) {
				got, some := tr.collect(0, 0)
				if !some || got.At.IsZero() {
					t.Fatalf("%+v", got)
				}
				sum += got.StanzasIn
				signals++
			}
			<-time.After(10 * time.Millisecond) // on the fake clock
		}
		rest, _ := tr.collect(0, 0)
		if sum+rest.StanzasIn != 1000 || signals < 38 || signals > 42 {
			t.Errorf("%d stanzas in %d signals", sum+rest.StanzasIn, signals)
		}
		if _, some := tr.collect(0, 0); some || tr.arm() {
			t.Error("nothing was counted, yet there is something to tell")
		}
	})
}

// TestPanicsStayHere: a panic in a sink, or in one of our goroutines, ends the one connection.
func TestPanicsStayHere(t *testing.T) {
	w := newWorld(t)
	dev := openDevice(t, w.devices, vital.Identity{})
	e := newEar()
	c := dev.Connect(func(s session.Signal) {
		if _, ok := s.(session.QRCodes); ok {
			panic("a fault")
		}
		e.hear(s)
	})
	if f := ended(t, e, c); f.Reason != vital.ReasonInternal || strings.Contains(f.Text, "a fault") {
		t.Errorf("%+v", f)
	}
	e = newEar()
	c = dev.Connect(e.hear)
	await[session.QRCodes](t, e)
	c.(*connection).spawn("test", func() { panic(fmt.Errorf("a fault")) })
	if f := ended(t, e, c); f.Reason != vital.ReasonInternal {
		t.Errorf("%+v", f)
	}
	c = dev.Connect(func(session.Signal) { panic("always") })
	select {
	case <-c.Done():
	case <-time.After(patienceInTests):
		t.Fatal("a sink that always panics keeps its connection alive")
	}
}

// TestDamagedCredentials: what cannot be used is reported as missing, not as trouble that passes.
func TestDamagedCredentials(t *testing.T) {
	w := newWorld(t)
	_, identity := w.pair(alice)
	for _, query := range []string{"PRAGMA ignore_check_constraints = 1", "UPDATE whatsmeow_device SET noise_key = x'00'"} {
		if _, err := w.db.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.devices.Open(context.Background(), identity); !errors.Is(err, session.ErrCredentialsMissing) {
		t.Errorf("damaged: %v", err)
	}
	if _, err := w.devices.Open(context.Background(), vital.Identity{JID: "a@b@c:d"}); !errors.Is(err, session.ErrCredentialsMissing) {
		t.Errorf("unreadable JID: %v", err)
	}
	if _, err := w.devices.Open(context.Background(), vital.Identity{JID: "1234567:9@s.whatsapp.net"}); !errors.Is(err, session.ErrCredentialsMissing) {
		t.Errorf("unknown JID: %v", err)
	}
}

// TestLoginTimesOut: the server shakes hands and then falls silent.
func TestLoginTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newPipeWorld(t)
		dev, _ := w.pair(alice)
		w.faults(func(f *simulator.Faults) { f.Blackhole = true })
		for _, dev := range []session.Device{dev, openDevice(t, w.devices, vital.Identity{})} {
			e := newEar()
			began := time.Now()
			if f := ended(t, e, dev.Connect(e.hear)); f.Reason != vital.ReasonLoginTimeout || f.Text == "" {
				t.Errorf("%+v", f)
			}
			if took := time.Since(began); took < loginBound || took > loginBound+2*time.Second {
				t.Errorf("gave up after %v", took)
			}
		}
	})
}

// TestDevicesCloseWaits: a handshake that still hangs belongs to Devices, and Close ends what is alive.
func TestDevicesCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newPipeWorld(t)
		w.faults(func(f *simulator.Faults) { f.StallHandshake = true })
		dev := openDevice(t, w.devices, vital.Identity{})
		e := newEar()
		c := dev.Connect(e.hear)
		await(t, e, func(p session.PhaseReached) bool { return p.Phase == vital.PhaseNoise })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if err := w.devices.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close did not wait for the handshake: %v", err)
		}
		if f := ended(t, e, c); f != (vital.Failure{}) {
			t.Errorf("%+v", f)
		}
		late := newEar()
		if f := ended(t, late, dev.Connect(late.hear)); f != (vital.Failure{}) {
			t.Errorf("connect after Close: %+v", f)
		}
		if err := w.devices.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// TestProxy: WhatsApp itself is reached through the proxy that the environment names, and a proxy that refuses is told.
func TestProxy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			asked <- err.Error()
			return
		}
		defer func() { _ = conn.Close() }()
		buf := make([]byte, 1024)
		n, _ := conn.Read(buf)
		asked <- string(buf[:n])
		_, _ = io.WriteString(conn, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
	}()
	defer func() { _ = l.Close() }()
	t.Setenv("HTTPS_PROXY", "http://"+l.Addr().String())
	e, c := connectWith(t, Options{Dial: tcpDialerToLoopback()})
	if f := ended(t, e, c); f.Reason != vital.ReasonTCP || f.Text != "Proxy Authentication Required" {
		t.Errorf("%+v", f)
	}
	_ = l.Close()
	if line, _, _ := strings.Cut(<-asked, "\r\n"); line != "CONNECT web.whatsapp.com:443 HTTP/1.1" {
		t.Errorf("the proxy was asked for %q", line)
	}
}

// tcpDialerToLoopback keeps a test without an endpoint from reaching anything but this machine.
func tcpDialerToLoopback() dialFunc {
	return (&net.Dialer{Control: onlyLoopback}).DialContext
}
