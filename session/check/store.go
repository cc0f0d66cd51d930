package check

import (
	"context"
	"time"
)

// Item is one line of a job's input.
type Item struct {
	Position int64   // from 1, the order of the input
	Input    string  // as read, bounded
	E164     string  // "" if invalid
	Reason   string  // what is wrong with an invalid one, or a warning
	SameAs   int64   // position of the first item with that number; 0 if this is it
	Result   *Result // nil while unanswered; for an item with SameAs it is the first one's, with its own input
}

// Job is one file or list of numbers to check.
type Job struct {
	ID       int64
	Name     string // of the file, "stdin", or the first number
	Created  time.Time
	Sealed   bool      // its input is complete
	Finished time.Time // zero while something is left
	Settings Settings

	// Counts of items. Answered are those with a result, whatever its verdict, and invalid ones.
	Items, Invalid, Duplicates, Answered int64
}

// Settings are what a job runs with, kept with it, so that it goes on as it began.
type Settings struct {
	Batch    int      `json:"batch"`              // numbers a query
	Rate     float64  `json:"rate"`               // queries a second on a session; see vital.Query
	Region   string   `json:"region,omitempty"`   // of numbers without a country
	Fresh    bool     `json:"fresh"`              // ask even what is known
	Sessions []string `json:"sessions,omitempty"` // names of those that may ask; empty for any
	Hasty    bool     `json:"hasty,omitempty"`    // for numbers that somebody waits for: asked once, and no pause is waited out
}

// Store keeps answers and jobs. Every method is one short transaction: what it was given is durable when it returns nil, and nothing of it was
// kept when it returns an error.
type Store interface {
	// Known returns the newest stored answers (registered, not_registered) for these numbers that are not older than the given times, by number.
	// Numbers without one are left out.
	Known(ctx context.Context, numbers []string, registeredSince, notRegisteredSince time.Time) (map[string]Result, error)
	// SaveResults keeps what was asked outside of jobs. Input is not kept.
	SaveResults(ctx context.Context, results []Result) error

	// CreateJob begins a job without items.
	CreateJob(ctx context.Context, name string, s Settings) (Job, error)
	// AddItems appends to a job's input; the store finds duplicates (sets SameAs by E164 within the job).
	AddItems(ctx context.Context, job int64, items []Item) error
	// SealJob notes that the input is complete.
	SealJob(ctx context.Context, job int64) error
	// Job returns a job with its counts; id 0 is the newest. ErrNoSuchJob if there is none.
	Job(ctx context.Context, id int64) (Job, error)

	// FillFromCache gives items without a result the newest stored answer that is fresh enough, as cached results, and returns how many there were.
	// It looks at first items only and counts those; their duplicates have the same result.
	FillFromCache(ctx context.Context, job int64, registeredSince, notRegisteredSince time.Time) (int64, error)
	// CountToAsk returns how many first items have no result.
	CountToAsk(ctx context.Context, job int64) (int64, error)
	// ToAsk returns first items (SameAs 0, valid) without a result, after that position, in order.
	ToAsk(ctx context.Context, job int64, after int64, limit int) ([]Item, error)
	// Retry forgets results of a job that are error or unverified, so that they are asked again, and returns how many numbers that were.
	Retry(ctx context.Context, job int64) (int64, error)
	// SaveJobResults keeps the results of these items, by position, in the job and in the history, in one transaction. Only first items are given.
	SaveJobResults(ctx context.Context, job int64, items []Item) error
	// Items returns items with or without a result after that position, in order.
	Items(ctx context.Context, job int64, after int64, limit int) ([]Item, error)
	// FinishJob notes that nothing is left.
	FinishJob(ctx context.Context, job int64) error
	// DeleteJob deletes a job with its items; the history stays.
	DeleteJob(ctx context.Context, job int64) error
}
