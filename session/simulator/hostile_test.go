package simulator_test

import (
	"context"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wapulse/wapulse/session/simulator"
)

// Clients that talk rubbish, stop half way, or hang up lose their connection; the server goes on serving the others.
func TestHostileClients(t *testing.T) {
	s := newServer(t, simulator.Options{})
	random := make([]byte, 4096)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	header := []byte{'W', 'A', 6, 3}
	for name, messages := range map[string][][]byte{
		"rubbish":              {random},
		"rubbish in a frame":   {header, append([]byte{0, 16, 0}, random...)},
		"an empty frame":       {append(header, 0, 0, 0)},
		"a frame without end":  {append(header, 0, 255, 0)},
		"a hello of zeros":     {append(append([]byte(nil), header...), append([]byte{0, 0, 36, 0x12, 34, 0x0a, 32}, make([]byte, 32)...)...)},
		"nothing at all":       {},
		"more than is allowed": {append(append([]byte(nil), header...), make([]byte, 5<<20)...)},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), waiting)
			defer cancel()
			ws, _, err := websocket.Dial(ctx, s.URL(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = ws.CloseNow() }()
			for _, m := range messages {
				if ws.Write(ctx, websocket.MessageBinary, m) != nil {
					break // it has hung up already
				}
			}
		})
	}
	raw, err := net.DialTimeout("tcp", s.Addr(), waiting) // not even HTTP
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Write(random); err != nil {
		t.Fatal(err)
	}
	_ = raw.SetReadDeadline(time.Now().Add(waiting))
	_, _ = raw.Read(random)
	_ = raw.Close()
	pair(t, s, newContainer(t), "+4915123456787", "Ada")
}
