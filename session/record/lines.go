package record

import (
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

type sampleLine struct {
	At          time.Time     `json:"at"`
	SpanMS      float64       `json:"span_ms"`
	Operations  []answersLine `json:"operations,omitempty"`
	Connects    uint64        `json:"connects,omitempty"`
	Reconnects  uint64        `json:"reconnects,omitempty"`
	Timeouts    uint64        `json:"timeouts,omitempty"`
	MessagesIn  uint64        `json:"messages_in,omitempty"`
	MessagesOut uint64        `json:"messages_out,omitempty"`
	StanzasIn   uint64        `json:"stanzas_in,omitempty"`
	StanzasOut  uint64        `json:"stanzas_out,omitempty"`
	BytesIn     uint64        `json:"bytes_in,omitempty"`
	BytesOut    uint64        `json:"bytes_out,omitempty"`
}

type answersLine struct {
	Operation string  `json:"operation"`
	Answered  uint64  `json:"answered,omitempty"`
	TimedOut  uint64  `json:"timed_out,omitempty"`
	Failed    uint64  `json:"failed,omitempty"`
	P50       float64 `json:"p50_ms,omitempty"`
	P95       float64 `json:"p95_ms,omitempty"`
	P99       float64 `json:"p99_ms,omitempty"`
}

type phaseLine struct {
	Phase string  `json:"phase"`
	Start float64 `json:"start_ms"`
	Took  float64 `json:"took_ms"`
}

type dialLine struct {
	Began   time.Time    `json:"began"`
	Attempt int          `json:"attempt"`
	Remote  string       `json:"remote,omitempty"`
	Phases  []phaseLine  `json:"phases"`
	Outcome string       `json:"outcome"`
	EndedIn string       `json:"ended_in,omitempty"`
	Failure *failureLine `json:"failure,omitempty"`
}

type diagnosisLine struct {
	At         time.Time  `json:"at"`
	Last       *time.Time `json:"last,omitempty"` // of several in a row
	Times      int        `json:"times"`
	All        bool       `json:"all,omitempty"`     // of all sessions
	Pattern    bool       `json:"pattern,omitempty"` // over several ends
	Name       string     `json:"name"`
	Code       int        `json:"code,omitempty"`
	LivedMS    float64    `json:"lived_ms,omitempty"`
	Restricted bool       `json:"restricted,omitempty"`
	What       string     `json:"what"`
	Meaning    string     `json:"meaning"`
	Retries    bool       `json:"retries"`
	Next       string     `json:"next"`
	NextAt     *time.Time `json:"next_at,omitempty"`
	Action     string     `json:"action"`
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
	e.Level, err = vital.ParseLevel(l.Level)
	return e, err
}

func (l failureLine) failure() (vital.Failure, error) {
	f := vital.Failure{Reason: vital.Reason(plain(l.Reason)), Code: l.Code, Text: plain(l.Text), BanCode: l.BanCode}
	if l.Until != nil {
		f.Until = *l.Until
	}
	var err error
	f.Phase, err = vital.ParsePhase(l.Phase)
	return f, err
}

func failureOf(l *failureLine) (vital.Failure, error) {
	if l == nil {
		return vital.Failure{}, nil
	}
	return l.failure()
}

func (l transitionLine) transition(id vital.SessionID) (vital.Transition, error) {
	t := vital.Transition{Session: id, Time: l.At, Reason: vital.Reason(plain(l.Reason)), Attempt: l.Attempt, Epoch: l.Epoch}
	var err error
	if t.From, err = vital.ParseState(l.From); err != nil {
		return t, err
	}
	if t.To, err = vital.ParseState(l.To); err != nil {
		return t, err
	}
	if t.Cause, err = vital.ParseCause(l.Cause); err != nil {
		return t, err
	}
	t.Failure, err = failureOf(l.Failure)
	return t, err
}

func (l sampleLine) sample() Sample {
	s := Sample{At: l.At, Span: max(0, fromMS(l.SpanMS)), Counters: vital.Counters{
		Connects: l.Connects, Reconnects: l.Reconnects, Timeouts: l.Timeouts, MessagesIn: l.MessagesIn, MessagesOut: l.MessagesOut,
		StanzasIn: l.StanzasIn, StanzasOut: l.StanzasOut, BytesIn: l.BytesIn, BytesOut: l.BytesOut,
	}}
	for _, a := range l.Operations {
		s.Operations = append(s.Operations, Answers{
			Operation: vital.Operation(plain(a.Operation)), Answered: a.Answered, TimedOut: a.TimedOut, Failed: a.Failed,
			P50: max(0, fromMS(a.P50)), P95: max(0, fromMS(a.P95)), P99: max(0, fromMS(a.P99)),
		})
	}
	return s
}

func (l dialLine) dial(id vital.SessionID) (vital.Dial, error) {
	d := vital.Dial{
		Session: id, Attempt: l.Attempt, Outcome: vital.DialOutcome(plain(l.Outcome)), Trace: vital.DialTrace{Began: l.Began, Remote: plain(l.Remote)},
	}
	for _, p := range l.Phases {
		phase, err := vital.ParsePhase(p.Phase)
		if err != nil {
			return d, err
		}
		d.Trace.Phases = append(d.Trace.Phases, vital.DialPhase{Phase: phase, Start: max(0, fromMS(p.Start)), Duration: max(0, fromMS(p.Took))})
	}
	var err error
	if d.EndedIn, err = vital.ParsePhase(l.EndedIn); err != nil {
		return d, err
	}
	d.Failure, err = failureOf(l.Failure)
	return d, err
}

func (l diagnosisLine) diagnosed(id vital.SessionID) vital.Diagnosed {
	d := vital.Diagnosed{
		Session: id, Pattern: l.Pattern, Times: l.Times, Last: l.At,
		End: vital.End{At: l.At, Code: l.Code, Lived: max(0, fromMS(l.LivedMS)), Restricted: l.Restricted},
		Diagnosis: vital.Diagnosis{
			Name: plain(l.Name), What: plain(l.What), Meaning: plain(l.Meaning), Retries: l.Retries, Next: plain(l.Next), Action: plain(l.Action),
		},
	}
	if l.All {
		d.Session = 0
	}
	if !l.Pattern {
		d.End.Reason = vital.Reason(d.Diagnosis.Name)
	}
	if l.Last != nil {
		d.Last = *l.Last
	}
	if l.NextAt != nil {
		d.Diagnosis.At = *l.NextAt
	}
	return d
}
