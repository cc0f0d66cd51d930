package whatsapp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// proxyKinds are the proxies that there are, by their scheme.
func proxyKinds() map[string]func(*middleman, net.Conn) {
	return map[string]func(*middleman, net.Conn){
		"http": serveConnect, "socks5": serveSOCKS, "https": overTLS(func() (tls.Certificate, error) { return certificateFor("127.0.0.1") }, serveConnect),
	}
}

// overTLS is a proxy that one talks to over TLS.
func overTLS(own func() (tls.Certificate, error), serve func(*middleman, net.Conn)) func(*middleman, net.Conn) {
	prove := sync.OnceValues(own)
	return func(m *middleman, conn net.Conn) {
		certificate, err := prove()
		if err != nil {
			m.t.Error(err)
			return
		}
		serve(m, tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}))
	}
}

// newSite is a server that can prove to be WhatsApp's, and tells a client version. Who wants a socket waits until refuse is called, and gets none.
func newSite(t *testing.T, revision int) (addr string, asked *atomic.Int64, refuse func()) {
	t.Helper()
	proof, err := certificateFor("web.whatsapp.com")
	if err != nil {
		t.Fatal(err)
	}
	asked = new(atomic.Int64)
	waited := make(chan struct{})
	refuse = sync.OnceFunc(func() { close(waited) })
	site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "" && r.URL.Path != "/" {
			<-waited
			http.Error(w, "there is no socket here", http.StatusServiceUnavailable)
			return
		}
		asked.Add(1)
		_, _ = fmt.Fprintf(w, `{"client_revision":%d,"more":1}`, revision)
	}))
	site.TLS = &tls.Config{Certificates: []tls.Certificate{proof}, MinVersion: tls.VersionTLS12}
	site.StartTLS()
	t.Cleanup(func() { refuse(); site.Close() })
	return site.Listener.Addr().String(), asked, refuse
}

// road notes whom a process connects to, and lets it reach nobody but one.
type road struct {
	to string

	mu     sync.Mutex
	others []string
}

func (r *road) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if addr != r.to {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.others = append(r.others, addr)
		return nil, errors.New("no network in tests")
	}
	return new(net.Dialer).DialContext(ctx, network, addr)
}

func (r *road) strayed() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.others)
}

// TestTheVersionIsAskedThroughTheProxy: to WhatsApp itself, through each kind of proxy, everything goes to the proxy and nowhere else, the question for the newest client version too; and
// when the proxy is gone there is no answer, and still nobody else is asked.
func TestTheVersionIsAskedThroughTheProxy(t *testing.T) {
	needsAuthority(t)
	const revision = 1_999_999_999
	for scheme, serve := range proxyKinds() {
		t.Run(scheme, func(t *testing.T) {
			m := newMiddleman(t, serve)
			site, asked, refuse := newSite(t, revision)
			m.leads = site
			way := &road{to: m.host()}
			var log syncBuffer
			d := newDevices(t, Options{
				Proxy: proxyFor(t, scheme, "ada:"+proxyPassword, m.host()), LatestVersion: askLatest, Dial: way.dial,
				Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			e := newEar()
			dev := openDevice(t, d, vital.Identity{})
			c := dev.Connect(e.hear)
			want := fmt.Sprintf("2.3000.%d", revision)
			await(t, e, func(k session.ClientKnown) bool { return k.Client.Latest == want })
			refuse()
			if f := ended(t, e, c); f.Reason != vital.ReasonWebSocket || f.Code != http.StatusServiceUnavailable {
				t.Errorf("the socket: %+v", f)
			}
			if asked.Load() != 1 {
				t.Errorf("asked %d times", asked.Load())
			}
			via := c.(*connection).web
			if _, err := d.versions.ask(t.Context(), via); err != nil || asked.Load() != 2 {
				t.Errorf("asked again, %d times: %v", asked.Load(), err)
			}
			m.close()
			if latest, err := d.versions.ask(t.Context(), via); err == nil || !strings.Contains(err.Error(), "the proxy "+m.host()+" refused the connection") {
				t.Errorf("without the proxy: %v, %v", latest, err)
			}
			for _, target := range m.targets() {
				if target != "web.whatsapp.com:443" {
					t.Errorf("the proxy was asked for %q", target)
				}
			}
			if others := way.strayed(); len(others) > 0 || asked.Load() != 2 {
				t.Errorf("past the proxy: %q, asked %d times", others, asked.Load())
			}
			if strings.Contains(log.String(), proxyPassword) || strings.Contains(describe(e.all()), proxyPassword) {
				t.Error("the password is in the log or the signals")
			}
		})
	}
}
