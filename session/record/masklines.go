package record

import (
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// stamp is a time as a bundle has it: in UTC, as the zone of a machine says where it is, and as fine as the database keeps it.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// isMessageField says whether a field holds IDs of messages.
func isMessageField(key string) bool { return key == "id" || key == "ids" }

// isWordField says whether a field holds one of the program's own words or a count.
func isWordField(key string) bool {
	switch key {
	case "connection", "state", "restricted", "from", "to", "cause", "reason", "isNewLogin", "code", "count", "index", "total", "media", "type", "operation", "attempt",
		"numbers", "delay", "outcome", "ms", "rtt", "missed", "platform", "until", "at":
		return true
	}
	return false
}

func (m *Masker) event(e vital.Event) eventLine {
	l := eventLine{
		At: stamp(e.Time), Seq: e.Seq, Kind: m.Word(string(e.Kind)), Level: e.Level.String(), Epoch: e.Epoch, Text: m.Text(e.Text), All: e.Session == 0,
	}
	for _, f := range e.Fields {
		l.Fields = append(l.Fields, vital.Field{Key: m.Word(f.Key), Value: m.field(f)})
	}
	return l
}

func (m *Masker) field(f vital.Field) string {
	switch {
	case isMessageField(f.Key):
		ids := strings.Fields(f.Value)
		for i, id := range ids {
			ids[i] = m.Message(id)
		}
		return strings.Join(ids, " ")
	case isWordField(f.Key):
		return m.Word(f.Value)
	case f.Key == "refused" || f.Key == "taken":
		return m.Version(f.Value)
	default:
		return m.Text(f.Value)
	}
}

func (m *Masker) failure(f vital.Failure) *failureLine {
	if f == (vital.Failure{}) {
		return nil
	}
	l := &failureLine{Reason: m.Word(string(f.Reason)), Code: f.Code, Text: m.Text(f.Text), Phase: f.Phase.String(), BanCode: f.BanCode}
	if !f.Until.IsZero() {
		until := stamp(f.Until)
		l.Until = &until
	}
	return l
}

func (m *Masker) transition(t vital.Transition) transitionLine {
	return transitionLine{
		At: stamp(t.Time), From: t.From.String(), To: t.To.String(), Cause: t.Cause.String(), Reason: m.Word(string(t.Reason)), Failure: m.failure(t.Failure),
		Attempt: t.Attempt, Epoch: t.Epoch,
	}
}

func (m *Masker) sample(s Sample) sampleLine {
	c := s.Counters
	l := sampleLine{
		At: stamp(s.At), SpanMS: toMS(s.Span), Connects: c.Connects, Reconnects: c.Reconnects, Timeouts: c.Timeouts, MessagesIn: c.MessagesIn,
		MessagesOut: c.MessagesOut, StanzasIn: c.StanzasIn, StanzasOut: c.StanzasOut, BytesIn: c.BytesIn, BytesOut: c.BytesOut,
	}
	for _, a := range s.Operations {
		l.Operations = append(l.Operations, answersLine{
			Operation: m.Word(string(a.Operation)), Answered: a.Answered, TimedOut: a.TimedOut, Failed: a.Failed, P50: toMS(a.P50), P95: toMS(a.P95), P99: toMS(a.P99),
		})
	}
	return l
}

func (m *Masker) dial(d vital.Dial) dialLine {
	l := dialLine{
		Began: stamp(d.Trace.Began), Attempt: d.Attempt, Remote: m.Text(d.Trace.Remote), Phases: []phaseLine{}, Outcome: m.Word(string(d.Outcome)),
		EndedIn: d.EndedIn.String(), Failure: m.failure(d.Failure),
	}
	for _, p := range d.Trace.Phases {
		l.Phases = append(l.Phases, phaseLine{Phase: p.Phase.String(), Start: toMS(p.Start), Took: toMS(p.Duration)})
	}
	return l
}

func (m *Masker) diagnosed(d vital.Diagnosed) diagnosisLine {
	l := diagnosisLine{
		At: stamp(d.End.At), Times: d.Times, All: d.Session == 0, Pattern: d.Pattern, Name: m.Word(d.Diagnosis.Name), Code: d.End.Code,
		LivedMS: toMS(d.End.Lived), Restricted: d.End.Restricted, What: m.Text(d.Diagnosis.What), Meaning: m.Text(d.Diagnosis.Meaning),
		Retries: d.Diagnosis.Retries, Next: m.Text(d.Diagnosis.Next), Action: m.Text(d.Diagnosis.Action),
	}
	if !d.Last.IsZero() && !d.Last.Equal(d.End.At) {
		last := stamp(d.Last)
		l.Last = &last
	}
	if !d.Diagnosis.At.IsZero() {
		next := stamp(d.Diagnosis.At)
		l.NextAt = &next
	}
	return l
}
