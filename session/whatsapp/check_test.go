package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"testing"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

// operations is what the session asks of a connection.
type operations interface {
	Check(ctx context.Context, numbers []string) ([]vital.Answer, error)
	Send(ctx context.Context, m vital.Outgoing) (vital.Sent, error)
	Contacts(ctx context.Context) ([]vital.Contact, error)
	Download(ctx context.Context, m vital.Media, w io.Writer) error
}

var _ operations = (*connection)(nil)

// online is a world with one session that is up.
type online struct {
	*world
	dev      session.Device
	identity vital.Identity
	ear      *ear
	conn     session.Connection
	ask      operations
}

func newOnline(t testing.TB, w *world) *online {
	t.Helper()
	o := &online{world: w}
	o.dev, o.identity = w.pair(alice)
	o.again()
	return o
}

// again gives the session another connection.
func (o *online) again() {
	o.t.Helper()
	o.ear, o.conn = o.up(o.dev)
	o.ask = o.conn.(operations)
}

func (o *online) close() {
	o.t.Helper()
	o.conn.Close()
	ended(o.t, o.ear, o.conn)
}

func (o *online) numbers(words map[string]string) {
	o.t.Helper()
	if err := o.server.SetNumbers(words); err != nil {
		o.t.Fatal(err)
	}
}

// rows counts what a table of the client's store holds.
func (o *online) rows(table string) (n int) {
	o.t.Helper()
	if err := o.db.QueryRow("SELECT COUNT(*) FROM " + table).Scan(&n); err != nil {
		o.t.Fatal(err)
	}
	return n
}

func patient(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patienceInTests)
	t.Cleanup(cancel)
	return ctx
}

// TestCheckOf50 is every verdict in one query, for real.
func TestCheckOf50(t *testing.T) {
	o := newOnline(t, newWorld(t))
	o.contactsUntil("~Alice", "Carlos Ruiz", "Léa Martin", "Maya Chen", "Tan Wei Ling")
	o.close()
	o.again() // on the first connection whatsmeow asks by itself, and questions are counted here
	defer o.close()
	kinds := []string{"true", "false", simulator.NumberOmit, simulator.NumberError, simulator.NumberNoJID, simulator.NumberBusiness, simulator.NumberOffline}
	words, numbers := map[string]string{}, []string{}
	for i := range 50 {
		number := fmt.Sprintf("+49151000001%02d", i)
		words[number] = kinds[i%len(kinds)]
		numbers = append(numbers, number)
	}
	o.numbers(words)
	before, known := o.server.Stats(), o.rows("whatsmeow_lid_map")
	answers, err := o.ask.Check(patient(t), numbers)
	if err != nil {
		t.Fatal(err)
	}
	after := o.server.Stats()
	if after.CheckQueries != before.CheckQueries+1 || after.NumbersChecked != before.NumbersChecked+50 || after.IQs != before.IQs+1 {
		t.Errorf("from %+v to %+v: want one question with 50 numbers", before, after)
	}
	if now := o.rows("whatsmeow_lid_map"); now != known {
		t.Errorf("a check left %d hidden identities in the store", now-known)
	}
	got := map[string]vital.Answer{}
	for _, a := range answers {
		if _, twice := got[a.Number]; twice {
			t.Errorf("two answers for %s", a.Number)
		}
		got[a.Number] = a
	}
	for number, word := range words {
		jid := number[1:] + "@s.whatsapp.net"
		want := vital.Answer{Number: number, Verdict: vital.VerdictRegistered, JID: jid, LID: got[number].LID}
		switch word {
		case "false":
			want = vital.Answer{Number: number, Verdict: vital.VerdictNotRegistered}
		case simulator.NumberOmit:
			want = vital.Answer{}
		case simulator.NumberError:
			want = vital.Answer{Number: number, Verdict: vital.VerdictError, Code: 429, Reason: "rate-overlimit"}
		case simulator.NumberNoJID:
			want.JID = ""
		case simulator.NumberBusiness:
			want.Business = true
		}
		if got[number] != want {
			t.Errorf("%s: got %+v, want %+v", word, got[number], want)
		}
		if want.Verdict == vital.VerdictRegistered && got[number].LID == "" {
			t.Errorf("%s: no hidden identity", word)
		}
	}
	if nobody, err := o.ask.Check(patient(t), nil); err != nil || len(nobody) != 0 {
		t.Errorf("nobody asked: %v, %v", nobody, err)
	}
}

// TestCheckFailures is every way in which a whole query fails, and what each leaves behind: a connection that answers the next.
func TestCheckFailures(t *testing.T) {
	o := newOnline(t, newWorld(t))
	const number = "+4915100000002"
	refused := func(code, backoff int) func(*simulator.Faults) {
		return func(f *simulator.Faults) {
			f.IQError = &simulator.IQError{Code: code, XMLNS: "usync", Count: 1, Backoff: backoff}
		}
	}
	for _, tc := range []struct {
		name  string
		fault func(*simulator.Faults)
		want  session.ServerError
	}{
		{"429 with backoff", refused(429, 90), session.ServerError{Code: 429, Text: "rate-overlimit", Backoff: 90 * time.Second}},
		{"429 without", refused(429, 0), session.ServerError{Code: 429, Text: "rate-overlimit"}},
		{"429 for ever", refused(429, 1<<30), session.ServerError{Code: 429, Text: "rate-overlimit", Backoff: longestBackoff}},
		{"500", refused(500, 0), session.ServerError{Code: 500, Text: "internal-server-error"}},
		{"503", refused(503, 0), session.ServerError{Code: 503, Text: "service-unavailable"}},
		{"403", refused(403, 0), session.ServerError{Code: 403, Text: "forbidden"}},
	} {
		o.faults(tc.fault)
		var got *session.ServerError
		if _, err := o.ask.Check(patient(t), []string{number}); !errors.As(err, &got) || *got != tc.want {
			t.Errorf("%s: %v, want %+v", tc.name, err, tc.want)
		}
	}
	o.faults(func(f *simulator.Faults) { *f = simulator.Faults{} })
	for name, fault := range map[string]func(*simulator.Faults){
		"a delay beyond the deadline": func(f *simulator.Faults) { f.DelayMS = 60_000 },
		"a black hole":                func(f *simulator.Faults) { f.Blackhole = true },
		"a frozen peer":               func(f *simulator.Faults) { f.Freeze = true },
	} {
		o.faults(fault)
		short, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		if _, err := o.ask.Check(short, []string{number}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		o.faults(func(f *simulator.Faults) { *f = simulator.Faults{} })
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := o.ask.Check(cancelled, []string{number}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if answers, err := o.ask.Check(patient(t), []string{number}); err != nil || len(answers) != 1 {
		t.Errorf("after all that: %v, %v", answers, err)
	}

	o.faults(func(f *simulator.Faults) { f.DropOn = &simulator.DropOn{XMLNS: "usync", Count: 1} })
	began := time.Now()
	if _, err := o.ask.Check(patient(t), []string{number}); !errors.Is(err, session.ErrNotConnected) {
		t.Errorf("a drop in mid-query: %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("a drop in mid-query was told after %v", took)
	}
	if f := ended(t, o.ear, o.conn); f.Reason != vital.ReasonServerClosed {
		t.Errorf("%+v", f)
	}
	if _, err := o.ask.Check(patient(t), []string{number}); !errors.Is(err, session.ErrNotConnected) {
		t.Errorf("after the end: %v", err)
	}
	o.again()
	if answers, err := o.ask.Check(patient(t), []string{number}); err != nil || len(answers) != 1 {
		t.Errorf("on the next connection: %v, %v", answers, err)
	}
	o.close()
}

func reply(users ...waBinary.Node) *waBinary.Node {
	return &waBinary.Node{Tag: "iq", Content: []waBinary.Node{{Tag: "usync", Content: []waBinary.Node{
		{Tag: "result", Content: []waBinary.Node{{Tag: "contact"}}}, {Tag: "list", Content: users},
	}}}}
}

func user(attrs waBinary.Attrs, content ...waBinary.Node) waBinary.Node {
	return waBinary.Node{Tag: "user", Attrs: attrs, Content: content}
}

func contact(kind string, content any) waBinary.Node {
	return waBinary.Node{Tag: "contact", Attrs: waBinary.Attrs{"type": kind}, Content: content}
}

// TestReadAnswers holds what other servers say, or may say, against what it means.
func TestReadAnswers(t *testing.T) {
	pn := types.NewJID("5511987654321", types.DefaultUserServer)
	lid := types.NewJID("77123", types.HiddenUserServer)
	text := []byte("+5511987654321@c.us")
	const asked = "+5511987654321"
	registered := vital.Answer{Number: asked, Verdict: vital.VerdictRegistered}
	for name, tc := range map[string]struct {
		user waBinary.Node
		want []vital.Answer
	}{
		"by number, with the identity in the jid": {
			user(waBinary.Attrs{"jid": lid, "pn_jid": pn}, contact("in", text)),
			[]vital.Answer{{Number: asked, Verdict: vital.VerdictRegistered, JID: pn.String(), LID: lid.String()}},
		},
		"an account that writes its number in another way": {
			user(waBinary.Attrs{"jid": types.NewJID("551187654321", types.DefaultUserServer)}, contact("in", text)),
			[]vital.Answer{{Number: asked, Verdict: vital.VerdictRegistered, JID: "551187654321@s.whatsapp.net"}},
		},
		"text as a string":         {user(nil, contact("in", asked)), []vital.Answer{registered}},
		"text as a JID":            {user(nil, contact("in", types.NewJID("5511987654321", types.LegacyUserServer))), []vital.Answer{registered}},
		"no contact":               {user(waBinary.Attrs{"jid": pn}), nil},
		"a contact without a type": {user(waBinary.Attrs{"jid": pn}, waBinary.Node{Tag: "contact", Content: text}), nil},
		"a type that nobody knows": {
			user(waBinary.Attrs{"jid": pn}, contact("perhaps", text)),
			[]vital.Answer{{Number: asked, Verdict: vital.VerdictError, Reason: "the server's answer is not understood: perhaps"}},
		},
		"in, and an error": {
			user(waBinary.Attrs{"jid": pn}, contact("in", []waBinary.Node{{Tag: "error", Attrs: waBinary.Attrs{"code": "500"}}})),
			[]vital.Answer{{Number: asked, Verdict: vital.VerdictError, Code: 500}},
		},
		"somebody who was not asked": {user(waBinary.Attrs{"jid": pn}, contact("in", []byte("+4915100000002@c.us"))), nil},
		"out, with a jid":            {user(waBinary.Attrs{"jid": pn}, contact("out", text)), []vital.Answer{{Number: asked, Verdict: vital.VerdictNotRegistered}}},
		"no user at all":             {waBinary.Node{Tag: "stranger"}, nil},
	} {
		got, err := readAnswers(reply(tc.user), []string{asked})
		if err != nil || len(got) != len(tc.want) || len(got) > 0 && !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, tc.want)
		}
	}
	first, err := readAnswers(reply(user(nil, contact("out", text)), user(nil, contact("in", text))), []string{asked})
	if err != nil || len(first) != 1 || first[0].Verdict != vital.VerdictNotRegistered {
		t.Errorf("two answers for one number: %+v, %v", first, err)
	}
	var refused *session.ServerError
	whole := reply(user(nil, contact("in", text)))
	whole.GetChildren()[0].GetChildren()[0].Content = []waBinary.Node{{
		Tag: "contact", Content: []waBinary.Node{{Tag: "error", Attrs: waBinary.Attrs{"code": "429", "text": "rate-overlimit", "backoff": "30"}}},
	}}
	if _, err := readAnswers(whole, []string{asked}); !errors.As(err, &refused) || refused.Code != 429 || refused.Backoff != 30*time.Second {
		t.Errorf("an error of the whole question: %v", err)
	}
	for _, empty := range []*waBinary.Node{nil, {Tag: "iq"}, {Tag: "iq", Content: []byte("x")}} {
		if _, err := readAnswers(empty, []string{asked}); !errors.As(err, &refused) {
			t.Errorf("%v: %v", empty, err)
		}
	}
}

// FuzzCheckAnswers: no reply makes the reader panic, answer for a number that was not asked, twice for one, or say registered without the server's "in".
func FuzzCheckAnswers(f *testing.F) {
	f.Add([]byte("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a"))
	f.Add([]byte{0, 1, 1, 0, 0, 2, 4, 0, 0, 1, 0, 3, 1, 1, 1, 0, 5, 0, 0, 1, 2, 1})
	f.Add([]byte{4, 4, 0, 0, 0, 4, 3, 1, 0, 2, 2, 2, 1, 1, 1, 3, 5, 5, 5, 0, 1, 2, 3, 4, 5, 6})
	asked := []string{"+4915100000002", "+4915100000003", "+1", "", "+4915100000002"}
	f.Fuzz(func(t *testing.T, data []byte) {
		g := &growth{data: data}
		users := make([]waBinary.Node, g.next(6))
		for i := range users {
			users[i] = g.node(4)
			if g.next(4) > 0 {
				users[i].Tag = "user"
			}
		}
		tree := reply(users...)
		if g.next(8) == 0 {
			grown := g.node(6)
			tree = &grown
		}
		answers, err := readAnswers(tree, asked)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, a := range answers {
			if a.Number == "" || seen[a.Number] || a.Number != asked[0] && a.Number != asked[1] && a.Number != asked[2] {
				t.Fatalf("an answer for %q", a.Number)
			}
			seen[a.Number] = true
			switch a.Verdict {
			case vital.VerdictRegistered:
				if !saysIn(tree, a.Number) {
					t.Fatalf("registered, but the server did not say so: %s", tree)
				}
			case vital.VerdictNotRegistered, vital.VerdictError:
				if a.JID != "" || a.LID != "" || a.Business {
					t.Fatalf("%s, and yet %+v", a.Verdict, a)
				}
			default:
				t.Fatalf("verdict %q", a.Verdict)
			}
		}
	})
}

// saysIn says whether a user of the reply with that number in its text, or without a text, is said to be in.
func saysIn(tree *waBinary.Node, number string) bool {
	list := tree.GetChildByTag("usync", "list")
	for _, u := range list.GetChildren() {
		c, ok := u.GetOptionalChildByTag("contact")
		if ok && u.Tag == "user" && c.Attrs["type"] == "in" && askedNumber(&u) == number[1:] {
			return true
		}
	}
	return false
}

// growth grows trees out of bytes, of the words that matter.
type growth struct{ data []byte }

func (g *growth) next(n int) int {
	if len(g.data) == 0 {
		return 0
	}
	b := g.data[0]
	g.data = g.data[1:]
	return int(b) % n
}

func (g *growth) node(depth int) waBinary.Node {
	tags := []string{"user", "contact", "lid", "business", "verified_name", "error", "usync", "list", "result", ""}
	n := waBinary.Node{Tag: tags[g.next(len(tags))], Attrs: waBinary.Attrs{}}
	for range g.next(4) {
		keys := []string{"type", "jid", "pn_jid", "val", "code", "text", "backoff", "lid"}
		n.Attrs[keys[g.next(len(keys))]] = g.value()
	}
	switch g.next(5) {
	case 0:
		n.Content = []byte("+4915100000002@c.us")
	case 1:
		n.Content = "4915100000003"
	case 2:
		n.Content = g.value()
	default:
		if depth > 0 {
			children := make([]waBinary.Node, g.next(4))
			for i := range children {
				children[i] = g.node(depth - 1)
			}
			n.Content = children
		}
	}
	return n
}

func (g *growth) value() any {
	values := []any{
		"in", "out", "", nil, "429", "-1", "99999999999999999999", true, int64(7), types.EmptyJID, types.NewJID("4915100000002", types.DefaultUserServer),
		types.NewJID("1", types.DefaultUserServer), types.NewJID("77", types.HiddenUserServer), types.NewJID("", types.DefaultUserServer), []byte("in"),
		[]byte(nil), types.NewADJID("4915100000003", 0, 9),
	}
	return values[g.next(len(values))]
}
