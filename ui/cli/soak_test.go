package cli

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/cli/demo"
)

// What the soak test can be told by its environment.
const (
	soakLength = "WAPULSE_SOAK"      // how long faults come, as 10m; shortSoak if it is not set
	soakSeed   = "WAPULSE_SOAK_SEED" // of the faults; a random one if it is not set

	shortSoak     = 6 * time.Second
	shortPause    = 150 * time.Millisecond // between two faults, on average
	longPause     = time.Second
	longFrom      = time.Minute // so long, faults may last, and the memory is looked at
	soakSessions  = 8
	heapMayGrowBy = 4 << 20
)

// soak is a run of the whole program, but for its screen, under random faults.
type soak struct {
	*world
	rand   *rand.Rand
	length time.Duration
	stage  *demo.Stage
	ids    []vital.SessionID
	known  map[vital.SessionID]*foretold
	seen   *witness
}

// TestSoak lets random faults happen to random sessions at random times. At the end every session is where its last fault must have brought it, no goroutine is
// left, memory is flat, no transition is lost, and the history tells of every session at any moment whether it was alive, and if not, why.
func TestSoak(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) }) // after all else is closed
	s := newSoak(t)
	ctx, cancel := context.WithCancel(t.Context())
	var others sync.WaitGroup
	stop := func() { cancel(); others.Wait() }
	defer stop()
	others.Go(func() { s.seen.watch(ctx) })
	others.Go(func() { s.stage.Run(ctx) })
	for _, id := range s.ids {
		s.await(t, id, "connected", isConnected)
	}
	others.Go(func() { s.use(ctx) })
	s.rain(t)
	s.mustStandAsForetold(t)
	stop()
	s.seen.take()
	s.mustHaveLostNothing(t)
	s.mustTellWhy(t)
}

func newSoak(t *testing.T) *soak {
	t.Helper()
	length, seed := shortSoak, rand.Uint64()
	if text := os.Getenv(soakLength); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			t.Fatalf("%s=%q is no time, as 10m", soakLength, text)
		}
		length = d
	}
	if text := os.Getenv(soakSeed); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s=%q is no number", soakSeed, text)
		}
		seed = n
	}
	t.Logf("%v of faults; to have the same ones again: %s=%d", length, soakSeed, seed)
	s := &soak{world: newWorld(t), rand: rand.New(rand.NewPCG(seed, seed)), length: length, known: map[vital.SessionID]*foretold{}}
	s.stage = demo.NewStage(s.server, s.house.manager, s.house.log)
	s.seen = newWitness(s.house.manager.Hub().Subscribe())
	t.Cleanup(s.seen.updates.Close)
	for i := range soakSessions {
		role := simulator.Steady(simulator.Role{Name: fmt.Sprintf("soak-%d", i), Phone: fmt.Sprintf("+4915123456%03d", i), PushName: "Ada"})
		id, err := s.stage.Add(t.Context(), role)
		if err != nil {
			t.Fatal(err)
		}
		s.ids, s.known[id] = append(s.ids, id), &foretold{phone: role.Phone}
	}
	return s
}

// use asks the sessions for things, as people do meanwhile. What comes of it is not looked at: that is what faults are for.
func (s *soak) use(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		id := s.ids[n%len(s.ids)]
		asked, cancel := context.WithTimeout(ctx, time.Second)
		switch n % 3 {
		case 0:
			_, _ = s.house.manager.Ping(asked, id)
		case 1:
			_, _ = s.house.manager.Send(asked, id, vital.Outgoing{To: "+33612345678", Text: "are you there?"})
		case 2:
			number := fmt.Sprintf("+336%08d", n)
			_ = s.house.checker.Check(asked, []check.Item{{Input: number, E164: number}}, true, func(check.Result) {})
		}
		cancel()
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// rain lets faults happen until the time is over. In a long run memory is measured when a third of it is over, and must be the same at the end.
func (s *soak) rain(t *testing.T) {
	t.Helper()
	pause, long := shortPause, s.length >= longFrom
	if long {
		pause = longPause
	}
	began, heap := time.Now(), uint64(0)
	for count := 1; time.Since(began) < s.length; count++ {
		id := s.ids[s.rand.IntN(len(s.ids))]
		f := s.known[id]
		name := f.next(s.rand, long)
		if f.ready(s, id, name) {
			s.strike(t, id, name)
		}
		if long && heap == 0 && time.Since(began) > s.length/3 {
			heap = heapInUse()
		}
		time.Sleep(pause/2 + time.Duration(s.rand.Int64N(int64(pause))))
	}
	if !long {
		return
	}
	now := heapInUse()
	t.Logf("heap: %d KiB after a third, %d KiB at the end", heap>>10, now>>10)
	if now > heap+heapMayGrowBy {
		t.Errorf("the heap grew from %d to %d KiB", heap>>10, now>>10)
	}
}

func (s *soak) strike(t *testing.T, id vital.SessionID, name string) {
	t.Helper()
	snap, _ := s.house.manager.Snapshot(id)
	var err error
	switch name {
	case faultStop:
		err = s.house.manager.Stop(t.Context(), id)
	case faultReconnect:
		err = s.house.manager.Reconnect(t.Context(), id)
	case faultShortBan:
		err = s.ban(s.known[id].phone)
	case faultSlow:
		err = s.server.SetFaults(s.known[id].phone, func(f *simulator.Faults) { f.DelayMS, f.JitterMS = 100, 300 })
	default:
		err = s.stage.Cause(t.Context(), name, id)
	}
	if err != nil {
		t.Fatalf("%s on session %d, which is %s (%s): %v", name, id, snap.State, snap.Reason, err)
	}
	s.known[id].struck(name, snap.Counters.Connects)
}

// ban is one that ends soon.
func (s *soak) ban(phone string) error {
	ban := &simulator.LoginFailure{Reason: 402, Code: 104, Expire: 2, Count: 1}
	if err := s.server.SetFaults(phone, func(f *simulator.Faults) { f.Failure = ban }); err != nil {
		return err
	}
	_ = s.server.Drop(phone)
	return nil
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC() // the first one may have left what finalizers held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
