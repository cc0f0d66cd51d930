package whatsapp

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestParseEndpoint(t *testing.T) {
	key := strings.Repeat("ab", 32)
	for _, good := range []string{
		"ws://127.0.0.1:8080/ws/chat", "wss://127.8.9.1:443", "ws://[::1]:1/x", "WS://LOCALHOST:9/", " ws://localhost ", "ws://[::ffff:127.0.0.1]:1",
	} {
		e, err := ParseEndpoint(good, key)
		if err != nil {
			t.Errorf("%q: %v", good, err)
		} else if e.RootKey[0] != 0xab || e.RootKey[31] != 0xab {
			t.Errorf("%q: root key %x", good, e.RootKey)
		}
	}
	for _, c := range []struct {
		url, key string
		want     error
	}{
		{"ws://192.168.1.2:80", key, ErrEndpointNotLoopback},
		{"wss://web.whatsapp.com/ws/chat", key, ErrEndpointNotLoopback},
		{"ws://localhost.evil.example", key, ErrEndpointNotLoopback},
		{"ws://127.0.0.1.nip.io", key, ErrEndpointNotLoopback},
		{"ws://0.0.0.0:80", key, ErrEndpointNotLoopback},
		{"http://127.0.0.1", key, ErrEndpointScheme},
		{"127.0.0.1:80", key, ErrEndpointURL},
		{"ws://", key, ErrEndpointURL},
		{"ws://user:pass@127.0.0.1", key, ErrEndpointURL},
		{"", key, ErrEndpointScheme},
		{"ws://127.0.0.1", "", ErrRootKey},
		{"ws://127.0.0.1", key[:62], ErrRootKey},
		{"ws://127.0.0.1", "zz" + key[2:], ErrRootKey},
	} {
		if e, err := ParseEndpoint(c.url, c.key); !errors.Is(err, c.want) || e != nil {
			t.Errorf("%q %q: %v, want %v", c.url, c.key, err, c.want)
		} else if strings.Contains(err.Error(), "pass") {
			t.Errorf("the error repeats a password: %v", err)
		}
	}
}

func TestDialerRefusesOtherMachines(t *testing.T) {
	dial := tcpDialer(&url.URL{})
	if _, err := dial(context.Background(), "tcp", "192.0.2.1:9"); !errors.Is(err, ErrEndpointNotLoopback) {
		t.Errorf("dialled another machine: %v", err)
	}
}

// TestUpgraderRewrites: the request reaches the endpoint's host and path, without the compression offer.
func TestUpgraderRewrites(t *testing.T) {
	got := make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r }))
	defer server.Close()
	for path, want := range map[string]string{"/other?x=1": "/other?x=1", "": "/ws/chat"} {
		u, err := endpointURL(strings.Replace(server.URL, "http", "ws", 1) + path)
		if err != nil {
			t.Fatal(err)
		}
		dated := false
		client := webClient(&upgrader{
			base: httpTransport(tcpDialer(u), u), endpoint: u, upgraded: func() { t.Error("not upgraded") }, dated: func(time.Time) { dated = true },
		})
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://web.whatsapp.com/ws/chat", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Sec-WebSocket-Extensions", "permessage-deflate")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		r := <-got
		if !dated {
			t.Error("the server's clock was not heard")
		}
		if r.URL.RequestURI() != want || r.Host != u.Host || r.Header.Get("Sec-WebSocket-Extensions") != "" {
			t.Errorf("%q: asked %s of %s with %v", path, r.URL, r.Host, r.Header)
		}
		if req.Header.Get("Sec-WebSocket-Extensions") == "" {
			t.Error("the caller's request was changed")
		}
	}
}

func TestOneRootKeyAProcess(t *testing.T) {
	endpoint := func(key byte) *Endpoint {
		e := &Endpoint{URL: "ws://127.0.0.1:9"}
		e.RootKey[0] = key
		return e
	}
	first := newDevices(t, Options{Endpoint: endpoint(1)})
	newDevices(t, Options{Endpoint: endpoint(1)})
	if _, err := New(context.Background(), Options{DB: openDB(t), Endpoint: endpoint(2)}); !errors.Is(err, ErrOtherServer) {
		t.Errorf("a second root key: %v", err)
	}
	if _, err := New(context.Background(), Options{DB: openDB(t)}); !errors.Is(err, ErrOtherServer) {
		t.Errorf("WhatsApp itself beside a simulator: %v", err)
	}
	for range 2 { // closing twice is once
		if err := first.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}
