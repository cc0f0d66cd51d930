package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

// trouble is one way for a connection to end, done for real.
type trouble struct {
	name    string
	happen  func(t *testing.T) vital.Failure
	what    string // beginning of the diagnosis, with the server's code
	meaning string // a part of it that no other row has
	action  string
	retries bool
}

const lastCodeRunsOut = 3 * time.Minute

const (
	nothingToDo = "nothing to do"
	pairAgain   = "pair this session again"
	ifItStays   = "check proxy and firewall if it stays"
	forTheLine  = "check network and proxy if it stays"
)

// TestEveryDiagnosis makes each failure happen between the real client and the simulator, or the network in its place, and holds what the operator is told
// against the table. A row of the table that nothing here produces fails the test.
func TestEveryDiagnosis(t *testing.T) {
	produced := map[string]bool{}
	for _, c := range slices.Concat(troublesOfTheLine(), troublesOfTheHandshake(), troublesOfTheLogin(), troublesOfTheStream(), troublesAtHome()) {
		t.Run(c.name, func(t *testing.T) {
			f := c.happen(t)
			d := vital.Diagnose(f)
			if !strings.HasPrefix(d.What, c.what) || !strings.Contains(d.Meaning, c.meaning) || d.Action != c.action || d.Retries != c.retries {
				t.Errorf("%+v is explained as\n%+v, want\n%+v", f, d, c)
			}
			produced[d.Meaning] = true
		})
	}
	for meaning, reason := range explained(t) {
		if !produced[meaning] && !reason.AskedFor() && reason != vital.ReasonBanned {
			t.Errorf("nothing here ends in %s: %s", reason, meaning)
		}
	}
}

// explained are the meanings on the page for people, which is the table of diagnoses (a test of vital keeps it so), but for those of patterns.
func explained(t *testing.T) map[string]vital.Reason {
	t.Helper()
	page, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	ends, _, found := strings.Cut(string(page), "## Patterns")
	rows := regexp.MustCompile("(?m)^\\| [^|]*<br>`([a-z0-9_]+)` \\| ([^|]+) \\|").FindAllStringSubmatch(ends, -1)
	if !found || len(rows) < 40 {
		t.Fatalf("%d rows on the page", len(rows))
	}
	meanings := map[string]vital.Reason{}
	for _, row := range rows {
		meanings[row[2]] = vital.Reason(row[1])
	}
	return meanings
}

// before makes a fault that holds before a client has said who it is, and connects.
func before(edit func(*simulator.Faults)) func(*testing.T) vital.Failure {
	return func(t *testing.T) vital.Failure {
		w := newWorld(t)
		w.faults(edit)
		e := newEar()
		return ended(t, e, openDevice(t, w.devices, vital.Identity{}).Connect(e.hear))
	}
}

// dialled connects with a dial of the test's own: the network between here and the server.
func dialled(dial dialFunc) func(*testing.T) vital.Failure {
	return func(t *testing.T) vital.Failure {
		e, c := connectWith(t, Options{Endpoint: &Endpoint{URL: "ws://localhost:1/ws/chat"}, Dial: dial})
		return ended(t, e, c)
	}
}

// status answers the upgrade with an HTTP status.
func status(code int) func(*testing.T) vital.Failure {
	return before(func(f *simulator.Faults) { f.HTTPStatus = code })
}

// inTime runs it on a fake clock.
func inTime(happen func(t *testing.T) vital.Failure) func(*testing.T) vital.Failure {
	return func(t *testing.T) (f vital.Failure) {
		synctest.Test(t, func(t *testing.T) { f = happen(t) })
		return f
	}
}

func troublesOfTheLine() []trouble {
	const gateway = "check the proxy, if there is one, if it stays"
	return []trouble{
		{"no route", dialled(func(ctx context.Context, network, _ string) (net.Conn, error) {
			d := net.Dialer{Control: func(string, string, syscall.RawConn) error { return syscall.ENETUNREACH }}
			return d.DialContext(ctx, network, "127.0.0.1:9")
		}), "no network: network is unreachable", "no route", "check this machine's network", true},
		{"unknown name", dialled(func(ctx context.Context, network, _ string) (net.Conn, error) {
			resolver := &net.Resolver{PreferGo: true, Dial: nameServer}
			return (&net.Dialer{Resolver: resolver}).DialContext(ctx, network, "web.whatsapp.invalid.:443")
		}), "name not found: ", "name could not be looked up", "check this machine's DNS", true},
		{"port closed", before(func(f *simulator.Faults) { f.RefuseTCP = true }), "no connection: connection refused", "did not accept",
			"check network, firewall and proxy", true},
		{"no TLS there", func(t *testing.T) vital.Failure {
			w := newWorld(t)
			e, c := connectTo(t, &Endpoint{URL: strings.Replace(w.server.URL(), "ws://", "wss://", 1), RootKey: w.server.RootKey()})
			return ended(t, e, c)
		}, "TLS failed: ", "breaks the encryption", "check proxy, firewall and this machine's clock", true},
		{"sign-in page", status(200), "WebSocket refused: 200 OK", "sign-in page", "sign in to this network, or check the proxy", true},
		{"redirected", status(302), "WebSocket refused: 302 Found", "sign-in page", "sign in to this network, or check the proxy", true},
		{"proxy wants a name", status(407), "WebSocket refused: 407 Proxy Authentication Required", "who is asking",
			"give the proxy its name and password, or sign in to this network", true},
		{"forbidden", status(403), "WebSocket refused: 403 Forbidden", "does not allow it",
			"check proxy and firewall, and whether this machine's address is one of a data centre that WhatsApp does not serve", true},
		{"too many", status(429), "WebSocket refused: 429 Too Many Requests", "in a short time", "let fewer sessions connect from this address", true},
		{"bad gateway", status(502), "WebSocket refused: 502 Bad Gateway", "behind the address is away", gateway, true},
		{"teapot", status(418), "WebSocket refused: 418 I'm a teapot", "answered the upgrade with an error", ifItStays, true},
		{"no HTTP there", before(func(f *simulator.Faults) { f.NotHTTP = true }), "WebSocket refused: ", "does not speak HTTP",
			"check the endpoint, proxy and firewall", true},
		{"silence", inTime(func(t *testing.T) vital.Failure {
			w := newPipeWorld(t)
			w.faults(func(f *simulator.Faults) { f.StallHandshake = true })
			e := newEar()
			return ended(t, e, openDevice(t, w.devices, vital.Identity{}).Connect(e.hear))
		}), "no answer while connecting: ", "silent in the handshake", forTheLine, true},
	}
}

// nameServer answers every question with "no such name", over a pipe.
func nameServer(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer func() { _ = theirs.Close() }()
		question := make([]byte, 2048)
		for {
			n, err := theirs.Read(question)
			if err != nil {
				return
			}
			answer := slices.Clone(question[:n])
			at := 0
			if n >= 4 && int(answer[0])<<8|int(answer[1]) == n-2 { // over a stream, its length comes first
				at = 2
			}
			if n < at+4 {
				continue
			}
			answer[at+2] |= 0x80                   // an answer
			answer[at+3] = answer[at+3]&0xf0 | 0x3 // no such name
			if _, err := theirs.Write(answer); err != nil {
				return
			}
		}
	}()
	return ours, nil
}

func troublesOfTheHandshake() []trouble {
	const clock = "set this machine's clock (switch on NTP)"
	return []trouble{
		{"garbage", before(func(f *simulator.Faults) { f.Handshake = "garbage" }), "handshake failed: ", "did not come to its end", "check the network if it stays", true},
		{"hung up", inTime(func(t *testing.T) vital.Failure { // the client's own wait for it goes on for 20 s
			w := newPipeWorld(t)
			w.faults(func(f *simulator.Faults) { f.Handshake = "close" })
			e := newEar()
			return ended(t, e, openDevice(t, w.devices, vital.Identity{}).Connect(e.hear))
		}), "handshake failed: the server closed", "did not come to its end",
			"check the network if it stays", true},
		{"a stranger", before(func(f *simulator.Faults) { f.BadCertificate = true }), "wrong certificate: ", "cannot prove", "check proxy, endpoint and root key", true},
		{"expired", before(func(f *simulator.Faults) { f.CertificateTime = "expired" }), "certificate not valid now: certificate expired (now is after ",
			"has run out", "check this machine's date and time, then the proxy", true},
		{"too early", before(func(f *simulator.Faults) { f.CertificateTime = "early" }), "certificate not valid now: certificate not valid yet (now is before ",
			"has run out", "check this machine's date and time, then the proxy", true},
		{"clock behind", before(func(f *simulator.Faults) { f.ClockSkewS = 3 * 24 * 3600 }), "clock wrong: this machine's is 3 d behind the server's",
			"says another time", clock, true},
		{"clock ahead", before(func(f *simulator.Faults) { f.ClockSkewS = -3 * 24 * 3600 }), "clock wrong: this machine's is 3 d ahead of the server's",
			"says another time", clock, true},
	}
}

// refusedWith lets a login fail.
func refusedWith(failure simulator.LoginFailure) func(*testing.T) vital.Failure {
	return func(t *testing.T) vital.Failure {
		w := newWorld(t)
		dev, _ := w.pair(alice)
		w.faults(func(f *simulator.Faults) { f.Failure = &failure })
		e := newEar()
		return ended(t, e, dev.Connect(e.hear))
	}
}

func troublesOfTheLogin() []trouble {
	list := []trouble{
		{"silence after the handshake", inTime(func(t *testing.T) vital.Failure {
			w := newPipeWorld(t)
			dev, _ := w.pair(alice)
			w.faults(func(f *simulator.Faults) { f.Blackhole = true })
			e := newEar()
			return ended(t, e, dev.Connect(e.hear))
		}), "no answer to the login: ", "did not let the session in", nothingToDo, true},
		{"no prekeys", func(t *testing.T) vital.Failure {
			w := newWorld(t)
			dev, _ := w.pair(alice)
			w.faults(func(f *simulator.Faults) { f.IQError = &simulator.IQError{Code: 500, XMLNS: "encrypt"} })
			e := newEar()
			return ended(t, e, dev.Connect(e.hear))
		}, "no prekeys on the server", "nobody could write", nothingToDo, true},
	}
	for ban, why := range map[int]string{101: "messages to many people", 102: "blocked this number", 103: "to groups", 104: "the same message", 106: "broadcast"} {
		list = append(list, trouble{fmt.Sprint("402 ", ban), refusedWith(simulator.LoginFailure{Reason: 402, Code: ban, Expire: 3600}),
			"temporarily banned (402)", why, "let it rest, and stop what caused the ban", false})
	}
	for _, c := range []struct {
		code                  int
		what, meaning, action string
		retries               bool
	}{
		{400, "refused (400)", "make sense of the login", "update wapulse, then start this session; report it if it stays", false},
		{401, "logged out (401)", "does not know this device any more", pairAgain, false},
		{403, "main device gone (403)", "closed, locked or moved", "check WhatsApp on the phone, then " + pairAgain, false},
		{405, "client outdated (405)", "newer client version", "update wapulse", false},
		{406, "logged out (406)", "without saying why", "see whether the phone's WhatsApp still works, then " + pairAgain, false},
		{409, "refused (409)", "the kind of client", "update wapulse, then start this session", false},
		{413, "refused: 413", "token", "start it again; " + pairAgain + " if it stays", false},
		{415, "refused (415)", "does not find", "start it later; " + pairAgain + " if it stays", false},
		{418, "refused (418)", "does not know this client", "update wapulse, then start this session", false},
		{499, "refused: 499", "for good", "start it once the cause is mended; report it if it is not yours", false},
		{500, "server trouble: 500", "a fault inside WhatsApp", nothingToDo, true},
		{501, "refused (501)", "tries something out", "start it later; report it if it stays", false},
		{502, "server trouble: 502", "trouble of its own", nothingToDo, true},
		{503, "server trouble: 503", "overloaded", nothingToDo, true},
	} {
		list = append(list, trouble{fmt.Sprint(c.code), refusedWith(simulator.LoginFailure{Reason: c.code}), c.what, c.meaning, c.action, c.retries})
	}
	return list
}

// ending ends a connection that is up.
func ending(do func(w *world, jid string) error) func(*testing.T) vital.Failure {
	return func(t *testing.T) vital.Failure {
		w := newWorld(t)
		dev, identity := w.pair(alice)
		e, c := w.up(dev)
		if err := do(w, identity.JID); err != nil {
			t.Fatal(err)
		}
		return ended(t, e, c)
	}
}

func streamError(code int, conflict string) func(*testing.T) vital.Failure {
	return ending(func(w *world, jid string) error { return w.server.StreamError(jid, code, conflict) })
}

func troublesOfTheStream() []trouble {
	return []trouble{
		{"removed", ending(func(w *world, jid string) error { return w.server.Logout(jid) }), "logged out: the phone removed this device", "list of linked devices",
			pairAgain, false},
		{"replaced", streamError(0, "replaced"), "replaced", "the same credentials", "stop the other program, then start this session", false},
		{"401", streamError(401, ""), "stream error 401", "does not trust", "nothing to do: the next login tells whether the device is still linked", true},
		{"503 of the stream", streamError(503, ""), "stream error 503", "restarts", nothingToDo, true},
		{"515", streamError(515, ""), "stream error 515", "connect anew", nothingToDo, true},
		{"777", streamError(777, ""), "stream error: 777", "does not know", "report it if it comes again", true},
		{"dropped", ending(func(w *world, jid string) error { return w.server.Drop(jid) }), "connection closed", "without a word", nothingToDo, true},
		{"black hole", inTime(deadLink), "dead link", "two pings in a row", nothingToDo, true},
	}
}

// deadLink lets a session, with its pings, meet a server that falls silent.
func deadLink(t *testing.T) vital.Failure {
	w := newPipeWorld(t)
	_, identity := w.pair(alice)
	hub := session.NewHub()
	store := forgetful{records: []session.Record{{ID: 1, Name: "sales", Identity: identity, Wanted: true}}}
	m := session.NewManager(session.Config{Store: store, Devices: w.devices, Hub: hub})
	defer func() {
		if err := m.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	if err := errors.Join(m.Load(t.Context()), m.Start(t.Context(), 1)); err != nil {
		t.Fatal(err)
	}
	sub := hub.Subscribe()
	defer sub.Close()
	until := func(state vital.State) *vital.Snapshot {
		for range sub.Wake() {
			sub.Take()
			if s, ok := hub.Snapshot(1); ok && s.State == state {
				return s
			}
		}
		return nil
	}
	until(vital.StateConnected)
	w.faults(func(f *simulator.Faults) { f.Blackhole = true })
	return until(vital.StateReconnecting).Failure
}

func troublesAtHome() []trouble {
	return []trouble{
		{"proxy that is gone", func(t *testing.T) vital.Failure {
			w := newWorld(t)
			dev, _ := w.pair(alice)
			dev.UseProxy(proxyFor(t, "socks5", "", "127.0.0.1:1"))
			e := newEar()
			return ended(t, e, dev.Connect(e.hear))
		}, "proxy failed: ", "never goes round it", "check the proxy, or set another: wapulse proxy SESSION URL", true},
		{"a newer client to be had", func(t *testing.T) vital.Failure {
			w := newWorld(t)
			dev, _ := w.pair(alice)
			asIfReal(w, &page{say: newer(keepVersion(t), 7)})
			w.faults(func(f *simulator.Faults) { f.Failure = &simulator.LoginFailure{Reason: 405} })
			e := newEar()
			return ended(t, e, dev.Connect(e.hear))
		}, "client outdated (405)", "says that it is from now on", "update wapulse soon: more than the number may have changed", true},
		{"pairing that cannot be stored", func(t *testing.T) vital.Failure {
			w := newWorld(t)
			if _, err := w.db.Exec("CREATE TRIGGER full BEFORE INSERT ON whatsmeow_device BEGIN SELECT RAISE(ABORT, 'disk full'); END"); err != nil {
				t.Fatal(err)
			}
			e := newEar()
			c := openDevice(t, w.devices, vital.Identity{}).Connect(e.hear)
			if err := w.server.Scan(await[session.QRCodes](t, e).Codes[0], alice, "Alice"); err == nil {
				t.Error("the server took the pairing for done")
			}
			return ended(t, e, c)
		}, "pairing failed: ", "did not agree", "try again with a fresh code", false},
		{"nobody scans", inTime(func(t *testing.T) vital.Failure {
			w := newPipeWorld(t)
			e := newEar()
			c := openDevice(t, w.devices, vital.Identity{}).Connect(e.hear)
			<-time.After(lastCodeRunsOut) // on the fake clock
			return ended(t, e, c)
		}), "no phone scanned", "its time is over", "ask for fresh codes when the phone is at hand", false},
		{"database that cannot be read", func(t *testing.T) vital.Failure {
			w := newWorld(t)
			dev, _ := w.pair(alice)
			w.up(dev)
			if _, err := w.db.Exec("ALTER TABLE whatsmeow_pre_keys RENAME COLUMN uploaded TO gone"); err != nil {
				t.Fatal(err)
			}
			e := newEar()
			return ended(t, e, dev.Connect(e.hear))
		}, "database trouble: ", "could not be read or written", "check the disk and the database file", true},
		{"credentials that are gone", func(t *testing.T) vital.Failure {
			w := newWorld(t)
			_, identity := w.pair(alice)
			if _, err := w.db.Exec("DELETE FROM whatsmeow_device"); err != nil {
				t.Fatal(err)
			}
			store := forgetful{records: []session.Record{{ID: 1, Name: "sales", Identity: identity, Wanted: true}}}
			hub := session.NewHub()
			m := session.NewManager(session.Config{Store: store, Devices: w.devices, Hub: hub})
			defer func() { _ = m.Close(context.Background()) }()
			if err := errors.Join(m.Load(t.Context()), m.Start(t.Context(), 1)); err != nil {
				t.Fatal(err)
			}
			sub := hub.Subscribe()
			defer sub.Close()
			for {
				if s, ok := hub.Snapshot(1); ok && s.State == vital.StateError {
					return s.Failure
				}
				<-sub.Wake()
				sub.Take()
			}
		}, "credentials unreadable: ", "cannot be used", "restore the database from a copy, or delete the session and pair again", false},
		{"a fault of ours", func(t *testing.T) vital.Failure {
			w := newWorld(t)
			e := newEar()
			c := openDevice(t, w.devices, vital.Identity{}).Connect(e.hear)
			await[session.QRCodes](t, e)
			c.(*connection).spawn("test", func() { panic(errors.New("a fault")) })
			return ended(t, e, c)
		}, "internal error: ", "caught before", "please report it with the log", true},
	}
}
