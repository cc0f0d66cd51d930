package whatsapp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/simulator"
)

// newTLSWorld is a world whose endpoint is wss, with a certificate that nobody has signed.
func newTLSWorld(t *testing.T) *world {
	t.Helper()
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	certificates := certified.TLS.Certificates
	certified.Close()
	plainListener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := tls.NewListener(plainListener, &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS12})
	server, err := simulator.New(simulator.Options{Listener: listener})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	db := openDB(t)
	endpoint := &Endpoint{URL: "wss://" + plainListener.Addr().String() + "/ws/chat", RootKey: server.RootKey()}
	return &world{t: t, server: server, db: db, devices: newDevices(t, Options{DB: db, Endpoint: endpoint})}
}

// TestOverTLS: whatsmeow's own ways to end a connection wait 5 s for a frozen peer behind TLS. Ours does not.
func TestOverTLS(t *testing.T) {
	w := newTLSWorld(t)
	dev, _ := w.pair(alice)
	e, c := w.up(dev)
	if got := reachedPhases(e); got != "TCP TLS WebSocket Noise login ready" {
		t.Errorf("phases: %s", got)
	}
	w.faults(func(f *simulator.Faults) { f.Freeze = true })
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
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
