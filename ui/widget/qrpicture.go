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

// pictured is the picture that was made last, and how.
type pictured struct {
	terminal        graphics.Terminal
	modules, module int // along a side, with the white around; the side of one, in pixels
	image           graphics.Image
	err             error
}

// Picture is the code as the largest picture that fits into width by height cells of that terminal; false if none does, or the terminal shows none.
func (q *QR) Picture(t graphics.Terminal, width, height int) (graphics.Image, bool) {
	if !t.Can() || q.code == nil {
		return graphics.Image{}, false
	}
	side := min(width*t.CellWidth, height*t.CellHeight)
	for _, quiet := range []int{fullQuiet, leastQuiet} {
		modules := q.code.Size + 2*quiet
		module := min(side/modules, largestModule)
		if module < leastModule {
			continue
		}
		p := &q.pictured
		if p.terminal != t || p.modules != modules || p.module != module {
			*p = pictured{terminal: t, modules: modules, module: module}
			p.image, p.err = graphics.Encode(t, paint(q.code, modules, module, t))
		}
		return p.image, p.err == nil
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
