package store

import (
	"sync"
	"time"
)

// looks are jobs whose open items have all been looked up in the history: a plan does it, and the run that follows need not do it again. They are of no use to
// another process.
type looks struct {
	mu   sync.Mutex
	jobs map[int64]looked
}

// looked is what a job was looked up in: the history up to its newest entry, as far as it was fresh enough.
type looked struct {
	newest                    int64
	registered, notRegistered time.Time
}

// since says whether nothing new can be found since the job was looked up last: time alone makes answers too old.
func (l *looks) since(job int64, now looked) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	last, ok := l.jobs[job]
	return ok && last.newest == now.newest && !now.registered.Before(last.registered) && !now.notRegistered.Before(last.notRegistered)
}

func (l *looks) note(job int64, now looked) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.jobs == nil {
		l.jobs = make(map[int64]looked)
	}
	l.jobs[job] = now
}

// forget is for a job that has open items anew, or none any more.
func (l *looks) forget(job int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.jobs, job)
}
