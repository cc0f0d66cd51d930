package whatsapp

import (
	"context"
	"fmt"
	"testing"

	"github.com/wapulse/wapulse/session"
)

// checker asks whether numbers are registered, in one query.
type checker interface {
	contender
	check(b *testing.B, numbers []string)
}

func (l *library) check(b *testing.B, numbers []string) {
	if answers, err := l.clients[0].IsOnWhatsApp(context.Background(), numbers); err != nil || len(answers) != len(numbers) {
		b.Fatalf("%d answers, %v", len(answers), err)
	}
}

// adapter is this package alone, with one session.
type adapter struct {
	all  *Devices
	dev  session.Device
	ear  *ear
	conn session.Connection
}

func newAdapter(b *testing.B, f *fleet) checker {
	b.Helper()
	all, err := New(context.Background(), Options{DB: f.db, Endpoint: f.endpoint})
	if err != nil {
		b.Fatal(err)
	}
	return &adapter{all: all, dev: openDevice(b, all, f.identities[0])}
}

func (a *adapter) up(b *testing.B) {
	b.Helper()
	a.ear = newEar()
	a.conn = a.dev.Connect(a.ear.hear)
	await[session.Ready](b, a.ear)
}

func (a *adapter) down(b *testing.B) {
	b.Helper()
	a.conn.Close()
	ended(b, a.ear, a.conn)
}

func (a *adapter) end(b *testing.B) {
	b.Helper()
	if err := a.all.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
}

func (a *adapter) check(b *testing.B, numbers []string) {
	if answers, err := a.conn.(operations).Check(context.Background(), numbers); err != nil || len(answers) != len(numbers) {
		b.Fatalf("%d answers, %v", len(answers), err)
	}
}

// BenchmarkCheck asks for numbers that were never asked before, one or fifty a query, one query after the other. All are registered: that is what the
// library stores, and what it leaves out is none.
func BenchmarkCheck(b *testing.B) {
	f := newFleetOf(b, 1)
	next := 4_915_200_000_000
	for _, size := range []int{1, 50} {
		for _, name := range []string{"plain", "wapulse"} {
			b.Run(fmt.Sprintf("%d/%s", size, name), func(b *testing.B) {
				var c checker
				if name == "plain" {
					c = newLibrary(b, f).(*library)
				} else {
					c = newAdapter(b, f)
				}
				defer c.end(b)
				c.up(b)
				defer c.down(b)
				settle()
				numbers := make([]string, size)
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					for i := range numbers {
						next += 2
						numbers[i] = fmt.Sprintf("+%d", next)
					}
					c.check(b, numbers)
				}
				b.StopTimer()
				b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "numbers/s")
			})
		}
	}
}
