package simulator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wapulse/wapulse/session/simulator"
)

// control calls the control API as a script does.
type control struct {
	t    *testing.T
	base string
	http *http.Client
}

func newControl(t *testing.T, s *simulator.Server) *control {
	t.Helper()
	api, err := simulator.ServeControl(s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(api.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &control{t, api.URL(), &http.Client{Transport: transport}}
}

func (c *control) call(method, path, body string, into any) int {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			c.t.Fatalf("%s %s: %v: %s", method, path, err, answer)
		}
	}
	return resp.StatusCode
}

func (c *control) must(method, path, body string, want int) {
	c.t.Helper()
	var answer struct{ Error string }
	if got := c.call(method, path, body, &answer); got != want || (want == http.StatusOK) != (answer.Error == "") {
		c.t.Errorf("%s %s %s: status %d (%s), want %d", method, path, body, got, answer.Error, want)
	}
}

func quoted(v any) string {
	data, _ := json.Marshal(v)
	return string(data)
}

func TestControlDrivesASessionThroughItsLife(t *testing.T) {
	s := newServer(t, simulator.Options{})
	api := newControl(t, s)
	var info simulator.Info
	api.call("GET", "/info", "", &info)
	if info != s.Info() || len(info.RootKey) != 64 {
		t.Errorf("info %+v", info)
	}

	c := connect(t, s, newContainer(t).NewDevice())
	codes := await[*events.QR](c).Codes
	api.must("POST", "/scan", quoted(map[string]string{"qr": codes[0], "phone": "+4915123456785", "push_name": "Ada"}), http.StatusOK)
	c.awaitPairing()
	api.must("POST", "/scan", quoted(map[string]string{"qr": codes[0], "phone": "+4915123456785"}), http.StatusConflict)

	var sessions []simulator.SessionInfo
	api.call("GET", "/sessions", "", &sessions)
	if len(sessions) != 1 || sessions[0].Phone != "+4915123456785" || !sessions[0].Online || sessions[0].PushName != "Ada" {
		t.Fatalf("sessions %+v", sessions)
	}
	api.must("POST", "/say", `{"session":"+4915123456785","from":"+4915100000002","text":"hello"}`, http.StatusOK)
	if got := c.message().Message.GetConversation(); got != "hello" {
		t.Errorf("said %q", got)
	}
	api.must("POST", "/numbers", `{"+4915100000003":true,"+4915100000002":false,"+4915100000004":"omit"}`, http.StatusOK)
	answers, err := c.IsOnWhatsApp(t.Context(), []string{"+4915100000003", "+4915100000002", "+4915100000006"})
	if err != nil || len(answers) != 2 || !answers[0].IsIn || !answers[1].IsIn { // the client leaves out who is not in
		t.Errorf("checked %+v, %v", answers, err)
	}

	api.must("POST", "/drop", `{"session":"+4915123456785"}`, http.StatusOK)
	await[*events.Disconnected](c)
	api.must("POST", "/drop", `{"session":"+4915123456785"}`, http.StatusConflict)
	api.must("POST", "/drop", `{"all":true}`, http.StatusOK)
	c.reconnect()
	api.must("POST", "/stream_error", `{"session":"+4915123456785","conflict":"replaced"}`, http.StatusOK)
	await[*events.StreamReplaced](c)
	c.reconnect()
	var stats simulator.Stats
	api.call("GET", "/stats", "", &stats)
	if stats.Logins != 3 || stats.Online != 1 || stats.NumbersChecked != 3 || stats.CheckQueries != 1 || stats.Messages == 0 {
		t.Errorf("stats %+v", stats)
	}
	api.must("POST", "/logout", `{"session":"+4915123456785"}`, http.StatusOK)
	if out := await[*events.LoggedOut](c); out.OnConnect {
		t.Error("logged out on connect, want while connected")
	}
	api.must("POST", "/logout", `{"session":"+4915123456785"}`, http.StatusNotFound)
}

func TestControlFaultsAreMergedReplacedAndEnded(t *testing.T) {
	s := newServer(t, simulator.Options{})
	api := newControl(t, s)
	c := pair(t, s, newContainer(t), "+4915123456786", "Ada")
	ask := func() error {
		_, err := c.IsOnWhatsApp(t.Context(), []string{"+4915100000002"})
		return err
	}
	api.must("POST", "/faults", `{"session":"+4915123456786","iq_error":{"code":429,"xmlns":"usync","count":2,"backoff":7}}`, http.StatusOK)
	api.must("POST", "/faults", `{"session":"+4915123456786","delay_ms":5}`, http.StatusOK) // leaves the other as it is
	for i, wantErr := range []bool{true, true, false} {
		err := ask()
		var failed *whatsmeow.IQError
		if (err != nil) != wantErr || (wantErr && (!errors.As(err, &failed) || failed.Code != 429)) {
			t.Errorf("question %d: %v, want an error: %v", i, err, wantErr)
		}
	}
	api.must("POST", "/faults", `{"session":"+4915123456786","iq_error":{"code":503}}`, http.StatusOK)
	if ask() == nil {
		t.Error("the new fault does not strike")
	}
	api.must("POST", "/faults", `{"session":"+4915123456786","iq_error":null}`, http.StatusOK)
	if err := ask(); err != nil {
		t.Errorf("after null: %v", err)
	}
	api.must("POST", "/faults", `{"iq_error":{"code":500}}`, http.StatusOK)
	if ask() == nil {
		t.Error("a fault for everybody spares a session with faults of its own")
	}
	api.must("DELETE", "/faults", "", http.StatusOK)
	if err := ask(); err != nil {
		t.Errorf("after DELETE: %v", err)
	}
}

func TestControlRefusesWhatItDoesNotUnderstand(t *testing.T) {
	s := newServer(t, simulator.Options{})
	api := newControl(t, s)
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/scan", `{"qr":"rubbish","phone":"+4915123456785"}`, http.StatusBadRequest},
		{"POST", "/scan", `{"qrcode":"x"}`, http.StatusBadRequest},
		{"POST", "/scan", `not JSON`, http.StatusBadRequest},
		{"POST", "/code", `{"phone":"+4915123456785","code":"ABCD-EFGH"}`, http.StatusConflict},
		{"POST", "/faults", `{"delay":5}`, http.StatusBadRequest},
		{"POST", "/faults", `{"session":"+4915123456785","delay_ms":5}`, http.StatusNotFound},
		{"POST", "/faults", `{"delay_ms":"5"}`, http.StatusBadRequest},
		{"POST", "/faults", `{"delay_ms":-1}`, http.StatusBadRequest},
		{"POST", "/faults", `{"jitter_ms":-1}`, http.StatusBadRequest},
		{"POST", "/faults", `{"iq_error":{"code":500,"rate":1.5}}`, http.StatusBadRequest},
		{"POST", "/faults", `{"iq_error":{"code":500,"rate":-0.1}}`, http.StatusBadRequest},
		{"POST", "/faults", `{"iq_error":{"xmlns":"usync"}}`, http.StatusBadRequest},
		{"POST", "/faults", `{"failure":{}}`, http.StatusBadRequest},
		{"POST", "/faults", `{"failure":{"reason":402,"expire":-5}}`, http.StatusBadRequest},
		{"POST", "/faults", `{"ack_error":{}}`, http.StatusBadRequest},
		{"POST", "/faults", `{"drop_on":{"count":-1}}`, http.StatusBadRequest},
		{"POST", "/faults", `{"media_status":{"code":42}}`, http.StatusBadRequest},
		{"POST", "/faults", `{"timelock":{"seconds":-1}}`, http.StatusBadRequest},
		{"POST", "/faults", `{"http_status":42}`, http.StatusBadRequest},
		{"POST", "/faults", `{"session":"+4915123456785","refuse_tcp":true}`, http.StatusBadRequest},
		{"POST", "/faults", `{"session":"+4915123456785","stall_handshake":true}`, http.StatusBadRequest},
		{"POST", "/faults", `{"session":"+4915123456785","http_status":502}`, http.StatusBadRequest},
		{"POST", "/faults", `{"session":"+4915123456785","bad_certificate":true}`, http.StatusBadRequest},
		{"POST", "/faults", `{"session":"+4915123456785","handshake":"close"}`, http.StatusBadRequest},
		{"POST", "/faults", `{"handshake":"polite"}`, http.StatusBadRequest},
		{"POST", "/faults", `{"certificate_time":"never"}`, http.StatusBadRequest},
		{"POST", "/faults", `{"clock_skew_s":99999999}`, http.StatusBadRequest},
		{"POST", "/faults", `{"clock_skew_s":0,"certificate_time":"","handshake":"","not_http":false}`, http.StatusOK},
		{"POST", "/faults", `{"session":"+4915123456785","media_status":{"code":404}}`, http.StatusBadRequest},
		{"POST", "/numbers", `{"+4915100000003":"perhaps"}`, http.StatusBadRequest},
		{"POST", "/drop", `{}`, http.StatusBadRequest},
		{"POST", "/drop", `{"session":"x","all":true}`, http.StatusBadRequest},
		{"POST", "/logout", `{"session":""}`, http.StatusNotFound},
		{"POST", "/say", `{"session":"+4915123456785","from":"+4915100000002","text":"x"}`, http.StatusNotFound},
	} {
		api.must(c.method, c.path, c.body, c.want)
	}
	if s.Stats().Connections != 0 || api.call("GET", "/info", "", nil) != http.StatusOK {
		t.Error("a refused fault has left something")
	}
	var answer struct{ Error string }
	if got := api.call("GET", "/scan", "", &answer); got != http.StatusMethodNotAllowed || answer.Error != "/scan takes POST, not GET" {
		t.Errorf("GET /scan: %d, %s", got, answer.Error)
	}
	if got := api.call("GET", "/nothing", "", &answer); got != http.StatusNotFound || answer.Error != "there is no route /nothing" {
		t.Errorf("GET /nothing: %d, %s", got, answer.Error)
	}
	if got := api.call("POST", "/numbers", string(bytes.Repeat([]byte(" "), 5<<20)), nil); got != http.StatusBadRequest {
		t.Errorf("five megabytes: %d", got)
	}
}

func TestControlAnswersLoopbackNamesOnly(t *testing.T) {
	s := newServer(t, simulator.Options{})
	api := newControl(t, s)
	for host, want := range map[string]int{"127.0.0.1:80": 200, "localhost": 200, "[::1]:80": 200, "evil.example": 403, "192.0.2.1": 403} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api.base+"/info", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := api.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("host %s: %d, want %d", host, resp.StatusCode, want)
		}
	}
	for origin, want := range map[string]int{
		api.base: 200, "http://localhost": 403, "https://evil.example": 403, "null": 403, "http://127.0.0.1:1": 403, "%": 403,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, api.base+"/faults", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", origin)
		resp, err := api.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("origin %s: %d, want %d", origin, resp.StatusCode, want)
		}
	}
	if _, err := simulator.ServeControl(s, "0.0.0.0:0"); !errors.Is(err, simulator.ErrNotLoopback) {
		t.Errorf("listening everywhere: %v", err)
	}
}

// What is said to all reaches clients that show a code, too.
func TestAStreamErrorForAllReachesClientsThatPair(t *testing.T) {
	s := newServer(t, simulator.Options{})
	api := newControl(t, s)
	c := connect(t, s, newContainer(t).NewDevice())
	await[*events.QR](c)
	api.must("POST", "/stream_error", `{"all":true,"code":503}`, http.StatusOK)
	await[*events.Disconnected](c)
}
