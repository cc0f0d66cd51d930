package cli

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/cellbuf"
)

// The measures of a picture, in its own units. Cells have whole ones, so that lines and blocks meet.
const (
	cellWidth   = 8
	cellHeight  = 16 // even, so that half blocks are squares
	baseline    = 12 // of letters, in their cell
	fontSize    = 13.3
	windowEdge  = 12 // between the frame and the cells
	windowTitle = 28 // height of the window's title
)

// svgColours are those of the window that a frame is drawn in.
type svgColours struct{ text, back, bar, edge, title string }

func darkWindow() svgColours {
	return svgColours{text: "#d4d7dd", back: "#15171c", bar: "#22252c", edge: "#3a3f4a", title: "#9aa1ad"}
}

func lightWindow() svgColours {
	return svgColours{text: "#1f2329", back: "#ffffff", bar: "#eceef1", edge: "#c5cad3", title: "#5b6370"}
}

// svgOf draws a frame as the window of a terminal. Letters are text, each run as long as its cells; lines and blocks are shapes, which meet whatever the font.
func svgOf(frame, title string, width, height int, colours svgColours) []byte {
	cells := cellbuf.NewBuffer(width, height)
	cellbuf.SetContent(cells, frame)
	w, h := width*cellWidth+2*windowEdge, height*cellHeight+windowTitle+2*windowEdge
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d"
 font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="%v">
<rect x=".5" y=".5" width="%d" height="%d" rx="8" fill="%s" stroke="%s"/>
<path d="M1 %dV8.5A7.5 7.5 0 0 1 8.5 1H%vA7.5 7.5 0 0 1 %d 8.5V%dZ" fill="%s"/>
<g fill="%s"><circle cx="18" cy="14.5" r="5"/><circle cx="36" cy="14.5" r="5"/><circle cx="54" cy="14.5" r="5"/></g>
<text x="%d" y="19" text-anchor="middle" fill="%s">%s</text>
<g transform="translate(%d %d)">
`, w, h, w, h, fontSize, w-1, h-1, colours.back, colours.edge, windowTitle, float64(w)-8.5, w-1, windowTitle, colours.bar, colours.edge, w/2, colours.title,
		escaped(title), windowEdge, windowTitle+windowEdge)
	c := canvas{back: newShapes(), front: newShapes()}
	for y := range height {
		c.drawRow(cells, y, colours)
	}
	c.back.write(&b)
	c.front.write(&b)
	b.Write(c.letters.Bytes())
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

// canvas is what a frame becomes: what cells stand on, lines and blocks, letters.
type canvas struct {
	back, front *shapes
	letters     bytes.Buffer
}

// shapes are paths by the colour that fills them, in the order in which the colours came.
type shapes struct {
	order []string
	paths map[string]*path
}

// path is rectangles; the last is still open to what joins it at its right.
type path struct {
	text       strings.Builder
	x, y, w, h float64
}

func newShapes() *shapes { return &shapes{paths: map[string]*path{}} }

// add draws a rectangle. A fill is a colour, and how much of it after a bar, if not all.
func (s *shapes) add(fill string, x, y, w, h float64) {
	p, ok := s.paths[fill]
	if !ok {
		p = &path{}
		s.paths[fill] = p
		s.order = append(s.order, fill)
	}
	if p.y == y && p.h == h && p.x+p.w == x {
		p.w += w
		return
	}
	p.close()
	p.x, p.y, p.w, p.h = x, y, w, h
}

// close draws the last rectangle.
func (p *path) close() {
	if p.w > 0 {
		fmt.Fprintf(&p.text, "M%v %vh%vv%vh%vz", p.x, p.y, p.w, p.h, -p.w)
	}
	p.w = 0
}

func (s *shapes) write(b *bytes.Buffer) {
	for _, fill := range s.order {
		s.paths[fill].close()
		value, part, partly := strings.Cut(fill, "|")
		opacity := ""
		if partly {
			opacity = fmt.Sprintf(` fill-opacity="%s"`, part)
		}
		fmt.Fprintf(b, "<path fill=\"%s\"%s shape-rendering=\"crispEdges\" d=\"%s\"/>\n", value, opacity, s.paths[fill].text.String())
	}
}

// look is how a cell is drawn.
type look struct {
	fill, back                     string // back: "" for the window's
	bold, faint, italic, underline bool
}

func lookOfCell(c *cellbuf.Cell, colours svgColours) look {
	l := look{fill: hexOf(c.Style.Fg, colours.text), back: hexOf(c.Style.Bg, "")}
	if c.Style.Attrs.Contains(cellbuf.ReverseAttr) {
		l.fill, l.back = orElse(l.back, colours.back), l.fill
	}
	l.bold, l.faint = c.Style.Attrs.Contains(cellbuf.BoldAttr), c.Style.Attrs.Contains(cellbuf.FaintAttr)
	l.italic, l.underline = c.Style.Attrs.Contains(cellbuf.ItalicAttr), c.Style.UlStyle != cellbuf.NoUnderline
	return l
}

func hexOf(c color.Color, otherwise string) string {
	if basic, is := c.(ansi.BasicColor); is {
		return basicColour(basic)
	}
	if c == nil {
		return otherwise
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// basicColour is one of the first sixteen, whose shades are the terminal's own: those of a usual one.
func basicColour(c ansi.BasicColor) string {
	return [...]string{
		"#3b3f47", "#ff7b72", "#7ec77e", "#e3b341", "#6cb6ff", "#d2a8ff", "#56d4dd", "#c9d1d9",
		"#6e7681", "#ffa198", "#a2d9a2", "#f2cc60", "#96d0ff", "#e2c5ff", "#b3f0ff", "#ffffff",
	}[c&15]
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// letterRun is neighbouring cells of one look.
type letterRun struct {
	look  look
	from  int
	cells int
	text  strings.Builder
}

// drawRow draws the cells of a line: what they stand on, lines and blocks, and letters.
func (v *canvas) drawRow(cells *cellbuf.Buffer, y int, colours svgColours) {
	run := &letterRun{}
	top := float64(y * cellHeight)
	for x := 0; x < cells.Width(); {
		c := cells.Cell(x, y)
		if c == nil || c.Width == 0 {
			x++
			continue
		}
		l := lookOfCell(c, colours)
		left, wide := float64(x*cellWidth), float64(c.Width*cellWidth)
		if l.back != "" {
			v.back.add(l.back, left, top, wide, cellHeight)
		}
		switch drawn := drawShape(v.front, c.Rune, l.fill, left, top); {
		case drawn, c.Rune == ' ' && !l.underline && (run.cells == 0 || run.look != l || gapAt(cells, x, y)):
			run.write(&v.letters, y)
			run = &letterRun{}
		default:
			if run.cells > 0 && run.look != l {
				run.write(&v.letters, y)
				run = &letterRun{}
			}
			if run.cells == 0 {
				run.look, run.from = l, x
			}
			run.cells += c.Width
			run.text.WriteString(c.String())
		}
		x += c.Width
	}
	run.write(&v.letters, y)
}

// gapAt says whether more than one blank begins here: what stands behind it begins at a place of its own.
func gapAt(cells *cellbuf.Buffer, x, y int) bool {
	next := cells.Cell(x+1, y)
	return next == nil || next.Rune == ' '
}

func (r *letterRun) write(b *bytes.Buffer, y int) {
	text := r.text.String()
	if trimmed := strings.TrimRight(text, " "); !r.look.underline {
		r.cells -= len(text) - len(trimmed)
		text = trimmed
	}
	if text == "" {
		return
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" textLength="%d" lengthAdjust="spacingAndGlyphs" xml:space="preserve" fill="%s"`,
		r.from*cellWidth, y*cellHeight+baseline, r.cells*cellWidth, r.look.fill)
	for _, attribute := range []struct {
		is   bool
		text string
	}{
		{r.look.bold, ` font-weight="bold"`}, {r.look.faint, ` opacity=".6"`}, {r.look.italic, ` font-style="italic"`},
		{r.look.underline, ` text-decoration="underline"`},
	} {
		if attribute.is {
			b.WriteString(attribute.text)
		}
	}
	fmt.Fprintf(b, ">%s</text>\n", escaped(text))
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}

// The strokes of a line in a cell.
const (
	toLeft = 1 << iota
	toRight
	up
	down
)

// drawShape draws a character that is a line or a block, in the cell at that place. False: it is a letter.
func drawShape(s *shapes, r rune, fill string, x, y float64) bool {
	const w, h, midX, midY = cellWidth, cellHeight, cellWidth / 2, 8
	if strokes := strokesOf(r); strokes != 0 {
		if strokes&toLeft != 0 {
			s.add(fill, x, y+midY, midX, 1)
		}
		if strokes&toRight != 0 {
			s.add(fill, x+midX, y+midY, w-midX, 1)
		}
		if strokes&up != 0 {
			s.add(fill, x+midX, y, 1, midY+1)
		}
		if strokes&down != 0 {
			s.add(fill, x+midX, y+midY, 1, h-midY)
		}
		return true
	}
	switch {
	case r >= '▁' && r <= '█':
		part := float64(r-'▁'+1) / 8 * h
		s.add(fill, x, y+h-part, w, part)
	case r == '▀':
		s.add(fill, x, y, w, h/2.)
	case r == '▌':
		s.add(fill, x, y, w/2., h)
	case r == '▐':
		s.add(fill, x+w/2., y, w/2., h)
	case r >= '░' && r <= '▓':
		s.add(fmt.Sprintf("%s|.%d", fill, 3+2*(r-'░')), x, y, w, h)
	case r == '▮':
		s.add(fill, x+1, y+3, w-2, h-6)
	case r == '▯':
		s.add(fill, x+1, y+3, w-2, 1)
		s.add(fill, x+1, y+h-4, w-2, 1)
		s.add(fill, x+1, y+4, 1, h-8)
		s.add(fill, x+w-2, y+4, 1, h-8)
	case r == '╌':
		s.add(fill, x, y+midY, 3, 1)
		s.add(fill, x+4, y+midY, 3, 1)
	case r == '┈':
		s.add(fill, x, y+midY, 1, 1)
		s.add(fill, x+4, y+midY, 1, 1)
	default:
		return false
	}
	return true
}

// strokesOf are the lines that go from the middle of a cell to its sides; 0: it is no such character.
func strokesOf(r rune) int {
	for _, known := range []struct {
		runes   string
		strokes int
	}{
		{"─", toLeft | toRight}, {"│", up | down}, {"┌╭", toRight | down}, {"┐╮", toLeft | down}, {"└╰", toRight | up}, {"┘╯", toLeft | up},
		{"├", up | down | toRight}, {"┤", up | down | toLeft}, {"┬", toLeft | toRight | down}, {"┴", toLeft | toRight | up},
		{"┼", toLeft | toRight | up | down}, {"╵", up}, {"╷", down},
	} {
		if strings.ContainsRune(known.runes, r) {
			return known.strokes
		}
	}
	return 0
}
