package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// fakeHistory has the same past for every session and span: up, down for a while, up, wapulse off, up.
type fakeHistory struct {
	empty bool
	text  string // in its failures
	err   error
	asked []history.Query

	states []history.Stretch // in place of its own
}

func (f *fakeHistory) Chart(_ context.Context, q history.Query, now time.Time) (history.Chart, error) {
	f.asked = append(f.asked, q)
	c := history.Chart{From: q.From, To: now, Step: now.Sub(q.From) / 60}
	if f.err != nil || f.empty {
		return c, f.err
	}
	part := func(percent int) time.Time { return q.From.Add(now.Sub(q.From) * time.Duration(percent) / 100) }
	lost := vital.Failure{Reason: vital.ReasonStreamUnavailable, Code: 503, Text: f.text}
	c.Stretches = []history.Stretch{
		{From: q.From, To: part(5)},
		{From: part(5), To: part(30), Known: true, Running: true, State: vital.StateConnected, Reason: vital.ReasonAuthenticated},
		{From: part(30), To: part(38), Known: true, Running: true, State: vital.StateReconnecting, Reason: lost.Reason, Failure: lost},
		{From: part(38), To: part(60), Known: true, Running: true, State: vital.StateConnected, Reason: vital.ReasonAuthenticated},
		{From: part(60), To: part(66), Known: true, State: vital.StateDisconnected, Reason: vital.ReasonShutdown},
		{From: part(66), To: now, Known: true, Running: true, State: vital.StateConnected, Reason: vital.ReasonAuthenticated},
	}
	if f.states != nil {
		c.Stretches = f.states
	}
	for i := range 60 {
		p := history.Point{At: q.From.Add(time.Duration(i) * c.Step)}
		percent := i * 100 / 60
		if up := percent >= 5 && percent < 30 || percent >= 38 && percent < 60 || percent >= 66; up {
			p.Up, p.Answered = c.Step, 12
			p.P50 = time.Duration(150+(i*37)%90) * time.Millisecond
			p.P95, p.P99 = p.P50*2, p.P50*3
			if i%17 == 0 {
				p.P95, p.P99 = 4*time.Second, 5*time.Second
			}
			if i == 28 {
				p.TimedOut = 1
			}
		}
		c.Points = append(c.Points, p)
	}
	return c, nil
}

func (f *fakeHistory) Figures(_ context.Context, ids []vital.SessionID, _ time.Time) (map[vital.SessionID]history.Figures, error) {
	known := history.Figures{Total: history.Counts{Events: vital.Counters{Connects: 48, Reconnects: 31, Timeouts: 7, MessagesIn: 90_412, MessagesOut: 1204}}}
	for i, window := range history.Windows() {
		known.Uptimes[i] = history.Uptime{Known: window, Up: window - time.Duration(i)*time.Hour/10}
	}
	if f.empty {
		known = history.Figures{}
	}
	return map[vital.SessionID]history.Figures{ids[0]: known}, nil
}

func (f *fakeHistory) Diagnoses(_ context.Context, id vital.SessionID, from, to time.Time, _ int) ([]vital.Diagnosed, error) {
	if f.empty {
		return nil, nil
	}
	at := func(percent int) time.Time { return from.Add(to.Sub(from) * time.Duration(percent) / 100) }
	lost := vital.Failure{Reason: vital.ReasonStreamUnavailable, Code: 503}
	return []vital.Diagnosed{
		{Session: id, End: vital.End{At: at(30), Reason: lost.Reason, Code: 503, Lived: time.Hour}, Times: 1, Last: at(30), Diagnosis: vital.Diagnose(lost)},
		{Session: id, End: vital.End{At: at(30), Reason: vital.ReasonTCP}, Times: 7, Last: at(37), Diagnosis: vital.Diagnose(vital.Failure{Reason: vital.ReasonTCP})},
	}, nil
}

func (f *fakeHistory) Dials(_ context.Context, id vital.SessionID, _ int) ([]vital.Dial, error) {
	if f.empty {
		return nil, nil
	}
	var list []vital.Dial
	for i := range 5 {
		d := vital.Dial{Session: id, Outcome: vital.DialConnected, Trace: slices.Clone([]vital.DialTrace{cast()[0].Dial})[0]}
		d.Trace.Began = noon.Add(time.Duration(i-5) * 20 * time.Minute)
		d.Trace.Phases = slices.Clone(d.Trace.Phases)
		switch i {
		case 3:
			d.Outcome, d.EndedIn, d.Attempt, d.Failure = vital.DialFailed, vital.PhaseTCP, 2, vital.Failure{Reason: vital.ReasonTCP, Text: "connection refused"}
			d.Trace.Phases = d.Trace.Phases[:2]
		case 4:
			d.Attempt = 3
			d.Trace.Phases[3].Duration = 1900 * time.Millisecond
		}
		list = append(list, d)
	}
	return list, nil
}

// degraded is a session that lives, with much that is wrong.
func degraded() *vital.Snapshot {
	s := *cast()[2]
	s.Version, s.Name = 9, "campaign-2"
	s.Restriction = vital.Restriction{Active: true, Until: noon.Add(5*time.Hour + 12*time.Minute)}
	s.Ping.P95 = 3800 * time.Millisecond
	s.LastHour = vital.Tally{Operations: 1204, Timeouts: 31}
	s.Ladder.PhoneSeen = noon.Add(-12*24*time.Hour - time.Hour)
	s.Client = vital.Client{Version: "2.3000.1028000000", Latest: "2.3000.1032000000", Outdated: true}
	s.Proxy = "socks5://127.0.0.1:1080"
	s.FramesUntil = noon.Add(6*time.Minute + 10*time.Second)
	s.Patterns = []vital.Diagnosis{{
		Name: vital.PatternFlapping, What: "4 short lives within 10 min", Meaning: "the connection comes up again and again and does not last 1 min",
		Next: "wapulse goes on reconnecting, with growing pauses", Action: "look at the reasons of the last ends",
	}}
	for i := range s.Ping.Recent {
		s.Ping.RecentAt = append(s.Ping.RecentAt, noon.Add(time.Duration(i-len(s.Ping.Recent))*15*time.Second+11*time.Second))
	}
	s.Ping.Recent[len(s.Ping.Recent)-3] = -1
	return &s
}

// sessionScenes are those of the page of a session.
func sessionScenes() map[string]func(b *bench) {
	return map[string]func(b *bench){
		"session-healthy": func(b *bench) { b.keys("enter", "3") },
		"session-degraded": func(b *bench) {
			b.publish(degraded())
			b.keys("down", "down", "enter", "1")
		},
		"session-error":   func(b *bench) { b.keys("down", "down", "down", "down", "enter") },
		"session-history": func(b *bench) { b.keys("enter"); b.turnToTheChart() },
		"session-cursor": func(b *bench) {
			b.keys("enter")
			b.pointBefore(42 * time.Minute)
		},
		"session-loading": func(b *bench) {
			b.model.Update(tea.KeyMsg{Type: tea.KeyEnter})
			b.turnToTheChart()
		},
		"session-none": func(b *bench) { b.history.empty = true; b.keys("enter"); b.turnToTheChart() },
		"session-failed": func(b *bench) {
			b.history.err = errors.New("the database is busy")
			b.keys("enter")
			b.turnToTheChart()
		},
		"session-dials": func(b *bench) {
			b.keys("down", "down", "enter")
			b.model.View()
			b.send(tea.KeyMsg{Type: tea.KeyShiftTab})
		},
	}
}

// turnToTheChart turns to the part of the page of a session that has the chart, if not all of it has room.
func (b *bench) turnToTheChart() {
	if b.model.View(); b.model.width < 110 {
		b.keys("tab")
	}
}

func TestTheSessionPageAsks(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("enter")
	b.mustShow("HEALTHY", "the server answers", "[2 hour]", "99.58 %")
	if n := len(b.history.asked); n != 1 {
		t.Fatalf("asked %d times, want once", n)
	}
	b.keys("2")
	if n := len(b.history.asked); n != 1 {
		t.Errorf("the same span is asked for again")
	}
	b.keys("4")
	last := b.history.asked[len(b.history.asked)-1]
	if got := last.To.Sub(last.From); got != 7*24*time.Hour || last.Session != 1 {
		t.Errorf("asked for %s of %d", got, last.Session)
	}
	b.mustShow("[4 week]")
	b.send(updatesMsg{session.Batch{Events: []vital.Event{{Session: 2, Kind: vital.KindDiagnosis}, {Session: 1, Kind: vital.KindProbe}}}})
	if n := len(b.history.asked); n != 2 {
		t.Errorf("asked %d times: another session's diagnosis is no reason", n)
	}
	b.send(updatesMsg{session.Batch{Events: []vital.Event{{Session: 1, Kind: vital.KindConnectionUpdate}}}})
	if n := len(b.history.asked); n != 3 {
		t.Errorf("asked %d times: a transition is a reason", n)
	}
}

// What is stored is asked for every ten seconds while the page is on the screen, and not while another one is; the answer to an old question is not shown.
func TestTheSessionPageIsRefreshed(t *testing.T) {
	b := smallBench(t, cast()...)
	var due []func() tea.Msg
	b.model.tick = func(d time.Duration, then func(time.Time) tea.Msg) tea.Cmd {
		return func() tea.Msg {
			if d == pastEvery {
				due = append(due, func() tea.Msg { return then(noon) })
			}
			return nil
		}
	}
	next := func() {
		t.Helper()
		if len(due) != 1 {
			t.Fatalf("%d clocks run, want one", len(due))
		}
		msg := due[0]()
		due = nil
		b.send(msg)
	}
	b.keys("enter")
	next()
	if n := len(b.history.asked); n != 2 {
		t.Fatalf("asked %d times, want twice", n)
	}
	b.keys("o") // contacts, on the whole screen
	next()
	if n := len(b.history.asked); n != 2 {
		t.Errorf("asked %d times though it is not on the screen", n)
	}
	b.keys("esc")
	next()
	if n := len(b.history.asked); n != 3 {
		t.Errorf("asked %d times, want three times", n)
	}
	p := mustFind[*page.Session](b)
	b.send(pastMsg{page: p, question: 1, err: errRefused})
	b.mustNotShow("refused by the test")
	b.keys("esc")
	next()
	if len(due) > 0 || len(b.history.asked) != 3 {
		t.Error("it is asked for though the page is left")
	}
}

// fakeReports notes of whom a report was asked for.
type fakeReports struct {
	of      []vital.SessionID
	lacking bool
}

func (f *fakeReports) Save(_ context.Context, id vital.SessionID) (string, bool, error) {
	f.of = append(f.of, id)
	return "wapulse-report-sales-id.zip", !f.lacking, nil
}

// A report is written of the session that is selected, and of the one whose page is in front; where none can be written the key is not offered.
func TestReportOfASession(t *testing.T) {
	reports := &fakeReports{}
	b := newBenchWith(t, 120, 40, termenv.Ascii, Options{Reports: reports}, cast()...)
	b.keys("w")
	b.mustShow("the report of sales-id is wapulse-report-sales-id.zip")
	b.mustNotShow("may be missing")
	b.keys("down", "enter", "w")
	b.mustShow("the report of support is wapulse-report-sales-id.zip")
	if mustFind[*page.Session](b); !slices.Equal(reports.of, []vital.SessionID{1, 2}) {
		t.Errorf("reports of %v", reports.of)
	}
	reports.lacking = true
	b.keys("w")
	b.mustShow("what happened last may be missing, as it is not stored yet: the report of support is wapulse-")
	none := newBench(t, 120, 40, termenv.Ascii, cast()...)
	none.keys("w", ":", "report")
	none.mustNotShow("write a report")
}

func TestSessionKeysOnItsPage(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("enter", "s", "r", "i", "f")
	b.mustAsk("stop sales-id", "reconnect sales-id", "ping sales-id", "frames true of sales-id")
	told := *b.sessions.list[0]
	told.Version, told.FramesUntil = 9, noon.Add(6*time.Minute)
	b.publish(&told)
	b.mustShow("6 min left")
	b.keys("f")
	b.mustAsk("stop sales-id", "reconnect sales-id", "ping sales-id", "frames true of sales-id", "frames false of sales-id")
	b.keys("y")
	if !strings.Contains(b.copied, "HEALTHY") {
		t.Errorf("copied %q", b.copied)
	}
	b.keys("m")
	b.mustShow("sales-id")
	mustFind[*page.Message](b)
	b.keys("esc")
	gone := *b.sessions.list[0]
	gone.Version, gone.Removed = 10, true
	b.publish(&gone)
	mustNotFind[*page.Session](b)
}

// pointBefore moves the cursor, which is not there yet, to the column of a moment in the last hour.
func (b *bench) pointBefore(age time.Duration) {
	b.model.View()
	columns := b.model.width - widget.ScaleWidth - 3 // of the chart
	for range 1 + int(int64(age)*int64(columns)/int64(time.Hour)) {
		b.keys("h")
	}
}

// The cursor comes in from the side, stays within the chart, tells what was true, and is taken away first.
func TestTheCursor(t *testing.T) {
	b := newBench(t, 120, 40, termenv.Ascii, cast()...)
	b.keys("enter")
	b.model.View()
	press := func(k tea.KeyType, n int) {
		for range n {
			b.send(tea.KeyMsg{Type: k})
		}
	}
	press(tea.KeyLeft, 1)
	b.mustShow("▲", "CONNECTED", "of 12 answered")
	press(tea.KeyRight, 5)
	b.mustShow("▲", "11:59")
	press(tea.KeyShiftLeft, 4)
	b.mustShow("wapulse did not run")
	press(tea.KeyShiftLeft, 3)
	b.mustShow("RECONNECTING", "no ping was answered", "7 times, the last at", "did not accept a connection")
	press(tea.KeyLeft, 200)
	b.mustShow("nothing is known")
	press(tea.KeyRight, 1)
	b.keys("esc")
	b.pointBefore(42 * time.Minute)
	b.mustShow("stream error 503", "more diagnos")
	b.keys("esc")
	b.mustNotShow("▲")
	mustFind[*page.Session](b)
	b.keys("esc")
	mustNotFind[*page.Session](b)
}

// Of a moment in which much happened, it is told what the session was down for before, and what it went to ERROR for.
func TestTheCursorTellsWhyAmongMany(t *testing.T) {
	b := newBench(t, 120, 40, termenv.Ascii, cast()...)
	at := func(s int) time.Time { return noon.Add(-30*time.Minute + time.Duration(s)*time.Second) }
	stretch := func(from, to time.Time, state vital.State, f vital.Failure) history.Stretch {
		return history.Stretch{From: from, To: to, Known: true, Running: true, State: state, Reason: f.Reason, Failure: f}
	}
	b.history.states = []history.Stretch{
		stretch(noon.Add(-time.Hour), at(1), vital.StateError, vital.Failure{Reason: vital.ReasonReplaced}),
		stretch(at(1), at(2), vital.StateConnecting, vital.Failure{}),
		stretch(at(2), at(3), vital.StateConnected, vital.Failure{}),
		stretch(at(3), noon, vital.StateError, vital.Failure{Reason: vital.ReasonBanned, Code: 402}),
	}
	b.keys("enter")
	b.pointBefore(30 * time.Minute)
	b.mustShow("ERROR replaced", "CONNECTED at 11:30:02", "ERROR at 11:30:03 temporarily banned (402)")
}

// From diagnosis to diagnosis, from either side, and no further than there are any.
func TestTheCursorGoesFromMarkToMark(t *testing.T) {
	b := newBench(t, 120, 40, termenv.Ascii, cast()...)
	b.keys("enter")
	b.model.View()
	b.keys("]") // the first one from the left
	b.mustShow("11:18", "stream error 503", "more diagnos")
	b.keys("]") // where the attempts that followed ended
	b.mustShow("11:22", "7 times, the last at 11:22")
	b.keys("]")
	b.mustShow("11:22", "nothing was diagnosed after that in the last hour")
	b.keys("[")
	b.mustShow("11:18", "stream error 503")
	b.keys("[")
	b.mustShow("11:18", "nothing was diagnosed before that in the last hour")
	b.keys("esc", "[") // the first one from the right
	b.mustShow("11:22", "7 times, the last at 11:22")
	b.keys("+", "=")
	b.mustShow("[4 week]")
	b.keys("-")
	b.mustShow("[3 day]")

	small := newBench(t, 80, 24, termenv.Ascii, cast()...)
	small.keys("enter")
	small.model.View()
	small.keys("[") // the part of the page with the chart is turned to
	small.mustShow("before, 2 of 3", "7 times")
	calm := newBench(t, 120, 40, termenv.Ascii, cast()...)
	calm.history.empty = true
	calm.keys("enter")
	calm.mustNotShow("▲")
	calm.keys("]")
	calm.mustShow("nothing was diagnosed after that")
	calm.mustNotShow("▲")
}

// The copied vitals have what the page judges by.
func TestCopiedVitals(t *testing.T) {
	text := page.VitalsText(degraded(), noon)
	for _, want := range []string{
		"health     DEGRADED", "DEGRADED: slow: ping p95 3,800 ms", "2.6 % time-outs", "2.3000.1028000000, the newest is 2.3000.1032000000", "socks5://127.0.0.1:1080",
		"no new chats for 5 h 12 min", "4 short lives",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}
