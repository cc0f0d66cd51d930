package ui

import (
	"context"
	"io"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
)

// Sessions is what keys ask for. *session.Manager implements it.
type Sessions interface {
	Snapshot(id vital.SessionID) (*vital.Snapshot, bool)
	Snapshots() []*vital.Snapshot
	Create(ctx context.Context, name string) (vital.SessionID, error)
	Start(ctx context.Context, id vital.SessionID) error
	Pair(ctx context.Context, id vital.SessionID) error
	Stop(ctx context.Context, id vital.SessionID) error
	Reconnect(ctx context.Context, id vital.SessionID) error
	RequestPhoneCode(ctx context.Context, id vital.SessionID, phone string) (string, error)
	Logout(ctx context.Context, id vital.SessionID) error
	Rename(ctx context.Context, id vital.SessionID, name string) error
	Delete(ctx context.Context, id vital.SessionID) error
	Ping(ctx context.Context, id vital.SessionID) (time.Duration, error)
	Send(ctx context.Context, id vital.SessionID, m vital.Outgoing) (vital.Sent, error)
	Contacts(ctx context.Context, id vital.SessionID) ([]vital.Contact, error)
	Download(ctx context.Context, id vital.SessionID, messageID string, w io.Writer) (vital.Media, error)
}

// Updates is what happens to sessions. *session.Subscription implements it.
type Updates interface {
	Wake() <-chan struct{}
	Take() session.Batch
}

// Numbers tells whether numbers are on WhatsApp. *check.Checker implements it.
type Numbers interface {
	// Check tells each of the items' results as it comes, and returns when all are told, or ctx ends.
	Check(ctx context.Context, items []check.Item, fresh bool, each func(check.Result)) error
}

// Jobs checks files of numbers. What it was told to do and has done is stored: a job that was interrupted can be resumed by its number.
type Jobs interface {
	// Import keeps the numbers of a file as a new job, and says what a run of it would do and how the numbers lie in the file. Progress is told how many
	// have been read. If it fails, there is no job.
	Import(ctx context.Context, path, region string, progress func(read int64)) (plan check.Plan, layout string, err error)
	// Run asks what is left of a job, and tells each result, of those that are stored too, and how far it is. Each and progress do not block.
	Run(ctx context.Context, job int64, each func(check.Result), progress func(check.Progress)) (check.Summary, error)
	// Delete deletes a job that does not run.
	Delete(ctx context.Context, job int64) error
}

// Reports writes what happened to a session into a file that can be shown, and says which.
type Reports interface {
	Save(ctx context.Context, id vital.SessionID) (path string, err error)
}
