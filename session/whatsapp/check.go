package whatsapp

import (
	"context"
	"fmt"
	"strings"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// Check implements session.Connection: one question for all numbers, and one answer. whatsmeow's own helper makes "no" of errors and of numbers that
// the server left out, and writes every hidden identity it is told into its store, which keeps it for good; so the answer is read here.
func (c *connection) Check(ctx context.Context, numbers []string) ([]vital.Answer, error) {
	if !c.loggedIn.Load() {
		return nil, fmt.Errorf("check: %w", session.ErrNotConnected)
	}
	if len(numbers) == 0 {
		return nil, nil
	}
	question := c.checkQuery(numbers)
	var reply *waBinary.Node
	err := c.ask(ctx, "check", func(ctx context.Context) error {
		node, err := c.query(ctx, question)
		if err == nil {
			reply = node
		}
		return err
	})
	if err != nil {
		return nil, err // reply may still be written
	}
	answers, err := readAnswers(reply, numbers)
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	return answers, nil
}

// checkQuery asks, for each number, whether it is registered, whether it is a business, and for its hidden identity.
func (c *connection) checkQuery(numbers []string) query {
	users := make([]waBinary.Node, len(numbers))
	for i, number := range numbers {
		users[i] = waBinary.Node{Tag: "user", Content: []waBinary.Node{{Tag: "contact", Content: number + "@" + types.LegacyUserServer}}}
	}
	return query{
		namespace: "usync", kind: "get",
		content: []waBinary.Node{{
			Tag: "usync",
			Attrs: waBinary.Attrs{
				"sid": c.client.DangerousInternals().GenerateRequestID(), "mode": "query", "last": "true", "index": "0", "context": "interactive",
			},
			Content: []waBinary.Node{
				{Tag: "query", Content: []waBinary.Node{
					{Tag: "contact"},
					{Tag: "business", Content: []waBinary.Node{{Tag: "verified_name"}}},
					{Tag: "lid"},
				}},
				{Tag: "list", Content: users},
			},
		}},
	}
}

// readAnswers reads what the server said of each number that was asked. Who is not in the reply has no answer, and nobody else gets one. It is a
// pure function of the reply.
func readAnswers(reply *waBinary.Node, numbers []string) ([]vital.Answer, error) {
	if reply == nil {
		return nil, &session.ServerError{Text: "an empty answer"}
	}
	if failed, ok := reply.GetOptionalChildByTag("usync", "result", "contact", "error"); ok {
		return nil, refusal(&failed) // of the whole question
	}
	list, ok := reply.GetOptionalChildByTag("usync", "list")
	if !ok {
		return nil, &session.ServerError{Text: "an answer without a list"}
	}
	open := make(map[string]string, len(numbers)) // digits of those without an answer yet
	for _, number := range numbers {
		open[digitsOf(number)] = number
	}
	answers := make([]vital.Answer, 0, len(numbers))
	for _, user := range list.GetChildren() {
		if user.Tag != "user" {
			continue
		}
		digits := askedNumber(&user)
		number, ok := open[digits]
		if !ok || digits == "" {
			continue
		}
		if answer, ok := readAnswer(&user, number); ok {
			answers = append(answers, answer)
			delete(open, digits)
		}
	}
	return answers, nil
}

// askedNumber is the number, as asked, that a user of the reply is about. It is the contact's text; the JID may be another number, where a country has
// changed how it writes them. Only an error, which takes the text's place, leaves nothing but the JID.
func askedNumber(user *waBinary.Node) string {
	contact := user.GetChildByTag("contact")
	text := ""
	switch v := contact.Content.(type) {
	case []byte:
		text = string(v)
	case string:
		text = v
	case types.JID:
		text = v.User
	}
	if text != "" {
		number, _, _ := strings.Cut(text, "@")
		return digitsOf(number)
	}
	return phoneJID(user).User
}

// readAnswer reads what is said of one number. False means that nothing is.
func readAnswer(user *waBinary.Node, number string) (vital.Answer, bool) {
	a := vital.Answer{Number: number}
	contact, ok := user.GetOptionalChildByTag("contact")
	if !ok {
		return a, false
	}
	if failed, ok := contact.GetOptionalChildByTag("error"); ok {
		refused := refusal(&failed)
		a.Verdict, a.Code, a.Reason = vital.VerdictError, refused.Code, refused.Text
		return a, true
	}
	kind, _ := contact.Attrs["type"].(string)
	switch kind {
	case "":
		return a, false
	case "in":
		a.Verdict = vital.VerdictRegistered
		a.JID, a.LID = textOfJID(phoneJID(user)), textOfJID(hiddenJID(user))
		business := user.GetChildByTag("business")
		_, a.Business = business.GetOptionalChildByTag("verified_name")
	case "out":
		a.Verdict = vital.VerdictNotRegistered
	default:
		a.Verdict, a.Reason = vital.VerdictError, "the server's answer is not understood: "+plain(kind)
	}
	return a, true
}

// phoneJID is the account by its phone number, if that is told.
func phoneJID(user *waBinary.Node) types.JID {
	for _, key := range []string{"pn_jid", "jid"} {
		if jid, ok := user.Attrs[key].(types.JID); ok && jid.Server == types.DefaultUserServer && jid.User != "" {
			return jid.ToNonAD()
		}
	}
	return types.EmptyJID
}

// hiddenJID is the account by its hidden identity, if that is told.
func hiddenJID(user *waBinary.Node) types.JID {
	lid := user.GetChildByTag("lid")
	for _, v := range []any{lid.Attrs["val"], user.Attrs["lid"], user.Attrs["jid"]} {
		if jid, ok := v.(types.JID); ok && jid.Server == types.HiddenUserServer && jid.User != "" {
			return jid.ToNonAD()
		}
	}
	return types.EmptyJID
}

func digitsOf(number string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
}
