package whatsapp

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// Endpoint is a server in WhatsApp's place: a simulator on this machine. Over wss its TLS certificate is not verified; its
// Noise certificate chain always is, against RootKey.
type Endpoint struct {
	URL     string // ws:// or wss://, a loopback host; without a path, the client's own is used
	RootKey [32]byte
}

// ParseEndpoint reads an endpoint as a person types it.
func ParseEndpoint(rawURL, rootKeyHex string) (*Endpoint, error) {
	if _, err := endpointURL(rawURL); err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(rootKeyHex))
	if err != nil || len(key) != 32 {
		return nil, ErrRootKey
	}
	return &Endpoint{URL: strings.TrimSpace(rawURL), RootKey: [32]byte(key)}, nil
}

// endpointURL checks an endpoint's URL and returns it with http or https as its scheme.
func endpointURL(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Opaque != "" || u.User != nil {
		return nil, fmt.Errorf("endpoint: %w", ErrEndpointURL) // the parser's error may repeat a password
	}
	switch strings.ToLower(u.Scheme) {
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	default:
		return nil, fmt.Errorf("endpoint %q: %w", u.Scheme+"://", ErrEndpointScheme)
	}
	host := u.Hostname()
	if host == "" {
		return nil, fmt.Errorf("endpoint: %w", ErrEndpointURL)
	}
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		u.Host = "localhost"
		if port := u.Port(); port != "" {
			u.Host = net.JoinHostPort("localhost", port)
		}
		return u, nil
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" || !addr.Unmap().IsLoopback() {
		return nil, fmt.Errorf("endpoint %q: %w", host, ErrEndpointNotLoopback)
	}
	return u, nil
}

// onlyLoopback is a net.Dialer's Control: whatever a name was resolved to, an endpoint is on this machine.
func onlyLoopback(_, address string, _ syscall.RawConn) error {
	addr, err := netip.ParseAddrPort(address)
	if err != nil || !addr.Addr().Unmap().IsLoopback() {
		return ErrEndpointNotLoopback
	}
	return nil
}
