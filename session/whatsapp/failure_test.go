package whatsapp

import (
	"strings"
	"testing"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"

	"github.com/wapulse/wapulse/session/vital"
)

func failureNode(attrs waBinary.Attrs) *waBinary.Node {
	return &waBinary.Node{Tag: "failure", Attrs: attrs}
}

func streamNode(code, conflict string) *waBinary.Node {
	n := &waBinary.Node{Tag: "stream:error", Attrs: waBinary.Attrs{}}
	if code != "" {
		n.Attrs["code"] = code
	}
	if conflict != "" {
		n.Content = []waBinary.Node{{Tag: "conflict", Attrs: waBinary.Attrs{"type": conflict}}}
	}
	return n
}

func TestEndOf(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		node *waBinary.Node
		want vital.Failure
	}{
		{failureNode(waBinary.Attrs{"reason": "400"}), vital.Failure{Reason: vital.ReasonRefused, Code: 400}},
		{failureNode(waBinary.Attrs{"reason": "401"}), vital.Failure{Reason: vital.ReasonLoggedOut, Code: 401}},
		{failureNode(waBinary.Attrs{"reason": "402", "code": "104", "expire": "3600"}),
			vital.Failure{Reason: vital.ReasonBanned, Code: 402, BanCode: 104, Until: now.Add(time.Hour)}},
		{failureNode(waBinary.Attrs{"reason": "402"}), vital.Failure{Reason: vital.ReasonBanned, Code: 402}},
		{failureNode(waBinary.Attrs{"reason": "402", "expire": "2147483647"}),
			vital.Failure{Reason: vital.ReasonBanned, Code: 402, Until: now.Add(longestBan)}},
		{failureNode(waBinary.Attrs{"reason": "402", "expire": "-5"}), vital.Failure{Reason: vital.ReasonBanned, Code: 402}},
		{failureNode(waBinary.Attrs{"reason": "403", "logout_message_header": "Account closed"}),
			vital.Failure{Reason: vital.ReasonMainDeviceGone, Code: 403, Text: "Account closed"}},
		{failureNode(waBinary.Attrs{"reason": "405"}), vital.Failure{Reason: vital.ReasonOutdated, Code: 405}},
		{failureNode(waBinary.Attrs{"reason": "406"}), vital.Failure{Reason: vital.ReasonUnknownLogout, Code: 406}},
		{failureNode(waBinary.Attrs{"reason": "409"}), vital.Failure{Reason: vital.ReasonRefused, Code: 409}},
		{failureNode(waBinary.Attrs{"reason": "415"}), vital.Failure{Reason: vital.ReasonRefused, Code: 415}},
		{failureNode(waBinary.Attrs{"reason": "500", "message": "try\x1b[31m later"}),
			vital.Failure{Reason: vital.ReasonServerError, Code: 500, Text: "try[31m later"}},
		{failureNode(waBinary.Attrs{"reason": "501"}), vital.Failure{Reason: vital.ReasonRefused, Code: 501}},
		{failureNode(waBinary.Attrs{"reason": 503}), vital.Failure{Reason: vital.ReasonServerError, Code: 503}},
		{failureNode(nil), vital.Failure{Reason: vital.ReasonRefused}},
		{streamNode("401", "device_removed"), vital.Failure{Reason: vital.ReasonDeviceRemoved, Code: 401}},
		{streamNode("503", ""), vital.Failure{Reason: vital.ReasonStreamUnavailable, Code: 503}},
		{streamNode("515", ""), vital.Failure{Reason: vital.ReasonStreamRestart, Code: 515}},
		{streamNode("", "replaced"), vital.Failure{Reason: vital.ReasonReplaced}},
		{streamNode("409", "replaced"), vital.Failure{Reason: vital.ReasonReplaced, Code: 409}},
		{streamNode("401", ""), vital.Failure{Reason: vital.ReasonStreamError, Code: 401}},
		{streamNode("401", "other"), vital.Failure{Reason: vital.ReasonStreamError, Code: 401, Text: "conflict other"}},
		{streamNode("999", ""), vital.Failure{Reason: vital.ReasonStreamError, Code: 999}},
		{&waBinary.Node{Tag: "stream:error", Content: []waBinary.Node{{Tag: "xml-not-well-formed"}}},
			vital.Failure{Reason: vital.ReasonStreamError, Text: "xml-not-well-formed"}},
	} {
		got, ok := endOf(c.node, now)
		if !ok || got != c.want {
			t.Errorf("%s: got %+v (%v), want %+v", c.node, got, ok, c.want)
		}
	}
	for _, tag := range []string{"success", "iq", "xmlstreamend", ""} {
		if f, ok := endOf(&waBinary.Node{Tag: tag}, now); ok {
			t.Errorf("<%s> ends the connection with %+v", tag, f)
		}
	}
}

// FuzzEndOf: whatever a server writes into the stanzas that end a connection, the failure has a reason that is explained, and its text is
// fit for a terminal.
func FuzzEndOf(f *testing.F) {
	f.Add(true, "402", "104", "3600", "be good", "", "")
	f.Add(true, "401", "", "", "", "", "")
	f.Add(false, "401", "", "", "", "conflict", "device_removed")
	f.Add(false, "", "", "", "", "conflict", "replaced")
	f.Add(false, "515", "", "", "\x1b]0;x\a", "ack", "")
	f.Fuzz(func(t *testing.T, login bool, code, ban, expire, text, child, conflict string) {
		node := &waBinary.Node{Tag: "stream:error", Attrs: waBinary.Attrs{"code": code}}
		if login {
			node = failureNode(waBinary.Attrs{"reason": code, "code": ban, "expire": expire, "message": text})
		}
		if child != "" {
			node.Content = []waBinary.Node{{Tag: child, Attrs: waBinary.Attrs{"type": conflict}}}
		}
		now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		got, ok := endOf(node, now)
		if !ok || got.Reason == vital.ReasonNone {
			t.Fatalf("%s: no failure", node)
		}
		if d := vital.Diagnose(got); d.What == "" || d.Meaning == "" || d.Action == "" {
			t.Errorf("%+v is not explained", got)
		}
		if strings.ContainsAny(got.Text, "\x1b\n\r\t\a\u009b") || len([]rune(got.Text)) > longestText {
			t.Errorf("text %q", got.Text)
		}
		if got.Code < 0 || got.BanCode < 0 || (!got.Until.IsZero() && got.Until.Before(now)) {
			t.Errorf("%+v", got)
		}
	})
}
