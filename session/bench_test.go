package session

import (
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// BenchmarkAsk is what the way of a question costs, through pool, health check, guard and lease, up to a client that answers at once.
func BenchmarkAsk(b *testing.B) {
	store, devices := &fakeStore{records: []Record{record(true)}}, &fakeDevices{}
	m := NewManager(Config{Store: store, Devices: devices, Hub: NewHub(), Rate: -1})
	if err := m.Load(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := m.Start(b.Context(), one); err != nil {
		b.Fatal(err)
	}
	sub := m.Hub().Subscribe()
	defer sub.Close()
	until := func(holds func(s *vital.Snapshot) bool) {
		for {
			if s, ok := m.Snapshot(one); ok && holds(s) {
				return
			}
			select {
			case <-sub.Wake():
				sub.Take()
			case <-time.After(10 * time.Second):
				b.Fatal("it does not come up")
			}
		}
	}
	until(func(s *vital.Snapshot) bool { return s.Ready == vital.ReadyConnecting })
	devices.mu.Lock()
	c := devices.conns[0]
	devices.mu.Unlock()
	c.set(func(c *fakeConn) { c.quiet = true })
	for _, s := range []Signal{ReadyChanged{vital.ReadyOpen, true}, LoggedIn{somebody()}, Ready{}} {
		c.sink(s)
	}
	until(func(s *vital.Snapshot) bool { return s.State == vital.StateConnected })
	q := vital.Query{Numbers: []string{"+491512345678"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Ask(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	if err := m.Close(b.Context()); err != nil {
		b.Error(err)
	}
}
