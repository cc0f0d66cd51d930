package simulator_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/wapulse/wapulse/session/simulator"
)

// until waits until something holds, looking again whenever the client tells something, and often.
func (c *client) until(what string, holds func() bool) {
	c.t.Helper()
	deadline := time.After(waiting)
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-deadline:
			c.t.Fatalf("it did not come to this: %s", what)
		}
	}
}

// knows says whether the client's own store has these names.
func (c *client) knows(names map[string]string) func() bool {
	return func() bool {
		all, err := c.Store.Contacts.GetAllContacts(c.t.Context())
		if err != nil {
			c.t.Fatal(err)
		}
		for phone, name := range names {
			if all[types.NewJID(strings.TrimPrefix(phone, "+"), types.DefaultUserServer)].FullName != name {
				return false
			}
		}
		return true
	}
}

// synced waits until the client has taken the first state of a collection.
func (c *client) synced(name appstate.WAPatchName) {
	c.t.Helper()
	for await[*events.AppStateSyncComplete](c).Name != name {
		continue
	}
}

// TestAppStateReachesTheClient: an unmodified client gets the phone's key, and with it address book and push name; then every change.
func TestAppStateReachesTheClient(t *testing.T) {
	s := newServer(t, simulator.Options{})
	api := newControl(t, s)
	c := pair(t, s, newContainer(t), "+4915123456790", "Ada L.")
	c.until("the first contacts", c.knows(map[string]string{"+14155550132": "Maya Chen", "+6591234567": "Tan Wei Ling"}))
	c.synced(appstate.WAPatchRegularLow) // the last of the collections
	if c.Store.PushName != "Ada L." {
		t.Errorf("push name %q", c.Store.PushName)
	}

	api.must("POST", "/contacts", `{"session":"+4915123456790","contacts":[{"phone":"+14155550132","name":"Maya Chen-Ruiz"},{"phone":"+4915100000002","name":"Zoë"}]}`, http.StatusOK)
	c.until("a new contact and a new name", c.knows(map[string]string{"+14155550132": "Maya Chen-Ruiz", "+4915100000002": "Zoë", "+6591234567": "Tan Wei Ling"}))

	// What the client changes itself is kept, and comes back to it in order.
	if err := c.SendAppState(t.Context(), appstate.BuildSettingPushName("Countess")); err != nil {
		t.Fatal(err)
	}
	if err := c.FetchAppState(t.Context(), appstate.WAPatchCriticalBlock, true, false); err != nil {
		t.Fatal(err)
	}
	if c.Store.PushName != "Countess" {
		t.Errorf("push name after the client's own change: %q", c.Store.PushName)
	}
	for _, bad := range []string{
		`{"contacts":[{"phone":"+4915100000002","name":"Zoë"}]}`, `{"session":"+4900000000","contacts":[]}`,
	} {
		api.must("POST", "/contacts", bad, http.StatusNotFound)
	}
	api.must("POST", "/contacts", `{"session":"+4915123456790","contacts":[{"phone":"12","name":"Zoë"}]}`, http.StatusBadRequest)
	api.must("POST", "/contacts", `{"session":"+4915123456790","contacts":[{"phone":"+4915100000002","name":""}]}`, http.StatusBadRequest)
}

// TestLargeAppStateComesAsASnapshot: through the media host, encrypted like everything on it; and further changes on top of it.
func TestLargeAppStateComesAsASnapshot(t *testing.T) {
	state := t.TempDir() + "/state.json"
	container := newContainer(t)
	var id types.JID
	var many []simulator.Contact
	for i := range 500 {
		many = append(many, simulator.Contact{Phone: fmt.Sprintf("+49151000%05d", i), Name: fmt.Sprintf("Person %d", i)})
	}
	t.Run("pair", func(t *testing.T) {
		s := newServer(t, simulator.Options{StateFile: state})
		c := pair(t, s, container, "+4915123456791", "Ada")
		id = *c.Store.ID
		c.synced(appstate.WAPatchRegularLow)
		if err := s.AddContacts("+4915123456791", many); err != nil {
			t.Fatal(err)
		}
		c.until("a patch of 500", c.knows(map[string]string{many[0].Phone: many[0].Name, many[499].Phone: many[499].Name}))
	})
	s := newServer(t, simulator.Options{StateFile: state}) // it remembers
	device, err := container.GetDevice(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, s, device)
	await[*events.Connected](c)
	for range 2 {
		if err := c.FetchAppState(t.Context(), appstate.WAPatchCriticalUnblockLow, true, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AddContacts("+4915123456791", []simulator.Contact{{Phone: many[7].Phone, Name: "Somebody else"}}); err != nil {
		t.Fatal(err)
	}
	c.until("a change on top of the snapshot", c.knows(map[string]string{many[7].Phone: "Somebody else", many[8].Phone: many[8].Name}))

	// A second device begins with the snapshot.
	other := pair(t, s, container, "+4915123456791", "Ada")
	other.synced(appstate.WAPatchCriticalUnblockLow)
	if !other.knows(map[string]string{many[7].Phone: "Somebody else", many[499].Phone: many[499].Name})() {
		t.Error("the second device does not know the contacts")
	}
}

// TestLostKeysAreSharedAgain: a client without the key asks the phone, and gets it.
func TestLostKeysAreSharedAgain(t *testing.T) {
	s := newServer(t, simulator.Options{})
	container := newContainer(t)
	c := pair(t, s, container, "+4915123456792", "Ada")
	c.synced(appstate.WAPatchRegularLow)
	if _, err := container.GetFirstDevice(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Store.AppStateKeys = &forgetfulKeys{AppStateSyncKeyStore: c.Store.AppStateKeys}
	c.reconnect() // a fresh client has no keys cached either
	err := c.FetchAppState(t.Context(), appstate.WAPatchCriticalUnblockLow, true, false)
	if !errors.Is(err, appstate.ErrKeyNotFound) {
		t.Fatalf("without the key: %v", err)
	}
	c.synced(appstate.WAPatchCriticalUnblockLow)
}

// TestMediaBothWays: what a contact sends can be downloaded and is what was sent; what a client uploads lies on the host, encrypted.
func TestMediaBothWays(t *testing.T) {
	s := newServer(t, simulator.Options{})
	api := newControl(t, s)
	c := pair(t, s, newContainer(t), "+4915123456793", "Ada")
	c.synced(appstate.WAPatchRegularLow)
	picture := bytes.Repeat([]byte("wapulse "), 40_000)
	var said struct {
		OK bool
		ID string
	}
	api.call("POST", "/say", quoted(map[string]any{
		"session": "+4915123456793", "from": "+4915100000002", "text": "look", "media": map[string]any{"kind": "image", "data": picture},
	}), &said)
	msg := c.message()
	image := msg.Message.GetImageMessage()
	if !said.OK || msg.Info.ID != said.ID || image.GetCaption() != "look" || image.GetFileLength() != uint64(len(picture)) {
		t.Fatalf("said %+v, got %v", said, msg.Info)
	}
	got, err := c.Download(t.Context(), image)
	if err != nil || !bytes.Equal(got, picture) {
		t.Fatalf("downloaded %d bytes, %v", len(got), err)
	}
	up, err := c.Upload(t.Context(), picture, whatsmeow.MediaDocument)
	if err != nil {
		t.Fatal(err)
	}
	got, err = c.Download(t.Context(), &waE2E.DocumentMessage{
		DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileSHA256: up.FileSHA256, FileEncSHA256: up.FileEncSHA256, FileLength: proto.Uint64(up.FileLength),
	})
	if err != nil || !bytes.Equal(got, picture) {
		t.Fatalf("downloaded the upload: %d bytes, %v", len(got), err)
	}

	api.must("POST", "/faults", `{"media_status":{"code":404,"count":1}}`, http.StatusOK)
	if _, err := c.Download(t.Context(), image); !errors.Is(err, whatsmeow.ErrMediaDownloadFailedWith404) {
		t.Errorf("with a fault: %v", err)
	}
	if _, err := c.Download(t.Context(), image); err != nil {
		t.Errorf("after the fault: %v", err)
	}
	for _, bad := range []string{`{"kind":"hologram"}`, `{"kind":"image","size":-1}`, `{"kind":"image","size":999999999}`, `{"kind":"image","data":"&"}`} {
		api.must("POST", "/say", `{"session":"+4915123456793","from":"+4915100000002","media":`+bad+`}`, http.StatusBadRequest)
	}
}

// TestMediaHostRefuses what is not the protocol's: uploads without the token that it gave, or under a wrong name; and it forgets the oldest when it is full.
func TestMediaHostRefuses(t *testing.T) {
	s := newServer(t, simulator.Options{})
	c := pair(t, s, newContainer(t), "+4915123456794", "Ada")
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	do := func(method, path string, body io.Reader) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Addr()+path, body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	conn, err := c.DangerousInternals().RefreshMediaConn(t.Context(), true) //nolint:staticcheck // the client has no other door to what it was told
	if err != nil {
		t.Fatal(err)
	}
	token := base64.URLEncoding.EncodeToString(make([]byte, 32))
	for _, r := range []struct {
		method, path string
		want         int
	}{
		{"POST", "/mms/image/" + token + "?auth=guessed", http.StatusForbidden},
		{"POST", "/mms/image/" + token + "?auth=" + conn.Auth, http.StatusBadRequest},
		{"POST", "/mms/image?auth=" + conn.Auth, http.StatusNotFound},
		{"PUT", "/mms/image/" + token + "?auth=" + conn.Auth, http.StatusMethodNotAllowed},
		{"GET", "/v/image/nothing?x", http.StatusNotFound},
	} {
		if got := do(r.method, r.path, strings.NewReader("not what the token says")); got != r.want {
			t.Errorf("%s %s: %d, want %d", r.method, r.path, got, r.want)
		}
	}
	if got := do("POST", "/mms/image/"+token+"?auth="+conn.Auth, io.LimitReader(zeros{}, 33<<20)); got != http.StatusRequestEntityTooLarge {
		t.Errorf("an upload of 33 MiB: %d", got)
	}

	if _, err := s.SayMedia("+4915123456794", "+4915100000002", "", simulator.Media{Kind: "video"}); err != nil {
		t.Fatal(err)
	}
	first := c.message().Message.GetVideoMessage()
	for range 8 {
		if _, err := s.SayMedia("+4915123456794", "+4915100000002", "", simulator.Media{Kind: "document", Size: 16 << 20}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Download(t.Context(), first); !errors.Is(err, whatsmeow.ErrMediaDownloadFailedWith404) {
		t.Errorf("the oldest of more than the host holds: %v", err)
	}
}

// TestSendFaults: refused messages reach nobody; a phone that is off sends no receipts; a server that hangs up answers nothing.
func TestSendFaults(t *testing.T) {
	s := newServer(t, simulator.Options{})
	api := newControl(t, s)
	c := pair(t, s, newContainer(t), "+4915123456795", "Ada")
	c.synced(appstate.WAPatchRegularLow)
	send := func(phone string) error {
		_, err := c.SendMessage(t.Context(), types.NewJID(phone, types.DefaultUserServer), &waE2E.Message{Conversation: proto.String("hi")})
		return err
	}
	api.must("POST", "/faults", `{"ack_error":{"code":463,"count":1}}`, http.StatusOK)
	if err := send("4915100000002"); !errors.Is(err, whatsmeow.ErrServerReturnedError) || !strings.Contains(err.Error(), "463") {
		t.Errorf("refused: %v", err)
	}
	if n := len(s.Messages()); n != 0 {
		t.Errorf("%d messages arrived", n)
	}
	if err := send("4915100000002"); err != nil {
		t.Error(err)
	}
	await[*events.Receipt](c)
	await[*events.Receipt](c)
	api.must("POST", "/numbers", `{"+4915100000004":"offline","+4915100000006":"business"}`, http.StatusOK)
	if err := send("4915100000004"); err != nil {
		t.Error(err)
	}
	if err := send("4915100000006"); err != nil {
		t.Error(err)
	}
	await[*events.Receipt](c) // of the last, not of the one before
	var messages []simulator.Message
	api.call("GET", "/messages", "", &messages)
	if len(messages) != 2 || messages[1].To != "+4915100000006" {
		t.Errorf("arrived: %+v", messages)
	}
	info, err := c.GetUserInfo(t.Context(), []types.JID{types.NewJID("4915100000006", types.DefaultUserServer)})
	if err != nil || len(info) != 1 {
		t.Fatalf("%v, %v", info, err)
	}
	api.must("POST", "/faults", `{"drop_on":{"xmlns":"w:p","count":1}}`, http.StatusOK)
	internals := c.DangerousInternals() //nolint:staticcheck // by the front door the client waits 5 s for another connection
	if _, err := internals.SendIQ(t.Context(), whatsmeow.DangerousInfoQuery{
		Namespace: "w:p", Type: "get", To: types.ServerJID, NoRetry: true,
	}); !errors.Is(err, whatsmeow.ErrIQDisconnected) {
		t.Errorf("from a server that hung up: %v", err)
	}
	c.reconnect()
	if _, err := c.IsOnWhatsApp(t.Context(), []string{"+4915100000002"}); err != nil {
		t.Error(err)
	}
	if data, err := json.Marshal(simulator.Faults{}); err != nil || string(data) != "{}" {
		t.Errorf("no faults: %s, %v", data, err)
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
