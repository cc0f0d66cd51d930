package cli_test

import (
	"image"
	"image/color"
	"strconv"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// theme is how a terminal shows what it is told: the brightness of its own background and text, and of the sixteen named colours.
type theme struct {
	background, text uint8
	named            [16]uint8
}

func darkTheme() theme {
	return theme{background: 20, text: 220, named: [16]uint8{0, 80, 90, 100, 60, 80, 100, 190, 90, 120, 130, 150, 100, 120, 150, 255}}
}

func lightTheme() theme {
	return theme{background: 250, text: 30, named: [16]uint8{0, 80, 90, 100, 60, 80, 100, 190, 90, 120, 130, 150, 100, 120, 150, 255}}
}

// swappedTheme is a light theme of the kind that makes black the background's colour and white the text's.
func swappedTheme() theme {
	th := lightTheme()
	th.named[0], th.named[7], th.named[8], th.named[15] = 250, 40, 180, 20
	return th
}

// ink is the colours that a terminal draws with at one place.
type ink struct {
	fg, bg uint8
	theme  theme
}

// sgr takes the parameters of one escape sequence for colours.
func (i *ink) sgr(parameters string) {
	list := strings.FieldsFunc(parameters, func(r rune) bool { return r == ';' || r == ':' })
	if len(list) == 0 {
		list = []string{"0"}
	}
	for at := 0; at < len(list); at++ {
		n, _ := strconv.Atoi(list[at])
		switch {
		case n == 0:
			i.fg, i.bg = i.theme.text, i.theme.background
		case n == 7:
			i.fg, i.bg = i.bg, i.fg
		case n == 39:
			i.fg = i.theme.text
		case n == 49:
			i.bg = i.theme.background
		case n >= 30 && n <= 37:
			i.fg = i.theme.named[n-30]
		case n >= 40 && n <= 47:
			i.bg = i.theme.named[n-40]
		case n >= 90 && n <= 97:
			i.fg = i.theme.named[n-90+8]
		case n >= 100 && n <= 107:
			i.bg = i.theme.named[n-100+8]
		case (n == 38 || n == 48) && at+2 < len(list) && list[at+1] == "5":
			entry, _ := strconv.Atoi(list[at+2])
			if n == 38 {
				i.fg = i.theme.entry(entry)
			} else {
				i.bg = i.theme.entry(entry)
			}
			at += 2
		case (n == 38 || n == 48) && at+4 < len(list):
			at += 4 // true colour: nothing of a QR code is
		}
	}
}

// entry is the brightness of a colour of the large palette.
func (th theme) entry(n int) uint8 {
	switch {
	case n < 16:
		return th.named[n]
	case n < 232: // a cube of six steps each way
		n -= 16
		return uint8((n/36 + n/6%6 + n%6) * 255 / 15)
	default:
		return uint8(8 + (n-232)*10)
	}
}

// readQR reads the QR code off a screen, captured with its colours, as a camera that is pointed at it does, from several distances as a hand does that
// does not find the right one at once. One code in some hundreds the library finds from none of them, right as it is: that is read module by module. It is
// "" if there is none that can be read.
func readQR(screen string, th theme) string {
	for dot := 2; dot <= 7; dot++ {
		if text := decode(atPaper(photograph(screen, th, dot), 3*dot), gozxing.DecodeHintType_TRY_HARDER); text != "" {
			return text
		}
	}
	return decode(atPaper(photograph(screen, th, 3), 0), gozxing.DecodeHintType_PURE_BARCODE)
}

func decode(paper image.Image, how gozxing.DecodeHintType) string {
	if paper == nil {
		return ""
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(paper)
	if err != nil {
		return ""
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{how: true})
	if err != nil {
		return ""
	}
	return result.GetText()
}

// atPaper points the camera: at what is pure white, with a little of what is around it. Without any it is nil.
func atPaper(img *image.Gray, around int) image.Image {
	var paper image.Rectangle
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if img.GrayAt(x, y).Y == 255 {
				paper = paper.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if paper.Empty() {
		return nil
	}
	return img.SubImage(paper.Inset(-around))
}

// photograph draws the screen, a dot of that many pixels for each half of a cell.
func photograph(screen string, th theme, dot int) *image.Gray {
	const columns = 220
	lines := strings.Split(strings.TrimRight(screen, "\n"), "\n")
	img := image.NewGray(image.Rect(0, 0, columns*dot, 2*len(lines)*dot))
	for i := range img.Pix {
		img.Pix[i] = th.background
	}
	fill := func(x, y int, shade uint8) {
		for i := range dot * dot {
			img.SetGray(x*dot+i%dot, y*dot+i/dot, color.Gray{Y: shade})
		}
	}
	pen := &ink{fg: th.text, bg: th.background, theme: th}
	for y, line := range lines {
		x := 0
		for line != "" {
			if rest, ok := strings.CutPrefix(line, "\x1b["); ok {
				parameters, after, _ := strings.Cut(rest, "m")
				pen.sgr(parameters)
				line = after
				continue
			}
			r := []rune(line)[0]
			line = line[len(string(r)):]
			upper, lower := pen.bg, pen.bg
			switch r {
			case '█':
				upper, lower = pen.fg, pen.fg
			case '▀':
				upper = pen.fg
			case '▄':
				lower = pen.fg
			}
			fill(x, 2*y, upper)
			fill(x, 2*y+1, lower)
			x++
		}
	}
	return img
}
