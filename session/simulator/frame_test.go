package simulator

import (
	"bytes"
	"errors"
	"testing"
)

// decode feeds a stream in pieces of that size and returns what came out.
func decode(stream []byte, piece int) (frames [][]byte, header []byte, err error) {
	var d frameDecoder
	for len(stream) > 0 {
		n := min(piece, len(stream))
		if err = d.push(stream[:n]); err != nil {
			break
		}
		stream = stream[n:]
	}
	for {
		frame, ok := d.pop()
		if !ok {
			return frames, d.header, err
		}
		frames = append(frames, frame)
	}
}

func TestFramesComeOutAsTheyWentIn(t *testing.T) {
	header := []byte{'W', 'A', 6, 3}
	hint := append([]byte{'E', 'D', 0, 1, 0, 0, 3}, "abc"...)
	payloads := [][]byte{[]byte("first"), {}, bytes.Repeat([]byte{7}, 70_000), []byte("last")}
	for _, intro := range [][]byte{header, append(hint, header...)} {
		stream := append([]byte(nil), intro...)
		for _, p := range payloads {
			stream = append(stream, encodeFrame(p)...)
		}
		for _, piece := range []int{1, 2, 3, 5, 1000, len(stream)} {
			frames, got, err := decode(stream, piece)
			if err != nil || len(frames) != len(payloads) || !bytes.Equal(got, header) {
				t.Fatalf("in pieces of %d: %d frames, header %x, %v", piece, len(frames), got, err)
			}
			for i := range frames {
				if !bytes.Equal(frames[i], payloads[i]) {
					t.Errorf("in pieces of %d: frame %d differs", piece, i)
				}
			}
		}
	}
}

func TestFramesThatAreRefused(t *testing.T) {
	for name, stream := range map[string][]byte{
		"no header":     []byte("GET / HTTP/1.1"),
		"too long":      {'W', 'A', 6, 3, 0xff, 0xff, 0xff},
		"a long hint":   {'E', 'D', 0, 1, 0xff, 0xff, 0xff},
		"a second hint": {'E', 'D', 0, 1, 0, 0, 0, 'E', 'D', 0, 1},
	} {
		if _, _, err := decode(stream, 4); !errors.Is(err, errBadFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzFrameDecoder feeds anything, at once and in pieces: the result is the same, no frame is longer than allowed, and all bytes are accounted for.
func FuzzFrameDecoder(f *testing.F) {
	f.Add([]byte{'W', 'A', 6, 3, 0, 0, 1, 'x'}, uint8(1))
	f.Add([]byte{'E', 'D', 0, 1, 0, 0, 1, 'h', 'W', 'A', 6, 3, 0, 0, 0, 0, 0, 2, 'a', 'b'}, uint8(3))
	f.Add([]byte("rubbish"), uint8(2))
	f.Fuzz(func(t *testing.T, stream []byte, piece uint8) {
		whole, header, err := decode(stream, max(1, len(stream)))
		parts, partHeader, partErr := decode(stream, int(piece)+1)
		if (err != nil) != (partErr != nil) || !bytes.Equal(header, partHeader) || len(whole) != len(parts) {
			t.Fatalf("whole: %d frames, %x, %v; in pieces: %d frames, %x, %v", len(whole), header, err, len(parts), partHeader, partErr)
		}
		total := 0
		for i := range whole {
			if !bytes.Equal(whole[i], parts[i]) || len(whole[i]) > maxFrame {
				t.Fatalf("frame %d: %d bytes whole, %d in pieces", i, len(whole[i]), len(parts[i]))
			}
			total += 3 + len(whole[i])
		}
		if total > len(stream) {
			t.Fatalf("%d bytes came out of %d", total, len(stream))
		}
	})
}
