package cli

import (
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/vital"
)

// TestStatusTellsTimesAsStored: the same moment is told alike by the wapulse that saw it and by one that has read it from the database.
func TestStatusTellsTimesAsStored(t *testing.T) {
	seen := time.Date(2026, 8, 22, 14, 2, 11, 204_123_789, time.UTC)
	stored := time.UnixMicro(seen.UnixMicro()).UTC()
	told := func(runs bool, at time.Time) toldSession {
		s := newStatus(runs, seen.Add(time.Minute))
		s.add(&vital.Snapshot{Name: "sales", Since: at, LastError: "dead link", LastErrorAt: at}, history.Figures{})
		return s.told().Sessions[0]
	}
	with, without := told(true, seen), told(false, stored)
	if !with.Since.Equal(stored) || !with.Since.Equal(without.Since) {
		t.Errorf("since %v, and stored %v", with.Since, without.Since)
	}
	if !with.LastErrorTime.Equal(stored) || !with.LastErrorTime.Equal(*without.LastErrorTime) {
		t.Errorf("last error %v, and stored %v", with.LastErrorTime, without.LastErrorTime)
	}
}
