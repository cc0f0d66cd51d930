package whatsapp

import (
	"context"
	"fmt"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// This file is the course of a connection. All methods but connect and tapped belong to run's goroutine.

// connect dials and shakes hands. The context carries the trace and no deadline: it lives as long as the socket does.
func (c *connection) connect() {
	err := c.client.ConnectContext(c.fall.attach(context.Background()))
	c.inbox.put(func() { c.connected(err) })
}

func (c *connection) dialTimedOut() {
	c.end(vital.Failure{
		Reason: vital.ReasonConnectTimeout, Phase: c.fall.phase(), Text: fmt.Sprintf("no answer within %v", dialBound),
	})
}

func (c *connection) connected(err error) {
	switch {
	case err == nil:
		c.opened()
	case c.verdict != nil:
		c.end(*c.verdict)
	default:
		c.end(withClock(dialFailure(err, c.fall.phase()), time.Duration(c.clockBehind.Load())))
	}
}

// opened notes that the handshake is done. The first stanza may come before ConnectContext returns, so either says it.
func (c *connection) opened() {
	if c.isOpen {
		return
	}
	c.isOpen = true
	c.tell(session.ReadyChanged{Ready: vital.ReadyOpen, Listening: true})
	if c.wasPaired {
		c.reach(vital.PhaseLogin)
	} else {
		c.fall.finish()
	}
	c.tell(session.Dialled{Trace: c.fall.snapshot(c.line.remote())})
	c.expect(loginBound, c.loginTimedOut)
}

func (c *connection) loginTimedOut() {
	f := vital.Failure{Reason: vital.ReasonLoginTimeout, Text: fmt.Sprintf("nothing within %v", loginBound)}
	switch {
	case !c.wasPaired:
		f.Text = fmt.Sprintf("no QR code within %v", loginBound)
	case c.loggedIn.Load():
		f.Text = fmt.Sprintf("let in, but the answers after it did not come within %v", readyBound)
	}
	c.end(f)
}

// tapped looks at a stanza before whatsmeow does. It runs in whatsmeow's goroutines and never waits.
func (c *connection) tapped(node *waBinary.Node, incoming bool) {
	defer c.guard("stanza tap")
	if c.traffic.count(incoming) {
		c.inbox.ring()
	}
	if !incoming {
		return
	}
	switch node.Tag {
	case "success":
		lid, name := textOfJID(node.Attrs["lid"]), plain(textAttr(node, "display_name"))
		c.inbox.put(func() { c.letIn(lid, name) })
	case "failure", "stream:error":
		if f, ok := endOf(node, time.Now()); ok {
			c.inbox.put(func() { c.serverEnds(f) })
		}
	case "iq":
		if _, ok := node.GetOptionalChildByTag("pair-success"); ok {
			c.inbox.put(func() { c.pairUnderway = true })
		}
		if count, ok := node.GetOptionalChildByTag("count"); ok && node.Attrs["type"] == "result" {
			c.serverPrekeys.Store(int64(intAttr(&count, "value")))
		}
	}
}

func textOfJID(v any) string {
	if jid, ok := v.(types.JID); ok && !jid.IsEmpty() {
		return jid.String()
	}
	return ""
}

// letIn is <success>.
func (c *connection) letIn(lid, pushName string) {
	if !c.wasPaired || c.loggedIn.Load() {
		return
	}
	c.opened()
	c.loggedIn.Store(true)
	c.reach(vital.PhaseReady)
	identity := c.device.learn(func(id *vital.Identity) {
		if lid != "" {
			id.LID = lid
		}
		if pushName != "" {
			id.PushName = pushName
		}
	})
	c.tell(session.LoggedIn{Identity: identity})
	c.tell(session.Dialled{Trace: c.fall.snapshot(c.line.remote())})
	c.expect(readyBound, c.loginTimedOut)
}

// loginAnswered is whatsmeow's Connected: it asked all that it asks at a login, with whatever success.
func (c *connection) loginAnswered() {
	if c.isReady || !c.loggedIn.Load() {
		return
	}
	c.spawn("prekeys", func() {
		ctx, cancel := context.WithTimeout(context.Background(), readyBound)
		defer cancel()
		stored, err := c.prekeys.UploadedPreKeyCount(ctx)
		c.inbox.put(func() { c.prekeysCounted(stored, err) })
	})
}

// prekeysCounted ends the login. Without prekeys on the server nobody can write to this session, and whatsmeow would only log it.
func (c *connection) prekeysCounted(stored int, err error) {
	switch {
	case err != nil:
		c.end(vital.Failure{Reason: vital.ReasonStore, Text: plain(err.Error())})
	case stored == 0 || c.serverPrekeys.Load() == 0:
		c.end(vital.Failure{Reason: vital.ReasonPrekeysMissing})
	case !c.isReady:
		c.isReady = true
		c.expectNothing()
		c.fall.finish()
		c.tell(session.Dialled{Trace: c.fall.snapshot(c.line.remote())})
		c.tell(session.Ready{})
	}
}

// serverEnds is the server's own word on the end. It stands above what else is seen of it.
func (c *connection) serverEnds(f vital.Failure) {
	if c.verdict != nil {
		return
	}
	c.opened()
	c.verdict = &f
	switch {
	case f.Reason == vital.ReasonStreamRestart && c.isPaired:
		c.restart()
	case f.Reason == vital.ReasonStreamRestart && c.pairUnderway:
		c.expect(pairBound, func() { c.end(f) })
	case f.Reason.CredentialsGone():
		// whatsmeow deletes them now. It must be done before anybody hears of it, and would not be if the line were cut at once.
		c.expect(deleteBound, func() { c.end(f) })
		c.spawn("deletion", func() {
			select {
			case <-c.vault.emptied:
				c.inbox.put(func() { c.end(f) })
			case <-c.stop:
			}
		})
	default:
		c.end(f)
	}
}

// lineLost is the socket's end without us. Stanzas that came before it may still be on their way through whatsmeow.
func (c *connection) lineLost(err error) {
	c.isLost = true
	if c.fall.phase() < vital.PhaseNoise || c.verdict != nil {
		return // the attempt's own error, or the server's word, is on its way
	}
	if c.isPaired {
		c.restart()
		return
	}
	wait := lastWords
	if c.pairUnderway {
		wait = pairBound
	}
	c.expect(wait, func() { c.end(c.lossOf(err)) })
}

func (c *connection) lossOf(err error) vital.Failure {
	f := vital.Failure{Reason: vital.ReasonServerClosed, Text: lostText(err)}
	switch {
	case !c.isOpen:
		f.Reason = vital.ReasonNoise
		if f.Text == "" {
			f.Text = "the server closed the connection in the handshake"
		}
	case !c.wasPaired && !c.codesEnd.IsZero() && !time.Now().Before(c.codesEnd):
		f = vital.Failure{Reason: vital.ReasonCodesRanOut}
	}
	return f
}

func (c *connection) closeAsked() {
	c.closing = true
	switch {
	case c.pairUnderway:
		// The phone has linked this device; dropping the credentials would leave it linked to nobody.
		c.expect(partingBound, func() { c.end(vital.Failure{}) })
	case c.verdict != nil:
		c.end(*c.verdict)
	default:
		c.end(vital.Failure{})
	}
}
