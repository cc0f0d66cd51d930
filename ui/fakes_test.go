package ui

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
)

// fakeSessions notes what was asked of it, and answers with err.
type fakeSessions struct {
	list  []*vital.Snapshot
	asked []string
	err   error

	contacts []vital.Contact
}

func (f *fakeSessions) Snapshots() []*vital.Snapshot { return f.list }

func (f *fakeSessions) Snapshot(id vital.SessionID) (*vital.Snapshot, bool) {
	for _, s := range f.list {
		if s.ID == id {
			return s, true
		}
	}
	return nil, false
}

func (f *fakeSessions) note(what string, id vital.SessionID) error {
	name := "?"
	if s, ok := f.Snapshot(id); ok {
		name = s.Name
	}
	f.asked = append(f.asked, what+" "+name)
	return f.err
}

func (f *fakeSessions) Create(_ context.Context, name string) (vital.SessionID, error) {
	if f.err != nil {
		return 0, f.err
	}
	id := vital.SessionID(len(f.list) + 1)
	f.list = append(f.list, &vital.Snapshot{ID: id, Name: name, Version: 1, Stored: true, Ready: vital.ReadyClosed, Since: noon, Reason: vital.ReasonNew})
	return id, f.note("create", id)
}
func (f *fakeSessions) Start(_ context.Context, id vital.SessionID) error { return f.note("start", id) }
func (f *fakeSessions) Pair(_ context.Context, id vital.SessionID) error  { return f.note("pair", id) }
func (f *fakeSessions) Stop(_ context.Context, id vital.SessionID) error  { return f.note("stop", id) }
func (f *fakeSessions) Reconnect(_ context.Context, id vital.SessionID) error {
	return f.note("reconnect", id)
}
func (f *fakeSessions) RequestPhoneCode(_ context.Context, id vital.SessionID, phone string) (string, error) {
	return "ABCD-EFGH", f.note("code "+phone, id)
}
func (f *fakeSessions) Logout(_ context.Context, id vital.SessionID) error {
	return f.note("logout", id)
}
func (f *fakeSessions) Rename(_ context.Context, id vital.SessionID, name string) error {
	return f.note("rename to "+name, id)
}
func (f *fakeSessions) Delete(_ context.Context, id vital.SessionID) error {
	return f.note("delete", id)
}

func (f *fakeSessions) SetFrames(_ context.Context, id vital.SessionID, on bool) error {
	return f.note(fmt.Sprintf("frames %v of", on), id)
}

func (f *fakeSessions) Ping(_ context.Context, id vital.SessionID) (time.Duration, error) {
	return 182 * time.Millisecond, f.note("ping", id)
}
func (f *fakeSessions) Send(_ context.Context, id vital.SessionID, m vital.Outgoing) (vital.Sent, error) {
	if err := f.note(fmt.Sprintf("send %q %s %q from", m.ID, m.To, m.Text), id); err != nil {
		return vital.Sent{}, &session.SendError{ID: "3EB0AA", Err: err}
	}
	return vital.Sent{ID: "3EB0AA", At: noon.Add(time.Second)}, nil
}
func (f *fakeSessions) Contacts(_ context.Context, id vital.SessionID) ([]vital.Contact, error) {
	return f.contacts, f.note("contacts of", id)
}

func (f *fakeSessions) Download(_ context.Context, id vital.SessionID, message string, w io.Writer) (vital.Media, error) {
	if err := f.note("download "+message+" of", id); err != nil {
		return vital.Media{}, err
	}
	_, err := io.WriteString(w, "a picture")
	return vital.Media{MessageID: message, Kind: "image", MIME: "image/jpeg"}, err
}

// fakeNumbers answers at once, with what is there for a number; it leaves out what it knows nothing of. It notes what was asked.
type fakeNumbers struct {
	answers map[string]check.Result
	asked   []string
	err     error
}

func (f *fakeNumbers) Check(_ context.Context, items []check.Item, fresh bool, each func(check.Result)) error {
	for _, item := range items {
		what := item.E164
		if fresh {
			what += " fresh"
		}
		f.asked = append(f.asked, what)
		r, ok := f.answers[item.E164]
		switch {
		case item.E164 == "":
			each(check.Invalid(item.Input, item.Reason))
		case ok:
			r.Input, r.E164 = item.Input, item.E164
			each(r)
		}
	}
	return f.err
}

// verdicts are numbers with an answer of each kind.
func verdicts() map[string]check.Result {
	asked := noon.Add(-30 * time.Second)
	return map[string]check.Result{
		"+6281260268381": {
			Verdict: vital.VerdictRegistered, JID: "6281260268381@s.whatsapp.net", LID: "98123400000001@lid", Business: true,
			Session: "sales-id", LatencyMS: 182, AskedAt: asked,
		},
		"+4915123456789": {Verdict: vital.VerdictNotRegistered, Session: "sales-id", LatencyMS: 3204, AskedAt: asked},
		"+447400123456":  {Verdict: vital.VerdictNoAnswer, Session: "ร้านค้า-🛒-shop-with-a-long-name", LatencyMS: 95, AskedAt: asked, Reason: "the server left it out"},
		"+5511987654321": {Verdict: vital.VerdictError, Session: "support", AskedAt: asked, Reason: "rate limit until 12:00:40"},
		"+14155550123":   {Verdict: vital.VerdictUnverified, Reason: "no session can ask: start one, or pair a phone"},
		"+66812345678": {
			Verdict: vital.VerdictRegistered, JID: "66812345678@s.whatsapp.net", Session: "campaign", LatencyMS: 120,
			AskedAt: noon.Add(-26 * time.Hour), Cached: true,
		},
	}
}

// noUpdates has no news: tests hand updates to the model themselves.
type noUpdates struct{}

func (noUpdates) Wake() <-chan struct{} {
	ready := make(chan struct{})
	close(ready)
	return ready
}
func (noUpdates) Take() session.Batch { return session.Batch{} }
