package record

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// Format is the version of a bundle. Load refuses a newer one.
const Format = 1

// The files of a bundle.
const (
	fileReadme      = "README.txt"
	fileReport      = "report.json"
	fileEvents      = "events.jsonl"
	fileTransitions = "transitions.jsonl"
	fileVitals      = "vitals.jsonl"
	fileDials       = "dials.jsonl"
	fileDiagnoses   = "diagnoses.jsonl"
)

// head is report.json: what the bundle is, and the session as it was at its end.
type head struct {
	Program   string            `json:"program"`
	Format    int               `json:"format"`
	Version   string            `json:"version"`
	Go        string            `json:"go"`
	Platform  string            `json:"platform"`
	Whatsmeow string            `json:"whatsmeow"`
	Made      time.Time         `json:"made"`
	From      time.Time         `json:"from"`
	To        time.Time         `json:"to"`
	Live      bool              `json:"live"`
	Settings  map[string]string `json:"settings"`
	Session   summary           `json:"session"`
	Snapshot  json.RawMessage   `json:"snapshot"` // of the same, whole, in numbers: for the replay
}

// program says whose bundle it is.
const program = "wapulse"

// summary is what a person looks for first.
type summary struct {
	Name      string    `json:"name"`
	JID       string    `json:"jid,omitempty"`
	Phone     string    `json:"phone,omitempty"`
	State     string    `json:"state"`
	Since     time.Time `json:"since"`
	Reason    string    `json:"reason"`
	Health    string    `json:"health"`
	Findings  []string  `json:"findings,omitempty"`
	What      string    `json:"what,omitempty"`
	Meaning   string    `json:"meaning,omitempty"`
	Action    string    `json:"action,omitempty"`
	LastError string    `json:"last_error,omitempty"`
}

// Write masks a report and writes it as a bundle.
func Write(w io.Writer, r Report) error {
	m := NewMasker()
	m.learnReport(r)
	snap, err := m.maskSnapshot(r.Snapshot)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(snap)
	if err != nil {
		return fmt.Errorf("write a report: %w", err)
	}
	h := head{
		Program: program, Format: Format, Version: versionOnly(r.Maker.Version), Go: versionOnly(r.Maker.Go), Platform: m.Text(r.Maker.Platform),
		Whatsmeow: versionOnly(r.Maker.Whatsmeow), Made: stamp(r.Made), From: stamp(r.From), To: stamp(r.To), Live: r.Live,
		Settings: map[string]string{}, Session: summaryOf(snap, r.To), Snapshot: raw,
	}
	for _, s := range r.Settings {
		h.Settings[s.Name] = m.Text(s.Value)
	}
	z := zip.NewWriter(w)
	b := bundle{zip: z, at: r.Made}
	b.text(fileReadme, readme(h))
	b.json(fileReport, h)
	writeLines(&b, fileEvents, r.Material.Events, m.event)
	writeLines(&b, fileTransitions, r.Material.Transitions, m.transition)
	writeLines(&b, fileVitals, r.Material.Samples, m.sample)
	writeLines(&b, fileDials, r.Material.Dials, m.dial)
	writeLines(&b, fileDiagnoses, r.Material.Diagnoses, m.diagnosed)
	if b.err != nil {
		return fmt.Errorf("write a report: %w", b.err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write a report: %w", err)
	}
	return nil
}

// learnReport tells the masker all that is known to be hidden, before the first text.
func (m *Masker) learnReport(r Report) {
	m.KnowIdentity(r.Snapshot.Identity)
	m.Name(r.Snapshot.Name)
	for _, who := range r.Others {
		m.KnowIdentity(who)
	}
	for _, name := range r.Names {
		m.Name(name)
	}
	for _, path := range r.Paths {
		m.Know("path", path)
	}
	for _, secret := range r.Secrets {
		m.Know("secret", secret)
	}
	for _, e := range r.Material.Events {
		m.Name(e.Name) // it may have had another
		for _, f := range e.Fields {
			if isMessageField(f.Key) {
				for id := range strings.FieldsSeq(f.Value) {
					m.Message(id)
				}
			}
		}
	}
}

// versionOnly keeps the version of a module from looking like a number: the time of a commit has 14 digits.
func versionOnly(v string) string {
	if strings.Trim(v, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-+()") != "" {
		return ""
	}
	return v
}

func summaryOf(s *vital.Snapshot, now time.Time) summary {
	a, d := s.Assess(now), s.Diagnosis()
	sum := summary{
		Name: s.Name, JID: s.Identity.JID, Phone: s.Identity.Phone, State: s.State.String(), Since: s.Since, Reason: string(s.Reason),
		Health: a.Health.String(), What: d.What, Meaning: d.Meaning, Action: d.Action, LastError: s.LastError,
	}
	for _, f := range a.Findings {
		sum.Findings = append(sum.Findings, f.Name)
	}
	return sum
}

// bundle is a zip file that is being written. Nothing is written after the first error.
type bundle struct {
	zip *zip.Writer
	at  time.Time
	err error
}

func (b *bundle) create(name string) io.Writer {
	if b.err != nil {
		return io.Discard
	}
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: b.at.UTC()})
	if err != nil {
		b.err = err
		return io.Discard
	}
	return w
}

func (b *bundle) text(name, text string) {
	if _, err := io.WriteString(b.create(name), text); b.err == nil {
		b.err = err
	}
}

func (b *bundle) json(name string, v any) {
	encoder := json.NewEncoder(b.create(name))
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); b.err == nil {
		b.err = err
	}
}

// writeLines writes a file with a line for each item.
func writeLines[T, L any](b *bundle, name string, list []T, line func(T) L) {
	encoder := json.NewEncoder(b.create(name))
	encoder.SetEscapeHTML(false)
	for _, item := range list {
		if b.err != nil {
			return
		}
		b.err = encoder.Encode(line(item))
	}
}
