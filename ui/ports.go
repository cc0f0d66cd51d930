package ui

import (
	"context"
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
