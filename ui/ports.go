package ui

import (
	"context"
	"io"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
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
	SetFrames(ctx context.Context, id vital.SessionID, on bool) error
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

// History tells what is stored of how sessions have been. Its methods read the database: commands ask it, with a deadline.
type History interface {
	// Chart is how a session was in a span, *history.Reader's.
	Chart(ctx context.Context, q history.Query, now time.Time) (history.Chart, error)
	// Figures are what is known of sessions over all runs.
	Figures(ctx context.Context, ids []vital.SessionID, now time.Time) (map[vital.SessionID]history.Figures, error)
	// Diagnoses are the newest limit of a session, with those of all sessions, that were true in a span, oldest first.
	Diagnoses(ctx context.Context, id vital.SessionID, from, to time.Time, limit int) ([]vital.Diagnosed, error)
	// Dials are the newest limit attempts to connect, oldest first.
	Dials(ctx context.Context, id vital.SessionID, limit int) ([]vital.Dial, error)
}

// Numbers tells whether numbers are on WhatsApp. *check.Checker implements it.
type Numbers interface {
	// Check tells each of the items' results as it comes, and returns when all are told, or ctx ends.
	Check(ctx context.Context, items []check.Item, fresh bool, each func(check.Result)) error
}

// Journal is the events that are stored, the newest last, paged by their places. *store.Store implements it.
type Journal interface {
	EventsBefore(ctx context.Context, f vital.Filter, before vital.EventPlace, limit int) ([]vital.StoredEvent, error)
	EventsAfter(ctx context.Context, f vital.Filter, after vital.EventPlace, limit int) ([]vital.StoredEvent, error)
	// EventsAround also tells the index of the first at or after the moment.
	EventsAround(ctx context.Context, f vital.Filter, at time.Time, limit int) (list []vital.StoredEvent, index int, err error)
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

// Faults makes things go wrong on purpose, where the server is a simulator.
type Faults interface {
	// Faults are all that there are, and last the one that heals.
	Faults() []page.Fault
	// Plays says whether faults can be caused on a session.
	Plays(id vital.SessionID) bool
	// Cause makes a fault happen to a session. It returns when the server has it; healing, when the session is up again.
	Cause(ctx context.Context, fault string, id vital.SessionID) error
}

// Reports writes what happened to a session into a file that can be shown, and says which. It is whole unless what happened last may be missing in it.
type Reports interface {
	Save(ctx context.Context, id vital.SessionID) (path string, isWhole bool, err error)
}
