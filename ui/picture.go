package ui

import (
	"errors"
	"sync"

	"github.com/wapulse/wapulse/ui/widget"
)

// pictureFile is the QR code as a file. There is one at a time, a new one takes the place of the last, and none outlives the dashboard. Its methods
// but close run in commands.
type pictureFile struct {
	mu      sync.Mutex
	path    string
	closed  bool
	writing sync.WaitGroup // added to under mu while not closed
}

// draw writes a payload to a file, in the place of the last one; an empty payload only takes that away.
func (p *pictureFile) draw(payload string) (string, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return "", nil
	}
	p.writing.Add(1)
	p.mu.Unlock()
	defer p.writing.Done()

	var path string
	var err error
	if payload != "" {
		path, err = widget.WriteQRPNG(payload)
	}
	p.mu.Lock()
	old := p.path
	p.path = path
	p.mu.Unlock()
	return path, errors.Join(err, widget.RemoveQRPNG(old))
}

// close waits for what is being written and takes the file away.
func (p *pictureFile) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.writing.Wait()
	_ = widget.RemoveQRPNG(p.path) // in a folder that only the user can read; nothing else can be done
}
