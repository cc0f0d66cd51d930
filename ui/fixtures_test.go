package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// noon is when every test's frame is drawn.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// fakeSessions notes what was asked of it, and answers with err.
type fakeSessions struct {
	list  []*vital.Snapshot
	asked []string
	err   error

	contacts []vital.Contact
}

func (f *fakeSessions) Snapshots() []*vital.Snapshot { return f.list }

func (f *fakeSessions) Snapshot(id vital.SessionID) (*vital.Snapshot, bool) {
	for _, s := range f.list {
		if s.ID == id {
			return s, true
		}
	}
	return nil, false
}

func (f *fakeSessions) note(what string, id vital.SessionID) error {
	name := "?"
	if s, ok := f.Snapshot(id); ok {
		name = s.Name
	}
	f.asked = append(f.asked, what+" "+name)
	return f.err
}

func (f *fakeSessions) Create(_ context.Context, name string) (vital.SessionID, error) {
	if f.err != nil {
		return 0, f.err
	}
	id := vital.SessionID(len(f.list) + 1)
	f.list = append(f.list, &vital.Snapshot{ID: id, Name: name, Version: 1, Stored: true, Ready: vital.ReadyClosed, Since: noon, Reason: vital.ReasonNew})
	return id, f.note("create", id)
}
func (f *fakeSessions) Start(_ context.Context, id vital.SessionID) error { return f.note("start", id) }
func (f *fakeSessions) Pair(_ context.Context, id vital.SessionID) error  { return f.note("pair", id) }
func (f *fakeSessions) Stop(_ context.Context, id vital.SessionID) error  { return f.note("stop", id) }
func (f *fakeSessions) Reconnect(_ context.Context, id vital.SessionID) error {
	return f.note("reconnect", id)
}
func (f *fakeSessions) RequestPhoneCode(_ context.Context, id vital.SessionID, phone string) (string, error) {
	return "ABCD-EFGH", f.note("code "+phone, id)
}
func (f *fakeSessions) Logout(_ context.Context, id vital.SessionID) error {
	return f.note("logout", id)
}
func (f *fakeSessions) Rename(_ context.Context, id vital.SessionID, name string) error {
	return f.note("rename to "+name, id)
}
func (f *fakeSessions) Delete(_ context.Context, id vital.SessionID) error {
	return f.note("delete", id)
}

func (f *fakeSessions) SetFrames(_ context.Context, id vital.SessionID, on bool) error {
	return f.note(fmt.Sprintf("frames %v of", on), id)
}

func (f *fakeSessions) Ping(_ context.Context, id vital.SessionID) (time.Duration, error) {
	return 182 * time.Millisecond, f.note("ping", id)
}
func (f *fakeSessions) Send(_ context.Context, id vital.SessionID, m vital.Outgoing) (vital.Sent, error) {
	if err := f.note(fmt.Sprintf("send %q %s %q from", m.ID, m.To, m.Text), id); err != nil {
		return vital.Sent{}, &session.SendError{ID: "3EB0AA", Err: err}
	}
	return vital.Sent{ID: "3EB0AA", At: noon.Add(time.Second)}, nil
}
func (f *fakeSessions) Contacts(_ context.Context, id vital.SessionID) ([]vital.Contact, error) {
	return f.contacts, f.note("contacts of", id)
}

func (f *fakeSessions) Download(_ context.Context, id vital.SessionID, message string, w io.Writer) (vital.Media, error) {
	if err := f.note("download "+message+" of", id); err != nil {
		return vital.Media{}, err
	}
	_, err := io.WriteString(w, "a picture")
	return vital.Media{MessageID: message, Kind: "image", MIME: "image/jpeg"}, err
}

// fakeNumbers answers at once, with what is there for a number; it leaves out what it knows nothing of. It notes what was asked.
type fakeNumbers struct {
	answers map[string]check.Result
	asked   []string
	err     error
}

func (f *fakeNumbers) Check(_ context.Context, items []check.Item, fresh bool, each func(check.Result)) error {
	for _, item := range items {
		what := item.E164
		if fresh {
			what += " fresh"
		}
		f.asked = append(f.asked, what)
		r, ok := f.answers[item.E164]
		switch {
		case item.E164 == "":
			each(check.Invalid(item.Input, item.Reason))
		case ok:
			r.Input, r.E164 = item.Input, item.E164
			each(r)
		}
	}
	return f.err
}

// verdicts are numbers with an answer of each kind.
func verdicts() map[string]check.Result {
	asked := noon.Add(-30 * time.Second)
	return map[string]check.Result{
		"+6281260268381": {
			Verdict: vital.VerdictRegistered, JID: "6281260268381@s.whatsapp.net", LID: "98123400000001@lid", Business: true,
			Session: "sales-id", LatencyMS: 182, AskedAt: asked,
		},
		"+4915123456789": {Verdict: vital.VerdictNotRegistered, Session: "sales-id", LatencyMS: 3204, AskedAt: asked},
		"+447400123456":  {Verdict: vital.VerdictNoAnswer, Session: "ร้านค้า-🛒-shop-with-a-long-name", LatencyMS: 95, AskedAt: asked, Reason: "the server left it out"},
		"+5511987654321": {Verdict: vital.VerdictError, Session: "support", AskedAt: asked, Reason: "rate limit until 12:00:40"},
		"+14155550123":   {Verdict: vital.VerdictUnverified, Reason: "no session can ask: start one, or pair a phone"},
		"+66812345678": {
			Verdict: vital.VerdictRegistered, JID: "66812345678@s.whatsapp.net", Session: "campaign", LatencyMS: 120,
			AskedAt: noon.Add(-26 * time.Hour), Cached: true,
		},
	}
}

// noUpdates has no news: tests hand updates to the model themselves.
type noUpdates struct{}

func (noUpdates) Wake() <-chan struct{} {
	ready := make(chan struct{})
	close(ready)
	return ready
}
func (noUpdates) Take() session.Batch { return session.Batch{} }

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
