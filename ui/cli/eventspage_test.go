package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/store"
)

// A person's hands on the events of the real program: filter, pause, open, go to a time, frames, export.
func TestEventsInATerminal(t *testing.T) {
	t.Parallel()
	p := newPane(t, 100, 30)
	p.send("cd "+p.home, "Enter")
	p.start("demo")
	p.waitFor("SIMULATION", "Sessions", "waits for a phone", "temporarily banned")
	p.send("e")
	p.waitFor("Events", "connection.update", "space pause")
	p.send("/", "sesion:sales")
	p.waitFor("cannot be understood: the keys are session, kind")
	p.send("Escape")
	p.waitFor("/ filter")
	p.send("/", "session:sales kind:connection.open", "Enter")
	p.waitFor("Filter  session:sales kind:connection.open", "connection.open   open", "esc no filter")
	p.send("Space")
	p.waitFor("Events (paused", "space follow")
	p.send("Enter")
	p.waitFor(`"kind": "connection.open"`, `"session": "sales"`, "⏎ close")
	p.send("x")
	p.waitFor("events are in", "wapulse-events-")
	p.send("Escape")
	p.waitUntil("the list without the open event", func(screen string) bool { return !strings.Contains(screen, `"kind"`) })
	p.send("f")
	p.waitFor("frames of sales until", "to see them: / level:debug")
	p.send("q")
	p.waitFor("q quit")
	p.send("i") // the next ping by itself is seconds away
	p.waitFor("the server answers sales in")
	p.send("e")
	p.waitFor("Events", "space pause")
	p.send("/", "C-u", "level:debug kind:frame", "Enter")
	p.waitFor("Filter  level:debug kind:frame", "<iq ")
	p.send("t", "1h", "Enter")
	p.waitFor("paused")
	p.send("Escape")
	p.waitFor("esc back")
	p.send("q")
	p.waitFor("q quit")
	p.send("q")
	p.waitFor("Nothing of the demo is left", "exit code 0")
	files, err := filepath.Glob(filepath.Join(p.home, "wapulse-events-*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		var e struct{ Kind, Session string }
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Kind != "gap" && (e.Kind != "connection.open" || e.Session != "sales") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// Events of earlier runs, more than the dashboard begins with, are read from the database up to the first; and around a time.
func TestStoredEventsInATerminal(t *testing.T) {
	t.Parallel()
	p := newPane(t, 100, 30)
	path := filepath.Join(p.home, "wapulse.db")
	database, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	record, err := database.CreateSession(t.Context(), "sales")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now().Add(-time.Hour).Truncate(time.Second)
	for i := range 1200 {
		database.Append(vital.Event{
			Seq: uint64(i + 1), Time: began.Add(time.Duration(i) * time.Second), Session: record.ID, Name: "sales", Kind: vital.KindOperation, Level: vital.LevelInfo,
			Text: fmt.Sprintf("event %d.", i),
		})
	}
	if err := database.Close(); err != nil {
		t.Fatal(err)
	}
	p.start("--db " + path)
	p.waitFor("sales", "event 1199.")
	p.send("e")
	p.waitFor("Events", "event 1199.", "space pause")
	p.waitUntil("the first event", func(screen string) bool {
		p.send("g")
		return strings.Contains(screen, "▸") && strings.Contains(screen, "event 0.") && strings.Contains(screen, "event 1.")
	})
	p.send("G")
	p.waitFor("event 1199.", "space pause")
	p.send("t", began.Add(200*time.Second).Format("2006-01-02T15:04:05"), "Enter")
	p.waitUntil("the event of that time", func(screen string) bool {
		_, line, _ := strings.Cut(screen, "▸")
		line, _, _ = strings.Cut(line, "\n")
		return strings.Contains(line, "event 200.")
	})
	p.send("Escape")
	p.waitFor("q quit")
	p.send("q")
	p.waitFor("exit code 0")
}
