package ui

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
)

// fakeFaults notes what was caused.
type fakeFaults struct {
	caused []string
	err    error
}

func (f *fakeFaults) Faults() []page.Fault {
	return []page.Fault{
		{Name: "delay", Words: "every answer takes 2 to 4 seconds: it stays up, and is DEGRADED"}, {Name: "drop", Words: "the line is cut once: it is back in about a second"},
		{Name: "402", Words: "banned for 3 minutes: ERROR, then it starts by itself"}, {Name: healer, Words: "all faults end; what is down is started, or paired again"},
	}
}
func (f *fakeFaults) Plays(id vital.SessionID) bool { return id < 6 }
func (f *fakeFaults) Cause(_ context.Context, fault string, id vital.SessionID) error {
	f.caused = append(f.caused, fault+" on "+string('0'+rune(id)))
	return f.err
}

// rehearse makes the bench's server one of ours.
func (b *bench) rehearse() *fakeFaults {
	faults := &fakeFaults{}
	b.model.opts.Faults = faults
	b.model.actions = actionsOf(b.model.opts)
	return faults
}

func TestFaultsAreOfferedInTheDemoOnly(t *testing.T) {
	b := newBench(t, 80, 24, termenv.Ascii, cast()...)
	b.keys("f")
	if len(b.model.stack) != 1 {
		t.Error("a fault panel, and nothing to cause")
	}
	b.keys("t")
	if len(b.model.stack) != 1 {
		t.Error("a tour, and nothing to cause")
	}
	b.keys("?")
	if strings.Contains(b.model.View(), "cause a fault") {
		t.Error("the help has a key that does nothing")
	}
}

func TestAFaultIsCausedOnWhomItIsMeantFor(t *testing.T) {
	for name, c := range map[string]struct {
		keys []string
		want []string
	}{
		"the selected one": {[]string{"down", "f", "down", "enter"}, []string{"drop on 2"}},
		"all":              {[]string{"f", "tab", "enter"}, []string{"delay on 1", "delay on 2", "delay on 3", "delay on 4", "delay on 5"}},
		"the marked ones":  {[]string{" ", " ", "f", "G", "enter"}, []string{"healthy on 1", "healthy on 2"}},
		"nobody":           {[]string{"f", "esc"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 80, 24, termenv.Ascii, cast()...)
			faults := b.rehearse()
			b.keys(c.keys...)
			slices.Sort(faults.caused)
			if !slices.Equal(faults.caused, c.want) {
				t.Errorf("caused %q, want %q", faults.caused, c.want)
			}
		})
	}
}

// lost is the first session of the cast as the fault of the tour's first stop leaves it.
func lost(b *bench) *vital.Snapshot {
	s := *b.sessions.list[0]
	s.Version, s.State, s.Since, s.Ready = s.Version+1, vital.StateReconnecting, noon.Add(time.Second), vital.ReadyClosed
	s.Failure = vital.Failure{Reason: vital.ReasonServerClosed}
	s.Reason = s.Failure.Reason
	return &s
}

func TestTheTourGoesOnWhenItsFailureIsSeen(t *testing.T) {
	b := newBench(t, 80, 24, termenv.Ascii, cast()...)
	faults := b.rehearse()
	b.keys("t")
	b.mustShow("Tour 1 of 5", "let it happen", "It happens to sales-id")
	b.keys("enter")
	b.mustShow("The line is cut…")
	b.keys("enter") // too early: nothing to go on from
	b.publish(lost(b))
	b.mustShow("why", "do     nothing to do", "heal it, and go on")
	b.keys("enter")
	b.mustShow("Tour 2 of 5")
	b.keys("esc")
	if want := []string{"drop on 1", "healthy on 1"}; !slices.Equal(faults.caused, want) {
		t.Errorf("caused %q, want %q", faults.caused, want)
	}
	if len(b.model.stack) != 1 {
		t.Error("esc does not end the tour")
	}
}

func TestATourThatIsLeftHealsWhatItHasHurt(t *testing.T) {
	for _, key := range []string{"esc", "q"} {
		b := newBench(t, 80, 24, termenv.Ascii, cast()...)
		faults := b.rehearse()
		b.keys("t", "enter", key)
		if got := strings.Join(faults.caused, ", "); got != "drop on 1, healthy on 1" {
			t.Errorf("%s: caused %s", key, got)
		}
	}
}

func TestATourSaysWhatCannotBeCaused(t *testing.T) {
	b := newBench(t, 80, 24, termenv.Ascii, cast()...)
	b.rehearse().err = errRefused
	b.keys("t", "enter")
	b.mustShow("refused by the test", "let it happen")
}

func TestATourNeedsASessionThatIsWell(t *testing.T) {
	b := newBench(t, 80, 24, termenv.Ascii, cast()[3:]...)
	b.rehearse()
	b.keys("t")
	b.mustShow("the tour needs a session that is connected")
}
