package cli_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// deadProxy is the address of a port on this machine that nobody listens on.
func deadProxy(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// TestProxyOfASession: with a holder and without, a proxy that does not work is told and never gone round, and its password is nowhere to be seen.
func TestProxyOfASession(t *testing.T) {
	o := newOperator(t)
	dead := deadProxy(t)
	log := filepath.Join(t.TempDir(), "log")
	t.Setenv("WAPULSE_LOG_FILE", log)
	secret := "socks5://ada:hunter22hunter22@" + dead
	say := func(code int, want string, args ...string) {
		t.Helper()
		got := o.run(args...)
		if got.code != code || !strings.Contains(got.out+got.err, want) || strings.Contains(got.out+got.err, "hunter22") {
			t.Errorf("%q: %+v, want %d and %q", args[:2], got, code, want)
		}
	}
	script := func() {
		t.Helper()
		say(0, "sales: none", "proxy", "sales")
		say(2, "a proxy is http://", "proxy", "sales", "ftp://ada:hunter22hunter22@x")
		say(2, "a proxy is http://", "proxy", "sales", "")
		say(2, "the input has no proxy", "proxy", "sales", "-")
		say(1, "did you mean", "proxy", "sals", "none")
		say(0, "sales: socks5://"+dead, "proxy", "sales", secret)
		say(0, "sales: socks5://"+dead, "proxy", "sales")
		say(0, "DISCONNECTED", "sessions")
	}
	script()
	say(1, "proxy failed: the proxy "+dead+" refused the connection", "ping", "sales")
	say(0, "sales: none", "proxy", "sales", "none")
	say(0, "sales: ", "ping", "sales")

	// In a holder the session loses its connection with the new proxy, and has one again without it.
	h := o.hold()
	say(0, "sales: socks5://"+dead, "proxy", "sales", secret)
	waitFor(t, "sales has lost its connection", func() bool {
		return strings.Contains(o.run("sessions").out, "the proxy "+dead+" refused the connection")
	})
	say(0, "sales: none", "proxy", "sales", "none")
	say(0, "sales: ", "ping", "sales")
	say(2, "is meant to go through http://127.0.0.1:9", "ping", "sales", "--proxy", "http://ada:hunter22hunter22@127.0.0.1:9")
	h.end()
	if text, err := os.ReadFile(log); err != nil || strings.Contains(string(text), "hunter22") {
		t.Errorf("the log: %v", err)
	}
}

// TestProxyOfAll: --proxy and WAPULSE_PROXY are for every session.
func TestProxyOfAll(t *testing.T) {
	o := newOperator(t)
	dead := deadProxy(t)
	if got := o.run("proxy", "sales", "--proxy", "http://ada:hunter22hunter22@"+dead); got.out != "sales: http://"+dead+"\n" {
		t.Errorf("%+v", got)
	}
	h := hold(t, o.db, append(o.common[:4:4], "--proxy", "http://"+dead)...).answering()
	waitFor(t, "sales cannot connect", func() bool {
		return strings.Contains(o.run("sessions").out, "the proxy "+dead+" refused the connection")
	})
	h.end()
	if got := o.run("ping", "sales", "--proxy", "hunter22"); got.code != 2 || !strings.Contains(got.err, "--proxy: a proxy is http://") || strings.Contains(got.err, "hunter22") {
		t.Errorf("%+v", got)
	}
	t.Setenv("WAPULSE_PROXY", "https://"+dead)
	if got := o.run("proxy", "sales"); got.out != "sales: https://"+dead+"\n" {
		t.Errorf("%+v", got)
	}
}
