package session

import (
	"context"
	"fmt"

	"github.com/wapulse/wapulse/session/vital"
)

// maxPendingMedia bounds what waits for the store; what comes beyond cannot be downloaded later.
const maxPendingMedia = 256

// keepMedia stores where media are, beside the actor, one batch after the other.
func (a *actor) keepMedia(m vital.Media) {
	if len(a.media) >= maxPendingMedia {
		a.emit(vital.KindLog, vital.LevelWarn, "media were not kept: the database is too slow")
		return
	}
	a.media = append(a.media, m)
	if !a.mediaSaving {
		a.saveMedia()
	}
}

func (a *actor) saveMedia() {
	batch, id := a.media, a.snap.ID
	a.media, a.mediaSaving = nil, true
	a.operate(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), storeDeadline)
		defer cancel()
		for n, m := range batch {
			if err := a.config.Store.SaveMedia(ctx, id, m); err != nil {
				return fmt.Errorf("keep %d of %d media: %w", len(batch)-n, len(batch), err)
			}
		}
		return nil
	}, func(err error) {
		a.mediaSaving = false
		if err != nil {
			a.log().Error("store", "err", err)
			a.emit(vital.KindLog, vital.LevelError, err.Error())
		}
		if len(a.media) > 0 {
			a.saveMedia()
		}
	})
}
