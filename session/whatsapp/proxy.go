package whatsapp

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"go.mau.fi/whatsmeow/socket"
	"golang.org/x/net/proxy"

	"github.com/wapulse/wapulse/session/vital"
)

// longestReply is how much of an HTTP proxy's reply is read.
const longestReply = 64 << 10

// proxyError is a proxy that did not let us through. Its text has the address and nothing else of the proxy.
type proxyError struct {
	what string
	err  error // nil if the proxy itself said no
}

func (e *proxyError) Error() string { return e.what }
func (e *proxyError) Unwrap() error { return e.err }

// tunnel makes connections through a proxy, by CONNECT or SOCKS5, which looks the names up. It never goes round the proxy. Without one it is dial itself.
func tunnel(p vital.Proxy, dial dialFunc) dialFunc {
	switch p.Scheme() {
	case "":
		return dial
	case "socks5":
		return socksTunnel(p, dial)
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		raw, err := dial(ctx, network, p.Host())
		if err != nil {
			return nil, unreachable(p, err)
		}
		conn, err := connectThrough(ctx, raw, p, addr)
		if err != nil {
			_ = raw.Close() // not the TLS above it, whose farewell waits for the peer
			return nil, err
		}
		return conn, nil
	}
}

func socksTunnel(p vital.Proxy, dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		var auth *proxy.Auth
		if user, password := p.User(); user != "" {
			auth = &proxy.Auth{User: user, Password: password}
		}
		var dialling error
		dialer, err := proxy.SOCKS5("tcp", p.Host(), auth, forward(func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			dialling = err
			return conn, err
		}))
		through, ok := dialer.(proxy.ContextDialer)
		if err != nil || !ok {
			return nil, &proxyError{"the proxy " + p.Host() + " cannot be used as one for SOCKS5", err}
		}
		conn, err := through.DialContext(ctx, network, addr)
		switch {
		case dialling != nil:
			return nil, unreachable(p, dialling)
		case err != nil:
			return nil, broken(p, err)
		}
		return conn, nil
	}
}

// forward is a dialFunc as golang.org/x/net/proxy wants it.
type forward dialFunc

func (f forward) Dial(network, addr string) (net.Conn, error) {
	return f(context.Background(), network, addr)
}

func (f forward) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return f(ctx, network, addr)
}

// connectThrough asks an HTTP proxy on raw for a connection to addr.
func connectThrough(ctx context.Context, raw net.Conn, p vital.Proxy, addr string) (net.Conn, error) {
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	conn := raw
	if p.Scheme() == "https" {
		host, _, _ := net.SplitHostPort(p.Host())
		secure := tls.Client(raw, &tls.Config{ServerName: host})
		if err := secure.HandshakeContext(ctx); err != nil {
			stop()
			return nil, broken(p, err)
		}
		conn = secure
	}
	reader, err := askConnect(conn, p, addr)
	if !stop() && err == nil {
		err = broken(p, ctx.Err())
	}
	if err != nil {
		return nil, err
	}
	if reader.Buffered() > 0 {
		return &bufferedConn{conn, reader}, nil
	}
	return conn, nil
}

func askConnect(conn net.Conn, p vital.Proxy, addr string) (*bufio.Reader, error) {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if user, password := p.User(); user != "" || password != "" {
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	}
	if err := req.Write(conn); err != nil {
		return nil, broken(p, err)
	}
	bounded := &io.LimitedReader{R: conn, N: longestReply}
	reader := bufio.NewReader(bounded)
	resp, err := http.ReadResponse(reader, req) //nolint:bodyclose // the body of a CONNECT is the connection
	if err != nil {
		return nil, broken(p, err)
	}
	bounded.N = 1<<63 - 1 // what follows is the connection's own
	switch {
	case resp.StatusCode == http.StatusProxyAuthRequired:
		return nil, &proxyError{what: "the proxy " + p.Host() + " wants a user and password, or others than it got (407)"}
	case resp.StatusCode/100 != 2:
		return nil, &proxyError{what: fmt.Sprintf("the proxy %s answered %d %s", p.Host(), resp.StatusCode, http.StatusText(resp.StatusCode))}
	}
	return reader, nil
}

// bufferedConn gives first what came with a proxy's reply.
type bufferedConn struct {
	net.Conn
	first *bufio.Reader
}

func (c *bufferedConn) Read(p []byte) (int, error) { return c.first.Read(p) }

// unreachable is a proxy that could not be connected to.
func unreachable(p vital.Proxy, err error) error {
	what := "cannot be reached: " + plain(rootCause(err))
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		what = "refused the connection"
	case errors.Is(err, ErrEndpointNotLoopback):
		what = "is not on this machine, and a simulator's must be"
	case isDNS(err):
		what = "was not found: its name could not be looked up"
	case isTimeout(err):
		what = "does not answer"
	}
	return &proxyError{"the proxy " + p.Host() + " " + what, err}
}

// broken is a proxy that was reached and did not do what it was asked.
func broken(p vital.Proxy, err error) error {
	what := "failed: " + plain(rootCause(err))
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		what = "hung up"
	case isTLS(err):
		what = "broke the encryption to it: " + plain(rootCause(err))
	case isTimeout(err):
		what = "does not answer"
	}
	return &proxyError{"the proxy " + p.Host() + " " + what, err}
}

// environmentProxy is the address of the proxy that the environment names for WhatsApp, without user and password; "" for none.
func environmentProxy() string {
	target, err := url.Parse(socket.Origin)
	if err != nil {
		return ""
	}
	u, err := http.ProxyFromEnvironment(&http.Request{URL: target})
	if err != nil || u == nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
