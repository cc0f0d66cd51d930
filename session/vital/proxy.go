package vital

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Proxy is a way to the server by which alone a session connects. The zero value is none. However it is printed, its user and password are not.
type Proxy struct {
	scheme, host   string // with the port
	user, password string
}

// ParseProxy reads a proxy as a person types it: http, https or socks5, with or without user:password@. "" is none. The error has nothing of the
// text in it, which may hold a password.
func ParseProxy(text string) (Proxy, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Proxy{}, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return Proxy{}, ErrProxyURL
	}
	p := Proxy{scheme: strings.ToLower(u.Scheme), user: u.User.Username()}
	usual := map[string]string{"http": "80", "https": "443", "socks5": "1080"}[p.scheme]
	if usual == "" {
		return Proxy{}, ErrProxyURL
	}
	if name := u.Hostname(); strings.Contains(name, ":") {
		if _, err := netip.ParseAddr(name); err != nil { // net/url takes anything for an IPv6 address that has no brackets
			return Proxy{}, ErrProxyURL
		}
	}
	p.password, _ = u.User.Password()
	port := u.Port()
	if port == "" {
		port = usual
	}
	if len(p.user) > 255 || len(p.password) > 255 { // more than SOCKS5 can carry
		return Proxy{}, ErrProxyURL
	}
	p.host = net.JoinHostPort(u.Hostname(), port)
	return p, nil
}

// IsNone says whether there is no proxy.
func (p Proxy) IsNone() bool { return p == Proxy{} }

// Scheme is http, https or socks5.
func (p Proxy) Scheme() string { return p.scheme }

// Host is host:port.
func (p Proxy) Host() string { return p.host }

// User returns user and password; both are "" without any. They are for the proxy alone.
func (p Proxy) User() (name, password string) { return p.user, p.password }

// String is the proxy's address without user and password; "" for none.
func (p Proxy) String() string {
	if p.IsNone() {
		return ""
	}
	return p.scheme + "://" + p.host
}

// GoString is String, so that %#v shows no more.
func (p Proxy) GoString() string { return p.String() }

// Secret is the whole of it, for the database.
func (p Proxy) Secret() string {
	if p.IsNone() {
		return ""
	}
	u := url.URL{Scheme: p.scheme, Host: p.host}
	switch {
	case p.password != "":
		u.User = url.UserPassword(p.user, p.password)
	case p.user != "":
		u.User = url.User(p.user)
	}
	return u.String()
}
