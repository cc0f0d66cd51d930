package cli_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/store"
	"github.com/wapulse/wapulse/ui"
	"github.com/wapulse/wapulse/ui/widget"
)

// aWeek fills a database with a week of a session: a ping every ten seconds of the last two days, every minute before, and a lost connection every few hours. It
// returns the session as it stands at the end.
func aWeek(t testing.TB, s *store.Store, now time.Time) *vital.Snapshot {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	record, err := s.CreateSession(t.Context(), "sales")
	must(err)
	random := rand.New(rand.NewPCG(5, 6))
	began := now.Add(-7 * 24 * time.Hour)
	_, err = s.WriteDB().ExecContext(t.Context(), "UPDATE wapulse_session SET created = ?", began.UnixMicro())
	must(err)
	run, err := s.BeginRun(t.Context(), began, false)
	must(err)
	move := func(at time.Time, from, to vital.State, cause vital.Cause, f vital.Failure) {
		reason := f.Reason
		if to == vital.StateConnected {
			reason = vital.ReasonAuthenticated
		}
		moved := vital.Transition{Session: record.ID, Time: at, From: from, To: to, Cause: cause, Reason: reason, Failure: f}
		if f.Reason != vital.ReasonNone {
			moved.Diagnoses = []vital.Diagnosed{{
				Session: record.ID, End: vital.End{At: at, Reason: f.Reason, Code: f.Code, Lived: time.Hour}, Times: 1, Last: at, Diagnosis: vital.Diagnose(f),
			}}
		}
		must(s.CommitTransition(t.Context(), moved))
	}
	move(began, vital.StateDisconnected, vital.StateConnecting, vital.CauseStart, vital.Failure{})
	move(began.Add(time.Second), vital.StateConnecting, vital.StateConnected, vital.CauseAuthenticated, vital.Failure{})
	since, down := began, time.Time{}
	for hour := began; hour.Before(now); hour = hour.Add(time.Hour) {
		step := time.Minute
		if now.Sub(hour) <= 48*time.Hour {
			step = history.SampleEvery
		}
		if random.IntN(6) == 0 && hour.Add(time.Hour).Before(now) {
			down = hour.Add(time.Duration(random.IntN(30)) * time.Minute)
			since = down.Add(time.Duration(1+random.IntN(25)) * time.Minute)
			move(down, vital.StateConnected, vital.StateReconnecting, vital.CauseSocketLost, vital.Failure{Reason: vital.ReasonStreamUnavailable, Code: 503})
			move(since, vital.StateReconnecting, vital.StateConnected, vital.CauseAuthenticated, vital.Failure{})
		}
		var samples []history.Sample
		for at := hour; at.Before(hour.Add(time.Hour)); at = at.Add(step) {
			if !at.Before(down) && at.Before(since) {
				continue
			}
			took := time.Duration(120+random.IntN(160)) * time.Millisecond
			if random.IntN(40) == 0 {
				took *= time.Duration(1 + random.IntN(20))
			}
			sample := history.Sample{Session: record.ID, At: at}
			sample.Counts.Operations[1] = history.Answer{Sum: took, Latencies: history.HistogramOf(took)}
			if random.IntN(2000) == 0 {
				sample.Counts.Operations[1].TimedOut = 1
			}
			samples = append(samples, sample)
		}
		must(s.Keep(t.Context(), run, hour.Add(time.Hour), samples))
	}
	ping := vital.Ping{Last: 180 * time.Millisecond, LastAt: now.Add(-4 * time.Second), P50: 180 * time.Millisecond, P95: 410 * time.Millisecond, P99: time.Second}
	for at := 59 * 15 * time.Second; at >= 0; at -= 15 * time.Second {
		ping.Recent = append(ping.Recent, time.Duration(120+random.IntN(160))*time.Millisecond)
		ping.RecentAt = append(ping.RecentAt, ping.LastAt.Add(-at))
	}
	return &vital.Snapshot{
		ID: record.ID, Name: "sales", Version: 1, Created: began, Wanted: true, Stored: true, State: vital.StateConnected, Since: since, Ready: vital.ReadyOpen,
		Reason: vital.ReasonAuthenticated, Identity: vital.Identity{JID: "6281260268381:1@s.whatsapp.net", Phone: "+6281260268381"}, Breaker: vital.Breaker{Threshold: 5},
		Ladder: vital.Ladder{SocketOpen: since, Authenticated: since, ServerAnswers: ping.LastAt, DataFresh: ping.LastAt, PhoneSeen: since}, Ping: ping,
	}
}

// still are sessions to which nothing happens.
type still struct {
	ui.Sessions
	list []*vital.Snapshot
}

func (s still) Snapshots() []*vital.Snapshot { return s.list }

// noNews has none.
type noNews struct{ wake chan struct{} }

func (n noNews) Wake() <-chan struct{} { return n.wake }
func (noNews) Take() session.Batch     { return session.Batch{} }

// dashboardOf is the dashboard's model over a database, as a terminal of that size has it.
func dashboardOf(t testing.TB, s *store.Store, snap *vital.Snapshot, width, height int) tea.Model {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	past := struct {
		*history.Reader
		*store.Store
	}{history.NewReader(s, nil), s}
	var model tea.Model = ui.New(ctx, ui.Options{
		Sessions: still{list: []*vital.Snapshot{snap}}, Updates: noNews{}, Theme: widget.Look{Profile: termenv.TrueColor, Dark: true}.Theme(), History: past,
	})
	model, _ = model.Update(tea.WindowSizeMsg{Width: width, Height: height})
	return model
}

// press presses a key, lets the command that it gives end, and returns the frame that this leads to. The command is the first of the batch: the others are the
// clock's.
func press(t testing.TB, model tea.Model, key tea.KeyMsg) string {
	t.Helper()
	_, cmd := model.Update(key)
	for cmd != nil {
		msg := cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			cmd = batch[0]
			continue
		}
		model.Update(msg)
		break
	}
	return model.View()
}

func key(text string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)} }

// The week of a session that is stored is on the screen after two keys, with what was diagnosed.
func TestTheStoredWeekIsDrawn(t *testing.T) {
	s, now := openWeek(t)
	snap := aWeek(t, s, now)
	model := dashboardOf(t, s, snap, 200, 60)
	press(t, model, tea.KeyMsg{Type: tea.KeyEnter})
	frame := press(t, model, key("4"))
	for _, want := range []string{"[4 week]", "▾", "█", "░", "stream error 503", "7 d"} {
		if !strings.Contains(frame, want) {
			t.Errorf("the screen does not show %q:\n%s", want, frame)
		}
	}
}

func openWeek(t testing.TB) (*store.Store, time.Time) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "w.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, time.Now().Truncate(history.SampleEvery)
}

// BenchmarkSessionPage is from a key to the frame with what is stored: the page of a session opened, and its chart of seven days.
func BenchmarkSessionPage(b *testing.B) {
	s, now := openWeek(b)
	snap := aWeek(b, s, now)
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		b.Run(fmt.Sprintf("open/%dx%d", size[0], size[1]), func(b *testing.B) {
			model := dashboardOf(b, s, snap, size[0], size[1])
			for b.Loop() {
				if frame := press(b, model, tea.KeyMsg{Type: tea.KeyEnter}); !strings.Contains(frame, "sales") {
					b.Fatal("no page")
				}
				press(b, model, tea.KeyMsg{Type: tea.KeyEsc})
			}
		})
		b.Run(fmt.Sprintf("week/%dx%d", size[0], size[1]), func(b *testing.B) {
			model := dashboardOf(b, s, snap, size[0], size[1])
			press(b, model, tea.KeyMsg{Type: tea.KeyEnter})
			if size[1] < 30 {
				press(b, model, tea.KeyMsg{Type: tea.KeyTab})
			}
			for b.Loop() {
				b.StopTimer()
				press(b, model, key("1"))
				b.StartTimer()
				if frame := press(b, model, key("4")); !strings.Contains(frame, "[4 week]") || !strings.Contains(frame, "▾") {
					b.Fatal("no chart")
				}
			}
		})
	}
}
