package whatsapp

import (
	"fmt"
	"strconv"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wapulse/wapulse/session/vital"
)

// longestBan bounds what a server may say about the length of a ban, so that the sum is a date.
const longestBan = 10 * 365 * 24 * time.Hour

// endOf says whether a stanza ends the connection, and as which failure. It is a pure function of the stanza and the time.
func endOf(node *waBinary.Node, now time.Time) (vital.Failure, bool) {
	if node == nil {
		return vital.Failure{}, false
	}
	switch node.Tag {
	case "failure":
		return loginFailure(node, now), true
	case "stream:error":
		return streamFailure(node), true
	}
	return vital.Failure{}, false
}

// loginFailure translates <failure reason=… code=… expire=… message=…>.
func loginFailure(node *waBinary.Node, now time.Time) vital.Failure {
	code := intAttr(node, "reason")
	f := vital.Failure{Code: code, Text: failureText(node)}
	switch code {
	case 401:
		f.Reason = vital.ReasonLoggedOut
	case 402:
		f.Reason, f.BanCode = vital.ReasonBanned, intAttr(node, "code")
		if left := time.Duration(intAttr(node, "expire")); left > 0 {
			f.Until = now.Add(min(left, longestBan/time.Second) * time.Second)
		}
	case 403:
		f.Reason = vital.ReasonMainDeviceGone
	case 405:
		f.Reason = vital.ReasonOutdated
	case 406:
		f.Reason = vital.ReasonUnknownLogout
	case 500, 502, 503, 504:
		f.Reason = vital.ReasonServerError
	default: // 400, 409, 415, 418, 501 and what else may come: the client does not come back by itself either
		f.Reason = vital.ReasonRefused
	}
	return f
}

// streamFailure translates <stream:error code=…><conflict type=…/></stream:error>.
func streamFailure(node *waBinary.Node) vital.Failure {
	code := intAttr(node, "code")
	f := vital.Failure{Code: code, Reason: vital.ReasonStreamError}
	conflict := ""
	for _, child := range node.GetChildren() {
		if child.Tag == "conflict" {
			conflict = textAttr(&child, "type")
		} else if f.Text == "" {
			f.Text = plain(child.Tag)
		}
	}
	switch {
	case conflict == "device_removed" && (code == 401 || code == 0):
		f.Reason = vital.ReasonDeviceRemoved
	case conflict == "replaced":
		f.Reason = vital.ReasonReplaced
	case code == 503:
		f.Reason = vital.ReasonStreamUnavailable
	case code == 515:
		f.Reason = vital.ReasonStreamRestart
	case conflict != "":
		f.Text = plain("conflict " + conflict)
	}
	return f
}

// failureText is what the server says in words.
func failureText(node *waBinary.Node) string {
	for _, key := range []string{"message", "logout_message_header", "logout_message_subtext"} {
		if s := plain(textAttr(node, key)); s != "" {
			return s
		}
	}
	return ""
}

// intAttr reads a number from an attribute; 0 if there is none. Negative and absurd ones are none.
func intAttr(node *waBinary.Node, key string) int {
	n, err := strconv.Atoi(textAttr(node, key))
	if err != nil || n < 0 || n > 1<<31-1 {
		return 0
	}
	return n
}

func textAttr(node *waBinary.Node, key string) string {
	switch v := node.Attrs[key].(type) {
	case nil:
		return ""
	case string:
		return v
	case types.JID:
		return maskedJID(v)
	default:
		return fmt.Sprint(v)
	}
}
