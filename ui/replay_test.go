package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session/vital"
)

// fakeRecording is a minute of a session that is lost after 20 seconds and comes back after 40.
type fakeRecording struct{}

func (fakeRecording) Span() (from, to time.Time) {
	return noon.Add(-time.Hour), noon.Add(time.Minute - time.Hour)
}

func (f fakeRecording) At(t time.Time) (*vital.Snapshot, []vital.Event) {
	from, _ := f.Span()
	s := &vital.Snapshot{ID: 1, Name: "name-1", Stored: true, State: vital.StateConnected, Since: from.Add(-time.Minute)}
	var events []vital.Event
	for _, tr := range f.Transitions() {
		if !tr.Time.After(t) {
			s.State, s.Since = tr.To, tr.Time
		}
	}
	for _, e := range f.Events() {
		if !e.Time.After(t) {
			events = append(events, e)
		}
	}
	return s, events
}

func (f fakeRecording) Events() []vital.Event {
	from, _ := f.Span()
	return []vital.Event{{Session: 1, Name: "name-1", Time: from.Add(10 * time.Second), Kind: vital.KindLog, Level: vital.LevelInfo, Text: "the only event"}}
}

func (f fakeRecording) Transitions() []vital.Transition {
	from, _ := f.Span()
	return []vital.Transition{
		{Session: 1, Time: from.Add(-time.Minute), To: vital.StateConnected},
		{Session: 1, Time: from.Add(20 * time.Second), From: vital.StateConnected, To: vital.StateReconnecting},
		{Session: 1, Time: from.Add(40 * time.Second), From: vital.StateReconnecting, To: vital.StateConnected},
	}
}

func (fakeRecording) Diagnoses() []vital.Diagnosed { return nil }

func replayBench(t *testing.T) *bench {
	return newBenchWith(t, 120, 40, termenv.Ascii, Options{Replay: &Replay{Recording: fakeRecording{}, About: "1 min of a test"}})
}

// A recording shows what was true at the moment that the keys choose, and ages as they were then.
func TestReplayFollowsTheSlider(t *testing.T) {
	b := replayBench(t)
	b.mustShow("REPLAY")
	b.mustShow("1 min of a test")
	b.mustShow("11:01:00.000")
	b.keys("[", "[")
	b.mustShow("RECONNECTING for 0 s")
	b.keys("l", "l", "l")
	b.mustShow("RECONNECTING for 3 s")
	b.keys("g")
	b.mustShow("CONNECTED for 1 min")
	if strings.Contains(b.model.View(), "the only event") {
		t.Error("an event is shown before it was")
	}
	b.keys(".")
	b.mustShow("the only event")
	b.keys("q")
	if !b.quit {
		t.Error("q does not quit")
	}
}

// It plays as fast as it says, stops at the end, and begins anew from there.
func TestReplayPlays(t *testing.T) {
	b := replayBench(t)
	b.keys(" ")
	b.mustShow("11:00:00.000")
	b.keys("x")
	b.send(playMsg{b.model.playSeq, noon.Add(-time.Second)})
	b.mustShow("11:00:10.000")
	b.send(playMsg{b.model.playSeq - 1, noon.Add(-time.Second)})
	b.mustShow("11:00:10.000")
	b.send(playMsg{b.model.playSeq, noon.Add(-time.Hour)})
	b.mustShow("the end")
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
