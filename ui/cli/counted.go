package cli

import (
	"context"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/store"
)

// tally tells the sampler what numbers ended in, on the session that was asked.
type tally struct {
	manager *session.Manager
	sampler *history.Sampler
}

func (t tally) count(results []check.Result) {
	type ending struct {
		session string
		verdict vital.Verdict
	}
	ends := map[ending]int{}
	for i := range results {
		ends[ending{results[i].Session, results[i].Verdict}]++
	}
	for end, numbers := range ends {
		t.sampler.Checked(t.named(end.session), end.verdict, numbers)
	}
}

// named is the session of that name; 0 for none.
func (t tally) named(name string) vital.SessionID {
	for _, snap := range t.manager.Snapshots() {
		if snap.Name == name {
			return snap.ID
		}
	}
	return 0
}

// countedAsker counts what the numbers of a question ended in, where it is asked once.
type countedAsker struct{ tally }

func (a countedAsker) Ask(ctx context.Context, q vital.Query) (vital.Reply, error) {
	reply, err := a.manager.Ask(ctx, q)
	a.count(check.Judge(ctx, q.Numbers, reply, err))
	return reply, err
}

// countedResults counts what the numbers of jobs ended in: a job asks again what failed, so only what it stores is an end.
type countedResults struct {
	*store.Store
	tally
}

func (c countedResults) SaveJobResults(ctx context.Context, job int64, items []check.Item) error {
	err := c.Store.SaveJobResults(ctx, job, items)
	if err != nil {
		return err
	}
	var results []check.Result
	for _, it := range items {
		if it.Result != nil && !it.Result.Cached {
			results = append(results, *it.Result)
		}
	}
	c.count(results)
	return nil
}
