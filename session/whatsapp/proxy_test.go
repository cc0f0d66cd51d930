package whatsapp

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

const proxyPassword = "hunter22hunter22"

// middleman is a proxy on this machine, for CONNECT and SOCKS5, with a user and password.
type middleman struct {
	t  testing.TB
	l  net.Listener
	wg sync.WaitGroup

	mu     sync.Mutex
	asked  []string // host:port of each request that was let through
	open   map[net.Conn]struct{}
	answer string // of CONNECT instead of letting it through
	leads  string // where everybody is let through to; "" for where they want to go
}

func newMiddleman(t testing.TB, serve func(*middleman, net.Conn)) *middleman {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &middleman{t: t, l: l, open: map[net.Conn]struct{}{}}
	m.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			m.keep(conn)
			m.wg.Go(func() {
				defer func() { _ = conn.Close() }()
				serve(m, conn)
			})
		}
	})
	t.Cleanup(m.close)
	return m
}

func (m *middleman) keep(conn net.Conn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open[conn] = struct{}{}
}

// close ends the proxy and what goes through it.
func (m *middleman) close() {
	_ = m.l.Close()
	m.mu.Lock()
	for conn := range m.open {
		_ = conn.Close()
	}
	m.mu.Unlock()
	m.wg.Wait()
}

func (m *middleman) host() string { return m.l.Addr().String() }

func (m *middleman) targets() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.asked...)
}

// join lets a client through to a target on this machine.
func (m *middleman) join(client net.Conn, first io.Reader, target string) {
	m.mu.Lock()
	m.asked = append(m.asked, target)
	if m.leads != "" {
		target = m.leads
	}
	m.mu.Unlock()
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	m.keep(server)
	m.wg.Go(func() {
		_, _ = io.Copy(server, first)
		_ = server.Close()
	})
	_, _ = io.Copy(client, server)
}

func serveConnect(m *middleman, conn net.Conn) {
	reader := bufio.NewReader(conn)
	req, err := http.ReadRequest(reader)
	if err != nil || req.Method != http.MethodConnect {
		return
	}
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("ada:"+proxyPassword))
	m.mu.Lock()
	answer := m.answer
	m.mu.Unlock()
	switch {
	case answer != "":
		_, _ = io.WriteString(conn, answer)
	case req.Header.Get("Proxy-Authorization") != want:
		_, _ = io.WriteString(conn, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
	default:
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		m.join(conn, reader, req.Host)
	}
}

// serveSOCKS is RFC 1928 with RFC 1929, as far as a client of ours goes.
func serveSOCKS(m *middleman, conn net.Conn) {
	read := func(n int) []byte {
		b := make([]byte, n)
		if _, err := io.ReadFull(conn, b); err != nil {
			return make([]byte, n)
		}
		return b
	}
	methods := read(int(read(2)[1]))
	if !bytes.Contains(methods, []byte{2}) {
		_, _ = conn.Write([]byte{5, 0xFF})
		return
	}
	_, _ = conn.Write([]byte{5, 2})
	user := read(int(read(2)[1]))
	password := read(int(read(1)[0]))
	if string(user) != "ada" || string(password) != proxyPassword {
		_, _ = conn.Write([]byte{1, 1})
		return
	}
	_, _ = conn.Write([]byte{1, 0})
	var host string
	switch head := read(4); head[3] {
	case 1:
		host = net.IP(read(4)).String()
	case 3:
		host = string(read(int(read(1)[0])))
	default:
		return
	}
	target := net.JoinHostPort(host, strings.TrimSpace(portText(read(2))))
	_, _ = conn.Write([]byte{5, 0, 0, 1, 127, 0, 0, 1, 0, 0})
	m.join(conn, conn, target)
}

func portText(b []byte) string {
	_, port, _ := net.SplitHostPort((&net.TCPAddr{Port: int(binary.BigEndian.Uint16(b))}).String())
	return port
}

func proxyFor(t testing.TB, scheme, user, host string) vital.Proxy {
	t.Helper()
	if user != "" {
		host = user + "@" + host
	}
	p, err := vital.ParseProxy(scheme + "://" + host)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestThroughAProxy: pairing, login and media go through the proxy and nowhere else, and when it is gone nothing goes round it.
func TestThroughAProxy(t *testing.T) {
	for scheme, serve := range proxyKinds() {
		t.Run(scheme, func(t *testing.T) {
			if scheme == "https" {
				needsAuthority(t)
			}
			m := newMiddleman(t, serve)
			server, err := simulator.New(simulator.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Close)
			var log syncBuffer
			d := newDevices(t, Options{
				Endpoint: &Endpoint{URL: server.URL(), RootKey: server.RootKey()}, Proxy: proxyFor(t, scheme, "ada:"+proxyPassword, m.host()),
				Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			if got := d.Proxy(); got != scheme+"://"+m.host() {
				t.Errorf("shown as %q", got)
			}
			w := &world{t: t, server: server, devices: d}
			dev, identity := w.pair(alice)
			e, c := w.up(dev)
			if _, err := server.SayMedia(identity.JID, "+491512345678", "", simulator.Media{Kind: "image", Size: 100}); err != nil {
				t.Fatal(err)
			}
			media := await[session.MediaSeen](t, e).Media
			before := len(m.targets())
			if err := c.Download(t.Context(), media, io.Discard); err != nil {
				t.Fatal(err)
			}
			if after := len(m.targets()); after <= before {
				t.Error("the media did not come through the proxy")
			}
			for _, target := range m.targets() {
				if target != server.Addr() {
					t.Errorf("asked for %q", target)
				}
			}
			shutDown(t, e, c)

			// The proxy is gone, and the server is there.
			m.close()
			e = newEar()
			f := ended(t, e, dev.Connect(e.hear))
			if want := "the proxy " + m.host() + " refused the connection"; f.Reason != vital.ReasonProxy || f.Text != want {
				t.Errorf("%+v, want %q", f, want)
			}
			if strings.Contains(log.String(), proxyPassword) || strings.Contains(describe(e.all()), proxyPassword) {
				t.Error("the password is in the log or the signals")
			}
		})
	}
}

// TestProxyOfOneDevice: its own stands before that of all.
func TestProxyOfOneDevice(t *testing.T) {
	w := newWorld(t)
	dev, _ := w.pair(alice)
	m := newMiddleman(t, serveSOCKS)
	dev.UseProxy(proxyFor(t, "socks5", "ada:"+proxyPassword, m.host()))
	e, c := w.up(dev)
	shutDown(t, e, c)
	if got := m.targets(); len(got) != 1 {
		t.Errorf("through the proxy: %v", got)
	}
	dev.UseProxy(vital.Proxy{})
	e, c = w.up(dev)
	shutDown(t, e, c)
	if got := m.targets(); len(got) != 1 {
		t.Errorf("without it: %v", got)
	}
}

// TestProxyFailures: each says in words what is wrong with the proxy, and none is gone round.
func TestProxyFailures(t *testing.T) {
	w := newWorld(t)
	dev, _ := w.pair(alice)
	connect, socks := newMiddleman(t, serveConnect), newMiddleman(t, serveSOCKS)
	hangsUp := newMiddleman(t, func(_ *middleman, conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) })
	babbles := newMiddleman(t, func(_ *middleman, conn net.Conn) {
		_, _ = conn.Read(make([]byte, 1024))
		_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH\r\n\r\n")
	})
	busy := newMiddleman(t, serveConnect)
	secure, stranger := newMiddleman(t, proxyKinds()["https"]), newMiddleman(t, overTLS(strangersCertificate, serveConnect))
	elsewhere := newMiddleman(t, overTLS(func() (tls.Certificate, error) { return certificateFor("proxy.example.org") }, serveConnect))
	busy.answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
	for _, c := range []struct {
		name, scheme, user string
		proxy              *middleman
		want               string
	}{
		{"wrong password", "http", "ada:wrong", connect, " wants a user and password, or others than it got (407)"},
		{"no password", "http", "", connect, " wants a user and password, or others than it got (407)"},
		{"no SOCKS password", "socks5", "", socks, " failed: no acceptable authentication methods"},
		{"wrong SOCKS password", "socks5", "ada:wrong", socks, " failed: username/password authentication failed"},
		{"busy", "http", "ada:x", busy, " answered 503 Service Unavailable"},
		{"hangs up", "http", "ada:x", hangsUp, " hung up"},
		{"SOCKS hangs up", "socks5", "ada:x", hangsUp, " hung up"},
		{"no proxy at all", "http", "ada:x", babbles, " failed: malformed HTTP response \"SSH-2.0-OpenSSH\""},
		{"no TLS", "https", "ada:x", babbles, " broke the encryption to it: tls: first record does not look like a TLS handshake"},
		{"wrong password over TLS", "https", "ada:wrong", secure, " wants a user and password, or others than it got (407)"},
		{"a certificate that nobody knows", "https", "ada:x", stranger, " broke the encryption to it: x509: certificate signed by unknown authority"},
		{"a certificate for another", "https", "ada:x", elsewhere, " broke the encryption to it: x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.proxy == secure || c.proxy == elsewhere {
				needsAuthority(t)
			}
			dev.UseProxy(proxyFor(t, c.scheme, c.user, c.proxy.host()))
			e := newEar()
			f := ended(t, e, dev.Connect(e.hear))
			if f.Reason != vital.ReasonProxy || f.Text != "the proxy "+c.proxy.host()+c.want {
				t.Errorf("%+v, want %q", f, c.want)
			}
			if reached := reachedPhases(e); strings.Contains(reached, "WebSocket") {
				t.Errorf("it went on: %s", reached)
			}
		})
	}
	if got := slices.Concat(connect.targets(), socks.targets(), secure.targets(), stranger.targets(), elsewhere.targets()); len(got) != 0 {
		t.Errorf("let through: %v", got)
	}
	// A proxy on another machine is not for a simulator.
	dev.UseProxy(proxyFor(t, "http", "ada:x", "192.0.2.1:9"))
	e := newEar()
	if f := ended(t, e, dev.Connect(e.hear)); f.Reason != vital.ReasonProxy || !strings.Contains(f.Text, "is not on this machine") {
		t.Errorf("%+v", f)
	}
}

// TestSilentProxy: one that takes the connection and says nothing does not hold up a stop.
func TestSilentProxy(t *testing.T) {
	w := newWorld(t)
	dev, _ := w.pair(alice)
	reached := make(chan struct{}, 8)
	m := newMiddleman(t, func(_ *middleman, conn net.Conn) {
		reached <- struct{}{}
		_, _ = io.Copy(io.Discard, conn)
	})
	for _, scheme := range []string{"http", "https", "socks5"} {
		dev.UseProxy(proxyFor(t, scheme, "ada:x", m.host()))
		e := newEar()
		c := dev.Connect(e.hear)
		<-reached
		shutDown(t, e, c)
	}
}

// syncBuffer is a log that is read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
