package simulator

import (
	"strconv"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// login lets a known device in, and tells anybody else why not.
func (c *conn) login() {
	d := c.findDevice()
	if d == nil {
		c.failLogin(&LoginFailure{Reason: 401})
		return
	}
	if failure := c.strikeLogin(); failure != nil {
		c.failLogin(failure)
		return
	}
	s := c.server
	s.mu.Lock()
	before := d.conn
	d.conn, d.active = c, false
	s.stats.Logins++
	timelock := s.faults.of(d).Timelock
	a := d.account
	s.mu.Unlock()
	if before != nil && before != c {
		before.streamError(0, "replaced")
	}
	c.answer(waBinary.Node{Tag: "success", Attrs: waBinary.Attrs{
		"t": time.Now().Unix(), "lid": d.lid(), "props": "27", "companion_enc_static": "", "location": "sim",
		"creation": a.createdAt(), "display_name": a.pushName,
	}})
	if timelock != nil {
		s.announceTimelock([]*device{d}, *timelock)
	}
}

func (a *account) createdAt() string { return strconv.FormatInt(1_600_000_000, 10) }

// findDevice finds who the client says it is and checks that the handshake was made with that device's key. It claims the device's faults
// for the connection from here on.
func (c *conn) findDevice() *device {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accounts[strconv.FormatUint(c.payload.GetUsername(), 10)]
	if !ok {
		return nil
	}
	d, ok := a.devices[uint16(c.payload.GetDevice())]
	if !ok || d.noiseKey != c.static {
		return nil
	}
	c.device = d
	return d
}

// failLogin tells the reason and closes; the client would not.
func (c *conn) failLogin(f *LoginFailure) {
	attrs := waBinary.Attrs{"reason": strconv.Itoa(f.Reason), "location": "sim", "t": time.Now().Unix()}
	if f.Code != 0 {
		attrs["code"] = strconv.Itoa(f.Code)
	}
	if f.Expire != 0 {
		attrs["expire"] = strconv.Itoa(f.Expire)
	}
	c.server.count(func(st *Stats) { st.LoginFailures++ })
	_ = c.send(waBinary.Node{Tag: "failure", Attrs: attrs})
	c.closeSoon()
}

// setActive is what a client says when it wants to receive: what waited for it comes now.
func (c *conn) setActive(active bool) {
	s := c.server
	s.mu.Lock()
	if c.device == nil || c.device.conn != c {
		s.mu.Unlock()
		return
	}
	c.device.active = active
	var waiting []waBinary.Node
	if active {
		waiting, c.device.queue = c.device.queue, nil
		if !c.device.hasKeys {
			if keys, err := s.shareKeys(c.device); err == nil {
				waiting = append(waiting, keys)
			}
		}
	}
	s.mu.Unlock()
	if !active {
		return
	}
	for _, node := range waiting {
		_ = c.send(node)
	}
	_ = c.send(waBinary.Node{Tag: "ib", Attrs: waBinary.Attrs{"from": types.ServerJID},
		Content: []waBinary.Node{{Tag: "offline", Attrs: waBinary.Attrs{"count": strconv.Itoa(len(waiting))}}}})
}

// maxQueued bounds what waits for a device that is away.
const maxQueued = 1000

// deliver hands a stanza to a device, now or when it is back.
func (s *Server) deliver(d *device, node waBinary.Node) {
	s.mu.Lock()
	c := d.conn
	if c == nil || !d.active {
		if len(d.queue) < maxQueued {
			d.queue = append(d.queue, node)
		}
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	c.answer(node)
}
