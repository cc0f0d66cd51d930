package cli

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wapulse/wapulse/session/vital"
)

// Commands of other processes run side by side in one house, and leave it as it is.
func TestManyCommandsInOneHouse(t *testing.T) {
	w := newWorld(t)
	if err := w.house.serve(slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	db := w.house.store.Path()
	w.pair(t)
	execute := func(args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := Execute(t.Context(), append([]string{"--db", db}, args...), strings.NewReader(""), &out, &errs)
		return code, out.String(), errs.String()
	}
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			if code, out, errs := execute("sessions", "--json"); code != 0 || !strings.Contains(out, `"session 1"`) {
				t.Errorf("sessions: %d, %s, %s", code, out, errs)
			}
		})
		running.Go(func() {
			if code, _, errs := execute("pair", "session 1"); code != 1 || !strings.Contains(errs, "paired already") {
				t.Errorf("pair: %d, %s", code, errs)
			}
		})
	}
	running.Go(func() { // what fails half way is taken back
		if code, out, errs := execute("pair", "by phone", "--phone", "0123456789"); code != 1 || out != "" || !strings.Contains(errs, "ask for a phone code") {
			t.Errorf("pair by phone: %d, %q, %s", code, out, errs)
		}
	})
	running.Wait()
	for name, want := range map[string]vital.State{"session 1": vital.StateConnected, "by phone": vital.StateDisconnected} {
		snaps := w.house.manager.Snapshots()
		if i := slices.IndexFunc(snaps, func(s *vital.Snapshot) bool { return s.Name == name }); i < 0 || snaps[i].State != want {
			t.Errorf("%s is not %s in the end: %+v", name, want, snaps)
		}
	}
}
