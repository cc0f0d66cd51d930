package record

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// noon is when the recorded story begins.
func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func after(s float64) time.Time { return noon().Add(time.Duration(s * float64(time.Second))) }

// story is a report of a session that was connected, lost its socket, tried twice, and came back.
func story() Report {
	const id = vital.SessionID(7)
	failure := vital.Failure{Reason: vital.ReasonStreamUnavailable, Code: 503}
	refused := vital.Failure{Reason: vital.ReasonTCP, Text: "dial tcp 10.0.0.7:443: connection refused", Phase: vital.PhaseTCP}
	move := func(at float64, from vital.State, cause vital.Cause, to vital.State, reason vital.Reason, f vital.Failure, attempt int) vital.Transition {
		return vital.Transition{Session: id, Time: after(at), From: from, To: to, Cause: cause, Reason: reason, Failure: f, Attempt: attempt}
	}
	dial := func(at float64, outcome vital.DialOutcome, phases ...vital.Phase) vital.Dial {
		d := vital.Dial{Session: id, Outcome: outcome, Trace: vital.DialTrace{Began: after(at), Remote: "157.240.1.2:443"}}
		for i, p := range phases {
			d.Trace.Phases = append(d.Trace.Phases, vital.DialPhase{Phase: p, Start: time.Duration(i) * 100 * time.Millisecond, Duration: 100 * time.Millisecond})
		}
		return d
	}
	r := Report{
		Maker: Maker{Version: "v0.3.0", Go: "go1.26", Platform: "linux/amd64", Whatsmeow: "v0.0.0-20261116142233-abcdef123456"},
		Made:  after(61), From: noon(), To: after(60), Live: true, Settings: []Setting{{"db", "/home/ada/w.db"}, {"server", "WhatsApp"}},
		Snapshot: &vital.Snapshot{
			ID: id, Name: "sales", Created: noon().Add(-time.Hour), Wanted: true, State: vital.StateConnected, Since: after(30.6), Reason: vital.ReasonAuthenticated,
			Identity: vital.Identity{JID: "4915123456789:3@s.whatsapp.net", LID: "100200300400:3@lid", Phone: "+4915123456789", PushName: "Ada", Platform: "android"},
			Counters: vital.Counters{MessagesIn: 9, Connects: 3, Reconnects: 2, Timeouts: 1}, Breaker: vital.Breaker{Threshold: 5},
			LastError: "no connection", LastErrorAt: after(22),
			Pairing: &vital.Pairing{QR: "2@secretsecretsecret", PhoneCode: "ABCD-1234", PhoneFor: "+4915123456789"},
		},
		Material: Material{
			Transitions: []vital.Transition{
				move(-100, vital.StateConnecting, vital.CauseAuthenticated, vital.StateConnected, vital.ReasonAuthenticated, vital.Failure{}, 0),
				move(20, vital.StateConnected, vital.CauseSocketLost, vital.StateReconnecting, failure.Reason, failure, 0),
				move(22, vital.StateReconnecting, vital.CauseAttemptFailed, vital.StateReconnecting, refused.Reason, refused, 1),
				move(30.6, vital.StateReconnecting, vital.CauseAuthenticated, vital.StateConnected, vital.ReasonAuthenticated, vital.Failure{}, 0),
			},
			Dials: []vital.Dial{dial(21.9, vital.DialFailed, vital.PhaseTCP), dial(30, vital.DialConnected,
				vital.PhaseTCP, vital.PhaseTLS, vital.PhaseWebSocket, vital.PhaseNoise, vital.PhaseLogin, vital.PhaseReady)},
			Diagnoses: []vital.Diagnosed{
				{Session: id, Times: 1, Last: after(20), End: vital.End{At: after(20), Reason: failure.Reason, Code: 503, Lived: time.Second},
					Diagnosis: vital.DiagnoseNext(vital.StateReconnecting, failure, after(21.9))},
				{End: vital.End{At: after(21)}, Pattern: true, Times: 1, Last: after(21), Diagnosis: vital.Diagnosis{Name: vital.PatternAllDown, What: "all down"}},
			},
			Events: []vital.Event{
				{Session: id, Name: "sales", Seq: 0, Time: after(1), Kind: vital.KindMessagesUpsert, Level: vital.LevelInfo, Text: "1 message (image, 3EB0C431C26A1916E07E)",
					Fields: []vital.Field{{Key: "count", Value: "4"}, {Key: "id", Value: "3EB0C431C26A1916E07E"}}},
				{Session: id, Name: "sales", Seq: 1, Time: after(14), Kind: vital.KindProbe, Level: vital.LevelWarn, Text: "ping unanswered, 1 in a row",
					Fields: []vital.Field{{Key: "missed", Value: "1"}}},
				{Session: id, Name: "sales", Seq: 2, Time: after(22), Kind: vital.KindBreaker, Level: vital.LevelWarn, Text: "breaker CLOSED → OPEN",
					Fields: []vital.Field{{Key: "from", Value: "CLOSED"}, {Key: "to", Value: "OPEN"}}},
				{Time: after(25), Kind: vital.KindGap, Level: vital.LevelWarn, Text: "3 entries were not stored"},
				{Session: id, Name: "sales", Seq: 3, Time: after(28), Kind: vital.KindBreaker, Text: "breaker OPEN → HALF_OPEN",
					Fields: []vital.Field{{Key: "from", Value: "OPEN"}, {Key: "to", Value: "HALF_OPEN"}}},
				{Session: id, Name: "sales", Seq: 4, Time: after(40), Kind: vital.KindLog, Level: vital.LevelWarn, Text: "WhatsApp restricts this account",
					Fields: []vital.Field{{Key: "restricted", Value: "true"}, {Key: "type", Value: "BIZ_QUALITY"}, {Key: "until", Value: after(7200).Format(time.RFC3339)}}},
				{Session: id, Name: "sales", Seq: 5, Time: after(50), Kind: vital.KindLog, Fields: []vital.Field{{Key: "restricted", Value: "false"}}},
				{Session: id, Name: "sales", Seq: 6, Time: after(55), Kind: vital.KindLog, Fields: []vital.Field{{Key: "restricted", Value: "true"}, {Key: "type", Value: "BIZ"}}},
			},
		},
		Paths: []string{"/home/ada/w.db"},
	}
	for i := range 10 {
		r.Material.Samples = append(r.Material.Samples, Sample{At: after(float64(i - 1)), Span: time.Second, Operations: []Answers{
			{Operation: vital.OpPing, Answered: 1, P50: time.Duration(i+1) * 10 * time.Millisecond, P95: time.Duration(i+1) * 10 * time.Millisecond},
		}})
	}
	r.Material.Samples[9].Operations[0] = Answers{Operation: vital.OpPing, TimedOut: 1}
	r.Material.Samples[5].Counters = vital.Counters{MessagesIn: 4, BytesIn: 123}
	r.Material.Samples = append(r.Material.Samples, Sample{At: after(30), Span: 10 * time.Second, Counters: vital.Counters{Connects: 1}})
	return r
}

func written(t testing.TB, r Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func loaded(t testing.TB, data []byte) *Record {
	t.Helper()
	r, err := Load(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What goes in comes out, masked.
func TestBundleRoundTrip(t *testing.T) {
	in := story()
	r := loaded(t, written(t, in))
	if a := r.About(); a.Maker != in.Maker || !a.Made.Equal(in.Made) || !a.Live || len(a.Settings) != 2 || a.Settings[0] != (Setting{"db", "path-1"}) {
		t.Errorf("about %+v", a)
	}
	if from, to := r.Span(); !from.Equal(in.From) || !to.Equal(in.To) {
		t.Errorf("from %v to %v", from, to)
	}
	for i, e := range r.Events() {
		if was := in.Material.Events[i]; !e.Time.Equal(was.Time) || e.Seq != was.Seq || e.Kind != was.Kind || e.Level != was.Level ||
			e.Session != was.Session || len(e.Fields) != len(was.Fields) {
			t.Errorf("event %+v, was %+v", e, was)
		}
	}
	if e := r.Events()[0]; e.Name != "name-2" || e.Text != "1 message (image, message-1)" || e.Field("id") != "message-1" || e.Field("count") != "4" {
		t.Errorf("%+v", e)
	}
	for i, m := range r.Transitions() {
		was := in.Material.Transitions[i]
		if i == 2 {
			was.Failure.Text = "dial tcp address-1:443: connection refused"
		}
		if !reflect.DeepEqual(m, was) {
			t.Errorf("transition %+v, was %+v", m, was)
		}
	}
	if d := r.Dials()[1]; d.Trace.Total() != 600*time.Millisecond || d.Trace.Remote != "address-2:443" || d.Outcome != vital.DialConnected {
		t.Errorf("dial %+v", d)
	}
	if d, was := r.Diagnoses()[0], in.Material.Diagnoses[0]; d != was {
		t.Errorf("diagnosis %+v, was %+v", d, was)
	}
	if s := r.Samples(); !reflect.DeepEqual(s, in.Material.Samples) {
		t.Errorf("samples %+v", s)
	}
}

// bundleOf is a zip of these files.
func bundleOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// filesOf are the files of a bundle.
func filesOf(t testing.TB, bundle []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(data)
	}
	return files
}

func TestLoadRefuses(t *testing.T) {
	good := written(t, story())
	changed := func(name string, change func(string) string) []byte {
		files := filesOf(t, good)
		files[name] = change(files[name])
		return bundleOf(t, files)
	}
	replaced := func(name, old, by string) []byte {
		return changed(name, func(s string) string {
			if !strings.Contains(s, old) {
				t.Fatalf("no %q in %s", old, name)
			}
			return strings.Replace(s, old, by, 1)
		})
	}
	many := map[string]string{}
	for i := range maxEntries + 1 {
		many[fmt.Sprint(i)] = ""
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty":             {nil, ErrForeign},
		"a text":            {[]byte("hello"), ErrForeign},
		"another zip":       {bundleOf(t, map[string]string{"a.txt": "hello"}), ErrForeign},
		"another's report":  {bundleOf(t, map[string]string{fileReport: `{"program":"x"}`}), ErrForeign},
		"no JSON":           {bundleOf(t, map[string]string{fileReport: `{`}), ErrForeign},
		"many files":        {bundleOf(t, many), ErrForeign},
		"truncated":         {good[:len(good)/2], ErrDamaged},
		"newer":             {replaced(fileReport, `"format": 1`, `"format": 2`), ErrNewer},
		"no snapshot":       {replaced(fileReport, `"snapshot"`, `"snapshoot"`), ErrDamaged},
		"state of tomorrow": {replaced(fileReport, `"State": 2`, `"State": 200`), ErrDamaged},
		"ends before":       {replaced(fileReport, `"to": "2026`, `"to": "1026`), ErrDamaged},
		"broken line":       {changed(fileEvents, func(s string) string { return s[:len(s)-9] }), ErrDamaged},
		"unknown state":     {replaced(fileTransitions, `"CONNECTED"`, `"FINE"`), ErrDamaged},
		"unknown phase":     {replaced(fileDials, `"TLS"`, `"SSL"`), ErrDamaged},
		"long line": {changed(fileEvents, func(s string) string {
			return `{"text":"` + strings.Repeat("x", maxLine) + `"}` + "\n" + s
		}), ErrDamaged},
		"bomb in the head":  {changed(fileReport, func(string) string { return strings.Repeat(" ", maxHead+1) }), ErrTooLarge},
		"bomb in the lines": {changed(fileEvents, func(string) string { return strings.Repeat("\n", MostLines+1) }), ErrTooLarge},
	} {
		if _, err := Load(bytes.NewReader(c.data), int64(len(c.data))); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)/3] ^= 0xff
	if _, err := Load(bytes.NewReader(flipped), int64(len(flipped))); !errors.Is(err, ErrDamaged) {
		t.Errorf("a flipped byte: %v", err)
	}
	if _, err := Load(bytes.NewReader(nil), maxFile+1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large file: %v", err)
	}
}

// One that says itself that it is too large is not unpacked at all.
func TestLoadBelievesWhatIsTooLarge(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{fileReport, fileEvents} {
		if _, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, UncompressedSize64: maxText/2 + 1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(bytes.NewReader(b.Bytes()), int64(b.Len())); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v", err) // ErrForeign if its report.json was looked at
	}
}

// Of several things that are wrong the first is told: an error is one line.
func TestLoadTellsOneMistake(t *testing.T) {
	files := filesOf(t, written(t, story()))
	files[fileEvents], files[fileDials] = "{", "{"
	data := bundleOf(t, files)
	_, err := Load(bytes.NewReader(data), int64(len(data)))
	if !errors.Is(err, ErrDamaged) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
}

// All files together are bounded, too.
func TestLoadIsBoundedAsAWhole(t *testing.T) {
	files := filesOf(t, written(t, story()))
	line := `{"at":"2026-11-24T12:00:00Z","span_ms":10000}` + "\n"
	files[fileVitals] = strings.Repeat(line, 10)
	data := bundleOf(t, files)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	u := unpacking{files: map[string]*zip.File{}, left: int64(9 * len(line))}
	for _, f := range z.File {
		u.files[f.Name] = f
	}
	var list []Sample
	err = readLines(&u, fileVitals, &list, func(l sampleLine) (Sample, error) { return l.sample(), nil })
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("%d lines, %v", len(list), err)
	}
}

// What a file says is fit for a terminal, and its paths lead nowhere.
func TestLoadCleansTexts(t *testing.T) {
	files := filesOf(t, written(t, story()))
	files[fileEvents] = `{"at":"2026-11-24T12:00:00Z","kind":"log","level":"info","text":"a\u001b]0;evil\u0007b\u202ec","fields":[{"key":"\u001b[2J","value":"x\ny"}]}` + "\n"
	files["../../etc/passwd"] = "root"
	files[fileReport] = strings.Replace(files[fileReport], `"Name": "name-2"`, `"Name": "\u001b[31mred"`, 1)
	r := loaded(t, bundleOf(t, files))
	e := r.Events()[0]
	if e.Text != "a]0;evilbc" || e.Fields[0].Key != "[2J" || e.Fields[0].Value != "x y" || e.Name != "[31mred" {
		t.Errorf("%+v", e)
	}
}

func FuzzLoad(f *testing.F) {
	good := written(f, story())
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(bundleOf(f, map[string]string{fileReport: `{"program":"wapulse","format":1,"snapshot":{}}`, fileEvents: "{}\n"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Load(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if !errors.Is(err, ErrForeign) && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) && !errors.Is(err, ErrTooLarge) {
				t.Errorf("an error of its own kind: %v", err)
			}
			return
		}
		from, to := r.Span()
		for _, at := range []time.Time{{}, from, from.Add(to.Sub(from) / 2), to, to.Add(time.Hour)} {
			if s, _ := r.At(at); s == nil {
				t.Error("no snapshot")
			}
		}
	})
}

// FuzzLines gives the lines of a bundle to the reader, past the zip's checksums.
func FuzzLines(f *testing.F) {
	files := filesOf(f, written(f, story()))
	f.Add(files[fileReport], files[fileEvents], files[fileTransitions], files[fileDials], files[fileDiagnoses])
	f.Fuzz(func(t *testing.T, report, events, transitions, dials, diagnoses string) {
		data := bundleOf(t, map[string]string{
			fileReport: report, fileEvents: events, fileTransitions: transitions, fileDials: dials, fileDiagnoses: diagnoses, fileVitals: files[fileVitals],
		})
		r, err := Load(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		from, to := r.Span()
		for _, at := range []time.Time{{}, from, from.Add(to.Sub(from) / 2), to} {
			s, _ := r.At(at)
			_, _ = s.Diagnosis(), s.Assess(at)
		}
	})
}

// busy is a report of many events and measurements.
func busy(n int) Report {
	r := story()
	r.To = after(float64(n) / 20)
	for i := range n {
		r.Material.Events = append(r.Material.Events, vital.Event{
			Session: 7, Name: "sales", Seq: uint64(i + 6), Time: after(float64(i) / 20), Kind: vital.KindOperation, Level: vital.LevelInfo, Text: "check 3 → 182 ms for sales",
			Fields: []vital.Field{{Key: "operation", Value: "check"}, {Key: "attempt", Value: "1"}, {Key: "ms", Value: "182"}, {Key: "outcome", Value: "ok"}},
		})
		if i%200 == 0 {
			r.Material.Samples = append(r.Material.Samples, Sample{At: after(float64(i) / 20), Span: 10 * time.Second, Operations: []Answers{
				{Operation: vital.OpCheck, Answered: 200, P50: time.Duration(rand.IntN(1000)) * time.Millisecond},
			}})
		}
	}
	return r
}

func BenchmarkWrite(b *testing.B) {
	r := busy(18_000)
	for b.Loop() {
		written(b, r)
	}
}

func BenchmarkLoad(b *testing.B) {
	data := written(b, busy(18_000))
	b.ReportMetric(float64(len(data))/1024, "KB")
	for b.Loop() {
		loaded(b, data)
	}
}

func BenchmarkAt(b *testing.B) {
	r := loaded(b, written(b, busy(18_000)))
	from, to := r.Span()
	for b.Loop() {
		r.At(from.Add(rand.N(to.Sub(from))))
	}
}

// Of a snapshot nothing is left that was to be hidden, in whatever field a text is.
func TestMaskSnapshot(t *testing.T) {
	s := story().Snapshot
	s.Failure.Text, s.LastError, s.Pending = "from +4915123456789", "for Ada at 10.1.1.1", "stopping sales"
	s.Patterns = []vital.Diagnosis{{Name: vital.PatternFlapping, What: "4915123456789 again"}}
	s.Operations = []vital.OperationStat{{Operation: vital.OpCheck, LastSlow: "socket lost meanwhile: /home/ada/w.db"}}
	s.Dial = vital.DialTrace{Remote: "10.1.1.1:443"}
	m := NewMasker()
	m.KnowIdentity(s.Identity)
	masked, err := m.maskSnapshot(s)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(masked)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"49151", "Ada", "sales", "100200300", "/home", "10.1.1.1", "2@sec", "ABCD"} {
		if strings.Contains(string(data), secret) {
			t.Errorf("%q is left: %s", secret, data)
		}
	}
	if masked.Patterns[0].Name != vital.PatternFlapping || masked.Operations[0].Operation != vital.OpCheck || s.Name != "sales" || s.Pairing.QR == "" {
		t.Errorf("masked %+v, the original %+v", masked, s)
	}
}
