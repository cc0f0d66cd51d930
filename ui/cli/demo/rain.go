package demo

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// The pace of random faults.
const (
	leastPause = 3 * time.Second // between two
	mostPause  = 12 * time.Second
	leastHurt  = 20 * time.Second // a lasting fault, or an ERROR, until the session is healed
	mostHurt   = time.Minute
)

// rain is random faults.
type rain struct {
	stage   *Stage
	rand    *rand.Rand
	hurt    map[vital.SessionID]time.Time // until when; those that come back by themselves are not in it
	healing sync.WaitGroup
}

// Rain makes random faults happen to random sessions that are well, and heals each after a while, whoever has hurt it, until ctx ends. With the same seed faults
// come in the same order.
func (s *Stage) Rain(ctx context.Context, seed uint64) {
	r := &rain{stage: s, rand: rand.New(rand.NewPCG(seed, seed)), hurt: map[vital.SessionID]time.Time{}}
	defer r.healing.Wait()
	timer := time.NewTimer(r.between(leastPause, mostPause))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		r.heal(ctx)
		r.strike(ctx)
		timer.Reset(r.between(leastPause, mostPause))
	}
}

func (r *rain) between(least, most time.Duration) time.Duration {
	return least + time.Duration(r.rand.Int64N(int64(most-least)))
}

// heal brings back whoever has been hurt long enough.
func (r *rain) heal(ctx context.Context) {
	now := time.Now()
	for _, snap := range r.stage.manager.Snapshots() {
		until, hurt := r.hurt[snap.ID]
		switch {
		case !hurt && snap.State == vital.StateError && r.stage.Plays(snap.ID):
			r.hurt[snap.ID] = now.Add(r.between(leastHurt, mostHurt))
		case hurt && now.After(until):
			delete(r.hurt, snap.ID)
			r.healing.Go(func() { r.do(ctx, Healthy, snap) })
		}
	}
}

// strike makes one fault happen.
func (r *rain) strike(ctx context.Context) {
	var well []*vital.Snapshot
	for _, snap := range r.stage.manager.Snapshots() {
		if _, hurt := r.hurt[snap.ID]; !hurt && snap.State == vital.StateConnected && r.stage.Plays(snap.ID) {
			well = append(well, snap)
		}
	}
	faults := Faults()
	fault, one := faults[r.rand.IntN(len(faults))], r.rand.IntN(max(1, len(well)))
	if len(well) == 0 {
		return
	}
	if snap := well[one]; r.do(ctx, fault.Name, snap) && (fault.Ends || fault.Lasts) {
		r.hurt[snap.ID] = time.Now().Add(r.between(leastHurt, mostHurt))
	}
}

func (r *rain) do(ctx context.Context, name string, snap *vital.Snapshot) bool {
	err := r.stage.Cause(ctx, name, snap.ID)
	if err != nil && ctx.Err() == nil {
		r.stage.log.Warn("the demo could not make it happen", "fault", name, "session", snap.Name, "err", err)
	}
	return err == nil
}
