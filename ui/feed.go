package ui

import (
	"context"
	"sync"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/ui/page"
)

// jobFeed is where what happens to a job waits for the screen. Whoever puts never waits; of results it keeps the newest that the page can show, and counts
// all. What is taken comes in batches, at the pace of the screen.
type jobFeed struct {
	wake chan struct{} // one slot
	pace *pace

	mu   sync.Mutex
	news page.JobNews
}

func newJobFeed(p *pace) *jobFeed { return &jobFeed{wake: make(chan struct{}, 1), pace: p} }

func (f *jobFeed) put(change func(*page.JobNews)) {
	f.mu.Lock()
	change(&f.news)
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *jobFeed) read(n int64) { f.put(func(news *page.JobNews) { news.Read = n }) }

func (f *jobFeed) progress(p check.Progress) { f.put(func(news *page.JobNews) { news.Progress = &p }) }

func (f *jobFeed) result(r check.Result) {
	f.put(func(news *page.JobNews) {
		news.Summary.Add(r)
		if news.Results = append(news.Results, r); len(news.Results) >= 2*page.MaxNumbers {
			news.Results = append(news.Results[:0], news.Results[page.MaxNumbers:]...)
		}
	})
}

// take waits for news, and then until a frame may be drawn. It returns nothing when ctx ends.
func (f *jobFeed) take(ctx context.Context) page.JobNews {
	if !awaitFrame(ctx, f.wake, f.pace) {
		return page.JobNews{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	news := f.news
	f.news = page.JobNews{}
	return news
}
