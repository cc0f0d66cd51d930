package simulator

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/types"
)

// writeTimeout bounds how long a client that does not read may hold up an answer.
const writeTimeout = 10 * time.Second

// conn is one client's connection.
type conn struct {
	server *Server
	ws     *websocket.Conn
	ctx    context.Context
	cancel context.CancelFunc

	laterMu sync.Mutex
	ended   bool           // nothing more may be put off
	later   sync.WaitGroup // what is put off: delayed answers, the close after a grace

	frames  frameDecoder
	static  [32]byte
	payload *waWa6.ClientPayload

	writeMu sync.Mutex
	channel *transport

	pairing *registration // while unpaired; guarded by Server.mu
	device  *device       // once known; guarded by Server.mu
}

// run serves the connection until it ends. A fault of the server in serving one client ends that client's connection alone.
func (c *conn) run() {
	defer c.server.unregister(c)
	defer c.endLater()
	defer c.close()
	defer func() { _ = recover() }()
	if err := c.handshake(); err != nil {
		return
	}
	c.begin()
	for {
		frame, err := c.nextFrame()
		if err != nil {
			return
		}
		plain, err := c.channel.open(frame)
		if err != nil {
			return
		}
		data, err := waBinary.Unpack(plain)
		if err != nil {
			return
		}
		node, err := waBinary.Unmarshal(data)
		if err != nil {
			return
		}
		if !c.waitWhileFrozen() {
			return
		}
		c.handle(node)
	}
}

// nextFrame reads until a frame is whole. One message may hold several.
func (c *conn) nextFrame() ([]byte, error) {
	for {
		if frame, ok := c.frames.pop(); ok {
			return frame, nil
		}
		kind, data, err := c.ws.Read(c.ctx)
		if err != nil {
			return nil, err
		}
		if kind != websocket.MessageBinary {
			continue
		}
		if err := c.frames.push(data); err != nil {
			return nil, err
		}
	}
}

func (c *conn) handshake() error {
	first, err := c.nextFrame()
	if err != nil {
		return err
	}
	faults := c.server.faultsOf(nil)
	switch {
	case faults.StallHandshake:
		return c.stall()
	case faults.Handshake == handshakeClose:
		return errSpoilt
	case faults.Handshake == handshakeGarbage:
		if err := c.writeRaw(encodeFrame([]byte{0xff, 0xff, 0xff, 0xff})); err != nil {
			return err
		}
		return c.stall()
	}
	state, err := newNoiseState(c.frames.header)
	if err != nil {
		return err
	}
	chain, err := c.server.authority.chain(time.Now(), faults)
	if err != nil {
		return err
	}
	hello, ephemeral, err := state.hello(first, c.server.authority.static, chain)
	if err != nil {
		return err
	}
	if err := c.writeRaw(encodeFrame(hello)); err != nil {
		return err
	}
	second, err := c.nextFrame()
	if err != nil {
		return err
	}
	if c.static, c.payload, err = state.clientFinish(second, ephemeral); err != nil {
		return err
	}
	channel, err := state.finish()
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	c.channel = channel
	return err
}

// stall reads on and answers nothing, until the client goes.
func (c *conn) stall() error {
	for {
		if _, _, err := c.ws.Read(c.ctx); err != nil {
			return err
		}
	}
}

// firstWord is how long after the handshake the server speaks first. On a real line an answer takes its time, and there are clients that get their keys
// ready meanwhile: what comes sooner they take for a part of the handshake.
const firstWord = 25 * time.Millisecond

// begin does what the server does unasked when the channel stands: it lets the client log in, or offers it to pair.
func (c *conn) begin() {
	timer := time.NewTimer(firstWord)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.ctx.Done():
		return
	}
	if c.payload.GetDevicePairingData() != nil {
		c.offerPairing()
		return
	}
	c.login()
}

func (c *conn) writeRaw(data []byte) error {
	ctx, cancel := context.WithTimeout(c.ctx, writeTimeout)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageBinary, data)
}

// send writes a stanza. An error has ended, or will end, the connection; the caller need not act on it.
func (c *conn) send(node waBinary.Node) error {
	if c.isSilent() {
		return nil
	}
	return c.sendAlways(node)
}

func (c *conn) sendAlways(node waBinary.Node) error {
	data, err := waBinary.Marshal(node)
	if err != nil {
		return fmt.Errorf("encode <%s>: %w", node.Tag, err)
	}
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	if c.channel == nil {
		return errors.New("no channel yet")
	}
	return c.writeRaw(encodeFrame(c.channel.seal(data)))
}

// answer sends a stanza after the delay that is set for this connection, if any. Each answer waits by itself.
func (c *conn) answer(node waBinary.Node) {
	delay := c.server.delayOf(c)
	if delay <= 0 {
		_ = c.send(node)
		return
	}
	c.goLater(func() {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
			_ = c.send(node)
		case <-c.ctx.Done():
		}
	})
}

// goLater runs f beside the reader. Others than the reader call it too, so it must not run into the wait at the connection's end.
func (c *conn) goLater(f func()) {
	c.laterMu.Lock()
	defer c.laterMu.Unlock()
	if !c.ended {
		c.later.Go(f)
	}
}

// endLater waits for all that goLater started and lets nothing more start.
func (c *conn) endLater() {
	c.laterMu.Lock()
	c.ended = true
	c.laterMu.Unlock()
	c.later.Wait()
}

// close ends the connection without a closing handshake, as a server that is done with a client does.
func (c *conn) close() {
	c.cancel()
	_ = c.ws.CloseNow()
}

// closeGrace is how long a client has to read the last stanza and to hang up by itself. Clients that see the end of the connection
// together with the stanza before it may drop the stanza; on a real line the one never arrives with the other.
const closeGrace = 100 * time.Millisecond

// closeSoon ends the connection after the client had its grace.
func (c *conn) closeSoon() {
	c.goLater(func() {
		timer := time.NewTimer(closeGrace)
		defer timer.Stop()
		select {
		case <-timer.C:
			c.close()
		case <-c.ctx.Done():
		}
	})
}

func (c *conn) handle(node *waBinary.Node) {
	switch node.Tag {
	case "iq":
		c.handleIQ(node)
	case "message":
		c.handleMessage(node)
	case "receipt":
		c.handleReceipt(node)
	case "call", "notification":
		c.answer(ackOf(node))
	}
	// Presence, chat states, acks and information need no answer.
}

// ackOf is the acknowledgement that a stanza of the client gets.
func ackOf(node *waBinary.Node) waBinary.Node {
	attrs := waBinary.Attrs{"class": node.Tag, "id": node.Attrs["id"], "from": node.Attrs["to"], "t": time.Now().Unix()}
	for _, key := range []string{"type", "participant"} {
		if v, ok := node.Attrs[key]; ok && v != nil && !(node.Tag == "message" && key == "type") {
			attrs[key] = v
		}
	}
	return waBinary.Node{Tag: "ack", Attrs: attrs}
}

func serverIQ(id, kind string, content ...waBinary.Node) waBinary.Node {
	node := waBinary.Node{Tag: "iq", Attrs: waBinary.Attrs{"from": types.ServerJID, "id": id, "type": kind}}
	if len(content) > 0 {
		node.Content = content
	}
	return node
}
