package whatsapp

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"":                                    "",
		"Bad Gateway":                         "Bad Gateway",
		"a\x1b]0;evil\x07b\r\nc":              "a]0;evilb  c",
		"call +6281260268381!":                "call +62…81!",
		"jid 6281260268381:12@s.whatsapp.net": "jid 62…81:12@s.whatsapp.net",
		"https://wa.me/settings/linked_devices#2@abc,def,ghi shown": "(QR code) shown",
		"key 4vZx9B0q1w2e3r4t5y6u7i8o9p0aAsSdDfFgGhHjJkKlL= end":    "key (hidden) end",
		"failed to verify intermediate cert signature":              "failed to verify intermediate cert signature",
		"code 503 after 1234 ms":                                    "code 503 after 1234 ms",
		strings.Repeat("ä", 1000):                                   strings.Repeat("ä", longestText-1) + "…",
		"ok\u202egnp.exe":                                           "okgnp.exe",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMaskedJID(t *testing.T) {
	for _, c := range []struct {
		jid  types.JID
		want string
	}{
		{types.NewJID("6281260268381", types.DefaultUserServer), "+62…81@s.whatsapp.net"},
		{types.NewADJID("6281260268381", 0, 7), "+62…81@s.whatsapp.net"},
		{types.NewJID("", types.DefaultUserServer), "s.whatsapp.net"},
		{types.NewJID("status", types.BroadcastServer), "status@broadcast"},
	} {
		if got := maskedJID(c.jid); got != c.want {
			t.Errorf("%v: %q, want %q", c.jid, got, c.want)
		}
	}
}

// TestLogHidesSecrets feeds the log what whatsmeow logs: stanzas, JIDs, codes, keys.
func TestLogHidesSecrets(t *testing.T) {
	var written strings.Builder
	handler := slog.NewTextHandler(&written, &slog.HandlerOptions{Level: slog.LevelDebug})
	l := &clientLog{to: slog.New(handler)}
	secretNode := &waBinary.Node{Tag: "message", Attrs: waBinary.Attrs{"notify": "Alice"}, Content: []byte("my secret text")}
	phone := types.NewJID("6281260268381", types.DefaultUserServer)
	l.Warnf("Node handling took %s for %s", "5s", secretNode)
	l.Sub("Send").Sub("x").Errorf("Failed for %s and %v: %v", phone, &phone, errors.New("with +6281260268381"))
	l.Debugf("Emitting QR code %s", "https://wa.me/settings/linked_devices#2@abc,def,ghi")
	l.Infof("key %x, %p, %d", []byte("0123456789abcdef0123456789abcdef"), l, 42)
	got := written.String()
	for _, secret := range []string{"Alice", "secret", "6281260268381", "2@abc", "30313233", "0123456789abcdef"} {
		if strings.Contains(got, secret) {
			t.Errorf("the log has %q:\n%s", secret, got)
		}
	}
	for _, kept := range []string{"<message>", "+62…81", "42", "module=Send/x"} {
		if !strings.Contains(got, kept) {
			t.Errorf("the log lacks %q:\n%s", kept, got)
		}
	}
	quiet := &clientLog{to: slog.New(slog.DiscardHandler)}
	if allocs := testing.AllocsPerRun(10, func() { quiet.Debugf("nobody reads this") }); allocs > 0 {
		t.Errorf("a line that nobody reads costs %v allocations", allocs)
	}
}
