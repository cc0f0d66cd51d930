//go:build !race

package store

import (
	"fmt"
	"path/filepath"
	"testing"
)

// TestMemoryDoesNotGrowWithAJob: whatever is done with it. Under the race detector it would be the detector's memory that is measured.
func TestMemoryDoesNotGrowWithAJob(t *testing.T) {
	var used [2]uint64
	for i, part := range []string{"small job", "large job"} {
		out, err := child(t, part, filepath.Join(t.TempDir(), "w.db")).Output()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if _, err := fmt.Sscan(string(out), &used[i]); err != nil {
			t.Fatalf("the child says %q", out)
		}
	}
	if used[1] > used[0]+16 { // kept in memory, those items would be 25 MB
		t.Errorf("%d items took %d MB, %d items %d MB", smallJob, used[0], largeJob, used[1])
	}
}
