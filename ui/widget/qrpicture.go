package widget

import (
	"image"
	"image/color"

	"rsc.io/qr"

	"github.com/wapulse/wapulse/ui/graphics"
)

// The sides of a module in a picture, in pixels: less is not read off a screen by hand, more is no better.
const (
	leastModule   = 3
	largestModule = 12
)

// pictured is the picture that was made last, and what for.
type pictured struct {
	terminal      graphics.Terminal
	width, height int
	image         graphics.Image
	fits          bool
}

// Picture is the code as the largest picture that fits into width by height cells of that terminal; false if none does, or the terminal shows none.
func (q *QR) Picture(t graphics.Terminal, width, height int) (graphics.Image, bool) {
	p := &q.pictured
	if p.terminal != t || p.width != width || p.height != height {
		image, fits := q.picture(t, width, height)
		*p = pictured{terminal: t, width: width, height: height, image: image, fits: fits}
	}
	return p.image, p.fits
}

func (q *QR) picture(t graphics.Terminal, width, height int) (graphics.Image, bool) {
	if !t.Can() || width < 1 || height < 1 {
		return graphics.Image{}, false
	}
	code, err := encodeQR(q.payload)
	if err != nil {
		return graphics.Image{}, false
	}
	side := min(width*t.CellWidth, height*t.CellHeight)
	for _, quiet := range []int{fullQuiet, leastQuiet} {
		modules := code.Size + 2*quiet
		module := min(side/modules, largestModule)
		if module < leastModule {
			continue
		}
		image, err := graphics.Encode(t, paint(code, modules, module, t))
		return image, err == nil
	}
	return graphics.Image{}, false
}

// paint draws the code in the middle of white paper of whole cells.
func paint(code *qr.Code, modules, module int, t graphics.Terminal) image.Image {
	wholeCells := func(pixels, cell int) int { return (pixels + cell - 1) / cell * cell }
	width, height := wholeCells(modules*module, t.CellWidth), wholeCells(modules*module, t.CellHeight)
	picture := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
	left, top := (width-code.Size*module)/2, (height-code.Size*module)/2
	for y := range code.Size * module {
		for x := range code.Size * module {
			if code.Black(x/module, y/module) {
				picture.SetColorIndex(left+x, top+y, 1)
			}
		}
	}
	return picture
}
