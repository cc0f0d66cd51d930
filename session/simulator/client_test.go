package simulator_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite"

	"github.com/wapulse/wapulse/session/simulator"
)

// TestMain holds every test of the package to leaving no goroutine behind. A question of whatsmeow's own that is under way at the end of its line waits five
// seconds for another line before it goes.
func TestMain(m *testing.M) {
	code := m.Run()
	if code != 0 {
		os.Exit(code)
	}
	opener := goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener")
	left := goleak.Find(opener) // looks for more than a second
	for giveUp := time.Now().Add(8 * time.Second); left != nil && time.Now().Before(giveUp); {
		left = goleak.Find(opener)
	}
	if left != nil {
		_, _ = os.Stderr.WriteString(left.Error())
		code = 1
	}
	os.Exit(code)
}

const waiting = 20 * time.Second

// client is an unmodified whatsmeow client with what it has told. It is ended by its line and made anew for each connection: whatsmeow's own
// Disconnect, and a Connect soon after, race with the reader of the socket before, and a context that ends can leave that reader behind.
type client struct {
	*whatsmeow.Client
	t      *testing.T
	server *simulator.Server

	mu     sync.Mutex
	line   net.Conn
	number int   // of the connection, from 1
	events []any // of this connection
	news   chan struct{}
}

var rootKeyOnce sync.Mutex

func newServer(t *testing.T, opts simulator.Options) *simulator.Server {
	t.Helper()
	rootKeyOnce.Lock() // whatsmeow.WACertPubKey is process-wide: one server at a time
	s, err := simulator.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	whatsmeow.WACertPubKey = s.RootKey()
	t.Cleanup(func() { s.Close(); rootKeyOnce.Unlock() })
	return s
}

func newContainer(t *testing.T) *sqlstore.Container {
	t.Helper()
	dsn := "file:" + filepath.Join(t.TempDir(), "creds.db") + "?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	container := sqlstore.NewWithDB(db, "sqlite", waLog.Noop)
	if err := container.Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	return container
}

// connect makes a client of the device and connects it.
func connect(t *testing.T, s *simulator.Server, device *store.Device) *client {
	t.Helper()
	c := &client{t: t, server: s, news: make(chan struct{}, 1)}
	t.Cleanup(func() { c.hangUp() })
	c.connectDevice(device)
	return c
}

func (c *client) connectDevice(device *store.Device) {
	c.t.Helper()
	c.Client = whatsmeow.NewClient(device, waLog.Noop)
	c.mu.Lock()
	c.number++
	number := c.number
	c.events = nil
	c.mu.Unlock()
	transport := &http.Transport{
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			line, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.server.Addr())
			c.mu.Lock()
			defer c.mu.Unlock()
			c.line = line
			return line, err
		},
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	c.t.Cleanup(transport.CloseIdleConnections)
	web := &http.Client{Transport: transport}
	c.SetWebsocketHTTPClient(web)
	c.SetPreLoginHTTPClient(web)
	media := &http.Transport{DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", c.server.Addr())
	}}
	c.t.Cleanup(media.CloseIdleConnections)
	c.SetMediaHTTPClient(&http.Client{Transport: media})
	c.EnableAutoReconnect = false
	c.DisableLoginAutoReconnect = true
	c.AddEventHandler(func(evt any) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.number != number {
			return
		}
		c.events = append(c.events, evt)
		select {
		case c.news <- struct{}{}:
		default:
		}
	})
	if err := c.ConnectContext(context.Background()); err != nil {
		c.t.Fatal(err)
	}
}

// hangUp cuts the line and waits until the client has noticed.
func (c *client) hangUp() {
	c.t.Helper()
	c.mu.Lock()
	line := c.line
	c.mu.Unlock()
	if line == nil {
		return
	}
	_ = line.Close()
	deadline := time.After(waiting)
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for c.IsConnected() {
		select {
		case <-look.C:
		case <-deadline:
			c.t.Fatal("the client holds on to a line that was cut")
		}
	}
}

// reconnect gives the device a new connection, and waits for its login.
func (c *client) reconnect() {
	c.t.Helper()
	c.hangUp()
	c.connectDevice(c.Store)
	await[*events.Connected](c)
}

// awaitPairing goes with a scanned code to the first login, which the server asks for with stream error 515.
func (c *client) awaitPairing() {
	c.t.Helper()
	await[*events.PairSuccess](c)
	await[*events.ManualLoginReconnect](c)
	c.reconnect()
}

// await returns the first event of type T that has come or comes, and takes it off the list.
func await[T any](c *client) T {
	c.t.Helper()
	deadline := time.After(waiting)
	for {
		c.mu.Lock()
		for i, evt := range c.events {
			if wanted, ok := evt.(T); ok {
				c.events = append(c.events[:i], c.events[i+1:]...)
				c.mu.Unlock()
				return wanted
			}
		}
		c.mu.Unlock()
		select {
		case <-c.news:
		case <-deadline:
			c.mu.Lock()
			defer c.mu.Unlock()
			var none T
			c.t.Fatalf("no %T came; there were %T", none, c.events)
		}
	}
}

// message returns the next message that a person has written; what the phone sends to keep its devices going is none.
func (c *client) message() *events.Message {
	c.t.Helper()
	for {
		if msg := await[*events.Message](c); msg.Info.Category != "peer" {
			return msg
		}
	}
}

// pair links a fresh client to a phone and leaves it connected.
func pair(t *testing.T, s *simulator.Server, container *sqlstore.Container, phone, name string) *client {
	t.Helper()
	c := connect(t, s, container.NewDevice())
	codes := await[*events.QR](c).Codes
	if len(codes) != 6 {
		t.Fatalf("%d codes, want 6", len(codes))
	}
	if err := s.Scan(codes[0], phone, name); err != nil {
		t.Fatal(err)
	}
	c.awaitPairing()
	return c
}

func TestPairByQRThenLogInAgain(t *testing.T) {
	s := newServer(t, simulator.Options{})
	container := newContainer(t)
	c := pair(t, s, container, "+49 151 23456780", "Ada")
	if got := c.Store.ID.User; got != "4915123456780" {
		t.Errorf("paired as %s", got)
	}
	uploaded, err := c.Store.PreKeys.UploadedPreKeyCount(t.Context())
	if err != nil || uploaded == 0 {
		t.Errorf("%d prekeys uploaded, %v", uploaded, err)
	}
	c.hangUp()

	device, err := container.GetDevice(t.Context(), *c.Store.ID)
	if err != nil || device == nil {
		t.Fatalf("credentials: %v, %v", device, err)
	}
	again := connect(t, s, device)
	await[*events.Connected](again)
	if stats := s.Stats(); stats.Logins != 2 || stats.Pairings != 1 || stats.Online != 1 {
		t.Errorf("stats %+v", stats)
	}
}

func TestPairByPhoneCode(t *testing.T) {
	s := newServer(t, simulator.Options{})
	c := connect(t, s, newContainer(t).NewDevice())
	await[*events.QR](c)
	code, err := c.PairPhone(t.Context(), "+4915123456781", true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Code("+4915123456781", "AAAA-AAAA", "Ada"); err == nil {
		t.Error("a wrong code was accepted")
	}
	code2, err := c.PairPhone(t.Context(), "+4915123456781", true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	if err != nil || code2 == code {
		t.Fatalf("a second code: %v", err)
	}
	if err := s.Code("+4915123456781", code2, "Ada"); err != nil {
		t.Fatal(err)
	}
	c.awaitPairing()
}

func TestUnknownDeviceIsLoggedOut(t *testing.T) {
	first := newServer(t, simulator.Options{StateFile: filepath.Join(t.TempDir(), "state.json")})
	c := pair(t, first, newContainer(t), "+4915123456782", "Ada")
	if err := first.Logout("+4915123456782"); err != nil {
		t.Fatal(err)
	}
	if evt := await[*events.LoggedOut](c); evt.OnConnect {
		t.Errorf("logged out on connect, want while connected")
	}
}

func TestStateFileRemembersDevices(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state.json")
	container := newContainer(t)
	var id types.JID
	t.Run("pair", func(t *testing.T) {
		s := newServer(t, simulator.Options{StateFile: state})
		id = *pair(t, s, container, "+4915123456783", "Ada").Store.ID
	})
	s := newServer(t, simulator.Options{StateFile: state})
	device, err := container.GetDevice(t.Context(), id)
	if err != nil || device == nil {
		t.Fatalf("credentials: %v, %v", device, err)
	}
	c := connect(t, s, device)
	await[*events.Connected](c)
}

func TestMessagesBothWays(t *testing.T) {
	s := newServer(t, simulator.Options{})
	container := newContainer(t)
	ada := pair(t, s, container, "+4915123456784", "Ada")
	if _, err := s.Say("+4915123456784", "+4915100000002", "hello"); err != nil {
		t.Fatal(err)
	}
	if msg := ada.message(); msg.Message.GetConversation() != "hello" || msg.Info.Sender.User != "4915100000002" {
		t.Errorf("got %q from %s", msg.Message.GetConversation(), msg.Info.Sender)
	}
	if _, err := s.Say("+4915123456784", "+4915123456784", "note to self"); err != nil {
		t.Fatal(err)
	}
	if msg := ada.message(); !msg.Info.IsFromMe {
		t.Errorf("the own phone's message is not from me: %+v", msg.Info)
	}
	sent, err := ada.SendMessage(t.Context(), types.NewJID("4915100000002", types.DefaultUserServer), &waE2E.Message{Conversation: proto.String("hi")})
	if err != nil {
		t.Fatal(err)
	}
	if receipt := await[*events.Receipt](ada); receipt.MessageIDs[0] != sent.ID {
		t.Errorf("receipt for %v, want %s", receipt.MessageIDs, sent.ID)
	}
	messages := s.Messages()
	last := messages[len(messages)-1]
	if last.Text != "hi" || last.To != "+4915100000002" || last.Err != "" {
		t.Errorf("the contact read %+v", last)
	}

	bob := pair(t, s, container, "+4915123456786", "Bob")
	if _, err := ada.SendMessage(t.Context(), types.NewJID("4915123456786", types.DefaultUserServer), &waE2E.Message{Conversation: proto.String("to bob")}); err != nil {
		t.Fatal(err)
	}
	if msg := bob.message(); msg.Message.GetConversation() != "to bob" {
		t.Errorf("bob read %q", msg.Message.GetConversation())
	}
}

func TestNumberChecks(t *testing.T) {
	s := newServer(t, simulator.Options{})
	c := pair(t, s, newContainer(t), "+4915123456788", "Ada")
	if err := s.SetNumbers(map[string]string{"+4915100000004": "false", "+4915100000006": simulator.NumberOmit}); err != nil {
		t.Fatal(err)
	}
	answers, err := c.IsOnWhatsApp(t.Context(), []string{"+4915100000002", "+4915100000003", "+4915100000004", "+4915100000006"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, a := range answers {
		got[a.Query] = a.IsIn
	}
	if len(got) != 1 || !got["+4915100000002"] {
		t.Errorf("the client's own helper answers %v, want the one that is in", got)
	}
	if stats := s.Stats(); stats.CheckQueries != 1 || stats.NumbersChecked != 4 {
		t.Errorf("stats %+v", stats)
	}
}
