package vital_test

import (
	"strings"
	"testing"

	"github.com/wapulse/wapulse/session/vital"
)

func TestFileNamesAreSafe(t *testing.T) {
	for want, m := range map[string]vital.Media{
		"image-3EB0AA.jpg":                      {Kind: "image", MessageID: "3EB0AA", MIME: "image/jpeg"},
		"audio-3EB0AA.ogg":                      {Kind: "audio", MessageID: "3EB0AA", MIME: "audio/ogg; codecs=opus"},
		"document-3EB0AA.xlsx":                  {Kind: "document", MessageID: "3EB0AA", MIME: "application/x-unknown", Name: "../Bill.XLSX"},
		"document-_etc_passwd.bin":              {Kind: "document", MessageID: "../etc/passwd", Name: "a./../b"},
		"document-a_b.bin":                      {Kind: "document", MessageID: "a\x1b\n b", Name: "x.sh\x1b"},
		"_-" + strings.Repeat("A", 64) + ".bin": {Kind: "/", MessageID: strings.Repeat("A", 300)},
	} {
		if got := m.FileName(); got != want {
			t.Errorf("%+v: %q, want %q", m, got, want)
		}
	}
}
