package ui

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session/vital"
)

// fakeRecording is an hour and a half of a session: lost and back within a minute, then taken down with wapulse, and at its end logged out on the phone.
type fakeRecording struct{}

func (fakeRecording) Span() (from, to time.Time) { return noon.Add(-90 * time.Minute), noon }

// ago is so long before the end.
func ago(d time.Duration) time.Time { return noon.Add(-d) }

func (f fakeRecording) At(t time.Time) (*vital.Snapshot, []vital.Event) {
	s := *cast()[0]
	s.Name, s.Ping, s.Ladder, s.Load = "name-1", vital.Ping{}, vital.Ladder{}, vital.Load{}
	s.LastError, s.LastErrorAt, s.Operations, s.Ready, s.Listening = "", time.Time{}, nil, vital.ReadyClosed, false
	s.State, s.Since, s.Reason, s.Wanted = vital.StateDisconnected, ago(24*time.Hour), vital.ReasonStopped, false
	for _, tr := range f.Transitions() {
		if !tr.Time.After(t) {
			s.Wanted = true
			s.State, s.Since, s.Reason, s.Failure = tr.To, tr.Time, tr.Reason, tr.Failure
		}
	}
	switch s.State {
	case vital.StateConnected:
		s.Ready, s.Listening = vital.ReadyOpen, true
		s.Ladder = vital.Ladder{SocketOpen: s.Since, Authenticated: s.Since, ServerAnswers: t, DataFresh: t, PhoneSeen: s.Since}
	case vital.StateReconnecting:
		s.Attempt, s.NextTry = 1, s.Since.Add(10*time.Second)
	case vital.StateError:
		s.Identity = vital.Identity{}
	}
	var events []vital.Event
	for _, e := range f.Events() {
		if !e.Time.After(t) {
			events = append(events, e)
		}
	}
	return &s, events
}

func (fakeRecording) Events() []vital.Event {
	return []vital.Event{
		{Session: 1, Name: "name-1", Time: ago(80 * time.Minute), Kind: vital.KindLog, Level: vital.LevelInfo, Text: "an early event"},
		{Session: 1, Name: "name-1", Time: ago(time.Minute), Kind: vital.KindConnectionUpdate, Level: vital.LevelError, Text: "CONNECTED → ERROR: the device was removed"},
	}
}

func (fakeRecording) Transitions() []vital.Transition {
	lost := vital.Failure{Reason: vital.ReasonServerClosed}
	removed := vital.Failure{Reason: vital.ReasonDeviceRemoved, Code: 401}
	return []vital.Transition{
		{Session: 1, Time: ago(85 * time.Minute), To: vital.StateConnected, Reason: vital.ReasonAuthenticated},
		{Session: 1, Time: ago(70 * time.Minute), From: vital.StateConnected, To: vital.StateReconnecting, Reason: lost.Reason, Failure: lost},
		{Session: 1, Time: ago(69 * time.Minute), From: vital.StateReconnecting, To: vital.StateConnected, Reason: vital.ReasonAuthenticated},
		{Session: 1, Time: ago(50 * time.Minute), From: vital.StateConnected, To: vital.StateDisconnected, Reason: vital.ReasonShutdown},
		{Session: 1, Time: ago(30 * time.Minute), From: vital.StateDisconnected, To: vital.StateConnecting},
		{Session: 1, Time: ago(29 * time.Minute), From: vital.StateConnecting, To: vital.StateConnected, Reason: vital.ReasonAuthenticated},
		{Session: 1, Time: ago(time.Minute), From: vital.StateConnected, To: vital.StateError, Reason: removed.Reason, Failure: removed},
	}
}

func (fakeRecording) Diagnoses() []vital.Diagnosed {
	at := ago(time.Minute)
	return []vital.Diagnosed{{
		Session: 1, End: vital.End{At: at, Reason: vital.ReasonDeviceRemoved}, Times: 1, Last: at,
		Diagnosis: vital.Diagnose(vital.Failure{Reason: vital.ReasonDeviceRemoved, Code: 401}),
	}}
}

func newReplayBench(t *testing.T, width, height int) *bench {
	return newBenchWith(t, width, height, termenv.Ascii, Options{Replay: &Replay{Recording: fakeRecording{}, About: "1 h 30 min of a test"}})
}

func replayBench(t *testing.T) *bench { return newReplayBench(t, 120, 40) }

// replayScenes are what the golden frames of a replay show.
func replayScenes() map[string]func(b *bench) {
	return map[string]func(b *bench){
		"replay-beginning": func(b *bench) { b.keys("g") },
		"replay-failure":   func(b *bench) { b.keys("g", "]", "]", "l", "l", "l") },
		"replay-end":       func(*bench) {},
	}
}

// A recording shows what was true at the moment that the keys choose, and ages as they were then.
func TestReplayFollowsTheSlider(t *testing.T) {
	b := replayBench(t)
	b.mustShow("REPLAY")
	b.mustShow("1 h 30 min of a test", "12:00:00.000", "ERROR for 1 min")
	b.keys("g", "]", "]")
	b.mustShow("RECONNECTING for 0 s")
	b.keys("l", "l", "l")
	b.mustShow("RECONNECTING for 3 s")
	b.keys("[", "[")
	b.mustShow("CONNECTED for 0 s")
	b.mustNotShow("an early event")
	b.keys(".")
	b.mustShow("an early event")
	b.keys("q")
	if !b.quit {
		t.Error("q does not quit")
	}
}

// It plays as fast as it says, stops at the end, and begins anew from there.
func TestReplayPlays(t *testing.T) {
	b := replayBench(t)
	b.keys(" ")
	b.mustShow("10:30:00.000")
	b.keys("x")
	b.send(playMsg{b.model.playSeq, noon.Add(-time.Second)})
	b.mustShow("10:30:10.000")
	b.send(playMsg{b.model.playSeq - 1, noon.Add(-time.Second)})
	b.mustShow("10:30:10.000")
	b.send(playMsg{b.model.playSeq, noon.Add(-2 * time.Hour)})
	b.mustShow("the end")
}

// A session that wapulse took down with itself is not told to have been off, and what nobody knows is left blank.
func TestReplayTellsWhenWapulseDidNotRun(t *testing.T) {
	b := replayBench(t)
	var bar string
	for line := range strings.Lines(b.model.View()) {
		if strings.Contains(line, "╌") {
			bar = line
		}
	}
	if !regexp.MustCompile(`^│ +█+▄▒▄█+▄╌+▒▒█+▄✖ │\n$`).MatchString(bar) {
		t.Errorf("the bar of states is %q", bar)
	}
}

// What is over names no keys, and does not say what to do.
func TestReplayGivesNoAdvice(t *testing.T) {
	b := replayBench(t)
	b.mustShow("ERROR", "not paired", "why ")
	b.mustNotShow("p pairs a phone", "pair it again", " do ")
}

// Nothing that acts on a session is in the list of actions, and no session is ever asked.
func TestReplayOnlyLooks(t *testing.T) {
	b := replayBench(t)
	for i := range b.model.actions {
		a := &b.model.actions[i]
		if !a.applies(b.model, b.model.front()) {
			continue
		}
		switch a.name {
		case "start-stop", "reconnect", "ping", "message", "contacts", "log-out", "rename", "delete", "pair", "check", "report", "demo", "media":
			t.Errorf("%s is offered", a.name)
		}
	}
	b.keys("s", "r", "i", "m", "D", "L", "p", "w")
	b.mustAsk()
}
