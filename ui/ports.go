package ui

import (
	"context"

	"github.com/wapulse/wapulse/session"
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
}

// Updates is what happens to sessions. *session.Subscription implements it.
type Updates interface {
	Wake() <-chan struct{}
	Take() session.Batch
}
