package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

var errCrashed = errors.New("the process is gone")

// memory is a Store without a disk.
type memory struct {
	mu      sync.Mutex
	history []Result // oldest first
	jobs    []*memoryJob
	crashed bool // nothing is kept any more
	failing error
	saves   int           // transactions of results
	largest int           // page that was asked for
	gate    chan struct{} // looks wait until it is closed
}

type memoryJob struct {
	Job
	items []Item
	first map[string]int64
}

func (m *memory) enter(ctx context.Context) error {
	m.mu.Lock()
	switch {
	case m.crashed:
		return errCrashed
	case m.failing != nil:
		return m.failing
	}
	return ctx.Err()
}

func (m *memory) Known(ctx context.Context, numbers []string, registeredSince, notRegisteredSince time.Time) (map[string]Result, error) {
	if m.gate != nil {
		<-m.gate
	}
	defer m.mu.Unlock()
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	known := make(map[string]Result)
	for _, r := range m.history {
		if !slices.Contains(numbers, r.E164) {
			continue
		}
		if r.Verdict == vital.VerdictRegistered && !r.AskedAt.Before(registeredSince) || r.Verdict == vital.VerdictNotRegistered && !r.AskedAt.Before(notRegisteredSince) {
			known[r.E164] = r
		}
	}
	return known, nil
}

func (m *memory) SaveResults(ctx context.Context, results []Result) error {
	defer m.mu.Unlock()
	if err := m.enter(ctx); err != nil {
		return err
	}
	m.saves++
	for _, r := range results {
		r.Input = ""
		m.history = append(m.history, r)
	}
	return nil
}

func (m *memory) History(ctx context.Context, e164 string, limit int) ([]Result, error) {
	defer m.mu.Unlock()
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	var found []Result
	for _, r := range slices.Backward(m.history) {
		if r.E164 == e164 && len(found) < limit {
			found = append(found, r)
		}
	}
	return found, nil
}

func (m *memory) CreateJob(ctx context.Context, name string, s Settings) (Job, error) {
	defer m.mu.Unlock()
	if err := m.enter(ctx); err != nil {
		return Job{}, err
	}
	j := &memoryJob{Job: Job{ID: int64(len(m.jobs) + 1), Name: name, Created: time.Now(), Settings: s}, first: make(map[string]int64)}
	m.jobs = append(m.jobs, j)
	return j.Job, nil
}

func (m *memory) job(id int64) (*memoryJob, error) {
	for _, j := range slices.Backward(m.jobs) {
		if j.ID == id || id == 0 {
			return j, nil
		}
	}
	return nil, ErrNoSuchJob
}

func (m *memory) with(ctx context.Context, id int64, do func(j *memoryJob) error) error {
	defer m.mu.Unlock()
	if err := m.enter(ctx); err != nil {
		return err
	}
	j, err := m.job(id)
	if err != nil {
		return err
	}
	return do(j)
}

func (m *memory) AddItems(ctx context.Context, job int64, items []Item) error {
	return m.with(ctx, job, func(j *memoryJob) error {
		for _, item := range items {
			if item.Position != int64(len(j.items)+1) {
				return fmt.Errorf("item %d has position %d", len(j.items)+1, item.Position)
			}
			if item.E164 != "" {
				if first, ok := j.first[item.E164]; ok {
					item.SameAs = first
				} else {
					j.first[item.E164] = item.Position
				}
			}
			j.items = append(j.items, item)
		}
		return nil
	})
}

func (m *memory) SealJob(ctx context.Context, job int64) error {
	return m.with(ctx, job, func(j *memoryJob) error { j.Sealed = true; return nil })
}

func (j *memoryJob) result(item Item) *Result {
	if item.SameAs != 0 {
		item.Result = j.items[item.SameAs-1].Result
	}
	if item.Result == nil {
		return nil
	}
	r := *item.Result
	r.Input = item.Input
	return &r
}

func (j *memoryJob) counted() Job {
	job := j.Job
	for _, item := range j.items {
		job.Items++
		switch {
		case item.E164 == "":
			job.Invalid++
			job.Answered++
		case j.result(item) != nil:
			job.Answered++
		}
		if item.SameAs != 0 {
			job.Duplicates++
		}
	}
	return job
}

func (m *memory) Job(ctx context.Context, id int64) (job Job, err error) {
	err = m.with(ctx, id, func(j *memoryJob) error { job = j.counted(); return nil })
	return job, err
}

func (m *memory) Jobs(ctx context.Context) ([]Job, error) {
	defer m.mu.Unlock()
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	var jobs []Job
	for _, j := range slices.Backward(m.jobs) {
		jobs = append(jobs, j.counted())
	}
	return jobs, nil
}

func (m *memory) FillFromCache(ctx context.Context, job int64, registeredSince, notRegisteredSince time.Time) (n int64, err error) {
	var numbers []string
	err = m.with(ctx, job, func(j *memoryJob) error { numbers = slices.Collect(maps.Keys(j.first)); return nil })
	if err != nil {
		return 0, err
	}
	known, err := m.Known(ctx, numbers, registeredSince, notRegisteredSince)
	if err != nil {
		return 0, err
	}
	err = m.with(ctx, job, func(j *memoryJob) error {
		for i, item := range j.items {
			if r, ok := known[item.E164]; ok && item.SameAs == 0 && item.Result == nil {
				r.Cached = true
				j.items[i].Result = &r
				n++
			}
		}
		return nil
	})
	return n, err
}

func (j *memoryJob) open(item Item) bool {
	return item.E164 != "" && item.SameAs == 0 && item.Result == nil
}

func (m *memory) CountToAsk(ctx context.Context, job int64) (n int64, err error) {
	err = m.with(ctx, job, func(j *memoryJob) error {
		for _, item := range j.items {
			if j.open(item) {
				n++
			}
		}
		return nil
	})
	return n, err
}

func (m *memory) page(ctx context.Context, job, after int64, limit int, keep func(j *memoryJob, item Item) bool) (page []Item, err error) {
	err = m.with(ctx, job, func(j *memoryJob) error {
		m.largest = max(m.largest, limit)
		for _, item := range j.items[min(after, int64(len(j.items))):] {
			if len(page) < limit && keep(j, item) {
				item.Result = j.result(item)
				page = append(page, item)
			}
		}
		return nil
	})
	return page, err
}

func (m *memory) ToAsk(ctx context.Context, job int64, after int64, limit int) ([]Item, error) {
	return m.page(ctx, job, after, limit, (*memoryJob).open)
}

func (m *memory) Items(ctx context.Context, job int64, after int64, limit int) ([]Item, error) {
	return m.page(ctx, job, after, limit, func(*memoryJob, Item) bool { return true })
}

func (m *memory) Retry(ctx context.Context, job int64) (n int64, err error) {
	err = m.with(ctx, job, func(j *memoryJob) error {
		for i, item := range j.items {
			if r := item.Result; r != nil && (r.Verdict == vital.VerdictError || r.Verdict == vital.VerdictUnverified) {
				j.items[i].Result = nil
				n++
			}
		}
		return nil
	})
	return n, err
}

func (m *memory) SaveJobResults(ctx context.Context, job int64, items []Item) error {
	return m.with(ctx, job, func(j *memoryJob) error {
		m.saves++
		for _, item := range items {
			if item.Result == nil || item.SameAs != 0 || j.items[item.Position-1].E164 != item.E164 {
				return fmt.Errorf("item %+v is none of those to answer", item)
			}
			r := *item.Result
			j.items[item.Position-1].Result = &r
			r.Input = ""
			m.history = append(m.history, r)
		}
		return nil
	})
}

func (m *memory) FinishJob(ctx context.Context, job int64) error {
	return m.with(ctx, job, func(j *memoryJob) error { j.Finished = time.Now(); return nil })
}

func (m *memory) DeleteJob(ctx context.Context, job int64) error {
	defer m.mu.Unlock()
	if err := m.enter(ctx); err != nil {
		return err
	}
	before := len(m.jobs)
	m.jobs = slices.DeleteFunc(m.jobs, func(j *memoryJob) bool { return j.ID == job })
	if len(m.jobs) == before {
		return ErrNoSuchJob
	}
	return nil
}

// asker counts what it is asked. Without an answer func it says of numbers that end in an even digit that they are registered.
type asker struct {
	mu      sync.Mutex
	answer  func(ctx context.Context, q vital.Query) (vital.Reply, error)
	delay   time.Duration
	queries []vital.Query
	at      []time.Time
	counts  map[string]int
	flying  int
	most    int
}

func (a *asker) Ask(ctx context.Context, q vital.Query) (vital.Reply, error) {
	a.mu.Lock()
	a.queries = append(a.queries, q)
	a.at = append(a.at, time.Now())
	if a.counts == nil {
		a.counts = make(map[string]int)
	}
	for _, n := range q.Numbers {
		a.counts[n]++
	}
	a.flying++
	a.most = max(a.most, a.flying)
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		a.flying--
		a.mu.Unlock()
	}()
	if a.answer != nil {
		return a.answer(ctx, q)
	}
	if err := sleep(ctx, a.delay); err != nil {
		return vital.Reply{}, err
	}
	return truth(q), nil
}

// truth is what the asker's server knows.
func truth(q vital.Query) vital.Reply {
	reply := vital.Reply{Name: "sales", AskedAt: time.Now(), Latency: time.Millisecond}
	for _, n := range q.Numbers {
		a := vital.Answer{Number: n, Verdict: vital.VerdictNotRegistered}
		if (n[len(n)-1]-'0')%2 == 0 {
			a.Verdict, a.JID = vital.VerdictRegistered, n[1:]+"@s.whatsapp.net"
		}
		reply.Answers = append(reply.Answers, a)
	}
	return reply
}

// sizes are the numbers of each query.
func (a *asker) sizes() []int {
	a.mu.Lock()
	defer a.mu.Unlock()
	var sizes []int
	for _, q := range a.queries {
		sizes = append(sizes, len(q.Numbers))
	}
	return sizes
}

// number is the nth of the tests' numbers.
func number(n int) string { return fmt.Sprintf("+6281%09d", n) }

func item(n int) Item { return Item{Input: number(n), E164: number(n)} }
