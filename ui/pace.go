package ui

import (
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// What the screen may cost a line.
const (
	maxFPS       = 30
	lookFPS      = 60    // how often Bubble Tea looks whether there is something to write: a key waits for that at most, and news is drawn no more often by it
	stormFrames  = 4     // a second, once news does not end
	bytesPerFPS  = 1800  // a second: less than 2 KB, for what is spent at the beginning
	bytesPerMost = 36000 // a second, however many frames there may be
)

// pace says when news may be drawn. A change that comes alone is drawn with the next frame; when there is no end of news, a few frames a second must do, and
// never more bytes are spent than the line is thought to bear: what came dear is followed by a pause. Keys do not wait for it, but what they cost
// counts too.
type pace struct {
	every   time.Duration // between two frames at least
	refill  float64       // frames a second in the long run, and how many at once after a rest
	bytes   float64       // a second; and how many may be spent at once
	written func() int64  // to the terminal so far

	mu     sync.Mutex
	at     time.Time // of the last frame
	seen   time.Time // when the following two were right
	frames float64   // to be had
	debt   float64   // bytes
	paid   int64     // of those written
}

func newPace(fps int, written func() int64) *pace {
	p := &pace{written: written, seen: time.Now(), frames: stormFrames}
	p.set(fps)
	return p
}

// set changes how many frames a second there may be; 0 for as many as are of use.
func (p *pace) set(fps int) {
	if fps < 1 || fps > maxFPS {
		fps = maxFPS
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.every, p.refill = time.Second/time.Duration(fps), float64(min(fps, stormFrames))
	p.bytes = float64(min(fps*bytesPerFPS, bytesPerMost))
}

// take is 0 if a frame may be drawn now, and counts it; else it is how long to wait before asking again.
func (p *pace) take() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.settle(now)
	wait := max(p.every-now.Sub(p.at), seconds((1-p.frames)/p.refill), seconds((p.debt-p.bytes)/p.bytes))
	if wait > 0 {
		return wait
	}
	p.at = now
	p.frames--
	return 0
}

// afford says whether the clock may be drawn: it waits for nothing but bytes.
func (p *pace) afford() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle(time.Now())
	return p.debt <= p.bytes
}

func (p *pace) settle(now time.Time) {
	gone, written := now.Sub(p.seen).Seconds(), p.written()
	p.seen = now
	p.frames = min(p.refill, p.frames+gone*p.refill)
	p.debt = max(0, p.debt+float64(written-p.paid)-gone*p.bytes) // what was written came of the last frame
	p.paid = written
}

// seconds is rounded up, so that after it there is nothing left to wait for.
func seconds(s float64) time.Duration {
	if s <= 0 {
		return 0
	}
	return time.Duration(s*float64(time.Second)) + time.Millisecond
}

// output counts what is written to a terminal, or to what stands for it.
type output struct {
	to     io.Writer
	thin   thinner
	titles titles
	count  atomic.Int64
}

func (o *output) Write(b []byte) (int, error) {
	if thin := o.thin.thin(b); len(thin) > 0 {
		n, err := o.to.Write(thin)
		o.count.Add(int64(n))
		if err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

func (o *output) written() int64 { return o.count.Load() }

// forProgram is what Bubble Tea writes to: it asks a file for the size of the window.
func (o *output) forProgram() io.Writer {
	if file, ok := o.to.(*os.File); ok {
		return outputFile{o, file}
	}
	return o
}

type outputFile struct {
	*output
	file *os.File
}

func (f outputFile) Read(b []byte) (int, error) { return f.file.Read(b) }
func (f outputFile) Fd() uintptr                { return f.file.Fd() }

// Close leaves the terminal open: it is not the program's.
func (f outputFile) Close() error { return nil }
