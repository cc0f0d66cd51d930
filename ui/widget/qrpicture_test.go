package widget

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/wapulse/wapulse/ui/graphics"
)

// scan reads a picture as a phone does. Around it is the terminal's background, dark.
func scan(t *testing.T, picture image.Image) string {
	t.Helper()
	const margin = 20
	b := picture.Bounds()
	screen := image.NewGray(image.Rect(0, 0, b.Dx()+2*margin, b.Dy()+2*margin))
	for y := range b.Dy() {
		for x := range b.Dx() {
			screen.Set(x+margin, y+margin, picture.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(screen)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatalf("not readable: %v", err)
	}
	return result.GetText()
}

// placed is a frame of that many lines with the picture in it.
func placed(i graphics.Image, height int) string {
	lines := make([]string, height)
	for at := range lines {
		lines[at] = strings.Repeat(" ", i.Columns) + "  text"
	}
	graphics.Place(lines, 1, 0, i)
	return strings.Join(lines, "\n")
}

// kittyPicture decodes what kitty would show.
func kittyPicture(t *testing.T, frame string) image.Image {
	t.Helper()
	var payload strings.Builder
	for _, part := range regexp.MustCompile(`\x1b_G([^;\x1b]*);([^\x1b]*)\x1b\\`).FindAllStringSubmatch(frame, -1) {
		if len(part[2]) > 4096 {
			t.Errorf("a part of %d bytes", len(part[2]))
		}
		payload.WriteString(part[2])
	}
	file, err := base64.StdEncoding.DecodeString(payload.String())
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// sixelPicture draws the sixels of a frame. What no colour draws stays grey.
func sixelPicture(t *testing.T, frame string) image.Image {
	t.Helper()
	data := regexp.MustCompile(`\x1bP[0-9;]*q([^\x1b]*)\x1b\\`).FindStringSubmatch(frame)
	if data == nil {
		t.Fatal("no sixels")
	}
	raster := regexp.MustCompile(`^"1;1;(\d+);(\d+)`).FindStringSubmatch(data[1])
	if raster == nil {
		t.Fatalf("no size: %.40q", data[1])
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	picture := image.NewGray(image.Rect(0, 0, number(raster[1]), number(raster[2])))
	for i := range picture.Pix {
		picture.Pix[i] = 128
	}
	colors, pen, x, y, times := map[int]uint8{}, uint8(0), 0, 0, 1
	for _, token := range regexp.MustCompile(`#\d+;2;\d+;\d+;\d+|#\d+|!\d+|[$\-]|[?-~]`).FindAllString(data[1][len(raster[0]):], -1) {
		switch {
		case strings.Contains(token, ";"):
			c := strings.Split(token[1:], ";")
			colors[number(c[0])] = uint8(number(c[2]) * 255 / 100)
			pen = colors[number(c[0])]
		case token[0] == '#':
			pen = colors[number(token[1:])]
		case token[0] == '!':
			times = number(token[1:])
		case token == "$":
			x = 0
		case token == "-":
			x, y = 0, y+6
		default:
			for ; times > 0; times-- {
				for bit := range 6 {
					if (token[0]-'?')>>bit&1 == 1 {
						picture.SetGray(x, y+bit, color.Gray{Y: pen})
					}
				}
				x++
			}
			times = 1
		}
	}
	if y >= picture.Rect.Dy() {
		t.Errorf("the last line of sixels begins at %d of %d: it would scroll", y, picture.Rect.Dy())
	}
	return picture
}

func TestPicturesReadBackAtEachSize(t *testing.T) {
	want := payload(rand.New(rand.NewPCG(5, 6)))
	q := NewQR(want, true)
	for _, cell := range [][2]int{{8, 16}, {9, 18}, {10, 20}, {7, 15}, {16, 33}} {
		for _, size := range [][2]int{{44, 21}, {60, 30}, {38, 19}, {120, 60}, {30, 16}} {
			for kind, decode := range map[graphics.Kind]func(*testing.T, string) image.Image{graphics.Kitty: kittyPicture, graphics.Sixel: sixelPicture} {
				terminal := graphics.Terminal{Kind: kind, CellWidth: cell[0], CellHeight: cell[1]}
				i, ok := q.Picture(terminal, size[0], size[1])
				if roomy := min(size[0]*cell[0], size[1]*cell[1]) >= 63*leastModule; ok != roomy {
					t.Errorf("cells of %v, %v of them: fits %v", cell, size, ok)
				}
				if !ok {
					continue
				}
				if i.Columns > size[0] || i.Rows > size[1] {
					t.Errorf("%d×%d does not fit into %v", i.Columns, i.Rows, size)
				}
				picture := decode(t, placed(i, size[1]+2))
				if b := picture.Bounds(); b.Dx() != i.Columns*cell[0] || b.Dy() != i.Rows*cell[1] {
					t.Errorf("%v covers not %d×%d cells of %v", b, i.Columns, i.Rows, cell)
				}
				if got := scan(t, picture); got != want {
					t.Errorf("cells of %v, %v of them: read %q", cell, size, got)
				}
			}
		}
	}
}

// Lines beside a picture are as wide as without it, and none but its first writes into its cells.
func TestAPictureLeavesLinesAlone(t *testing.T) {
	q := NewQR(payload(rand.New(rand.NewPCG(7, 8))), true)
	i, ok := q.Picture(graphics.Terminal{Kind: graphics.Sixel, CellWidth: 8, CellHeight: 16}, 44, 21)
	if !ok {
		t.Fatal("it does not fit")
	}
	lines := strings.Split(placed(i, i.Rows+2), "\n")
	for at, line := range lines {
		covered := at >= 1 && at <= i.Rows
		if text := strings.Contains(line, "  text"); !text || covered == strings.HasPrefix(line, " ") {
			t.Errorf("line %d: %.60q", at, line)
		}
		if covered && ansi.StringWidth(line) != len("  text") {
			t.Errorf("line %d is %d wide", at, ansi.StringWidth(line))
		}
		if strings.Contains(line, "\x1bP") != (at == 1) {
			t.Errorf("line %d: sixels", at)
		}
	}
}

func TestNoPictureWithoutGraphics(t *testing.T) {
	q := NewQR("x", true)
	for _, terminal := range []graphics.Terminal{{}, {Kind: graphics.Kitty}, {CellWidth: 8, CellHeight: 16}} {
		if _, ok := q.Picture(terminal, 100, 50); ok {
			t.Errorf("%+v shows a picture", terminal)
		}
	}
}

// Without Unicode the code is drawn by the background alone, at both sizes.
func TestQRWithoutUnicodeReadsBack(t *testing.T) {
	want := payload(rand.New(rand.NewPCG(9, 10)))
	q := NewQR(want, false)
	for _, size := range [][2]int{{200, 80}, {130, 65}, {129, 65}, {118, 59}} {
		lines := q.Fit(size[0], size[1])
		if lines == nil || len(lines) > size[1] || Width(lines[0]) > size[0] {
			t.Fatalf("it does not fit into %v", size)
		}
		picture := image.NewGray(image.Rect(0, 0, Width(lines[0])*3, len(lines)*6))
		for y, line := range lines {
			if strings.Trim(ansi.Strip(line), " ") != "" {
				t.Fatalf("line %d has characters: %q", y, ansi.Strip(line))
			}
			x, white := 0, true
			for _, token := range regexp.MustCompile(`\x1b\[[0-9;]*m| `).FindAllString(line, -1) {
				switch {
				case strings.HasSuffix(token, "48;5;231m"):
					white = true
				case strings.HasSuffix(token, "48;5;16m"):
					white = false
				case token == " ":
					for i := range 18 {
						picture.SetGray(x*3+i%3, y*6+i/3, color.Gray{Y: map[bool]uint8{true: 255}[white]})
					}
					x++
				}
			}
		}
		if got := scan(t, picture); got != want {
			t.Errorf("size %v: read %q", size, got)
		}
	}
	w, h := q.Least()
	if q.Fit(w-1, h) != nil || q.Fit(w, h-1) != nil || q.Fit(w, h) == nil {
		t.Error("it claims to fit a window that is too small")
	}
}
