//go:build unix

package whatsapp

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/store"
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

func (w *whole) check(b *testing.B, numbers []string) {
	reply, err := w.manager.Ask(context.Background(), vital.Query{Numbers: numbers, Rate: -1})
	if err != nil || len(reply.Answers) != len(numbers) {
		b.Fatalf("%d answers, %v", len(reply.Answers), err)
	}
}

// newNumbers are numbers that were never asked before. All are registered: that is what the library stores, and what it leaves out is none.
type newNumbers struct{ last int64 }

func (n *newNumbers) fill(numbers []string) {
	for i := range numbers {
		n.last += 2
		numbers[i] = fmt.Sprintf("+%d", n.last)
	}
}

// BenchmarkCheck asks one number or fifty a query, one query after the other: by the library, by the adapter alone, and by all of wapulse, through pool, policy
// and actor.
func BenchmarkCheck(b *testing.B) {
	f := newFleetOf(b, 1)
	next := &newNumbers{4_915_200_000_000}
	contenders := []struct {
		name string
		make func() checker
	}{
		{"plain", func() checker { return newLibrary(b, f).(*library) }},
		{"adapter", func() checker { return newAdapter(b, f) }},
		{"wapulse", func() checker { return newWhole(b, f).(*whole) }},
	}
	for _, size := range []int{1, 50} {
		for _, contender := range contenders {
			b.Run(fmt.Sprintf("%d/%s", size, contender.name), func(b *testing.B) {
				c := contender.make()
				defer c.end(b)
				c.up(b)
				defer c.down(b)
				settle()
				checkAll(b, c, size, next)
			})
		}
	}
}

// checkAll asks b.N queries, and reports what most of them take at most.
func checkAll(b *testing.B, c checker, size int, next *newNumbers) {
	numbers := make([]string, size)
	took := make([]time.Duration, 0, b.N)
	b.ReportAllocs()
	worked := processorTime(b)
	b.ResetTimer()
	for range b.N {
		next.fill(numbers)
		began := time.Now()
		c.check(b, numbers)
		took = append(took, time.Since(began))
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50")
	reportNumbers(b, b.N*size, processorTime(b)-worked)
}

// reportNumbers reports how many numbers went through in a second, and what each took of this process's processor time: that hardly depends on who else works.
func reportNumbers(b *testing.B, n int, worked time.Duration) {
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "numbers/s")
	b.ReportMetric(float64(worked.Nanoseconds())/1000/float64(n), "cpu-µs/number")
}

// BenchmarkCheckStored asks batches of 50 on one session: by the library, one query after the other, which keeps of the answers what it wants to know itself; and
// as a job of wapulse's, from the text of a file to the last verdict told, each of them stored before.
func BenchmarkCheckStored(b *testing.B) {
	f := newFleetOf(b, 1)
	next := &newNumbers{4_915_700_000_000}
	b.Run("plain", func(b *testing.B) {
		c := newLibrary(b, f).(*library)
		defer c.end(b)
		c.up(b)
		defer c.down(b)
		settle()
		checkAll(b, c, check.DefaultBatch, next)
	})
	b.Run("wapulse", func(b *testing.B) {
		kept, err := store.Open(b.Context(), store.Options{Path: filepath.Join(b.TempDir(), "wapulse.db")})
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = kept.Close() }()
		w := newWhole(b, f).(*whole)
		defer w.end(b)
		w.up(b)
		defer w.down(b)
		settle()
		numbers := make([]string, b.N*check.DefaultBatch)
		next.fill(numbers)
		text := strings.Join(numbers, "\n")
		worked := processorTime(b)
		b.ResetTimer()
		w.checkJob(b, kept, text, len(numbers))
		b.StopTimer()
		reportNumbers(b, len(numbers), processorTime(b)-worked)
	})
}

// checkJob runs a file as a job.
func (w *whole) checkJob(b *testing.B, kept *store.Store, text string, want int) {
	b.Helper()
	reader, err := check.NewReader(strings.NewReader(text), "")
	if err != nil {
		b.Fatal(err)
	}
	job, err := check.Import(b.Context(), kept, "numbers.txt", check.Settings{Rate: -1}, reader.Items())
	if err != nil {
		b.Fatal(err)
	}
	runner := check.NewRunner(check.RunnerOptions{Asker: w.manager, Store: kept, Room: func(names []string) (check.Room, error) {
		return check.RoomOf(w.manager.Snapshots(), names, 0, time.Now())
	}})
	told := 0
	_, err = runner.Run(b.Context(), job.ID, false, func(r check.Result) {
		if r.Verdict == vital.VerdictRegistered {
			told++
		}
	}, nil)
	if err != nil || told != want {
		b.Fatalf("%d of %d are registered, %v", told, want, err)
	}
}
