//go:build unix

package whatsapp

import (
	"syscall"
	"testing"
	"time"
)

const (
	idleFleet = 100
	idleTime  = time.Minute
)

// BenchmarkIdleCPU is the processor's time that connected sessions take in a minute in which nothing happens but pings: the library's own, every
// 20 to 30 s, and for wapulse those every 15 s beside them.
func BenchmarkIdleCPU(b *testing.B) {
	f := newFleet(b)
	f.identities = f.identities[:idleFleet]
	for _, name := range []string{"plain", "wapulse"} {
		b.Run(name, func(b *testing.B) {
			var used time.Duration
			for range b.N {
				c := contenders()[name](b, f)
				c.up(b)
				settle()
				before := processorTime(b)
				<-time.After(idleTime)
				used += processorTime(b) - before
				c.down(b)
				c.end(b)
			}
			b.ReportMetric(used.Seconds()/float64(b.N), "CPU-s/minute")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
