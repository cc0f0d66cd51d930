package vital

import (
	"bytes"
	"encoding/json"
	"time"
)

// eventJSON is an event as programs and people read it. The names never change.
type eventJSON struct {
	Time      time.Time         `json:"time"`
	Session   string            `json:"session,omitempty"`
	SessionID SessionID         `json:"session_id,omitempty"`
	Kind      Kind              `json:"kind"`
	Level     string            `json:"level"`
	Seq       uint64            `json:"seq,omitempty"`
	Epoch     uint64            `json:"epoch,omitempty"`
	Text      string            `json:"text"`
	Fields    map[string]string `json:"fields"`
}

// JSON writes an event as one JSON object in one line, without a newline at its end: the names in one order, the fields sorted by their keys, the time in UTC.
// The time is as fine as the database keeps it, so a live event and the same one from there are the same line.
func (e Event) JSON() []byte {
	fields := make(map[string]string, len(e.Fields))
	for _, f := range e.Fields {
		if _, known := fields[f.Key]; !known { // as Field has it
			fields[f.Key] = f.Value
		}
	}
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)  // stanzas stay readable
	_ = encoder.Encode(eventJSON{ // strings and numbers: nothing of it can fail, but for a year beyond 9999, which no event has
		e.Time.UTC().Truncate(time.Microsecond), e.Name, e.Session, e.Kind, e.Level.String(), e.Seq, e.Epoch, e.Text, fields,
	})
	return bytes.TrimSuffix(line.Bytes(), []byte("\n"))
}

// IndentedJSON is JSON over many lines, for people.
func (e Event) IndentedJSON() []byte {
	var lines bytes.Buffer
	_ = json.Indent(&lines, e.JSON(), "", "  ") // it is JSON
	return lines.Bytes()
}
