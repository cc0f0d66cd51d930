package ui

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/graphics"
	"github.com/wapulse/wapulse/ui/widget"
)

// canvas is a terminal with pictures, in cells of 8×16. Sixels are in its cells until something is written or erased there; kitty's picture lies over them
// until it is deleted.
type canvas struct {
	*grid
	sixels   [][]int  // which picture a cell is of; 0 for none
	over     cellArea // kitty's
	pictures int      // that were sent
	saved    [2]int
}

// cellArea is some cells.
type cellArea struct{ row, col, width, height int }

func newCanvas(width, height int) *canvas {
	c := &canvas{grid: newGrid(width, height), sixels: make([][]int, height)}
	for i := range c.sixels {
		c.sixels[i] = make([]int, width)
	}
	return c
}

// resized is the terminal with another size, where everything may show: what was there before its lines were wrapped anew, and parts of pictures.
func (c *canvas) resized(width, height int) *canvas {
	next := newCanvas(width, height)
	next.over, next.pictures = c.over, c.pictures
	for row := range next.cells {
		for col := range next.cells[row] {
			next.cells[row][col], next.sixels[row][col] = thinCell{text: "#"}, c.pictures
		}
	}
	return next
}

func (c *canvas) write(t *testing.T, s string) {
	t.Helper()
	for s != "" {
		seq, width, n, _ := ansi.DecodeSequence(s, ansi.NormalState, nil)
		s = s[n:]
		switch {
		case strings.HasPrefix(seq, "\x1b_G"):
			c.kitty(t, seq)
		case strings.HasPrefix(seq, "\x1bP"):
			c.sixel(t, seq)
		case seq == "\x1b7":
			c.saved = [2]int{c.row, c.col}
		case seq == "\x1b8":
			c.row, c.col = c.saved[0], c.saved[1]
		case strings.HasPrefix(seq, "\x1b]"), strings.HasPrefix(seq, "\x1b[?"), strings.HasPrefix(seq, "\x1b[") && strings.HasSuffix(seq, "t"):
		case seq == "\x1b[2K":
			c.clear(cellArea{c.row, 0, len(c.cells[c.row]), 1})
		case seq == "\x1b[J":
			c.clear(cellArea{c.row, c.col, len(c.cells[c.row]) - c.col, 1})
			for row := c.row + 1; row < len(c.cells); row++ {
				c.clear(cellArea{row, 0, len(c.cells[row]), 1})
			}
		case seq == "\x1b[2J":
			for row := range c.cells {
				c.clear(cellArea{row, 0, len(c.cells[row]), 1})
			}
		case strings.HasPrefix(seq, "\x1b[") && strings.ContainsAny(seq[len(seq)-1:], "BCX"):
			count, err := strconv.Atoi(seq[2 : len(seq)-1])
			if err != nil && seq != "\x1b[B" {
				t.Fatalf("%q: %v", seq, err)
			}
			count = max(1, count)
			switch seq[len(seq)-1] {
			case 'B':
				c.row = min(c.row+count, len(c.cells)-1)
			case 'C':
				c.col = min(c.col+count, len(c.cells[c.row])-1)
			case 'X':
				c.clear(cellArea{c.row, c.col, count, 1})
			}
		default:
			if seq == "\x1b[K" {
				c.fill(cellArea{c.row, c.col, len(c.cells[c.row]) - c.col, 1}, 0)
			} else if width > 0 {
				c.fill(cellArea{c.row, c.col, width, 1}, 0)
			}
			c.grid.write(t, []byte(seq))
		}
	}
}

func (c *canvas) clear(a cellArea) {
	c.fill(a, 0)
	for row := a.row; row < a.row+a.height; row++ {
		for col := a.col; col < a.col+a.width; col++ {
			c.cells[row][col] = thinCell{text: " "}
		}
	}
}

func (c *canvas) fill(a cellArea, picture int) {
	for row := a.row; row < a.row+a.height; row++ {
		for col := a.col; col < a.col+a.width; col++ {
			c.sixels[row][col] = picture
		}
	}
}

func (c *canvas) kitty(t *testing.T, seq string) {
	t.Helper()
	if strings.Contains(seq, "a=d") {
		c.over = cellArea{}
		return
	}
	sides := regexp.MustCompile(`a=T.*,c=(\d+),r=(\d+)`).FindStringSubmatch(seq)
	if sides == nil {
		return // the rest of one
	}
	if c.over != (cellArea{}) {
		t.Error("a picture over a picture")
	}
	c.pictures++
	c.over = cellArea{c.row, c.col, atoi(sides[1]), atoi(sides[2])}
}

func (c *canvas) sixel(t *testing.T, seq string) {
	t.Helper()
	sides := regexp.MustCompile(`q"1;1;(\d+);(\d+)`).FindStringSubmatch(seq)
	if sides == nil {
		t.Fatalf("%.60q", seq)
	}
	c.pictures++
	c.fill(cellArea{c.row, c.col, atoi(sides[1]) / 8, atoi(sides[2]) / 16}, c.pictures)
	c.row = len(c.cells) - 1 // somewhere else
}

func atoi(s string) int { n, _ := strconv.Atoi(s); return n }

// text is what is written on the lines but the last, which has the news.
func (c *canvas) text() string {
	var b strings.Builder
	for _, line := range c.cells[:len(c.cells)-1] {
		for _, cell := range line {
			b.WriteString(cell.text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// picture is where the newest picture is seen, whole and with nothing under it; or no cell has any. Everything else fails the test.
func (c *canvas) picture(t *testing.T) cellArea {
	t.Helper()
	found := c.over
	for row, line := range c.sixels {
		for col, of := range line {
			switch {
			case of == 0:
			case of != c.pictures:
				t.Fatalf("row %d, column %d show picture %d of %d", row, col, of, c.pictures)
			case found == cellArea{}:
				found = cellArea{row, col, 1, 1}
			default:
				found.width, found.height = max(found.width, col+1-found.col), max(found.height, row+1-found.row)
			}
		}
	}
	for row := found.row; row < found.row+found.height; row++ {
		for col := found.col; col < found.col+found.width; col++ {
			if cell := c.cells[row][col]; cell != (thinCell{text: " "}) {
				t.Fatalf("under the picture %+v is %q at row %d, column %d", found, cell, row, col)
			}
			if c.over == (cellArea{}) && c.sixels[row][col] != c.pictures {
				t.Fatalf("of the picture %+v row %d, column %d is missing", found, row, col)
			}
		}
	}
	return found
}

// shown is the dashboard in a terminal with pictures, in the time of a bubble.
type shown struct {
	t      *testing.T
	line   *line
	canvas *canvas
	keys   io.Writer
	sizes  chan tea.Msg
	hub    *session.Hub
	code   vital.Snapshot
}

// settle lets everything be drawn, and returns what was written for it.
func (s *shown) settle() string {
	s.t.Helper()
	time.Sleep(10 * time.Second)
	written := s.line.take()
	s.canvas.write(s.t, written)
	return written
}

func (s *shown) types(keys ...string) string {
	s.t.Helper()
	for _, k := range keys {
		if _, err := io.WriteString(s.keys, k); err != nil {
			s.t.Fatal(err)
		}
		time.Sleep(time.Second)
	}
	return s.settle()
}

func (s *shown) resize(width, height int) {
	s.t.Helper()
	s.canvas = s.canvas.resized(width, height)
	s.sizes <- tea.WindowSizeMsg{Width: width, Height: height}
	s.settle()
	if strings.Contains(s.canvas.text(), "#") {
		s.t.Errorf("what was there before is left in %d×%d:\n%s", width, height, s.canvas.text())
	}
}

// publish shows code number n, which is the index-th.
func (s *shown) publish(n byte, index int) string {
	s.t.Helper()
	s.code.Version++
	pairing := *s.code.Pairing
	pairing.QR, pairing.Index = qrPayload(n), index
	s.code.Pairing = &pairing
	next := s.code
	s.hub.Publish(&next)
	return s.settle()
}

// mustSee demands a picture, or none, and a text.
func (s *shown) mustSee(picture bool, text string) cellArea {
	s.t.Helper()
	at := s.canvas.picture(s.t)
	if (at != cellArea{}) != picture {
		s.t.Fatalf("a picture at %+v, want one: %v\n%s", at, picture, s.canvas.text())
	}
	if !strings.Contains(s.canvas.text(), text) {
		s.t.Fatalf("%q is not on the screen:\n%s", text, s.canvas.text())
	}
	return at
}

func onACanvas(t *testing.T, kind graphics.Kind, do func(s *shown)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		list := []*vital.Snapshot{cast()[0], cast()[5]}
		in, keys := io.Pipe()
		s := &shown{t: t, line: &line{}, canvas: newCanvas(80, 24), keys: keys, sizes: make(chan tea.Msg), hub: session.NewHub(), code: *list[1]}
		updates := s.hub.Subscribe()
		ctx, cancel := context.WithCancel(t.Context())
		model := New(ctx, Options{Sessions: &fakeSessions{list: list}, Updates: updates, Theme: widget.Look{Profile: termenv.TrueColor, Dark: true}.Theme()})
		model.width, model.height, model.graphics = 80, 24, graphics.Terminal{Kind: kind, CellWidth: 8, CellHeight: 16}
		model.clock = func() time.Time { return noon }
		var next tea.Cmd
		next = func() tea.Msg {
			select {
			case msg := <-s.sizes:
				return tea.BatchMsg{func() tea.Msg { return msg }, next}
			case <-ctx.Done():
				return nil
			}
		}
		model.tick = func(time.Duration, func(time.Time) tea.Msg) tea.Cmd { return next }
		ended := make(chan error, 1)
		go func() { ended <- run(ctx, cancel, model, in, s.line) }()
		defer func() {
			_ = keys.Close()
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			updates.Close()
			if s.canvas.write(t, s.line.take()); s.canvas.over != (cellArea{}) {
				t.Error("a picture is left on the terminal")
			}
		}()
		s.resize(80, 24)
		do(s)
	})
}

// A picture is drawn once for each code, and again where something lay over it or the window has changed. Nothing of it stays, and no text under it.
func TestAPictureOnTheScreen(t *testing.T) {
	for name, kind := range map[string]graphics.Kind{"sixel": graphics.Sixel, "kitty": graphics.Kitty} {
		t.Run(name, func(t *testing.T) {
			onACanvas(t, kind, func(s *shown) {
				s.types("G")
				before := s.canvas.text()
				s.types("p", "\r")
				first := s.mustSee(true, "Code 1 of 6")
				if written := s.publish(1, 2); s.canvas.pictures != 1 {
					t.Errorf("the same code is drawn anew: %.200q", written)
				}
				s.mustSee(true, "Code 2 of 6")
				s.publish(2, 3)
				if at := s.mustSee(true, "Code 3 of 6"); at != first || s.canvas.pictures != 2 {
					t.Errorf("the new code is at %+v, the old one was at %+v; %d pictures", at, first, s.canvas.pictures)
				}
				s.types("?")
				s.mustSee(false, "Keys: Pairing")
				s.types("\x1b")
				s.mustSee(true, "Code 3 of 6")
				s.resize(90, 26)
				s.mustSee(true, "Code 3 of 6")
				s.resize(120, 40)
				s.mustSee(false, "▀")
				s.resize(60, 12)
				s.mustSee(false, "too small for the QR code")
				s.resize(80, 24)
				if at := s.mustSee(true, "Code 3 of 6"); at != first {
					t.Errorf("it is back at %+v, and was at %+v", at, first)
				}
				s.types("\x1b")
				s.mustSee(false, "wapulse")
				if after := s.canvas.text(); after != before {
					t.Errorf("the dashboard was\n%s\nand is\n%s", before, after)
				}
				s.types("p", "\r")
				s.mustSee(true, fmt.Sprintf("Pair %s", s.code.Name))
			})
		})
	}
}
