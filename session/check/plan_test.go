package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

func TestETA(t *testing.T) {
	for _, c := range []struct {
		queries  int64
		sessions int
		rate     float64
		want     time.Duration
	}{
		{0, 1, 1, 0}, {1, 1, 1, 0}, {2, 1, 1, time.Second}, {2000, 1, 1, 1999 * time.Second}, {2000, 4, 1, 499 * time.Second}, {2001, 4, 1, 500 * time.Second},
		{11, 1, 0.5, 20 * time.Second}, {100, 0, 1, 0}, {100, 1, 0, 0}, {1 << 62, 1, 1e-9, seconds(1e300)},
	} {
		if got := eta(c.queries, c.sessions, c.rate); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	for _, c := range []struct{ numbers, batch, want int64 }{{0, 50, 0}, {1, 50, 1}, {50, 50, 1}, {51, 50, 2}, {100_000, 50, 2000}} {
		if got := queries(c.numbers, int(c.batch)); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
	for _, c := range []struct {
		left          int64
		rate          float64
		budget, pause time.Duration
		want          time.Duration
	}{
		{0, 5, time.Hour, time.Hour, 0}, {100, 50, time.Hour, 0, 2 * time.Second}, {100, 50, time.Hour, time.Minute, 62 * time.Second}, {100, 0, time.Hour, time.Minute, 61 * time.Minute},
		{100, 0, 0, time.Minute, 0}, {100, 50, 0, -time.Minute, 2 * time.Second},
	} {
		if got := remaining(c.left, c.rate, c.budget, c.pause); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// The pace is that of the last half minute, in memory that does not grow.
func TestPace(t *testing.T) {
	var p pace
	if got := p.rate(noon, 5); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
	asked, now := int64(0), noon
	for range 600 { // ten numbers a second for a minute
		p.note(now, asked)
		now, asked = now.Add(100*time.Millisecond), asked+1
	}
	if got := p.rate(now, asked); got < 9.9 || got > 10.1 {
		t.Errorf("%v a second", got)
	}
	for range 400 { // then a hundred
		p.note(now, asked)
		now, asked = now.Add(100*time.Millisecond), asked+10
	}
	if got := p.rate(now, asked); got < 99 || got > 101 {
		t.Errorf("%v a second after the change", got)
	}
	if len(p.marks) > 33 {
		t.Errorf("%d marks", len(p.marks))
	}
	if got := (&pace{marks: []mark{{noon, 0}}}).rate(noon, 5); got != 0 {
		t.Errorf("in no time: %v", got)
	}
}

func TestRoomOf(t *testing.T) {
	of := func(id int, name string, state vital.State, load vital.Load) *vital.Snapshot {
		return &vital.Snapshot{ID: vital.SessionID(id), Name: name, State: state, Load: load}
	}
	soon, late := noon.Add(time.Minute), noon.Add(time.Hour)
	a := of(1, "a", vital.StateConnected, vital.Load{Limit: 8})
	b := of(2, "b", vital.StateConnected, vital.Load{Limit: 8, PausedUntil: late})
	c := of(3, "c", vital.StateConnected, vital.Load{Limit: 4, PausedUntil: soon})
	down := of(4, "down", vital.StateReconnecting, vital.Load{Limit: 8})
	broken := of(5, "broken", vital.StateConnected, vital.Load{Limit: 8})
	broken.Breaker.State, broken.Breaker.RetryAt = vital.BreakerOpen, soon.Add(-time.Second)
	gone := of(6, "gone", vital.StateConnected, vital.Load{Limit: 8})
	gone.Removed = true
	all := []*vital.Snapshot{a, b, c, down, broken, gone}
	for _, v := range []struct {
		names           []string
		ready, inFlight int
		paused          int
		until           time.Time
		ids             string
	}{
		{nil, 1, 8, 3, soon.Add(-time.Second), "[]"}, {[]string{"b", "c"}, 0, 0, 2, soon, "[2 3]"}, {[]string{"b"}, 0, 0, 1, late, "[2]"},
		{[]string{"a", "down"}, 1, 8, 0, time.Time{}, "[1 4]"}, {[]string{"down", "broken"}, 0, 0, 1, soon.Add(-time.Second), "[4 5]"},
	} {
		got, err := RoomOf(all, v.names, 1, noon)
		if err != nil || got.Ready != v.ready || got.InFlight != v.inFlight || got.Paused != v.paused || !got.PausedUntil.Equal(v.until) || fmt.Sprint(got.Sessions) != v.ids || got.Rate != 1 {
			t.Errorf("%v: %+v, %v", v.names, got, err)
		}
	}
	for _, name := range []string{"nobody", "gone"} {
		if _, err := RoomOf(all, []string{"a", name}, 1, noon); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Which errors a batch is asked again after, and when.
func TestDelay(t *testing.T) {
	limit := &session.RateLimitError{Until: noon.Add(time.Minute)}
	for _, c := range []struct {
		err         error
		again       bool
		least, most time.Duration
	}{
		{session.ErrNotConnected, true, time.Second / 2, 2 * time.Second}, {context.DeadlineExceeded, true, time.Second / 2, 2 * time.Second}, {context.Canceled, true, time.Second / 2, 2 * time.Second},
		{session.ErrBreakerOpen, true, breakerPause, breakerPause + 2*time.Second}, {&session.ServerError{Code: 500}, true, time.Second / 2, 2 * time.Second},
		{limit, true, time.Minute, time.Minute}, {errors.Join(session.ErrNoSession, limit), true, time.Minute, time.Minute}, {&session.ServerError{Code: 429, Backoff: time.Hour}, true, time.Hour, time.Hour},
		{&session.ServerError{Code: 403}, false, 0, 2 * time.Second}, {session.ErrNoSession, false, 0, 0}, {session.ErrClosed, false, 0, 0}, {errors.New("odd"), false, 0, 0},
	} {
		wait, again := delay(fmt.Errorf("wrapped: %w", c.err), 1, noon)
		if again != c.again || wait < c.least || wait > c.most {
			t.Errorf("%v: %v, %v", c.err, wait, again)
		}
	}
	if n := attempts(&session.OperationError{Attempt: 3, Err: context.DeadlineExceeded}); n != 3 {
		t.Errorf("%d attempts of three", n)
	}
	if n := attempts(&session.OperationError{Attempt: 0, Err: session.ErrBreakerOpen}); n != 1 {
		t.Errorf("%d attempts of a refusal", n)
	}
}
