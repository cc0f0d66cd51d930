package widget

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mdp/qrterminal/v3"
	"rsc.io/qr"
)

// onPaper draws black on white whatever the theme, and under NO_COLOR too: here colour is not decoration, a phone must read it. The sixteen named
// colours are the theme's to choose, and some light themes swap black and white; entries 16 and 231 of the large palette are fixed. A terminal
// without that palette keeps the named ones.
const (
	onPaper  = "\x1b[0;30;107m\x1b[38;5;16;48;5;231m"
	offPaper = "\x1b[0m"
)

// The quiet zones, in modules: what the standard asks for, and the least that phones read.
const (
	fullQuiet  = 4
	leastQuiet = 1
)

// QR is a payload drawn in characters, with a full quiet zone and with the least, or as a picture. It is drawn once; its methods have one caller at a
// time.
type QR struct {
	payload     string
	code        *qr.Code // nil: no code holds the payload
	full, least []string
	pictured    pictured
}

// NewQR draws a payload: in half blocks, or, where the terminal's characters are no Unicode, as two spaces a module, which needs four times the room.
func NewQR(payload string, unicode bool) *QR {
	code, err := qr.Encode(payload, qr.L)
	if err != nil || payload == "" {
		return &QR{payload: payload}
	}
	draw := func(quiet int) []string { return halfBlocks(payload, quiet) }
	if !unicode {
		draw = func(quiet int) []string { return spaces(code, quiet) }
	}
	return &QR{payload: payload, code: code, full: draw(fullQuiet), least: draw(leastQuiet)}
}

// Payload is what the code says.
func (q *QR) Payload() string { return q.payload }

// Forms are the lines of the code with the full quiet zone, and with the least; none for a payload that no code holds.
func (q *QR) Forms() [][]string {
	if len(q.least) == 0 {
		return nil
	}
	return [][]string{q.full, q.least}
}

// Fit returns the lines of the largest form that fits into width by height cells; nil if none does.
func (q *QR) Fit(width, height int) []string {
	for _, form := range q.Forms() {
		if len(form) <= height && Width(form[0]) <= width {
			return form
		}
	}
	return nil
}

// Least is the size of the smallest form, in cells.
func (q *QR) Least() (width, height int) {
	if len(q.least) == 0 {
		return 0, 0
	}
	return Width(q.least[0]), len(q.least)
}

func halfBlocks(payload string, quiet int) []string {
	var out bytes.Buffer
	qrterminal.GenerateWithConfig(payload, qrterminal.Config{
		Level: qrterminal.L, Writer: &out, HalfBlocks: true, QuietZone: quiet,
		BlackChar: "█", WhiteChar: " ", BlackWhiteChar: "▀", WhiteBlackChar: "▄",
	})
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	// The outermost row has half a row too much; qrterminal leaves it to the terminal's background, here it is paper too.
	blank := strings.Repeat(" ", Width(lines[0]))
	if quiet%2 != 0 {
		lines[0] = blank
	} else {
		lines[len(lines)-1] = blank
	}
	for i, line := range lines {
		lines[i] = onPaper + line + offPaper
	}
	return lines
}

// spaces draws with the background's colour alone.
func spaces(code *qr.Code, quiet int) []string {
	lines := make([]string, 0, code.Size+2*quiet)
	for y := -quiet; y < code.Size+quiet; y++ {
		var line strings.Builder
		black := false
		line.WriteString(onPaper)
		for x := -quiet; x < code.Size+quiet; x++ {
			if code.Black(x, y) != black {
				black = !black
				line.WriteString(inkOrPaper(black))
			}
			line.WriteString("  ")
		}
		lines = append(lines, line.String()+offPaper)
	}
	return lines
}

func inkOrPaper(black bool) string {
	if black {
		return "\x1b[40m\x1b[48;5;16m"
	}
	return "\x1b[107m\x1b[48;5;231m"
}

// WriteQRPNG writes a payload as a picture into a folder of its own that only the user can read, and returns the picture's path. RemoveQRPNG deletes
// both.
func WriteQRPNG(payload string) (string, error) {
	code, err := qr.Encode(payload, qr.L)
	if err != nil {
		return "", fmt.Errorf("draw the QR code: %w", err)
	}
	code.Scale = 8
	folder, err := os.MkdirTemp("", "wapulse-qr-") // 0700
	if err != nil {
		return "", fmt.Errorf("write the QR picture: %w", err)
	}
	path := filepath.Join(folder, "pair.png")
	if err := os.WriteFile(path, code.PNG(), 0o600); err != nil {
		_ = os.RemoveAll(folder)
		return "", fmt.Errorf("write the QR picture: %w", err)
	}
	return path, nil
}

// RemoveQRPNG deletes a picture of WriteQRPNG with its folder.
func RemoveQRPNG(path string) error {
	if path == "" {
		return nil
	}
	return os.RemoveAll(filepath.Dir(path))
}
