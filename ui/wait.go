package ui

import (
	"context"
	"time"
)

// awaitFrame waits to be woken, and then until a frame may be drawn: whatever comes meanwhile is drawn with it. False means that ctx has ended.
func awaitFrame(ctx context.Context, wake <-chan struct{}, p *pace) bool {
	select {
	case <-wake:
	case <-ctx.Done():
		return false
	}
	for {
		wait := p.take()
		if wait <= 0 {
			return true
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
}
