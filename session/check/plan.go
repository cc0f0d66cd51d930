package check

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// Room is what the sessions that may ask a job have room for.
type Room struct {
	Sessions    []vital.SessionID // those of the names that the job has; empty for any
	Ready       int               // sessions that can ask now
	InFlight    int               // queries that they may have in flight, all together
	Rate        float64           // queries a second that each of them has a budget for; 0 for no limit
	Paused      int               // connected sessions that are asked nothing for a while: the server wants a pause, or the breaker is open
	PausedUntil time.Time         // the first of those pauses to end; zero if there is none
}

// RoomOf reads the room off the sessions' snapshots. Names are of those that may ask; without any, all may. Rate is the sessions' own budget.
func RoomOf(snapshots []*vital.Snapshot, names []string, rate float64, now time.Time) (Room, error) {
	allowed := make(map[string]bool, len(names))
	for _, name := range names {
		allowed[name] = false
	}
	room := Room{Rate: rate}
	for _, s := range snapshots {
		if _, ok := allowed[s.Name]; s.Removed || len(names) > 0 && !ok {
			continue
		}
		if len(names) > 0 {
			allowed[s.Name] = true
			room.Sessions = append(room.Sessions, s.ID)
		}
		if s.State != vital.StateConnected {
			continue
		}
		until, paused := pauseOf(s, now)
		if !paused {
			room.Ready++
			room.InFlight += max(1, s.Load.Limit)
			continue
		}
		if room.Paused++; room.PausedUntil.IsZero() || until.Before(room.PausedUntil) {
			room.PausedUntil = until
		}
	}
	for _, name := range names {
		if !allowed[name] {
			return Room{}, fmt.Errorf("there is no session %q", name)
		}
	}
	return room, nil
}

// pauseOf says until when a session is asked nothing, if it is: for the server's pause and for an open breaker, whichever lasts longer.
func pauseOf(s *vital.Snapshot, now time.Time) (until time.Time, paused bool) {
	until = s.Load.PausedUntil
	paused = until.After(now)
	if s.Breaker.State == vital.BreakerOpen {
		paused = true
		if s.Breaker.RetryAt.After(until) {
			until = s.Breaker.RetryAt
		}
	}
	return until, paused
}

// Plan is what a run of a job will do, before it does anything.
type Plan struct {
	Job        Job
	Read       int64 // items of the input
	Invalid    int64
	Duplicates int64
	Answered   int64 // in an earlier run of the job
	Cached     int64 // answered by the store
	ToAsk      int64
	Queries    int64
	Sessions   int           // that can ask now
	Paused     int           // sessions that are asked nothing for a while; see Room
	Until      time.Time     // the end of the first of those pauses
	Rate       float64       // queries a second on each; 0 for no limit
	ETA        time.Duration // at that rate; 0 if it cannot be told: no session, or no limit
}

// Plan makes a job ready and says what is left of it: numbers that ended in an error or unverified are to be asked again, and what the store has
// learned meanwhile needs not be asked. Without an id it is the newest job.
func (r *Runner) Plan(ctx context.Context, id int64) (Plan, error) {
	job, err := r.claim(ctx, id)
	if err != nil {
		return Plan{}, err
	}
	defer r.release(job.ID)
	p, _, err := r.prepare(ctx, job)
	return p, err
}

// prepare is called with the job claimed.
func (r *Runner) prepare(ctx context.Context, job Job) (Plan, Room, error) {
	store := r.options.Store
	room, err := r.options.Room(job.Settings.Sessions)
	if err != nil {
		return Plan{}, Room{}, err
	}
	if _, err := store.Retry(ctx, job.ID); err != nil {
		return Plan{}, Room{}, fmt.Errorf("preparing the job: %w", err)
	}
	var p Plan
	if !job.Settings.Fresh {
		now := time.Now()
		if p.Cached, err = store.FillFromCache(ctx, job.ID, now.Add(-RegisteredFor), now.Add(-NotRegisteredFor)); err != nil {
			return Plan{}, Room{}, fmt.Errorf("looking for known answers: %w", err)
		}
	}
	if p.ToAsk, err = store.CountToAsk(ctx, job.ID); err != nil {
		return Plan{}, Room{}, fmt.Errorf("counting what is to ask: %w", err)
	}
	if p.Job, err = store.Job(ctx, job.ID); err != nil {
		return Plan{}, Room{}, fmt.Errorf("reading the job: %w", err)
	}
	p.Read, p.Invalid, p.Duplicates = p.Job.Items, p.Job.Invalid, p.Job.Duplicates
	p.Answered = p.Read - p.Invalid - p.Duplicates - p.Cached - p.ToAsk
	p.Queries = queries(p.ToAsk, job.Settings.batch())
	return p.In(room), room, nil
}

// In is the plan with what the sessions have room for now.
func (p Plan) In(room Room) Plan {
	p.Sessions, p.Paused, p.Until, p.Rate = room.Ready, room.Paused, room.PausedUntil, p.Job.Settings.rate(room)
	p.ETA = eta(p.Queries, p.Sessions, p.Rate)
	return p
}

func (s Settings) batch() int {
	if s.Batch <= 0 {
		return DefaultBatch
	}
	return s.Batch
}

// rate is how many queries a second a session may have; 0 for no limit.
func (s Settings) rate(room Room) float64 {
	if s.Rate != 0 {
		return max(0, s.Rate)
	}
	return max(0, room.Rate)
}

func queries(numbers int64, batch int) int64 {
	return (numbers + int64(batch) - 1) / int64(batch)
}

// eta is how long so many queries take, or 0 if that cannot be told. The first of each session waits for nothing.
func eta(queries int64, sessions int, rate float64) time.Duration {
	if sessions == 0 || rate <= 0 {
		return 0
	}
	rounds := (queries + int64(sessions) - 1) / int64(sessions)
	return seconds(float64(max(0, rounds-1)) / rate)
}

// seconds is a duration that does not overflow.
func seconds(s float64) time.Duration {
	return time.Duration(min(s*float64(time.Second), math.MaxInt64/2))
}
