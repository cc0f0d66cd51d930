package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
)

// aPicture is a message with a file that can be downloaded.
func aPicture() vital.Event {
	return vital.Event{
		Time: noon.Add(-2 * time.Second), Session: 1, Name: "sales-id", Kind: vital.KindMessagesUpsert, Level: vital.LevelInfo, Text: "1 message (image, 3EB0C431C26A1916E07E)",
		Fields: []vital.Field{{Key: "count", Value: "1"}, {Key: "media", Value: "image"}, {Key: "id", Value: "3EB0C431C26A1916E07E"}},
	}
}

// sessionEvents are so many, numbered.
func sessionEvents(n int) session.Batch {
	var batch session.Batch
	for i := range n {
		batch.Events = append(batch.Events, vital.Event{Time: noon, Name: "sales-id", Kind: vital.KindProbe, Level: vital.LevelInfo, Text: fmt.Sprintf("event %d ", i)})
	}
	return batch
}

// Media are saved whole, for the user alone, and replace nothing; where there are none the key does nothing and is not offered.
func TestMediaAreDownloadedFromTheEvents(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	b := smallBench(t, cast()...)
	scenes()["events-media"](b)
	b.mustShow("▸", "d media", "Events (paused)")
	b.keys("d")
	b.mustAsk("download 3EB0C431C26A1916E07E of sales-id")
	path := filepath.Join(folder, "image-3EB0C431C26A1916E07E.jpg")
	b.mustShow("saved as " + folder)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 9 {
		t.Errorf("%v, %v", info, err)
	}
	b.keys("d")
	b.mustShow("✖ download of 3EB0C431C26A1916E07E: image-3EB0C431C26A1916E07E.jpg is there already, and was left alone")
	b.sessions.err = errRefused
	b.keys("d")
	b.mustShow("refused by the test")
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("%d files are left", len(files))
	}
	b.keys("down")
	b.mustNotShow("d media")
	b.sessions.asked = nil
	b.keys("d")
	b.mustAsk()
}

// The picked line stays what it is while events come, stays in sight, and the stream is followed again below the newest.
func TestPickingAnEvent(t *testing.T) {
	b := smallBench(t, cast()...)
	b.send(updatesMsg{sessionEvents(100)})
	b.keys("e", "down")
	events := mustFind[*page.Events](b)
	picked := func() string {
		e, _ := events.Picked()
		return e.Text
	}
	b.mustNotShow("paused")
	b.keys("up")
	if picked() != "event 99 " {
		t.Errorf("%q is picked", picked())
	}
	b.send(updatesMsg{sessionEvents(5)})
	if picked() != "event 99 " {
		t.Errorf("%q is picked after more came", picked())
	}
	b.keys("g")
	b.mustShow("▸", "event 0 ")
	b.keys("down", "down")
	if picked() != "event 2 " {
		t.Errorf("%q is picked", picked())
	}
	b.mustShow("event 2 ")
	b.keys("G")
	if _, ok := events.Picked(); ok {
		t.Error("it does not follow")
	}
	b.keys("up", "down")
	b.mustNotShow("paused")
	b.send(tea.MouseMsg{Button: tea.MouseButtonWheelUp, Y: 5})
	b.mustShow("(paused)")
	b.keys("up")
	b.mustShow("▸")
}
