//go:build !race

package store

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/history"
)

// TestThirtyDaysAreSmall: thirty days of ten sessions that are pinged every fifteen seconds and have 2,000 events a day each stay under 100 MB.
// Under the race detector it would take minutes, and there is nothing in it for it to find.
func TestThirtyDaysAreSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	s := open(t, path)
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	fillPast(t, s, now, 10, 30*24*time.Hour, 2000)
	size := fileSize(t, s)
	t.Logf("%.1f MB", float64(size)/1e6)
	if size > 100_000_000 {
		t.Errorf("%d bytes", size)
	}
	if n := len(rowsOf(t, s, history.LevelHour, 1)); n != 30*24 {
		t.Errorf("%d hours", n)
	}
}
