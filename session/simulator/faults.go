package simulator

import (
	"encoding/json"
	"fmt"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Faults is what goes wrong on purpose. RefuseTCP, HTTPStatus, NotHTTP, ClockSkewS, StallHandshake, Handshake, BadCertificate and
// CertificateTime happen before a client has said who it is, and the media host does not ask: these and MediaStatus hold for all clients only.
type Faults struct {
	DelayMS         int           `json:"delay_ms,omitempty"`  // of every answer
	JitterMS        int           `json:"jitter_ms,omitempty"` // up to so much more
	Blackhole       bool          `json:"blackhole,omitempty"` // reads, says nothing
	Freeze          bool          `json:"freeze,omitempty"`    // does not even read
	StallHandshake  bool          `json:"stall_handshake,omitempty"`
	RefuseTCP       bool          `json:"refuse_tcp,omitempty"`
	HTTPStatus      int           `json:"http_status,omitempty"` // in answer to the WebSocket upgrade
	BadCertificate  bool          `json:"bad_certificate,omitempty"`
	CertificateTime string        `json:"certificate_time,omitempty"` // "expired" or "early"
	ClockSkewS      int           `json:"clock_skew_s,omitempty"`     // the server's clock is so far ahead of the client's, or behind it
	NotHTTP         bool          `json:"not_http,omitempty"`         // something else than HTTP answers the WebSocket upgrade
	Handshake       string        `json:"handshake,omitempty"`        // "garbage" or "close": what is said in the handshake
	IQError         *IQError      `json:"iq_error,omitempty"`
	Failure         *LoginFailure `json:"failure,omitempty"`
	AckError        *AckError     `json:"ack_error,omitempty"`
	DropOn          *DropOn       `json:"drop_on,omitempty"`
	MediaStatus     *MediaStatus  `json:"media_status,omitempty"`
	Timelock        *Timelock     `json:"timelock,omitempty"`
}

// The words of Faults.CertificateTime and Faults.Handshake.
const (
	certificateExpired = "expired"
	certificateEarly   = "early"
	handshakeGarbage   = "garbage"
	handshakeClose     = "close"
)

func (f *Faults) clockSkew() time.Duration { return time.Duration(f.ClockSkewS) * time.Second }

// IQError makes questions fail.
type IQError struct {
	Code    int     `json:"code"`
	XMLNS   string  `json:"xmlns,omitempty"`   // only these; "" for all
	Rate    float64 `json:"rate,omitempty"`    // share of them, 0 to 1; 0 means all
	Count   int     `json:"count,omitempty"`   // so many, then no more; 0 means without end
	Backoff int     `json:"backoff,omitempty"` // seconds, told to the client
}

// AckError makes the server refuse messages: it acknowledges them with an error and passes nothing on.
type AckError struct {
	Code  int `json:"code"`            // 463: the account is restricted; 479: the message is invalid
	Count int `json:"count,omitempty"` // so many, then no more; 0 means without end
}

// DropOn makes the server hang up on a question instead of answering it.
type DropOn struct {
	XMLNS string `json:"xmlns,omitempty"` // only on these, "message" for messages; "" for all questions
	Count int    `json:"count,omitempty"` // so many, then no more; 0 means without end
}

// MediaStatus makes up- and downloads of media fail.
type MediaStatus struct {
	Code  int `json:"code"`            // of HTTP: 404 or 410, media that are gone; 503, which is worth another try
	Count int `json:"count,omitempty"` // so many, then no more; 0 means without end
}

// LoginFailure makes logins fail.
type LoginFailure struct {
	Reason int `json:"reason"`           // 401, 402, 405, 503…
	Code   int `json:"code,omitempty"`   // with 402: 101 to 106
	Expire int `json:"expire,omitempty"` // with 402: seconds
	Count  int `json:"count,omitempty"`  // so many, then no more; 0 means without end
}

// Timelock is a restriction of the account, told to its devices.
type Timelock struct {
	Seconds int    `json:"seconds"`        // 0 lifts it
	Type    string `json:"type,omitempty"` // the enforcement's name
}

// faultTable holds the faults for everybody and those for single devices, which stand in their place. Guarded by Server.mu.
type faultTable struct {
	global   Faults
	byDevice map[*device]*Faults
	struck   map[any]int   // by pointer: how often each fault that can be counted has struck
	unfreeze chan struct{} // closed and made anew at every change
}

func newFaultTable() faultTable {
	return faultTable{
		byDevice: map[*device]*Faults{}, struck: map[any]int{}, unfreeze: make(chan struct{}),
	}
}

func (t *faultTable) of(d *device) *Faults {
	if own, ok := t.byDevice[d]; ok && d != nil {
		return own
	}
	return &t.global
}

func (t *faultTable) changed() {
	close(t.unfreeze)
	t.unfreeze = make(chan struct{})
}

// SetFaults changes the faults of a session, or with "" those for everybody. Edit gets the present ones.
func (s *Server) SetFaults(session string, edit func(*Faults)) error {
	devices, err := s.devicesOf(session)
	if err != nil {
		return err
	}
	s.mu.Lock()
	var changed []Faults
	if session == "" {
		edit(&s.faults.global)
		changed = append(changed, s.faults.global)
	}
	for _, d := range devices {
		if session == "" {
			if own, ok := s.faults.byDevice[d]; ok {
				edit(own)
			}
			continue
		}
		own, ok := s.faults.byDevice[d]
		if !ok {
			copied := s.faults.global
			own = &copied
			s.faults.byDevice[d] = own
		}
		edit(own)
		changed = append(changed, *own)
	}
	refuse := s.faults.global.RefuseTCP
	s.faults.changed()
	s.mu.Unlock()

	if err := s.refuse(refuse); err != nil {
		return err
	}
	for _, f := range changed {
		if f.Timelock != nil {
			s.announceTimelock(devices, *f.Timelock)
			break
		}
	}
	return nil
}

// ClearFaults ends every fault.
func (s *Server) ClearFaults() error {
	s.mu.Lock()
	unfreeze := s.faults.unfreeze
	s.faults = newFaultTable()
	close(unfreeze)
	s.mu.Unlock()
	return s.refuse(false)
}

// faultsOf returns a copy of what holds for a device, or for a client that is not known yet.
func (s *Server) faultsOf(d *device) Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.faults.of(d)
}

func (s *Server) delayOf(c *conn) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults.of(c.device)
	ms := f.DelayMS
	if f.JitterMS > 0 {
		ms += s.rand.IntN(f.JitterMS + 1)
	}
	return time.Duration(ms) * time.Millisecond
}

func (c *conn) isSilent() bool {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	f := c.server.faults.of(c.device)
	return f.Blackhole || f.Freeze
}

// waitWhileFrozen holds the reader up while the freeze lasts. False means that the connection ended meanwhile.
func (c *conn) waitWhileFrozen() bool {
	for {
		c.server.mu.Lock()
		frozen, changed := c.server.faults.of(c.device).Freeze, c.server.faults.unfreeze
		c.server.mu.Unlock()
		if !frozen {
			return true
		}
		select {
		case <-changed:
		case <-c.ctx.Done():
			return false
		}
	}
}

// strikeIQ says with which error this question is to fail, if it is.
func (c *conn) strikeIQ(xmlns string) *IQError {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults.of(c.device).IQError
	if f == nil || (f.XMLNS != "" && f.XMLNS != xmlns) {
		return nil
	}
	if f.Rate > 0 && s.rand.Float64() >= f.Rate {
		return nil
	}
	if !s.faults.strike(f, f.Count) {
		return nil
	}
	return f
}

// strike says whether a fault holds once more, and counts it. A count of 0 is without end.
func (t *faultTable) strike(fault any, count int) bool {
	if count > 0 && t.struck[fault] >= count {
		return false
	}
	t.struck[fault]++
	return true
}

func (c *conn) strikeAck() *AckError {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults.of(c.device).AckError
	if f == nil || !s.faults.strike(f, f.Count) {
		return nil
	}
	return f
}

// strikeDrop hangs up if this question, or message, is to end the connection.
func (c *conn) strikeDrop(xmlns string) bool {
	s := c.server
	s.mu.Lock()
	f := s.faults.of(c.device).DropOn
	struck := f != nil && c.device != nil && (f.XMLNS == xmlns || f.XMLNS == "" && xmlns != "message") && s.faults.strike(f, f.Count)
	s.mu.Unlock()
	if struck {
		c.close()
	}
	return struck
}

// strikeMedia says with which status an up- or download is to fail; 0 if it is not.
func (s *Server) strikeMedia() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults.global.MediaStatus
	if f == nil || !s.faults.strike(f, f.Count) {
		return 0
	}
	return f.Code
}

func (c *conn) strikeLogin() *LoginFailure {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults.of(c.device).Failure
	if f == nil || !s.faults.strike(f, f.Count) {
		return nil
	}
	return f
}

// Drop closes the connections of a session, or with "" of all, also of those that show a code, without a word.
func (s *Server) Drop(session string) error {
	if session == "" {
		for _, c := range s.everyConn() {
			c.close()
		}
		return nil
	}
	return s.eachOnline(session, func(c *conn) { c.close() })
}

// StreamError ends the streams of a session, or with "" of all, also of those that show a code, with a code, a conflict ("replaced", "device_removed"), or both.
func (s *Server) StreamError(session string, code int, conflict string) error {
	if session == "" {
		for _, c := range s.everyConn() {
			c.streamError(code, conflict)
		}
		return nil
	}
	return s.eachOnline(session, func(c *conn) { c.streamError(code, conflict) })
}

func (c *conn) streamError(code int, conflict string) {
	node := waBinary.Node{Tag: "stream:error", Attrs: waBinary.Attrs{}}
	if code != 0 {
		node.Attrs["code"] = fmt.Sprint(code)
	}
	if conflict != "" {
		node.Content = []waBinary.Node{{Tag: "conflict", Attrs: waBinary.Attrs{"type": conflict}}}
	}
	_ = c.sendAlways(node)
	c.closeSoon()
}

// Logout unlinks a session as its owner does on the phone.
func (s *Server) Logout(session string) error {
	devices, err := s.devicesOf(session)
	if err != nil {
		return err
	}
	if session == "" || len(devices) == 0 {
		return ErrNoSuchSession
	}
	for _, d := range devices {
		if c := s.unlink(d); c != nil {
			c.streamError(401, "device_removed")
		}
	}
	return s.saveState()
}

// unlink forgets a device and returns its connection, if it is online.
func (s *Server) unlink(d *device) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(d.account.devices, d.id)
	delete(s.faults.byDevice, d)
	c := d.conn
	d.conn = nil
	return c
}

func (s *Server) announceTimelock(devices []*device, t Timelock) {
	type restriction struct {
		Active bool   `json:"is_active"`
		Ends   string `json:"time_enforcement_ends,omitempty"`
		Type   string `json:"enforcement_type,omitempty"`
	}
	r := restriction{Active: t.Seconds > 0, Type: t.Type}
	if r.Active {
		r.Ends = fmt.Sprint(time.Now().Add(time.Duration(t.Seconds) * time.Second).Unix())
	}
	body, err := json.Marshal(map[string]any{"data": map[string]any{"xwa2_notify_account_reachout_timelock": r}})
	if err != nil {
		return
	}
	for _, d := range devices {
		if c := s.connOf(d); c != nil {
			_ = c.send(waBinary.Node{
				Tag:   "notification",
				Attrs: waBinary.Attrs{"from": types.ServerJID, "type": "mex", "id": s.nextID("mex-"), "t": time.Now().Unix()},
				Content: []waBinary.Node{{
					Tag: "update", Attrs: waBinary.Attrs{"op_name": "NotificationUserReachoutTimelockUpdate"}, Content: body,
				}},
			})
		}
	}
}
