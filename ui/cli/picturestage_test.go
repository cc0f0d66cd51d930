package cli

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/store"
	"github.com/wapulse/wapulse/ui"
	"github.com/wapulse/wapulse/ui/cli/config"
	"github.com/wapulse/wapulse/ui/cli/demo"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// pictured is the demo as the pictures show it: the house with its database, manager, history and checks, and the demo's cast, whose lives it leads. It is in
// a bubble: nothing but what it does lets time pass.
type pictured struct {
	t       *testing.T
	house   *house
	theatre *theatre
	ids     map[string]vital.SessionID // by name
}

// picturesBegin is an hour before the pictures are taken.
func picturesBegin() time.Time { return time.Date(2026, 3, 4, 11, 0, 0, 0, time.UTC) }

// newPictured opens the house at that time. The cast is paired, and on its way up.
func newPictured(t *testing.T) *pictured {
	t.Helper()
	time.Sleep(time.Until(picturesBegin()))
	p := &pictured{t: t, theatre: &theatre{parts: map[string]*part{}}, ids: map[string]vital.SessionID{}}
	database, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "demo.db")})
	p.must(err)
	p.house = &house{store: database, log: slog.New(slog.DiscardHandler), conf: config.Config{Batch: 50, Rate: 1, Region: "ID"}, closeLog: func() {}}
	p.house.furnish(session.Config{Devices: p.theatre, Chance: func() float64 { return 0.5 }})
	for _, role := range simulator.DemoCast() {
		record, err := database.CreateSession(t.Context(), role.Name)
		p.must(err)
		p.ids[role.Name] = record.ID
		if role.Phone != "" {
			p.must(database.SetIdentity(t.Context(), record.ID, identityOf(role)))
			p.theatre.play(identityOf(role))
		}
	}
	p.must(p.house.manager.Load(t.Context()))
	for _, role := range simulator.DemoCast() {
		if role.Phone != "" {
			time.Sleep(1370 * time.Millisecond) // no two do anything at the same moment
			p.must(p.house.manager.Start(t.Context(), p.ids[role.Name]))
		}
	}
	return p
}

func identityOf(role simulator.Role) vital.Identity {
	return vital.Identity{JID: role.Phone[1:] + ":3@s.whatsapp.net", LID: "98" + role.Phone[1:] + ":3@lid", Phone: role.Phone, PushName: role.PushName, Platform: "android"}
}

func (p *pictured) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// part is that of the session of a name.
func (p *pictured) part(name string) *part {
	for _, role := range simulator.DemoCast() {
		if role.Name == name {
			return p.theatre.play(identityOf(role))
		}
	}
	p.t.Fatalf("no such role: %s", name)
	return nil
}

// until lets time pass, up to a time of the day.
func (p *pictured) until(clock string) {
	p.t.Helper()
	at, err := time.Parse(time.TimeOnly, clock)
	p.must(err)
	begin := picturesBegin()
	time.Sleep(time.Until(time.Date(begin.Year(), begin.Month(), begin.Day(), at.Hour(), at.Minute(), at.Second(), 311_000_000, time.UTC)))
	synctest.Wait()
}

// close ends everything.
func (p *pictured) close() {
	p.house.checker.Close()
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := p.house.manager.Close(ctx); err != nil {
		p.t.Error(err)
	}
	p.house.sampler.Close(ctx)
	if err := p.house.store.Close(); err != nil {
		p.t.Error(err)
	}
}

// Faults implements ui.Faults, as the next two: those of the demo.
func (p *pictured) Faults() []page.Fault { return demo.NewStage(nil, nil, nil).Faults() }

// Plays says that all do, but for the one that waits for a phone.
func (p *pictured) Plays(id vital.SessionID) bool { return id != p.ids["new-phone"] }

// Cause knows those that are in a picture.
func (p *pictured) Cause(_ context.Context, fault string, id vital.SessionID) error {
	snap, _ := p.house.manager.Snapshot(id)
	role := p.part(snap.Name)
	switch fault {
	case "drop":
		role.lose(vital.Failure{Reason: vital.ReasonServerClosed})
	case demo.Healthy:
		role.set(func(played *part) { played.dead, played.refusals = false, nil })
	default:
		return errors.New("not in a picture")
	}
	return nil
}

// shown is the dashboard in a terminal of that size, run as Bubble Tea runs it: messages one by one, commands beside them.
type shown struct {
	t      *testing.T
	model  *ui.Model
	inbox  chan func()
	cancel context.CancelFunc
	ctx    context.Context
	wg     sync.WaitGroup
	after  []func()
}

// show shows the dashboard. Close it.
func (p *pictured) show(width, height int, look widget.Look, change func(*ui.Options)) *shown {
	s := screen{simulation: true, faults: p}
	s.settings.Region = "ID"
	opts := s.options(p.house)
	updates := p.house.manager.Hub().Subscribe()
	newest, err := p.house.store.EventsBefore(p.t.Context(), vital.Filter{}, vital.EventPlace{}, pastEvents)
	p.must(err)
	for i := range newest {
		opts.Past = append(opts.Past, newest[i].Event)
	}
	opts.Updates, opts.Jobs, opts.Theme, opts.Copy = updates, &promptJobs{house: p.house}, look.Theme(), func(string) error { return nil }
	if change != nil {
		change(&opts)
	}
	d := &shown{t: p.t, inbox: make(chan func())}
	d.ctx, d.cancel = context.WithCancel(p.t.Context())
	d.after = append(d.after, updates.Close)
	d.model = ui.New(d.ctx, opts)
	d.wg.Go(d.run)
	d.do(func() { d.start(d.model.Init()) })
	d.send(tea.WindowSizeMsg{Width: width, Height: height})
	return d
}

func (d *shown) run() {
	for {
		select {
		case do := <-d.inbox:
			do()
		case <-d.ctx.Done():
			return
		}
	}
}

// do lets the model's goroutine do something, and waits until nothing more comes of it by itself.
func (d *shown) do(do func()) {
	select {
	case d.inbox <- do:
	case <-d.ctx.Done():
	}
	synctest.Wait()
}

// start runs a command beside the model.
func (d *shown) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	d.wg.Go(func() {
		switch msg := cmd().(type) {
		case nil, tea.QuitMsg:
		case tea.BatchMsg:
			for _, c := range msg {
				d.start(c)
			}
		default:
			select {
			case d.inbox <- func() { d.update(msg) }:
			case <-d.ctx.Done():
			}
		}
	})
}

func (d *shown) update(msg tea.Msg) {
	_, cmd := d.model.Update(msg)
	d.start(cmd)
}

func (d *shown) send(msg tea.Msg) { d.do(func() { d.update(msg) }) }

// keys presses keys, named as Bubble Tea names them; what is no name is typed.
func (d *shown) keys(keys ...string) {
	named := map[string]tea.KeyType{
		"enter": tea.KeyEnter, "esc": tea.KeyEsc, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "tab": tea.KeyTab,
	}
	for _, k := range keys {
		if kind, ok := named[k]; ok {
			d.send(tea.KeyMsg{Type: kind})
		} else {
			d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)})
		}
	}
}

// paste pastes text.
func (d *shown) paste(text string) {
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
}

// frame is what is on the screen after a while, as long as slow news and queries take.
func (d *shown) frame(after time.Duration) (frame string) {
	time.Sleep(after)
	synctest.Wait()
	d.do(func() { frame = d.model.View() })
	return frame
}

// close ends it.
func (d *shown) close() {
	d.cancel()
	d.wg.Wait()
	for _, do := range d.after {
		do()
	}
}
