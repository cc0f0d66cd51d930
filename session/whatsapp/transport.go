package whatsapp

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/wapulse/wapulse/session"
)

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// tcpDialer is how real connections are made.
func tcpDialer(endpoint *url.URL) dialFunc {
	d := &net.Dialer{KeepAlive: 30 * time.Second}
	if endpoint != nil {
		d.Control = onlyLoopback
	}
	return d.DialContext
}

// httpTransport makes connections with dial: to WhatsApp itself through the proxy that the environment names, or to the endpoint.
func httpTransport(dial dialFunc, endpoint *url.URL) *http.Transport {
	t := &http.Transport{
		DialContext:       dial,
		DisableKeepAlives: true, // an attempt never gets the leftovers of an earlier one
	}
	if endpoint == nil {
		t.Proxy = http.ProxyFromEnvironment
		return t
	}
	// The endpoint is on this machine, and its Noise certificate chain is checked against a key that was given by hand.
	t.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	return t
}

// upgrader is the transport of one connection's WebSocket request.
type upgrader struct {
	base     http.RoundTripper
	endpoint *url.URL
	upgraded func()          // the server agreed to speak WebSocket
	dated    func(time.Time) // its clock, if it told
}

func (u *upgrader) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Del("Sec-WebSocket-Extensions") // compression would cost 1.2 MB a session
	if u.endpoint != nil {
		redirectTo(req, u.endpoint, u.endpoint.Path)
	}
	resp, err := u.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		u.dated(date)
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		u.upgraded()
	}
	return resp, nil
}

// media is the transport of up- and downloads with an endpoint: nothing of a simulated session may reach a real server.
type media struct {
	base     http.RoundTripper
	endpoint *url.URL
}

func (m *media) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	redirectTo(req, m.endpoint, "")
	return m.base.RoundTrip(req)
}

// mediaClient is the client of up- and downloads: for WhatsApp itself through the proxy that the environment names.
func mediaClient(dial dialFunc, endpoint *url.URL) *http.Client {
	if endpoint == nil {
		return &http.Client{Transport: witness{http.DefaultTransport}}
	}
	return &http.Client{Transport: witness{&media{base: httpTransport(dial, endpoint), endpoint: endpoint}}}
}

// witness notes, for whoever has put a hostAnswer into the request's context, how the media host has answered last: when whatsmeow has tried often enough,
// it tells something else.
type witness struct{ base http.RoundTripper }

// hostAnswer is how the media host has answered last.
type hostAnswer struct {
	status int
	err    error
}

type hostAnswerKey struct{}

func (w witness) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.base.RoundTrip(req)
	if answer, ok := req.Context().Value(hostAnswerKey{}).(*hostAnswer); ok {
		*answer = hostAnswer{err: err}
		if resp != nil {
			answer.status = resp.StatusCode
		}
	}
	return resp, err
}

// failure is nil if the host gave what it was asked for.
func (a *hostAnswer) failure() error {
	switch {
	case a.err != nil:
		return fmt.Errorf("%w: %s", errMediaHost, plain(rootCause(a.err)))
	case a.status != http.StatusOK:
		return &session.ServerError{Code: a.status, Text: mediaText(a.status)}
	}
	return nil
}

// redirectTo sends req to the endpoint, to path unless that is empty.
func redirectTo(req *http.Request, endpoint *url.URL, path string) {
	u := *req.URL
	u.Scheme, u.Host = endpoint.Scheme, endpoint.Host
	if path != "" {
		u.Path, u.RawPath, u.RawQuery = path, endpoint.RawPath, endpoint.RawQuery
	}
	req.URL, req.Host = &u, endpoint.Host
}

// webClient follows no redirects: whoever answers the upgrade with one is not the server.
func webClient(t http.RoundTripper) *http.Client {
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
