package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// noon is when every test's frame is drawn.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// bench is a model under test.
type bench struct {
	t        testing.TB
	model    *Model
	sessions *fakeSessions
	numbers  *fakeNumbers
	jobs     *fakeJobs
	history  *fakeHistory
	copied   string
	quit     bool
}

// boundless is what a bench's terminal takes, in frames and in bytes.
const boundless = 1e9

func newBench(t testing.TB, width, height int, profile termenv.Profile, sessions ...*vital.Snapshot) *bench {
	t.Helper()
	return newBenchWith(t, width, height, profile, Options{}, sessions...)
}

func newBenchWith(t testing.TB, width, height int, profile termenv.Profile, opts Options, sessions ...*vital.Snapshot) *bench {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	b := &bench{t: t, sessions: &fakeSessions{list: sessions}, numbers: &fakeNumbers{answers: verdicts()}, jobs: &fakeJobs{plan: aPlan()}, history: &fakeHistory{}}
	opts.History = b.history
	opts.Jobs = b.jobs
	opts.Numbers = b.numbers
	opts.Sessions, opts.Updates = b.sessions, noUpdates{}
	if opts.Theme == nil {
		opts.Theme = widget.Look{Profile: profile, Dark: true}.Theme()
	}
	opts.Copy = func(text string) error { b.copied = text; return nil }
	b.model = New(ctx, opts)
	b.model.clock = func() time.Time { return noon }
	b.model.pace.every, b.model.pace.refill, b.model.pace.frames, b.model.pace.bytes = 0, boundless, boundless, boundless // no line to spare: news comes at once
	b.model.tick = func(time.Duration, func(time.Time) tea.Msg) tea.Cmd { return nil }
	b.send(tea.WindowSizeMsg{Width: width, Height: height})
	return b
}

// send gives the model a message and runs what it asks for.
func (b *bench) send(msg tea.Msg) {
	_, cmd := b.model.Update(msg)
	b.run(cmd)
}

func (b *bench) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			b.run(c)
		}
	case tea.QuitMsg:
		b.quit = true
	case updatesMsg, nil: // the news: none
	default:
		b.send(msg)
	}
}

// keys presses keys, named as Bubble Tea names them; text of several characters is typed.
func (b *bench) keys(keys ...string) {
	for _, k := range keys {
		switch k {
		case "enter":
			b.send(tea.KeyMsg{Type: tea.KeyEnter})
		case "esc":
			b.send(tea.KeyMsg{Type: tea.KeyEsc})
		case "up":
			b.send(tea.KeyMsg{Type: tea.KeyUp})
		case "down":
			b.send(tea.KeyMsg{Type: tea.KeyDown})
		case "tab":
			b.send(tea.KeyMsg{Type: tea.KeyTab})
		case "backspace":
			b.send(tea.KeyMsg{Type: tea.KeyBackspace})
		default:
			b.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)})
		}
	}
}

// publish hands newer snapshots to the model.
func (b *bench) publish(snapshots ...*vital.Snapshot) {
	for _, s := range snapshots {
		for i, have := range b.sessions.list {
			if have.ID == s.ID {
				b.sessions.list[i] = s
			}
		}
	}
	b.send(updatesMsg{session.Batch{Snapshots: snapshots}})
}

// paste hands text to the model as a terminal that brackets it does.
func (b *bench) paste(text string) {
	b.send(tea.KeyMsg{Type: tea.KeyRunes, Paste: true, Runes: []rune(text)})
}

func (b *bench) mustShow(want ...string) {
	b.t.Helper()
	frame := b.model.View()
	for _, w := range want {
		if !strings.Contains(frame, w) {
			b.t.Errorf("the screen does not show %q:\n%s", w, frame)
		}
	}
}

// mustFile demands that a file is there, or is not.
func (b *bench) mustFile(path string, there bool) {
	b.t.Helper()
	if _, err := os.Stat(path); path == "" || (err == nil) != there {
		b.t.Fatalf("file %q: %v, want it there: %v", path, err, there)
	}
}

var errRefused = errors.New("refused by the test")

// cast is a session in each condition.
func cast() []*vital.Snapshot {
	paired := func(id vital.SessionID, name, phone, push string) *vital.Snapshot {
		digits := strings.TrimPrefix(phone, "+")
		return &vital.Snapshot{
			ID: id, Name: name, Version: 3, Created: noon.Add(-90 * 24 * time.Hour), Wanted: true, Stored: true, Ready: vital.ReadyClosed,
			Identity: vital.Identity{JID: digits + ":7@s.whatsapp.net", LID: "2345" + digits + ":7@lid", Phone: phone, PushName: push, Platform: "android"},
			Breaker:  vital.Breaker{Threshold: 5},
		}
	}
	up := func(s *vital.Snapshot, since, ping time.Duration) *vital.Snapshot {
		s.State, s.Reason, s.Since, s.Ready, s.Listening = vital.StateConnected, vital.ReasonAuthenticated, noon.Add(-since), vital.ReadyOpen, true
		s.Ladder = vital.Ladder{
			SocketOpen: s.Since, Authenticated: s.Since, ServerAnswers: noon.Add(-4 * time.Second), DataFresh: noon.Add(-4 * time.Second),
			PhoneSeen: noon.Add(-3 * time.Hour),
		}
		for i := range 40 {
			s.Ping.Recent = append(s.Ping.Recent, ping+time.Duration((i*7)%11)*ping/11)
		}
		s.Ping.Last, s.Ping.LastAt, s.Ping.P50, s.Ping.P95, s.Ping.P99 = ping, noon.Add(-4*time.Second), ping, ping*2, ping*3
		s.Dial = vital.DialTrace{Began: s.Since, Remote: "127.0.0.1:443", Phases: []vital.DialPhase{
			{Phase: vital.PhaseDNS, Duration: 12 * time.Millisecond}, {Phase: vital.PhaseTCP, Start: 12 * time.Millisecond, Duration: 31 * time.Millisecond},
			{Phase: vital.PhaseTLS, Start: 43 * time.Millisecond, Duration: 66 * time.Millisecond},
			{Phase: vital.PhaseLogin, Start: 109 * time.Millisecond, Duration: 240 * time.Millisecond},
		}}
		s.Load = vital.Load{Limit: 8}
		s.Counters = vital.Counters{BytesIn: 48_211, BytesOut: 21_430, MessagesIn: 1204, MessagesOut: 318, Connects: 2, Reconnects: 1}
		return s
	}
	end := func(s *vital.Snapshot, state vital.State, since time.Duration, f vital.Failure) *vital.Snapshot {
		s.State, s.Reason, s.Failure, s.Since = state, f.Reason, f, noon.Add(-since)
		s.LastError, s.LastErrorAt = f.String(), s.Since
		return s
	}
	support := end(paired(2, "support", "+447400123456", "Support desk"), vital.StateReconnecting, 12*time.Second,
		vital.Failure{Reason: vital.ReasonStreamUnavailable, Code: 503})
	support.Attempt, support.NextTry = 3, noon.Add(4*time.Second)
	support.Breaker = vital.Breaker{State: vital.BreakerOpen, Threshold: 5, RetryAt: noon.Add(42 * time.Second)}
	odd := up(paired(3, "ร้านค้า-🛒-shop-with-a-long-name", "+66812345678", "สวัสดี \x1b[31m🛒"), 26*time.Hour, 1900*time.Millisecond)
	odd.Load = vital.Load{InFlight: 8, Waiting: 3, Limit: 8, PausedUntil: noon.Add(40 * time.Second)}
	odd.Operations = []vital.OperationStat{
		{Operation: vital.OpConnect, Count: 2, BySpeed: [4]uint64{2}, P50: 349 * time.Millisecond, P95: 402 * time.Millisecond},
		{
			Operation: vital.OpCheck, Count: 1204, Failed: 2, BySpeed: [4]uint64{1180, 19, 1, 2}, P50: 182 * time.Millisecond, P95: 4100 * time.Millisecond,
			LastSlow: "latency high before it: ping p95 3.8s", LastSlowAt: noon.Add(-3 * time.Minute),
		},
		{Operation: vital.OpSend, Count: 12, BySpeed: [4]uint64{12}, P50: 212 * time.Millisecond, P95: 300 * time.Millisecond},
	}
	waiting := paired(6, "new-phone", "+", "")
	waiting.Identity = vital.Identity{}
	waiting.State, waiting.Since, waiting.Ready = vital.StateConnecting, noon.Add(-18*time.Second), vital.ReadyOpen
	waiting.Pairing = &vital.Pairing{QR: qrPayload(1), Index: 1, Total: 6, ExpiresAt: noon.Add(42 * time.Second)}
	waiting.Ladder.SocketOpen = noon.Add(-18 * time.Second)
	return []*vital.Snapshot{
		up(paired(1, "sales-id", "+6281260268381", "Budi"), 76*time.Hour, 180*time.Millisecond),
		support, odd,
		end(paired(4, "old-phone", "+4915123456789", "Anna"), vital.StateError, 2*time.Hour, vital.Failure{Reason: vital.ReasonDeviceRemoved, Code: 401}),
		end(paired(5, "campaign", "+5511987654321", "Loja"), vital.StateError, 20*time.Minute,
			vital.Failure{Reason: vital.ReasonBanned, BanCode: 101, Until: noon.Add(5*time.Hour + 12*time.Minute)}),
		waiting,
	}
}

// qrPayload has the length of a real one.
func qrPayload(n byte) string {
	part := strings.Repeat(string('A'+rune(n)), 43) + "="
	return "2@" + strings.Repeat("x", 119) + "," + part + "," + part + "," + part
}

func someEvents() []vital.Event {
	at := noon.Add(-time.Minute)
	event := func(seconds int, name string, kind vital.Kind, level vital.Level, text string) vital.Event {
		return vital.Event{Seq: uint64(seconds), Time: at.Add(time.Duration(seconds)*time.Second + 204*time.Millisecond), Name: name, Kind: kind, Level: level, Text: text}
	}
	return []vital.Event{
		event(1, "sales-id", vital.KindConnectionUpdate, vital.LevelInfo, "CONNECTING → CONNECTED"),
		event(1, "sales-id", vital.KindConnectionOpen, vital.LevelInfo, "open"),
		event(9, "support", vital.KindConnectionUpdate, vital.LevelWarn, "CONNECTED → RECONNECTING: stream error 503"),
		event(9, "support", vital.KindBreaker, vital.LevelWarn, "CLOSED → OPEN"),
		event(14, "sales-id", vital.KindMessagesUpsert, vital.LevelInfo, "1 message"),
		event(22, "old-phone", vital.KindConnectionUpdate, vital.LevelError, "CONNECTED → ERROR: logged out: the phone removed this device"),
		event(31, "new-phone", vital.KindQR, vital.LevelInfo, "code 1 of 6"),
		event(44, "sales-id", vital.KindProbe, vital.LevelDebug, "ping 182ms"),
		event(51, "ร้านค้า-🛒-shop", vital.KindLog, vital.LevelInfo, "a \x1b[2Jhostile\nname"),
	}
}

// someContacts are those of a busy phone, and what their owners can call themselves.
func someContacts() []vital.Contact {
	list := []vital.Contact{
		{JID: "6281260268381@s.whatsapp.net", Phone: "+6281260268381", Name: "Budi Santoso", PushName: "Budi"},
		{JID: "447400123456@s.whatsapp.net", Phone: "+447400123456", Business: "Acme \x1b[31mLtd"},
		{JID: "66812345678@s.whatsapp.net", Phone: "+66812345678", Name: "ร้านค้า 🛒 ที่มีชื่อยาวมากเหลือเกิน", PushName: "سلام\u202e"},
		{JID: "98123400000001@lid", PushName: "hidden"},
	}
	for i := range 60 {
		phone := fmt.Sprintf("+49151234567%02d", i)
		list = append(list, vital.Contact{JID: phone[1:] + "@s.whatsapp.net", Phone: phone, Name: fmt.Sprintf("Contact %d", i)})
	}
	return list
}

// receipt is that of messages of a session.
func receipt(id vital.SessionID, ids string) vital.Event {
	return vital.Event{
		Time: noon.Add(2 * time.Second), Session: id, Name: "sales-id", Kind: vital.KindReceipt, Text: "1 delivered receipt",
		Fields: []vital.Field{{Key: "type", Value: "delivered"}, {Key: "ids", Value: ids}},
	}
}

// neverAnswered presses enter where nothing comes of what is asked.
func (b *bench) neverAnswered() {
	_, reading := b.model.Update(tea.KeyMsg{Type: tea.KeyEnter})
	b.model.Update(firstOf(reading))
}

// firstOf runs the first command of what Update returned.
func firstOf(cmd tea.Cmd) tea.Msg {
	msg := cmd()
	if batch, ok := msg.(tea.BatchMsg); ok {
		return firstOf(batch[0])
	}
	return msg
}
