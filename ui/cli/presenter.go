package cli

import (
	"fmt"
	"io"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// The forms of a QR code.
const (
	formatText = "text"
	formatRaw  = "raw"
	formatPNG  = "png"
)

// presenter shows a pairing without the full screen: what was asked for on out, what happens on notes.
type presenter struct {
	format     string
	phone      string
	console    *console
	out, notes io.Writer
	shown      string // the payload that was shown last
	picture    string // path of the picture of it
	attempt    int    // that was told last
}

func newPresenter(format, phone string, where *console, out, notes io.Writer) (*presenter, error) {
	switch format {
	case formatText, formatRaw, formatPNG:
	default:
		return nil, fmt.Errorf("--format is text, raw or png, not %q", format)
	}
	return &presenter{format: format, phone: phone, console: where, out: out, notes: notes}, nil
}

func (p *presenter) say(line string) { fmt.Fprintln(p.notes, oneLine(line)) }

// qr shows the code that is valid now, once.
func (p *presenter) qr(pairing *vital.Pairing) error {
	if pairing.QR == p.shown {
		return nil
	}
	if p.shown == "" {
		p.say("On the phone: WhatsApp, Settings, Linked devices, Link a device. Then scan.")
	}
	p.shown = pairing.QR
	p.say(fmt.Sprintf("Code %d of %d:", pairing.Index, pairing.Total))
	var err error
	switch p.format {
	case formatRaw:
		_, err = fmt.Fprintln(p.out, pairing.QR)
	case formatPNG:
		err = p.drawPicture(pairing.QR)
	default:
		err = p.drawText(pairing.QR)
	}
	if err != nil {
		return fmt.Errorf("show the QR code: %w", err)
	}
	return nil
}

func (p *presenter) drawText(payload string) error {
	code := widget.NewQR(payload, hasHalfBlocks(p.console.conf(), p.console.getenv))
	width, height := 1000, 1000 // a pipe has room
	if size := p.console.size(); p.console.terminal.StdoutTTY && size.Columns > 0 {
		width, height = size.Columns, size.Rows-1 // the cursor's line
	}
	lines := code.Fit(width, height)
	if lines == nil {
		needWidth, needHeight := code.Least()
		if needWidth == 0 {
			return widget.ErrNoQR
		}
		p.say(fmt.Sprintf("The code needs a window of %d×%d, this one has %d×%d. Enlarge it, or choose a smaller font: the next code comes by itself; "+
			"or use --phone. This one is in a picture, which only you can read and which is deleted afterwards:", needWidth, needHeight+1, width, height+1))
		return p.drawPicture(payload)
	}
	p.close() // the picture of a code that is valid no more
	for _, line := range lines {
		if _, err := fmt.Fprintln(p.out, line); err != nil {
			return err
		}
	}
	return nil
}

// drawPicture writes the code as a picture in the place of the last one.
func (p *presenter) drawPicture(payload string) error {
	p.close()
	path, err := widget.WriteQRPNG(payload)
	if err != nil {
		return err
	}
	p.picture = path
	_, err = fmt.Fprintln(p.out, path)
	return err
}

func (p *presenter) phoneCode(code string) {
	p.say("On the phone: WhatsApp, Settings, Linked devices, Link a device, Link with phone number instead. Then type:")
	fmt.Fprintln(p.out, code)
}

// retrying tells once an attempt why it is needed.
func (p *presenter) retrying(snap *vital.Snapshot) {
	if snap.Attempt == p.attempt {
		return
	}
	p.attempt = snap.Attempt
	p.say(fmt.Sprintf("%s: attempt %d", snap.Diagnosis().What, snap.Attempt))
}

func (p *presenter) done(snap *vital.Snapshot) {
	p.say(fmt.Sprintf("%s is connected as %s %s. wapulse brings it up by itself from now on.", snap.Name, snap.Identity.Phone, snap.Identity.PushName))
	fmt.Fprintln(p.out, snap.Identity.JID)
}

// close deletes the picture.
func (p *presenter) close() {
	if p.picture != "" {
		_ = widget.RemoveQRPNG(p.picture)
		p.picture = ""
	}
}
