package ui

import (
	"context"
	"time"
)

// awaitFrame waits to be woken, and then until what was drawn or taken last is a frame old: whatever comes meanwhile is drawn at once. False means that
// ctx has ended.
func awaitFrame(ctx context.Context, wake <-chan struct{}, last func() time.Time) bool {
	select {
	case <-wake:
	case <-ctx.Done():
		return false
	}
	wait := frameEvery - time.Since(last())
	if wait <= 0 {
		return true
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
