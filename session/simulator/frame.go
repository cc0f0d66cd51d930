package simulator

import "fmt"

// maxFrame bounds what one frame of a client may hold. The protocol allows 16 MiB; nothing that clients send here comes near it.
const maxFrame = 4 << 20

// frameDecoder cuts a stream of WebSocket messages into frames: three bytes of length, big endian, then the payload. Before the first frame
// the client sends a header, and some clients a routing hint before that.
type frameDecoder struct {
	buf        []byte
	hintDone   bool
	headerDone bool
	header     []byte
	ready      [][]byte
}

// push feeds one message and keeps its frames for pop.
func (d *frameDecoder) push(data []byte) error {
	frames, err := d.feed(data)
	d.ready = append(d.ready, frames...)
	return err
}

// pop returns the oldest frame not yet taken, if there is one.
func (d *frameDecoder) pop() (frame []byte, ok bool) {
	if len(d.ready) == 0 {
		return nil, false
	}
	frame = d.ready[0]
	d.ready = d.ready[1:]
	return frame, true
}

// feed adds the bytes of one message and returns the frames that are complete now. They alias no memory of the caller.
func (d *frameDecoder) feed(data []byte) ([][]byte, error) {
	d.buf = append(d.buf, data...)
	if !d.headerDone {
		done, err := d.takeHeader()
		if err != nil || !done {
			return nil, err
		}
	}
	var frames [][]byte
	for len(d.buf) >= 3 {
		length := int(d.buf[0])<<16 | int(d.buf[1])<<8 | int(d.buf[2])
		if length > maxFrame {
			return frames, fmt.Errorf("%w: %d bytes", errBadFrame, length)
		}
		if len(d.buf) < 3+length {
			break
		}
		frames = append(frames, append([]byte(nil), d.buf[3:3+length]...))
		d.buf = d.buf[3+length:]
	}
	if len(d.buf) == 0 {
		d.buf = nil
	}
	return frames, nil
}

// takeHeader consumes the optional routing hint ("ED", two bytes of version, three of length, data) and the header ("WA", magic, dictionary version).
func (d *frameDecoder) takeHeader() (done bool, err error) {
	if len(d.buf) < 4 {
		return false, nil
	}
	if !d.hintDone && d.buf[0] == 'E' && d.buf[1] == 'D' {
		if len(d.buf) < 7 {
			return false, nil
		}
		length := int(d.buf[4])<<16 | int(d.buf[5])<<8 | int(d.buf[6])
		if length > 1024 {
			return false, fmt.Errorf("%w: routing hint of %d bytes", errBadFrame, length)
		}
		if len(d.buf) < 7+length {
			return false, nil
		}
		d.buf = d.buf[7+length:]
	}
	d.hintDone = true
	if len(d.buf) < 4 {
		return false, nil
	}
	if d.buf[0] != 'W' || d.buf[1] != 'A' {
		return false, fmt.Errorf("%w: header %x", errBadFrame, d.buf[:4])
	}
	d.header = append([]byte(nil), d.buf[:4]...)
	d.buf = d.buf[4:]
	d.headerDone = true
	return true, nil
}

// encodeFrame puts the length before a payload. One frame is always one WebSocket message: clients lose bytes otherwise.
func encodeFrame(payload []byte) []byte {
	frame := make([]byte, 3, 3+len(payload))
	frame[0], frame[1], frame[2] = byte(len(payload)>>16), byte(len(payload)>>8), byte(len(payload))
	return append(frame, payload...)
}
