package check

import "time"

// Progress is how far a run is.
type Progress struct {
	Total       int64 // items of the job
	Done        int64 // of them, those with a result
	ToAsk       int64 // numbers that this run has to ask
	Asked       int64 // of them, those whose query has ended
	InFlight    int   // queries
	Sessions    int   // that can ask now
	Rate        float64
	ETA         time.Duration // 0 if it cannot be told yet
	PausedUntil time.Time     // the server wants a pause, or the run waits for sessions; zero if it goes on
}

// pace measures how many numbers a second are answered, over the last half minute.
type pace struct {
	marks []mark // one a second at most, oldest first
}

type mark struct {
	at    time.Time
	asked int64
}

const paceWindow = 30 * time.Second

// note takes down how many were asked by now.
func (p *pace) note(now time.Time, asked int64) {
	if n := len(p.marks); n > 0 && now.Sub(p.marks[n-1].at) < time.Second {
		return
	}
	p.marks = append(p.marks, mark{now, asked})
	for len(p.marks) > 2 && now.Sub(p.marks[0].at) > paceWindow {
		p.marks = append(p.marks[:0], p.marks[1:]...)
	}
}

// rate is numbers a second; 0 while nothing is known.
func (p *pace) rate(now time.Time, asked int64) float64 {
	if len(p.marks) == 0 {
		return 0
	}
	first := p.marks[0]
	passed := now.Sub(first.at)
	if passed <= 0 {
		return 0
	}
	return float64(asked-first.asked) / passed.Seconds()
}

// remaining is how long so many numbers take: as fast as the last ones, or at the budget while those are too few to tell.
func remaining(left int64, rate float64, budget, pause time.Duration) time.Duration {
	pause = max(0, pause)
	switch {
	case left == 0:
		return 0
	case rate > 0:
		return pause + seconds(float64(left)/rate)
	case budget > 0:
		return pause + budget
	}
	return 0
}
