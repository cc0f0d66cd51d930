package whatsapp

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

func TestMaskedXML(t *testing.T) {
	phone := types.NewADJID("6281260268381", 0, 7)
	for _, c := range []struct {
		node waBinary.Node
		want string
	}{
		{
			waBinary.Node{Tag: "iq", Attrs: waBinary.Attrs{"id": "26.14-3", "type": "get", "xmlns": "w:p", "to": types.ServerJID}},
			`<iq id="26.14-3" to="s.whatsapp.net" type="get" xmlns="w:p"/>`,
		},
		{
			waBinary.Node{Tag: "message", Attrs: waBinary.Attrs{"from": phone, "id": "3EB0C767D097B7C2", "notify": "Alice", "t": "1755871331", "type": "text"}, Content: []waBinary.Node{
				{Tag: "enc", Attrs: waBinary.Attrs{"v": "2", "type": "pkmsg"}, Content: []byte("my secret text")},
			}},
			`<message from="+62…81:7@s.whatsapp.net" id="3EB…7C2" notify="(hidden)" t="2025-08-22T14:02:11Z" type="text"><enc type="pkmsg" v="2">(14 bytes)</enc></message>`,
		},
		{
			waBinary.Node{Tag: "stream:error", Attrs: waBinary.Attrs{"code": "503"}},
			`<stream:error code="503"/>`,
		},
		{
			waBinary.Node{Tag: "iq", Attrs: waBinary.Attrs{"Bad Key 4915123456789": "x"}, Content: []waBinary.Node{{Tag: "ref", Content: []byte("2@abcdef")}, {Tag: "NoWord<", Content: 7}}},
			`<iq hidden="1"><ref>(8 bytes)</ref><hidden>(hidden)</hidden></iq>`,
		},
		{
			waBinary.Node{Tag: "user", Content: []waBinary.Node{{Tag: "contact", Content: []byte("+6281260268381")}, {Tag: "contact", Content: "+6281260268381@c.us"}, {Tag: "status", Content: []byte("+6281260268381")}}},
			`<user><contact>+62…81</contact><contact>+62…81@c.us</contact><status>(14 bytes)</status></user>`,
		},
		{
			waBinary.Node{Tag: "notification", Attrs: waBinary.Attrs{"from": "12036302394@g.us", "participant": "alice@lid", "recipient": "x@evil.example", "type": "2@AbCd"}},
			`<notification from="12…94@g.us" participant="(hidden)@lid" recipient="(hidden)" type="(hidden)"/>`,
		},
	} {
		if got := maskedXML(&c.node); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	many := make([]waBinary.Node, 5000)
	for i := range many {
		many[i] = waBinary.Node{Tag: "key", Content: []byte("secret")}
	}
	long := maskedXML(&waBinary.Node{Tag: "list", Content: many})
	if len(long) > maxFrame+200 || !strings.HasSuffix(long, " more --></list>") {
		t.Errorf("%d bytes: …%s", len(long), long[len(long)-100:])
	}
}

// FuzzMaskedXML hides secrets and numbers wherever they stand in a stanza.
func FuzzMaskedXML(f *testing.F) {
	f.Add("iq", "type", "get", "text", uint8(0))
	f.Add("contact", "jid", "6281260268381@s.whatsapp.net", "+6281260268381", uint8(1))
	f.Add("message", "id", "12345678901234567890", "x", uint8(2))
	f.Add("ib", "t", "17558713310", "12345678", uint8(3))
	f.Add("a:b:c", "j:zzij:z", "w:profile:picture", "x", uint8(0))
	f.Add("a12345678", "k12345678", "12345678-1234@g.us", "\"<>&'", uint8(4))
	f.Fuzz(func(t *testing.T, tag, key, value, content string, how uint8) {
		const secret = "Zx9-Secret_Key"
		number := regexp.MustCompile(`[0-9]{8,}`)
		child := waBinary.Node{Tag: tag, Attrs: waBinary.Attrs{key: value, "notify": secret + value, "type": value + secret, "token": secret}, Content: []byte(content + secret)}
		switch how % 5 {
		case 1:
			child.Content = content + secret
		case 2:
			child.Attrs[key] = types.NewJID(value, types.DefaultUserServer)
		case 3:
			child.Attrs[key] = types.NewADJID(value, how, how)
		case 4:
			child.Attrs[key], child.Content = int64(how)*1234567890123, []waBinary.Node{{Tag: content, Content: []byte(secret)}}
		}
		out := maskedXML(&waBinary.Node{Tag: "iq", Attrs: waBinary.Attrs{key: value}, Content: []waBinary.Node{child, child}})
		if strings.Contains(out, secret) || number.MatchString(out) {
			t.Fatalf("this was told: %s", out)
		}
		decoder := xml.NewDecoder(strings.NewReader(out))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
	})
}

// FuzzPlain hides long runs of digits in whatever text the log has.
func FuzzPlain(f *testing.F) {
	f.Add("call +6281260268381 now", "Push name of %s changed to %s", "Alice")
	f.Add("12345678", "Errored frame hex: %s", "00ff")
	f.Fuzz(func(t *testing.T, text, format, arg string) {
		number := regexp.MustCompile(`[0-9]{8,}`)
		for _, out := range []string{plain(text), logLine(format, []any{arg, text, 1755871331, errors.New(arg)})} {
			if number.MatchString(out) || strings.ContainsAny(out, "\n\r\x1b") {
				t.Fatalf("%q", out)
			}
		}
	})
}

func TestNamesStayOutOfTheLog(t *testing.T) {
	user := types.NewJID("6281260268381", types.DefaultUserServer)
	for want, line := range map[string]string{
		"Push name of +62…81@s.whatsapp.net changed from (hidden) to (hidden), dispatching event": logLine("Push name of %s changed from %s to %s, dispatching event", []any{user, "Alice", "Bob"}),
		"Errored frame hex: (hidden)": logLine("Errored frame hex: %s", []any{"00ff"}),
	} {
		if line != want {
			t.Errorf("%q, want %q", line, want)
		}
	}
}

func TestLogBudget(t *testing.T) {
	b := newLogBudget()
	now := time.Now()
	for range linesAtOnce {
		if !b.admits(vital.LevelDebug, now) {
			t.Fatal("a line within the budget was not admitted")
		}
	}
	if b.admits(vital.LevelDebug, now) || b.admits(vital.LevelInfo, now) || !b.admits(vital.LevelError, now) {
		t.Error("beyond the budget of details there are warnings and errors alone")
	}
	note, some := b.left()
	if !some || note.Kind != vital.KindGap || note.Level != vital.LevelInfo || note.Fields[0].Value != "2" {
		t.Errorf("%+v", note)
	}
	if _, some := b.left(); some {
		t.Error("a gap was told twice")
	}
	if !b.admits(vital.LevelDebug, now.Add(time.Second)) {
		t.Error("the budget does not grow again")
	}
}

// A connection tells each line of the client's log, and, while switched on, each stanza; without secrets and without a long number.
func TestLogLinesAndFramesAreEvents(t *testing.T) {
	w := newWorld(t)
	dev, _ := w.pair("6281260268381")
	e, c := w.up(dev)
	await(t, e, func(n session.Noted) bool {
		return n.Kind == vital.KindLog && n.Level == vital.LevelInfo && strings.Contains(n.Text, "authenticated")
	})
	for _, s := range e.all() {
		if n, ok := s.(session.Noted); ok && n.Kind == vital.KindFrame {
			t.Fatal("a frame was told before they were switched on")
		}
	}
	c.TellFrames(true)
	if _, err := c.Ping(context.Background()); err != nil {
		t.Fatal(err)
	}
	await(t, e, func(n session.Noted) bool {
		return n.Kind == vital.KindFrame && strings.Contains(n.Fields[1].Value, `xmlns="w:p"`) && n.Fields[0].Value == "out"
	})
	await(t, e, func(n session.Noted) bool {
		return n.Kind == vital.KindFrame && strings.Contains(n.Fields[1].Value, `type="result"`) && n.Fields[0].Value == "in"
	})
	c.Close()
	ended(t, e, c)
	number := regexp.MustCompile(`[0-9]{8,}`)
	for _, s := range e.all() {
		n, ok := s.(session.Noted)
		if !ok {
			continue
		}
		for _, f := range append(n.Fields, vital.Field{Value: n.Text}) {
			if number.MatchString(f.Value) {
				t.Errorf("%+v", n)
			}
		}
	}
}

func BenchmarkMaskedXML(b *testing.B) {
	node := waBinary.Node{Tag: "iq", Attrs: waBinary.Attrs{"id": "26.14-3", "type": "get", "xmlns": "w:p", "to": types.ServerJID}}
	for b.Loop() {
		maskedXML(&node)
	}
}
