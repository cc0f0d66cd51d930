package cli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

func TestFindSession(t *testing.T) {
	all := []*vital.Snapshot{
		{ID: 1, Name: "sales", Identity: vital.Identity{JID: "491512345678:3@s.whatsapp.net", LID: "77:3@lid", Phone: "+491512345678"}},
		{ID: 2, Name: "Ünit", Identity: vital.Identity{Phone: "+491512345678"}}, // logged out
		{ID: 3, Name: "+6281260268381", Identity: vital.Identity{JID: "441:1@s.whatsapp.net", Phone: "+447400123456"}},
		{ID: 4, Name: "twin", Identity: vital.Identity{JID: "441:2@s.whatsapp.net", Phone: "+447400123456"}},
	}
	for name, want := range map[string]vital.SessionID{
		"sales": 1, "SALES": 1, "Ünit": 2, "ÜNIT": 2, "ünit": 0, "+49 1512 345678": 1, "491512345678": 1, "491512345678:3@s.whatsapp.net": 1,
		"491512345678@S.WhatsApp.net": 1, "77@lid": 1, "+6281260268381": 3, "441:2@s.whatsapp.net": 4, "441@s.whatsapp.net": 0, "+447400123456": 0,
		"": 0, "@": 0, "+": 0, "salesx": 0,
	} {
		found, err := findSession(all, name)
		var step *advised
		if (err == nil) != (want != 0) || err == nil && found.ID != want || err != nil && !errors.As(err, &step) {
			t.Errorf("%q: %+v, %v", name, found, err)
		}
	}
	for name, want := range map[string]string{
		"slaes": `did you mean "sales"?`, "sal": `did you mean "sales"?`, "elsewhere": `there is "sales", "Ünit"`, "441@s.whatsapp.net": `more than one session: "+6281260268381", "twin"`,
	} {
		if _, err := findSession(all, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// bareStore keeps one session and nothing of what happens to it.
type bareStore struct {
	session.Store
	record session.Record
}

func (s *bareStore) Sessions(context.Context) ([]session.Record, error) {
	return []session.Record{s.record}, nil
}
func (s *bareStore) CommitTransition(context.Context, vital.Transition) error        { return nil }
func (s *bareStore) SaveDiagnosis(context.Context, vital.Diagnosed) error            { return nil }
func (s *bareStore) Ends(context.Context, vital.SessionID, int) ([]vital.End, error) { return nil, nil }
func (s *bareStore) Append(vital.Event)                                              {}

// noDevices cannot be opened: an attempt after the other fails.
type noDevices struct{}

func (noDevices) Open(context.Context, vital.Identity) (session.Device, error) {
	return nil, errors.New("broken")
}

// A command waits for its session to come up, but no longer than it should.
func TestBringUpEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &bareStore{record: session.Record{ID: 1, Name: "sales", Wanted: true, Identity: vital.Identity{JID: "49:3@s.whatsapp.net"}}}
		m := session.NewManager(session.Config{Store: store, Devices: noDevices{}, Hub: session.NewHub()})
		if err := m.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		err := bringUp(t.Context(), m, 1)
		if took := time.Since(began); took != upWithin || err == nil || !strings.Contains(err.Error(), "was not connected within 15s") {
			t.Errorf("after %v: %v", took, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if code := report(&bytes.Buffer{}, bringUp(ctx, m, 1)); code != exitInterrupted {
			t.Errorf("interrupted: exit code %d", code)
		}
		if err := bringUp(t.Context(), m, 2); !errors.Is(err, session.ErrNoSuchSession) {
			t.Errorf("another: %v", err)
		}
		if err := m.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatCannotComeUp(t *testing.T) {
	now := time.Now()
	paired := vital.Identity{JID: "49:3@s.whatsapp.net"}
	banned := func(until time.Time) vital.Failure { return vital.Failure{Reason: vital.ReasonBanned, Until: until} }
	for name, c := range map[string]struct {
		snap vital.Snapshot
		want string // in the error; "" for none
	}{
		"on its way":      {vital.Snapshot{Wanted: true, Identity: paired, State: vital.StateReconnecting}, ""},
		"not begun":       {vital.Snapshot{Wanted: true, Identity: paired}, ""},
		"stopped":         {vital.Snapshot{Identity: paired}, "is stopped"},
		"not paired":      {vital.Snapshot{Wanted: true}, "is not paired"},
		"logged out":      {vital.Snapshot{State: vital.StateError, Failure: vital.Failure{Reason: vital.ReasonLoggedOut}}, "cannot be used: "},
		"banned":          {vital.Snapshot{Wanted: true, Identity: paired, State: vital.StateError, Failure: banned(now.Add(time.Hour))}, "cannot be used: "},
		"a ban that ends": {vital.Snapshot{Wanted: true, Identity: paired, State: vital.StateError, Failure: banned(now.Add(-time.Hour))}, ""},
	} {
		err := cannotComeUp(&c.snap, now)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A ping into a black hole that is given up, or whose line is cut, says which of the two.
func TestPingIntoABlackHole(t *testing.T) {
	w := newWorld(t)
	id, phone := w.pair(t)
	call := func(ctx context.Context) (code int, errs string) {
		var out, words bytes.Buffer
		ctx = w.house.lend(withConsole(ctx, localConsole(strings.NewReader(""), &out, &words)))
		code = execute(ctx, newRootCommand(), []string{"ping", "session 1"}, strings.NewReader(""), &out, &words)
		return code, words.String()
	}
	for _, c := range []struct {
		name string
		end  func(cancel context.CancelFunc)
		code int
		want string
	}{
		{"interrupted", func(cancel context.CancelFunc) { cancel() }, exitInterrupted, "next: run it again"},
		{"cut", func(context.CancelFunc) {
			if err := w.server.Drop(phone); err != nil {
				t.Error(err)
			}
		}, exitFailed, "the connection ended meanwhile"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := w.server.SetFaults("", func(f *simulator.Faults) { f.Blackhole = true }); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan struct{})
			go func() {
				defer close(done)
				if code, errs := call(ctx); code != c.code || !strings.Contains(errs, c.want) {
					t.Errorf("%d: %s", code, errs)
				}
			}()
			w.await(t, id, "asked", func(s *vital.Snapshot) bool { return s.Load.InFlight == 1 })
			c.end(cancel)
			<-done
			if err := w.server.ClearFaults(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
