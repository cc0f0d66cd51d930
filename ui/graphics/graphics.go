package graphics

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/sixel"
)

// Kind is how a terminal takes pictures.
type Kind uint8

// The kinds.
const (
	None Kind = iota
	Sixel
	Kitty
)

// Terminal is what is known of one. The zero value is one without pictures.
type Terminal struct {
	Kind                  Kind
	CellWidth, CellHeight int // in pixels
}

// Can says whether pictures can be shown: their size in cells must be known.
func (t Terminal) Can() bool { return t.Kind != None && t.CellWidth > 0 && t.CellHeight > 0 }

// Image is a picture as it is sent, and the cells that it covers.
type Image struct {
	Columns, Rows int
	sequence      string
	terminal      Terminal
}

// number is that of our one picture.
const number = "7309"

// chunk is how much of a picture kitty's protocol takes at once.
const chunk = 4096

// Encode makes a picture ready for a terminal that can show it. It covers whole cells: its size must be a multiple of theirs.
func Encode(t Terminal, picture image.Image) (Image, error) {
	columns, rows := picture.Bounds().Dx()/t.CellWidth, picture.Bounds().Dy()/t.CellHeight
	var body string
	var err error
	switch t.Kind {
	case Kitty:
		body, err = kittyBody(picture, columns, rows)
	case Sixel:
		body, err = sixelBody(picture)
	default:
		err = ErrNoGraphics
	}
	if err != nil {
		return Image{}, fmt.Errorf("encode a picture for the terminal: %w", err)
	}
	return Image{Columns: columns, Rows: rows, sequence: body, terminal: t}, nil
}

func kittyBody(picture image.Image, columns, rows int) (string, error) {
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		return "", err
	}
	payload := base64.StdEncoding.EncodeToString(file.Bytes())
	// Transmit and show; of that many cells; without moving the cursor; without an answer.
	options := []string{"a=T", "f=100", "i=" + number, fmt.Sprintf("c=%d", columns), fmt.Sprintf("r=%d", rows), "C=1", "q=2"}
	var out strings.Builder
	for first := true; first || payload != ""; first = false {
		part := payload[:min(chunk, len(payload))]
		payload = payload[len(part):]
		more := "m=0"
		if payload != "" {
			more = "m=1"
		}
		if first {
			out.WriteString(ansi.KittyGraphics([]byte(part), append(options, more)...))
		} else {
			out.WriteString(ansi.KittyGraphics([]byte(part), more))
		}
	}
	return out.String(), nil
}

func sixelBody(picture image.Image) (string, error) {
	var data bytes.Buffer
	var encoder sixel.Encoder
	if err := encoder.Encode(&data, picture); err != nil {
		return "", err
	}
	body := bytes.TrimSuffix(data.Bytes(), []byte{sixel.LineBreak}) // at the bottom of a window it would scroll
	return ansi.SixelGraphics(0, 1, 0, body), nil
}

// Place puts the picture into lines, its upper left corner at that row and column. The lines that it covers must begin with spaces, down to its right side, and
// the window must have a line under them. What stood in its cells on the screen is erased first. It changes lines.
func Place(lines []string, row, column int, i Image) {
	blank, left := strings.Repeat(" ", column+i.Columns), strings.Repeat(" ", column)
	over := ansi.CursorForward(i.Columns)
	for at := row; at < row+i.Rows && at < len(lines); at++ {
		before := left
		if at == row {
			before += i.whole()
		}
		lines[at] = before + over + strings.TrimPrefix(lines[at], blank)
	}
}

// whole is the picture with what was in its cells erased first, and the last picture. The cursor stays where it is.
func (i Image) whole() string {
	var out strings.Builder
	out.WriteString(ansi.SaveCursor)
	for range i.Rows {
		out.WriteString(ansi.EraseCharacter(i.Columns))
		out.WriteString(ansi.CursorDown(1))
	}
	out.WriteString(ansi.RestoreCursor + Erase(i.terminal) + i.sequence + ansi.RestoreCursor)
	return out.String()
}

// Erase is what erases the picture on a terminal where lines that are written anew do not. It has no width.
func Erase(t Terminal) string {
	if t.Kind != Kitty {
		return ""
	}
	return ansi.KittyGraphics(nil, "a=d", "d=I", "i="+number, "q=2")
}
