package store

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
)

// benchItems is how many items the jobs of the benchmarks have.
const benchItems = 100_000

func benchStore(b *testing.B) *Store {
	b.Helper()
	s, err := Open(b.Context(), Options{Path: filepath.Join(b.TempDir(), "w.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// benchJob makes a sealed job of numbers in random order, in calls of 1,000.
func benchJob(b *testing.B, s *Store, random *rand.Rand) int64 {
	b.Helper()
	job, err := s.CreateJob(b.Context(), "numbers.csv", check.Settings{Batch: 50})
	if err != nil {
		b.Fatal(err)
	}
	for position := int64(1); position <= benchItems; {
		var items []check.Item
		for range 1000 {
			number := fmt.Sprintf("+62812%08d", random.IntN(100_000_000))
			items = append(items, check.Item{Position: position, Input: number[1:], E164: number})
			position++
		}
		if err := s.AddItems(b.Context(), job.ID, items); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.SealJob(b.Context(), job.ID); err != nil {
		b.Fatal(err)
	}
	return job.ID
}

// benchAnswers gives all items of a job an answer, in batches.
func benchAnswers(b *testing.B, s *Store, job int64, batch int) {
	b.Helper()
	for after := int64(0); ; {
		items, err := s.ToAsk(b.Context(), job, after, batch)
		if err != nil {
			b.Fatal(err)
		}
		if len(items) == 0 {
			return
		}
		now := time.Now()
		for i, it := range items {
			items[i].Result = &check.Result{E164: it.E164, Verdict: vital.VerdictRegistered, JID: it.E164[1:] + "@s.whatsapp.net", LID: "123456789012345@lid",
				Session: "sales-id", LatencyMS: 52, AskedAt: now}
			after = it.Position
		}
		if err := s.SaveJobResults(b.Context(), job, items); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJobItems adds 100,000 items, answers them in batches of 50 and reads them back, all numbers in random order.
func BenchmarkJobItems(b *testing.B) {
	var adding, answering, reading time.Duration
	random := rand.New(rand.NewPCG(1, 2))
	s := benchStore(b)
	for b.Loop() {
		began := time.Now()
		job := benchJob(b, s, random)
		adding += time.Since(began)

		began = time.Now()
		benchAnswers(b, s, job, 50)
		answering += time.Since(began)

		began = time.Now()
		n := 0
		for after := int64(0); ; {
			items, err := s.Items(b.Context(), job, after, 1000)
			if err != nil {
				b.Fatal(err)
			}
			if len(items) == 0 {
				break
			}
			n += len(items)
			after = items[len(items)-1].Position
		}
		reading += time.Since(began)
		if n != benchItems {
			b.Fatalf("%d items", n)
		}
	}
	perSecond := func(d time.Duration) float64 { return float64(b.N*benchItems) / d.Seconds() }
	b.ReportMetric(perSecond(adding), "added/s")
	b.ReportMetric(perSecond(answering), "answered/s")
	b.ReportMetric(perSecond(reading), "read/s")
	var pages, size int64
	if err := s.read.QueryRow("SELECT page_count, page_size FROM pragma_page_count, pragma_page_size").Scan(&pages, &size); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(pages*size)/float64(b.N*benchItems), "bytes/item")
}

// BenchmarkTransitionsMeanwhile: how long a session's transition waits at most while a job of 100,000 is filled from the cache and deleted.
func BenchmarkTransitionsMeanwhile(b *testing.B) {
	s := benchStore(b)
	r, err := s.CreateSession(b.Context(), "a")
	if err != nil {
		b.Fatal(err)
	}
	benchAnswers(b, s, benchJob(b, s, rand.New(rand.NewPCG(1, 2))), 1000)
	var filling, retrying, deleting, worst time.Duration
	for b.Loop() {
		b.StopTimer()
		job := benchJob(b, s, rand.New(rand.NewPCG(1, 2)))
		b.StartTimer()
		stop := make(chan struct{})
		var waiter sync.WaitGroup
		waiter.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				began := time.Now()
				move := vital.Transition{Session: r.ID, Time: began, To: vital.StateConnecting, Cause: vital.CauseStart}
				if err := s.CommitTransition(b.Context(), move); err != nil {
					b.Error(err)
					return
				}
				worst = max(worst, time.Since(began))
			}
		})
		for did, do := range map[*time.Duration]func() error{
			&filling: func() error {
				_, err := s.FillFromCache(b.Context(), job, time.UnixMicro(1), time.UnixMicro(1))
				return err
			},
			&retrying: func() error { _, err := s.Retry(b.Context(), job); return err },
		} {
			began := time.Now()
			if err := do(); err != nil {
				b.Error(err)
			}
			*did += time.Since(began)
		}
		began := time.Now()
		if err := s.DeleteJob(b.Context(), job); err != nil {
			b.Error(err)
		}
		deleting += time.Since(began)
		close(stop)
		waiter.Wait()
	}
	b.ReportMetric(float64(worst.Microseconds())/1000, "ms-worst")
	b.ReportMetric(filling.Seconds()/float64(b.N), "s-filling")
	b.ReportMetric(retrying.Seconds()/float64(b.N), "s-retrying")
	b.ReportMetric(deleting.Seconds()/float64(b.N), "s-deleting")
}
