package record

import (
	"fmt"
	"math"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// The lines of a bundle's files. Durations are milliseconds, times RFC 3339. Names do not change within a format.

type eventLine struct {
	At     time.Time     `json:"at"`
	Seq    uint64        `json:"seq"`
	Kind   string        `json:"kind"`
	Level  string        `json:"level"`
	Epoch  uint64        `json:"epoch,omitempty"`
	Text   string        `json:"text"`
	Fields []vital.Field `json:"fields,omitempty"`
	All    bool          `json:"all,omitempty"` // of no session: a gap in what was stored
}

type failureLine struct {
	Reason  string     `json:"reason"`
	Code    int        `json:"code,omitempty"`
	Text    string     `json:"text,omitempty"`
	Phase   string     `json:"phase,omitempty"`
	BanCode int        `json:"ban_code,omitempty"`
	Until   *time.Time `json:"until,omitempty"`
}

type transitionLine struct {
	At      time.Time    `json:"at"`
	From    string       `json:"from"`
	To      string       `json:"to"`
	Cause   string       `json:"cause"`
	Reason  string       `json:"reason"`
	Failure *failureLine `json:"failure,omitempty"`
	Attempt int          `json:"attempt,omitempty"`
	Epoch   uint64       `json:"epoch,omitempty"`
}

type latencyLine struct {
	At        time.Time `json:"at"`
	Operation string    `json:"operation"`
	MS        float64   `json:"ms"`
	OK        bool      `json:"ok"`
}

type sampleLine struct {
	At          time.Time `json:"at"`
	SpanMS      float64   `json:"span_ms"`
	State       string    `json:"state"`
	Pings       int       `json:"pings"`
	Missed      int       `json:"missed"`
	P50         float64   `json:"p50_ms"`
	P95         float64   `json:"p95_ms"`
	Timeouts    uint64    `json:"timeouts"`
	MessagesIn  uint64    `json:"messages_in"`
	MessagesOut uint64    `json:"messages_out"`
}

type phaseLine struct {
	Phase string  `json:"phase"`
	Start float64 `json:"start_ms"`
	Took  float64 `json:"took_ms"`
}

type dialLine struct {
	Began  time.Time   `json:"began"`
	Epoch  uint64      `json:"epoch,omitempty"`
	Remote string      `json:"remote,omitempty"`
	Failed bool        `json:"failed,omitempty"`
	Phases []phaseLine `json:"phases"`
}

type diagnosisLine struct {
	At      time.Time    `json:"at"`
	State   string       `json:"state"`
	Failure *failureLine `json:"failure,omitempty"`
	What    string       `json:"what"`
	Meaning string       `json:"meaning"`
	Retries bool         `json:"retries"`
	Next    string       `json:"next"`
	Action  string       `json:"action"`
	Pattern string       `json:"pattern,omitempty"`
}

func toMS(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// fromMS takes any number: what cannot be a duration is the nearest that can.
func fromMS(ms float64) time.Duration {
	const most = float64(1000 * 24 * time.Hour / time.Millisecond)
	return time.Duration(math.Round(min(max(ms, -1), most)*1000)) * time.Microsecond
}

func (l eventLine) event(id vital.SessionID, name string) (vital.Event, error) {
	e := vital.Event{
		Seq: l.Seq, Time: l.At, Session: id, Name: name, Kind: vital.Kind(plain(l.Kind)), Epoch: l.Epoch, Text: plain(l.Text),
	}
	if l.All {
		e.Session, e.Name = 0, ""
	}
	for _, f := range l.Fields {
		e.Fields = append(e.Fields, vital.Field{Key: plain(f.Key), Value: plain(f.Value)})
	}
	var err error
	e.Level, err = levelNamed(l.Level)
	return e, err
}

func (l failureLine) failure() (vital.Failure, error) {
	f := vital.Failure{Reason: vital.Reason(plain(l.Reason)), Code: l.Code, Text: plain(l.Text), BanCode: l.BanCode}
	if l.Until != nil {
		f.Until = *l.Until
	}
	var err error
	f.Phase, err = phaseNamed(l.Phase)
	return f, err
}

func failureOf(l *failureLine) (vital.Failure, error) {
	if l == nil {
		return vital.Failure{}, nil
	}
	return l.failure()
}

func (l transitionLine) transition(id vital.SessionID, name string) (vital.Transition, error) {
	t := vital.Transition{Session: id, Name: name, Time: l.At, Reason: vital.Reason(plain(l.Reason)), Attempt: l.Attempt, Epoch: l.Epoch}
	var err error
	if t.From, err = vital.ParseState(l.From); err != nil {
		return t, err
	}
	if t.To, err = vital.ParseState(l.To); err != nil {
		return t, err
	}
	if t.Cause, err = causeNamed(l.Cause); err != nil {
		return t, err
	}
	t.Failure, err = failureOf(l.Failure)
	return t, err
}

func (l latencyLine) latency(id vital.SessionID) vital.Latency {
	return vital.Latency{Session: id, Time: l.At, Operation: vital.Operation(plain(l.Operation)), Duration: max(0, fromMS(l.MS)), OK: l.OK}
}

func (l sampleLine) sample() (Sample, error) {
	state, err := vital.ParseState(l.State)
	return Sample{
		At: l.At, Span: max(0, fromMS(l.SpanMS)), State: state, Pings: l.Pings, Missed: l.Missed, P50: fromMS(l.P50), P95: fromMS(l.P95),
		Timeouts: l.Timeouts, MessagesIn: l.MessagesIn, MessagesOut: l.MessagesOut,
	}, err
}

func (l dialLine) dial() (Dial, error) {
	d := Dial{Epoch: l.Epoch, Over: l.Failed, Trace: vital.DialTrace{Began: l.Began, Remote: plain(l.Remote)}}
	for _, p := range l.Phases {
		phase, err := phaseNamed(p.Phase)
		if err != nil {
			return d, err
		}
		d.Trace.Phases = append(d.Trace.Phases, vital.DialPhase{Phase: phase, Start: max(0, fromMS(p.Start)), Duration: max(0, fromMS(p.Took))})
	}
	return d, nil
}

func (l diagnosisLine) diagnosed() (Diagnosed, error) {
	d := Diagnosed{At: l.At, Pattern: plain(l.Pattern), Diagnosis: vital.Diagnosis{
		What: plain(l.What), Meaning: plain(l.Meaning), Retries: l.Retries, Next: plain(l.Next), Action: plain(l.Action),
	}}
	var err error
	if d.State, err = vital.ParseState(l.State); err != nil {
		return d, err
	}
	d.Failure, err = failureOf(l.Failure)
	return d, err
}

func levelNamed(name string) (vital.Level, error) {
	for level := vital.LevelDebug; level <= vital.LevelError; level++ {
		if level.String() == name {
			return level, nil
		}
	}
	return 0, fmt.Errorf("level %q: %w", name, vital.ErrUnknownName)
}

func phaseNamed(name string) (vital.Phase, error) {
	for phase := vital.PhaseNone; phase <= vital.PhaseReady; phase++ {
		if phase.String() == name {
			return phase, nil
		}
	}
	return 0, fmt.Errorf("phase %q: %w", name, vital.ErrUnknownName)
}

func causeNamed(name string) (vital.Cause, error) {
	for _, cause := range vital.Causes() {
		if cause.String() == name {
			return cause, nil
		}
	}
	return 0, fmt.Errorf("cause %q: %w", name, vital.ErrUnknownName)
}
