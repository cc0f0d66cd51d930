package record

import (
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// Material is the past of one session between two moments, unmasked, each list in the order of time, with the newest of them if there are more than fit into a
// report.
type Material struct {
	Events      []vital.Event
	Transitions []vital.Transition // with the last one before, so that it is known where the session stood
	Samples     []Sample
	Dials       []vital.Dial
	Diagnoses   []vital.Diagnosed // and some before from: patterns are found in them
}

// Sample is what a session did in a few seconds.
type Sample struct {
	At         time.Time // when they began
	Span       time.Duration
	Operations []Answers      // that happened, in the order of vital.Operations
	Counters   vital.Counters // in these seconds
}

// Answers are how one kind of operation went. Percentiles are of the answered ones.
type Answers struct {
	Operation                  vital.Operation
	Answered, TimedOut, Failed uint64 // Failed: neither answered nor timed out
	P50, P95, P99              time.Duration
}

// Setting is one thing that a person has set.
type Setting struct{ Name, Value string }

// Maker is what made a report.
type Maker struct {
	Version   string // of wapulse
	Go        string
	Platform  string // operating system and architecture
	Whatsmeow string
}

// Report is all that goes into a bundle. What is in it is not masked yet.
type Report struct {
	Maker    Maker
	Made     time.Time
	From, To time.Time
	Live     bool // the wapulse that ran the session made it
	Settings []Setting
	Snapshot *vital.Snapshot
	Material Material

	Others  []vital.Identity // accounts of other sessions: a text may speak of them
	Names   []string         // of other sessions, machines, people
	Paths   []string         // of this machine
	Secrets []string         // passwords and keys that the settings have
}
