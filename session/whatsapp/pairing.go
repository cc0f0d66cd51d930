package whatsapp

import (
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// The lives of QR codes: the server closes when the last one is over.
const (
	firstCodeLives = 60 * time.Second
	otherCodesLive = 20 * time.Second
	codesSlack     = 2 * time.Second
)

// This file is the course of a pairing, in run's goroutine.

func (c *connection) codesCame(codes []string) {
	if len(codes) == 0 || c.wasPaired {
		return
	}
	c.opened()
	c.expectNothing() // how long a person takes is for the session to decide; the server closes in the end
	c.codesEnd = time.Now().Add(firstCodeLives + time.Duration(len(codes)-1)*otherCodesLive - codesSlack)
	c.pairing.Store(true)
	c.tell(session.QRCodes{Codes: codes})
}

// paired: the credentials are stored, the server was told, and asks for a new connection with stream error 515.
func (c *connection) paired(identity vital.Identity) {
	if c.isPaired {
		return
	}
	c.isPaired, c.pairUnderway = true, false
	c.pairing.Store(false)
	c.tell(session.Paired{Identity: identity})
	switch {
	case c.closing:
		c.end(vital.Failure{})
	case c.isLost || c.verdict != nil && c.verdict.Reason == vital.ReasonStreamRestart:
		c.restart()
	default:
		c.expect(restartBound, c.restart) // a server that forgets the 515 does not keep us from logging in
	}
}

func (c *connection) restart() {
	c.tell(session.RestartRequired{})
	c.end(vital.Failure{Reason: vital.ReasonPairRestart, Code: 515})
}

func (c *connection) pairFailed(text string) {
	c.pairUnderway = false
	c.end(vital.Failure{Reason: vital.ReasonPairRefused, Text: text})
}
