package whatsapp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// fakeServer answers the upgrade with handler and returns an endpoint for it.
func fakeServer(t *testing.T, handler http.HandlerFunc) *Endpoint {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &Endpoint{URL: strings.Replace(server.URL, "http", "ws", 1) + "/ws/chat"}
}

// upgraded is a handler that speaks WebSocket.
func upgraded(t *testing.T, speak func(ctx context.Context, ws *websocket.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err != nil {
			t.Errorf("accept: %v", err)
			return
		}
		defer func() { _ = ws.CloseNow() }()
		speak(r.Context(), ws)
	}
}

func connectTo(t *testing.T, endpoint *Endpoint) (*ear, session.Connection) {
	t.Helper()
	return connectWith(t, Options{Endpoint: endpoint})
}

func connectWith(t *testing.T, opts Options) (*ear, session.Connection) {
	t.Helper()
	dev := openDevice(t, newDevices(t, opts), vital.Identity{})
	e := newEar()
	return e, dev.Connect(e.hear)
}

// reachedPhases lists the phases that a connection was told to reach.
func reachedPhases(e *ear) string {
	var names []string
	for _, s := range e.all() {
		if p, ok := s.(session.PhaseReached); ok {
			names = append(names, p.Phase.String())
		}
	}
	return strings.Join(names, " ")
}

func TestRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	e, c := connectTo(t, &Endpoint{URL: "ws://" + addr})
	if f := ended(t, e, c); f.Reason != vital.ReasonTCP || f.Phase != vital.PhaseTCP || f.Text != "connection refused" {
		t.Errorf("%+v", f)
	}
	if got := reachedPhases(e); got != "TCP" {
		t.Errorf("phases: %s", got)
	}
	first, last := e.all()[0], e.all()[len(e.all())-2]
	if first != (session.ReadyChanged{Ready: vital.ReadyConnecting}) || last != (session.ReadyChanged{Ready: vital.ReadyClosed}) {
		t.Errorf("signals: %s", describe(e.all()))
	}
	if d := await[session.Dialled](t, e); len(d.Trace.Phases) != 1 || d.Trace.Began.IsZero() {
		t.Errorf("trace: %+v", d.Trace)
	}
}

func TestHTTPStatus(t *testing.T) {
	for _, status := range []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusFound, http.StatusOK} {
		e, c := connectTo(t, fakeServer(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://example.com/")
			w.WriteHeader(status)
		}))
		f := ended(t, e, c)
		if f.Reason != vital.ReasonWebSocket || f.Code != status || f.Text != http.StatusText(status) || f.Phase != vital.PhaseWebSocket {
			t.Errorf("%d: %+v", status, f)
		}
		if got := reachedPhases(e); got != "TCP WebSocket" {
			t.Errorf("%d: phases %s", status, got)
		}
	}
}

func TestNotHTTP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "220 mail.example ESMTP\r\n")
		_ = conn.Close()
	}()
	e, c := connectTo(t, &Endpoint{URL: "ws://" + l.Addr().String()})
	if f := ended(t, e, c); f.Reason != vital.ReasonWebSocket || f.Code != 0 || f.Text == "" {
		t.Errorf("%+v", f)
	}
	_ = l.Close()
	<-served
}

func TestTLSToAPlainServer(t *testing.T) {
	endpoint := fakeServer(t, func(w http.ResponseWriter, r *http.Request) {})
	endpoint.URL = strings.Replace(endpoint.URL, "ws://", "wss://", 1)
	e, c := connectTo(t, endpoint)
	if f := ended(t, e, c); f.Reason != vital.ReasonTLS || f.Phase != vital.PhaseTLS {
		t.Errorf("%+v", f)
	}
}

func TestGarbageInTheHandshake(t *testing.T) {
	e, c := connectTo(t, fakeServer(t, upgraded(t, func(ctx context.Context, ws *websocket.Conn) {
		_ = ws.Write(ctx, websocket.MessageBinary, []byte{0, 0, 4, 0xff, 0xff, 0xff, 0xff})
		_, _, _ = ws.Read(ctx)
		_, _, _ = ws.Read(ctx)
	})))
	if f := ended(t, e, c); f.Reason != vital.ReasonNoise || f.Phase != vital.PhaseNoise {
		t.Errorf("%+v", f)
	}
	if got := reachedPhases(e); got != "TCP WebSocket Noise" {
		t.Errorf("phases: %s", got)
	}
}

// TestClosedInTheHandshake: whatsmeow does not notice for 20 s; the connection does at once.
func TestClosedInTheHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, c := connectWith(t, pipeServer(t, upgraded(t, func(ctx context.Context, ws *websocket.Conn) {
			_, _, _ = ws.Read(ctx)
		})).options())
		began := time.Now()
		if f := ended(t, e, c); f.Reason != vital.ReasonNoise || f.Phase != vital.PhaseNoise || f.Text == "" {
			t.Errorf("%+v", f)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("the end was told after %v", took)
		}
	})
}

// TestStalledHandshake: whatsmeow gives up after 20 s of its own. Closing earlier takes no time at all, and the device connects again while the
// old attempt still hangs.
func TestStalledHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := pipeServer(t, upgraded(t, func(ctx context.Context, ws *websocket.Conn) {
			for {
				if _, _, err := ws.Read(ctx); err != nil {
					return
				}
			}
		})).options()
		dev := openDevice(t, newDevices(t, opts), vital.Identity{})

		patient := newEar()
		began := time.Now()
		c := dev.Connect(patient.hear)
		if f := ended(t, patient, c); f.Reason != vital.ReasonConnectTimeout || f.Phase != vital.PhaseNoise {
			t.Errorf("%+v", f)
		}
		if took := time.Since(began); took < 19*time.Second || took > 22*time.Second {
			t.Errorf("gave up after %v", took)
		}
		for range 2 {
			e := newEar()
			c := dev.Connect(e.hear)
			await(t, e, func(p session.PhaseReached) bool { return p.Phase == vital.PhaseNoise })
			synctest.Wait()
			asked := time.Now()
			c.Close()
			c.Close()
			if f := ended(t, e, c); f != (vital.Failure{}) {
				t.Errorf("closed: %+v", f)
			}
			if took := time.Since(asked); took > time.Second {
				t.Errorf("the end was told %v after Close", took)
			}
		}
	})
}

// TestSilentServer: somebody accepts the connection and never says a word.
func TestSilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipe()
		taken := make(chan net.Conn, 1)
		go func() {
			conn, _ := p.Accept()
			taken <- conn
		}()
		e, c := connectWith(t, p.options())
		go func() { _, _ = io.Copy(io.Discard, <-taken) }()
		began := time.Now()
		if f := ended(t, e, c); f.Reason != vital.ReasonConnectTimeout || f.Phase != vital.PhaseWebSocket {
			t.Errorf("%+v", f)
		}
		if took := time.Since(began); took < dialBound || took > dialBound+time.Second {
			t.Errorf("gave up after %v", took)
		}
	})
}

// TestNobodyAccepts: the dial itself hangs, and Close ends it.
func TestNobodyAccepts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, c := connectWith(t, newPipe().options())
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := c.Ping(ctx); !errors.Is(err, session.ErrNotConnected) {
			t.Errorf("ping: %v", err)
		}
		if _, err := c.RequestPhoneCode(ctx, "+6281260268381"); !errors.Is(err, session.ErrNotPairing) {
			t.Errorf("phone code: %v", err)
		}
		if err := c.Logout(ctx); !errors.Is(err, session.ErrNotConnected) {
			t.Errorf("logout: %v", err)
		}
		c.Close()
		if f := ended(t, e, c); f != (vital.Failure{}) {
			t.Errorf("%+v", f)
		}
	})
}

func TestDialFailure(t *testing.T) {
	op := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for _, c := range []struct {
		err   error
		phase vital.Phase
		want  vital.Reason
	}{
		{&net.DNSError{Err: "no such host", Name: "web.whatsapp.com"}, vital.PhaseDNS, vital.ReasonDNS},
		{&net.DNSError{Err: "dial udp 9.9.9.9:53: connect: network is unreachable"}, vital.PhaseDNS, vital.ReasonNetworkUnreachable},
		{op(syscall.ENETUNREACH), vital.PhaseTCP, vital.ReasonNetworkUnreachable},
		{op(syscall.EHOSTUNREACH), vital.PhaseTCP, vital.ReasonNetworkUnreachable},
		{op(syscall.ECONNREFUSED), vital.PhaseTCP, vital.ReasonTCP},
		{errors.New("Proxy Authentication Required"), vital.PhaseTCP, vital.ReasonTCP},
		{errors.New("noise handshake failed: failed to verify server cert: intermediate cert certificate expired (current time a is after b)"),
			vital.PhaseNoise, vital.ReasonCertificateTime},
		{&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, vital.PhaseTLS, vital.ReasonCertificateTime},
		{&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}}, vital.PhaseTLS, vital.ReasonTLS},
		{tls.AlertError(40), vital.PhaseTLS, vital.ReasonTLS},
		{io.EOF, vital.PhaseTLS, vital.ReasonTLS},
		{io.EOF, vital.PhaseWebSocket, vital.ReasonWebSocket},
		{errors.New("noise handshake failed: failed to decrypt"), vital.PhaseNoise, vital.ReasonNoise},
		{errors.New("noise handshake failed: failed to verify server cert: x"), vital.PhaseNoise, vital.ReasonCertificate},
		{errors.New("noise handshake failed: timed out waiting for handshake response"), vital.PhaseNoise, vital.ReasonConnectTimeout},
	} {
		got := dialFailure(c.err, c.phase)
		if got.Reason != c.want || got.Code != 0 || got.Phase != c.phase {
			t.Errorf("%v in %v: %+v, want %v", c.err, c.phase, got, c.want)
		}
		if vital.Diagnose(got).What == "" || got.Reason.Permanent() {
			t.Errorf("%+v: not explained, or never retried", got)
		}
	}
}
