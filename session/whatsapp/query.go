package whatsapp

import (
	"context"
	"time"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// query is a question to the server.
type query struct {
	namespace, kind string // kind is get or set
	content         any
}

// queryWithin bounds a question whose context has no deadline.
const queryWithin = 75 * time.Second

// query asks the server and returns its answer, with the errors of whatsmeow's own SendIQ. That one closes the channel of the answer where sending fails, while
// the answer may be on its way into it, which ends the process if it comes then. Here the channel is left to the client, which lives no longer than the
// connection.
func (c *connection) query(ctx context.Context, q query) (*waBinary.Node, error) {
	late := time.NewTimer(queryWithin)
	defer late.Stop()
	client := c.client.DangerousInternals()
	id := client.GenerateRequestID()
	answer := client.WaitResponse(id)
	attrs := waBinary.Attrs{"id": id, "xmlns": q.namespace, "type": q.kind, "to": types.ServerJID}
	if err := client.SendNode(ctx, waBinary.Node{Tag: "iq", Attrs: attrs, Content: q.content}); err != nil {
		return nil, err
	}
	select {
	case node := <-answer:
		return node, answerError(node)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-late.C:
		return nil, whatsmeow.ErrIQTimedOut
	}
}

// answerError is what is wrong with what came in the place of an answer.
func answerError(node *waBinary.Node) error {
	if node == nil || node.Tag == "xmlstreamend" || node.Tag == "stream:error" { // the connection ends
		return &whatsmeow.DisconnectedError{Action: "info query", Node: node}
	}
	if kind, _ := node.Attrs["type"].(string); node.Tag == "iq" && kind == "result" {
		return nil
	}
	refused := &whatsmeow.IQError{RawNode: node}
	if child, ok := node.GetOptionalChildByTag("error"); ok {
		says := child.AttrGetter()
		refused.ErrorNode, refused.Code, refused.Text = &child, says.OptionalInt("code"), says.OptionalString("text")
	}
	return refused
}
