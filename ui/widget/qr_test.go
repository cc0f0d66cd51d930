package widget

import (
	"encoding/base64"
	"image"
	"image/color"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// payload is one of the size and shape that the server's codes have.
func payload(r *rand.Rand) string {
	b64 := func(n int) string {
		raw := make([]byte, n)
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		return base64.StdEncoding.EncodeToString(raw)
	}
	return "https://wa.me/settings/linked_devices#2@" + b64(60) + "," + b64(32) + "," + b64(32) + "," + b64(32) + ",1"
}

// decode reads half blocks back as a camera sees them on a terminal with that background: each cell is two dots, one above the other.
func decode(t *testing.T, lines []string, background color.Gray) string {
	t.Helper()
	const dot, margin = 4, 8
	width := Width(lines[0])
	img := image.NewGray(image.Rect(0, 0, (width+2*margin)*dot, (2*len(lines)+2*margin)*dot))
	for i := range img.Pix {
		img.Pix[i] = background.Y
	}
	fill := func(x, y int, black bool) {
		for dy := range dot {
			for dx := range dot {
				c := color.Gray{255}
				if black {
					c = color.Gray{0}
				}
				img.SetGray((x+margin)*dot+dx, (y+margin)*dot+dy, c)
			}
		}
	}
	for y, line := range lines {
		if !strings.HasPrefix(line, onPaper) || !strings.HasSuffix(line, offPaper) {
			t.Fatalf("line %d is not on paper: %q", y, line)
		}
		for x, r := range []rune(ansi.Strip(line)) {
			fill(x, 2*y, r == '█' || r == '▀')
			fill(x, 2*y+1, r == '█' || r == '▄')
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatalf("not readable: %v", err)
	}
	return result.GetText()
}

func TestQRReadsBackOnDarkAndLight(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		want := payload(r)
		q := NewQR(want, true)
		for _, size := range [][2]int{{200, 60}, {69, 35}, {68, 35}, {63, 32}} {
			lines := q.Fit(size[0], size[1])
			if lines == nil {
				t.Fatalf("a code of %d bytes does not fit into %v", len(want), size)
			}
			if len(lines) > size[1] || Width(lines[0]) > size[0] {
				t.Fatalf("%d×%d does not fit into %v", Width(lines[0]), len(lines), size)
			}
			for _, background := range []color.Gray{{20}, {250}} {
				if got := decode(t, lines, background); got != want {
					t.Errorf("size %v: read %q, want %q", size, got, want)
				}
			}
		}
		if q.Fit(80, 24) != nil {
			t.Error("a code claims to fit 80×24")
		}
	}
}

func TestQRThatCannotBeDrawn(t *testing.T) {
	for _, bad := range []string{"", strings.Repeat("x", 5000)} {
		if lines := NewQR(bad, true).Fit(500, 500); lines != nil {
			t.Errorf("a payload of %d bytes was drawn", len(bad))
		}
	}
}

func TestQRPictureIsPrivateAndGoesAway(t *testing.T) {
	path, err := WriteQRPNG(payload(rand.New(rand.NewPCG(3, 4))))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := RemoveQRPNG(path); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the picture is still there: %v", err)
	}
}
