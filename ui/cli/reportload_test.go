package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/record"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/store"
)

// A report that cannot be read is refused with a next step.
func TestLoadRecord(t *testing.T) {
	folder := t.TempDir()
	c := &console{dir: folder}
	for name, want := range map[string]error{"text.zip": record.ErrForeign, "folder": record.ErrForeign, "none.zip": fs.ErrNotExist} {
		_, err := loadRecord(c, name)
		if name == "text.zip" {
			if err := os.WriteFile(filepath.Join(folder, name), []byte("no zip at all"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = loadRecord(c, name)
		}
		if name == "folder" {
			if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
				t.Fatal(err)
			}
			_, err = loadRecord(c, name)
		}
		var next *advised
		if !errors.Is(err, want) || !errors.As(err, &next) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is asked of the database before the newest events are in it waits for them.
func TestReportHasTheNewestEvents(t *testing.T) {
	w := newWorld(t)
	id, err := w.house.manager.Create(t.Context(), "sales")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		w.house.store.Append(vital.Event{Session: id, Seq: uint64(i + 1), Time: time.Now(), Kind: vital.KindLog, Level: vital.LevelInfo, Text: "just now"})
		r, _, err := w.house.report(t.Context(), id, time.Minute, w.house.isLent)
		if err != nil || len(r.Material.Events) != i+1 {
			t.Fatalf("%d events, %v", len(r.Material.Events), err)
		}
	}
	if err := w.house.store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.house.store.Flush(t.Context()); !errors.Is(err, store.ErrClosed) {
		t.Errorf("flush of a closed store: %v", err)
	}
	w.house.store, err = store.Open(t.Context(), store.Options{Path: w.house.conf.DB, RootKey: rootKeyOf(w.house.conf)})
	if err != nil {
		t.Fatal(err)
	}
}
