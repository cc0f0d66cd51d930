package record

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/wapulse/wapulse/session/vital"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // diagnoses tell times of the day
	goleak.VerifyTestMain(m)
}

// newKnowing returns a Masker that knows an account and a few other things.
func newKnowing() *Masker {
	m := NewMasker()
	m.KnowIdentity(vital.Identity{JID: "4915123456789:12@s.whatsapp.net", LID: "100200300400500:12@lid", Phone: "+4915123456789", PushName: "Ada Lovelace"})
	m.Name("sales")
	m.Name("田中")
	m.Know("path", "/home/ada/My Files/wapulse.db")
	m.Know("secret", "hunter2")
	m.Message("3EB0C431C26A1916E07E")
	return m
}

func TestTextMasks(t *testing.T) {
	for in, want := range map[string]string{
		"":                                                "",
		"CONNECTED → RECONNECTING: stream 503":            "CONNECTED → RECONNECTING: stream 503",
		"check 3 → 182 ms":                                "check 3 → 182 ms",
		"to +4915123456789 and 4915123456789":             "to number-1 and number-1",
		"+49 151 2345-6789, 0151 23456789":                "number-1, number-1",
		"0049 (151) 23456789":                             "number-1",
		"jid 4915123456789:12@s.whatsapp.net!":            "jid number-1:12@s.whatsapp.net!",
		"4915123456789@s.whatsapp.net":                    "number-1@s.whatsapp.net",
		"a 4915199999999@c.us b":                          "a number-2@c.us b",
		"100200300400500:12@lid, status@broadcast":        "lid-1:12@lid, status@broadcast",
		"120363041234567890@g.us":                         "group-1@g.us",
		"+49…89 and 62…81@s.whatsapp.net":                 "number-1 and number-2@s.whatsapp.net",
		"ping on sales: Ada Lovelace":                     "ping on name-2: name-1",
		"wholesales of salespeople":                       "wholesales of salespeople",
		"田中さん":                                            "name-3 さん",
		"open /home/ada/My Files/wapulse.db: no":          "open path-1: no",
		"open /home/bob/w.db: denied":                     "open path-2: denied",
		`C:\Users\bob\w.db`:                               "path-2",
		"xhunter2x":                                       "x secret-1 x",
		"1 message (image, 3EB0C431C26A1916E07E)":         "1 message (image, message-1)",
		"id AC0123456789ABCDEF0123456789ABCD":             "id message-2",
		"bob@example.org wrote":                           "email-1 wrote",
		"2@abcDEF123456,xyz/+=":                           "qr-1",
		"https://wa.me/settings/linked_devices#2@abc,def": "https://wa.me/…",
		"socks5://user:pw@proxy.corp:1080":                "socks5://host-1:1080",
		"wss://web.whatsapp.com/ws/chat":                  "wss://web.whatsapp.com/…",
		"ws://127.0.0.1:4000/ws":                          "ws://127.0.0.1:4000/…",
		"dial tcp 10.1.2.3:443: refused":                  "dial tcp address-1:443: refused",
		"dial tcp [fe80::1%eth0]:443: refused":            "dial tcp address-1:443: refused",
		"lookup proxy.corp on 192.168.1.1:53: no":         "lookup host-1 on address-1:53: no",
		"lookup web.whatsapp.com: no such host":           "lookup web.whatsapp.com: no such host",
		"at 12:30:05 and 14:02:11.204":                    "at 12:30:05 and 14:02:11.204",
		"until 2026-11-24 15:04:05":                       "until 2026-11-24 15:04:05",
		"2026-11-24T15:04:05.123456789Z":                  "2026-11-24T15:04:05.123Z",
		"code ABCD-1234":                                  "code code-1",
		"key 4vZx9B0q1w2e3r4t5y6u7i8o9p0aAsSdDfFgGhHj=":   "key key-1",
		"DeAdBeEfDeAdBeEfDeAdBeEfDeAd":                    "key-1",
		"deadbeef0123456789abcdef":                        "key-1",
		"NotifyAccountReachoutTimelock":                   "NotifyAccountReachoutTimelock",
		"stream-error-503-on-connect":                     "stream-error-503-on-connect",
		"failed to verify intermediate cert signature":    "failed to verify intermediate cert signature",
		"github.com/wapulse/wapulse/session":              "github.com/wapulse/wapulse/session",
		"٤٩١٥١٢٣٤٥٦٧٨":                                    "number-2",
		"12345678 23456780 34567890":                      "number-2 number-3 number-4",
	} {
		m := newKnowing()
		got := m.Text(in)
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if again := m.Text(got); again != got {
			t.Errorf("%q: %q, and once more %q", in, got, again)
		}
	}
}

// The same thing has the same mask, however it is written and whoever asks.
func TestMasksBelongTogether(t *testing.T) {
	m := NewMasker()
	if n, j := m.Number("+6281260268381"), m.Account("6281260268381:7@s.whatsapp.net"); n != "number-1" || j != "number-1:7@s.whatsapp.net" {
		t.Errorf("%q, %q", n, j)
	}
	if a, b := m.Text("x 6281260268381 y"), m.Text("62 812-6026-8381"); a != "x number-1 y" || b != "number-1" {
		t.Errorf("%q, %q", a, b)
	}
	if other := m.Number("+6281260268382"); other != "number-2" {
		t.Errorf("another number is %q", other)
	}
	if got := m.Text("+62…81 and +62…82"); got != "number-1 and number-2" {
		t.Errorf("shortened: %q", got)
	}
	if got := m.Text("paired +62…81@s.whatsapp.net, 62…81:7@s.whatsapp.net and +62…83@s.whatsapp.net"); got !=
		"paired number-1@s.whatsapp.net, number-1:7@s.whatsapp.net and number-3@s.whatsapp.net" {
		t.Errorf("a shortened account: %q", got)
	}
	if full, short := m.Account("100200300400500:12@lid"), m.Text("10…00@lid and 10…00:3@lid"); full != "lid-1:12@lid" || short != "lid-1@lid and lid-1:3@lid" {
		t.Errorf("a shortened hidden identity: %q, %q", full, short)
	}
	if a, b := m.Name("sales"), m.Name("sales"); a != b || m.Name(a) != a {
		t.Errorf("%q, %q", a, b)
	}
}

// A version is needed to read a report, and has as many digits as a number.
func TestVersionsOfTheClientStay(t *testing.T) {
	m := newKnowing()
	s, err := m.maskSnapshot(&vital.Snapshot{Client: vital.Client{Version: "2.3000.1045649367", Latest: "+49 151 23456789"}})
	if err != nil || s.Client.Version != "2.3000.1045649367" || s.Client.Latest != "number-1" {
		t.Errorf("%+v, %v", s.Client, err)
	}
	e := m.event(vital.Event{Fields: []vital.Field{{Key: "refused", Value: "2.3000.1045649367"}, {Key: "taken", Value: "4915123456789"}}})
	if e.Fields[0].Value != "2.3000.1045649367" || e.Fields[1].Value != "number-1" {
		t.Errorf("%+v", e.Fields)
	}
}

// A name that is a word of masks, or stands in one, breaks none of them.
func TestNamesLikeMasks(t *testing.T) {
	m := NewMasker()
	for _, name := range []string{"number", "name", "https", "1", "path"} {
		m.Name(name)
	}
	first := m.Text("number of https://evil.example/secret/path: 4915123456789, name /tmp/x/y")
	if strings.Contains(first, "secret") || strings.Contains(first, "evil") || strings.Contains(first, "49151") || strings.Contains(first, "tmp") {
		t.Errorf("left: %q", first)
	}
	if again := m.Text(first); again != first {
		t.Errorf("%q, and once more %q", first, again)
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{
		"+49 151 2345-6789", "ping on sales", "a@b.c 12345678@lid", "2026-11-24T15:04:05.123456789Z", "number-1number-2", "/a/b/c 12…34",
		"socks5://u:p@h:1/x", "fe80::1%eth0", "name-12345678", "٤٩١٥١٢٣٤٥٦٧٨", "4915123456789 4915123456780", "xhunter2x1", "number-00000001",
		"\xa455\xa95\xd95555555555555555555555١٥١٢٣٤٥",
	} {
		f.Add(seed)
	}
	left := regexp.MustCompile(`\p{Nd}{8,}`)
	f.Fuzz(func(t *testing.T, in string) {
		m := newKnowing()
		masked := m.Text(in)
		if run := left.FindString(masked); run != "" {
			t.Errorf("%q: %q has the digits %q", in, masked, run)
		}
		for _, secret := range []string{"hunter2", "4915123456789", "/home/ada/My Files/wapulse.db", "3EB0C431C26A1916E07E"} {
			if strings.Contains(masked, secret) {
				t.Errorf("%q: %q has %q", in, masked, secret)
			}
		}
		if again := m.Text(masked); again != masked {
			t.Errorf("%q: %q, and once more %q", in, masked, again)
		}
		if masked == "(hidden)" && in != masked {
			t.Errorf("%q comes to no rest", in)
		}
	})
}
