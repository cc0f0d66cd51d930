package ui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
)

// fakeJournal is stored events in their order; err is what a look at them ends with.
type fakeJournal struct {
	stored []vital.StoredEvent
	err    error
	asked  int
}

func (j *fakeJournal) find(f vital.Filter, holds func(vital.StoredEvent) bool) (list []vital.StoredEvent, err error) {
	j.asked++
	for _, e := range j.stored {
		if holds(e) && f.Match(e.Event) {
			list = append(list, e)
		}
	}
	return list, j.err
}

func isBefore(e vital.StoredEvent, at vital.EventPlace) bool {
	return e.Time.Before(at.Time) || e.Time.Equal(at.Time) && e.ID < at.ID
}

func (j *fakeJournal) EventsBefore(_ context.Context, f vital.Filter, before vital.EventPlace, limit int) ([]vital.StoredEvent, error) {
	list, err := j.find(f, func(e vital.StoredEvent) bool { return before == vital.EventPlace{} || isBefore(e, before) })
	return list[max(0, len(list)-limit):], err
}

func (j *fakeJournal) EventsAfter(_ context.Context, f vital.Filter, after vital.EventPlace, limit int) ([]vital.StoredEvent, error) {
	list, err := j.find(f, func(e vital.StoredEvent) bool { return e.Place() != after && !isBefore(e, after) })
	return list[:min(len(list), limit)], err
}

func (j *fakeJournal) EventsAround(ctx context.Context, f vital.Filter, at time.Time, limit int) ([]vital.StoredEvent, int, error) {
	older, err := j.EventsBefore(ctx, f, vital.EventPlace{Time: at}, limit/2)
	newer, _ := j.EventsAfter(ctx, f, vital.EventPlace{Time: at}, limit/2)
	return append(older, newer...), len(older), err
}

// hourOf are events of one session, one a second, the last of them a second before noon; half of them are of level debug, which is not stored.
func hourOf() (stored []vital.StoredEvent, live []vital.Event) {
	for i := range 3600 {
		e := vital.Event{
			Seq: uint64(i + 1), Time: noon.Add(time.Duration(i-3600)*time.Second + 204*time.Nanosecond), Session: 1, Name: "sales-id", Kind: vital.KindOperation,
			Level: vital.LevelInfo, Text: fmt.Sprintf("event %d.", i), Fields: []vital.Field{{Key: "ms", Value: fmt.Sprint(i)}},
		}
		if i%2 == 1 {
			e.Level = vital.LevelDebug
		} else {
			s := vital.StoredEvent{Event: e, ID: int64(i + 1)}
			s.Time = e.Time.Truncate(time.Microsecond)
			stored = append(stored, s)
		}
		if i >= 3000 {
			live = append(live, e)
		}
	}
	return stored, live
}

// newEventsBench shows the page of events; the last ten minutes have come live.
func newEventsBench(t *testing.T, height int) (*bench, *fakeJournal) {
	t.Helper()
	stored, live := hourOf()
	journal := &fakeJournal{stored: stored}
	b := newBenchWith(t, 120, height, termenv.Ascii, Options{Journal: journal}, cast()...)
	b.send(updatesMsg{session.Batch{Events: live}})
	b.keys("e")
	b.model.View()
	return b, journal
}

func (b *bench) pickedText() string {
	e, _ := mustFind[*page.Events](b).Picked()
	return e.Text
}

// mustBeWhole demands that the page lists events one after the other, each once.
func mustBeWhole(t *testing.T, b *bench, first, step int) {
	t.Helper()
	for i, e := range mustFind[*page.Events](b).Lines() {
		if want := fmt.Sprintf("event %d.", first+i*step); e.Text != want {
			t.Fatalf("line %d is %q, want %q", i, e.Text, want)
		}
	}
}

// Up and up, the stored events come before those that came live: every one of them, once, and nothing is asked when all are there.
func TestOlderEventsAreRead(t *testing.T) {
	b, journal := newEventsBench(t, 30)
	if journal.asked != 0 {
		t.Errorf("%d looks at the stored events without a need", journal.asked)
	}
	e := mustFind[*page.Events](b)
	for n := 0; e.Length() > n; {
		n = e.Length()
		b.keys("g")
		b.model.View()
	}
	if b.pickedText() != "event 0." || e.Length() != 1800 {
		t.Fatalf("%q is picked, of %d", b.pickedText(), e.Length())
	}
	mustBeWhole(t, b, 0, 2)
	asked := journal.asked
	b.keys("up", "down", "g")
	if journal.asked != asked {
		t.Error("it is asked again, though nothing is older")
	}
	b.keys("G")
	b.mustShow("event 3598.")
	b.mustNotShow("paused")
}

func TestDetailsAreShownIfAskedFor(t *testing.T) {
	b, _ := newEventsBench(t, 30)
	b.mustNotShow("event 3599.")
	b.keys("/", "level:debug", "enter")
	b.mustShow("event 3598.", "event 3599.")
	b.keys("esc")
	b.mustNotShow("event 3599.")
}

// A filter holds as it is typed, a mistake in it is said, and what held before stays until it is mended.
func TestFilteringEvents(t *testing.T) {
	b, journal := newEventsBench(t, 30)
	b.keys("/", "session:sales-id ")
	b.mustShow("event 3598.")
	b.keys("event sesion:x")
	b.mustShow(`"sesion:x" cannot be understood: the keys are session, kind, level, since and until`, "event 3598.")
	b.keys("enter")
	b.mustShow("cannot be understood")
	b.keys("backspace", "backspace", "backspace", "backspace", "backspace", "backspace", "backspace", "backspace")
	b.mustNotShow("cannot be understood")
	asked := journal.asked
	b.keys(`"event 77."`)
	if b.mustShow("No event passes the filter"); journal.asked != asked {
		t.Error("the stored events are read while one types")
	}
	b.keys("enter")
	b.mustNotShow("operation         event 77.") // it is a detail
	b.keys("/", "x", "esc")
	b.mustShow(`Filter  session:sales-id event "event 77."`)
	b.keys("esc")
	b.mustNotShow("Filter  ")
	b.keys("/", `"event 76."`, "enter")
	b.mustShow("operation         event 76.")
	b.keys("/", "backspace", "backspace", "backspace", "backspace", "backspace", "backspace")
	b.keys("esc", "esc", "esc")
	mustNotFind[*page.Events](b)
}

// Paused, what is read stands still, all that comes is counted and there afterwards.
func TestPausedEventsAreNotLost(t *testing.T) {
	b, _ := newEventsBench(t, 30)
	b.keys(" ")
	before := b.model.View()
	more := make([]vital.Event, 132)
	for i := range more {
		more[i] = vital.Event{Seq: 9000, Time: noon, Session: 1, Name: "sales-id", Kind: vital.KindOperation, Level: vital.LevelInfo, Text: fmt.Sprintf("event %d.", 3600+2*i)}
	}
	b.send(updatesMsg{session.Batch{Events: more[:100]}})
	b.send(updatesMsg{session.Batch{Events: more[100:]}})
	b.mustShow("Events (paused, 132 new)")
	if _, list, _ := strings.Cut(b.model.View(), "\n│"); !strings.Contains(before, list) {
		t.Errorf("the list has moved:\n%s", list)
	}
	b.keys("down", "down")
	b.mustShow("event 3600.")
	mustBeWhole(t, b, 3000, 2)
	b.send(updatesMsg{session.Batch{Gap: 2}})
	b.send(updatesMsg{session.Batch{Gap: 1}})
	b.mustShow("132 new, 3 lost")
	b.keys(" ")
	b.mustShow("3 events came too fast to be shown")
	b.mustNotShow("paused")
	b.mustNotShow("2 events came")
}

// More than the list holds: it ends where it is full and goes on with the stored ones; nothing that is stored is left out.
func TestMoreThanTheListHoldsWhilePaused(t *testing.T) {
	b, journal := newEventsBench(t, 30)
	b.keys("up", " ", " ", "up")
	was := b.pickedText()
	for i := range 300 {
		more := make([]vital.Event, 100)
		for j := range more {
			n := i*100 + j
			more[j] = vital.Event{
				Seq: uint64(10_000 + n), Time: noon.Add(time.Duration(n) * time.Millisecond), Session: 1, Name: "sales-id", Kind: vital.KindOperation, Level: vital.LevelInfo,
				Text: fmt.Sprintf("event %d.", 3600+2*n),
			}
			journal.stored = append(journal.stored, vital.StoredEvent{Event: more[j], ID: int64(10_000 + n)})
		}
		b.send(updatesMsg{session.Batch{Events: more}})
	}
	e := mustFind[*page.Events](b)
	if b.mustShow("30,000 new"); b.pickedText() != was || e.Length() > 25_000 {
		t.Fatalf("%q is picked, and was %q; %d are held", b.pickedText(), was, e.Length())
	}
	b.model.clock = func() time.Time { return noon.Add(40 * time.Second) }
	at := 3598
	for range 40_000 {
		b.send(tea.KeyMsg{Type: tea.KeyDown})
		if _, ok := e.Picked(); !ok {
			break
		}
		if at += 2; b.pickedText() != fmt.Sprintf("event %d.", at) {
			t.Fatalf("after %d comes %q", at-2, b.pickedText())
		}
	}
	if at != 3598+2*30_000 {
		t.Errorf("the list ended with %d", at)
	}
	b.model.View()
	b.mustNotShow("paused")
}

func TestGoingToATime(t *testing.T) {
	b, _ := newEventsBench(t, 30)
	b.keys("t", "yesterday")
	b.mustShow(`"yesterday" is no time`)
	b.keys("enter")
	b.mustShow("is no time")
	b.keys("esc", "t", "11:10", "enter")
	if b.pickedText() != "event 600." {
		t.Errorf("%q is picked", b.pickedText())
	}
	b.mustShow("event 598.", "event 602.", "paused")
	for range 900 {
		b.keys("down")
		b.model.View()
	}
	b.mustShow("event 2400.")
	b.keys("t", "-1m", "enter") // in what is remembered
	if b.pickedText() != "event 3540." {
		t.Errorf("%q is picked", b.pickedText())
	}
	b.keys("t", "2h", "enter")
	if b.pickedText() != "event 0." {
		t.Errorf("%q is picked", b.pickedText())
	}
	for range 20 {
		b.keys("pgdown")
	}
	b.keys("G")
	b.mustShow("event 3598.")
	b.mustNotShow("paused")
}

func TestUnreadableStoredEvents(t *testing.T) {
	b, journal := newEventsBench(t, 30)
	journal.err = errors.New("the disk is gone")
	b.keys("g")
	b.mustShow("✖ the stored events cannot be read: the disk is gone; ↑ tries again", "event 3000.")
	journal.err = nil
	b.keys("up")
	b.mustNotShow("✖ the")
	if e := mustFind[*page.Events](b); e.Length() != 499 { // one of them stood there already
		t.Errorf("%d lines", e.Length())
	}
}

func TestAnOpenEvent(t *testing.T) {
	b, _ := newEventsBench(t, 24)
	b.keys("enter")
	b.mustShow("paused", `"text": "event 3598."`, `"ms": "3598"`, "event 3596.", "⏎ close")
	b.keys("up", "y")
	b.mustShow(`"text": "event 3596."`)
	if !strings.Contains(b.copied, "\"text\": \"event 3596.\",\n") {
		t.Errorf("copied: %q", b.copied)
	}
	b.keys("esc")
	b.mustNotShow(`"text"`)
	b.send(tea.WindowSizeMsg{Width: 160, Height: 24})
	b.mustShow(`"text": "event 3596."`)
	long := vital.Event{Seq: 1, Time: noon, Session: 1, Name: "sales-id", Kind: vital.KindLog, Level: vital.LevelInfo, Text: strings.Repeat("long ", 700) + "end"}
	b.send(updatesMsg{session.Batch{Events: []vital.Event{long}}})
	b.keys(" ", "enter", "enter", "enter")
	b.mustShow("J more", "lines 1–20 of ")
	for range 20 {
		b.keys("J")
	}
	b.mustShow(` end"`)
}

func TestFramesFromTheEvents(t *testing.T) {
	b, _ := newEventsBench(t, 24)
	b.keys("f")
	b.mustAsk("frames true of sales-id")
	on := *b.sessions.list[0]
	on.Version, on.FramesUntil = 9, noon.Add(10*time.Minute)
	b.publish(&on)
	b.mustShow("frames of sales-id until 12:10", "to see them: / level:debug")
	b.sessions.asked = nil
	b.keys("up", "f")
	b.mustAsk("frames false of sales-id")
}

// The export has the stored events and what is only remembered, in their order, each once; for the user alone, and it replaces nothing.
func TestExportOfEvents(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	b, journal := newEventsBench(t, 24)
	b.keys("/", "level:debug since:15m", "enter", "x")
	path := filepath.Join(folder, "wapulse-events-20260304-120000.jsonl")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err, b.model.View())
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	want := 0
	for i := 2700; i < 3600; i++ {
		if i < 3000 && i%2 == 1 {
			continue // a detail that nobody remembers
		}
		var e struct{ Text, Kind, Session string }
		if err := json.Unmarshal([]byte(lines[want]), &e); err != nil || e.Text != fmt.Sprintf("event %d.", i) || e.Session != "sales-id" {
			t.Fatalf("line %d: %+v, %v, want event %d", want, e, err, i)
		}
		want++
	}
	if len(lines) != want {
		t.Errorf("%d lines, want %d", len(lines), want)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
	b.mustShow("750 events are in " + folder)
	b.keys("x")
	b.mustShow("is there already, and was left alone")
	journal.err = errRefused
	b.model.clock = func() time.Time { return noon.Add(time.Second) }
	b.keys("x")
	b.mustShow("export of the events: refused by the test")
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("%d files are left", len(files))
	}
}

// The page has no clock, and asks nothing while nothing happens.
func TestEventsAtRest(t *testing.T) {
	b, journal := newEventsBench(t, 30)
	b.keys("up")
	b.model.tickEvery = 0
	b.send(updatesMsg{})
	if b.model.tickEvery != time.Minute || journal.asked != 0 {
		t.Errorf("the clock ticks every %v, the stored events were asked %d times", b.model.tickEvery, journal.asked)
	}
}

// Who goes on before what was asked for has been read is not taken away again.
func TestAReadingThatNobodyWaitsForIsDropped(t *testing.T) {
	b, _ := newEventsBench(t, 30)
	b.keys("t", "2h")
	_, reading := b.model.Update(tea.KeyMsg{Type: tea.KeyEnter})
	b.mustShow("reading what is stored…", "paused")
	b.keys(" ")
	b.run(reading)
	b.mustShow("event 3598.")
	b.mustNotShow("paused")
}
