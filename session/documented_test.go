package session

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// documented are the kinds of events in docs/events.md, each with its fields.
func documented(t *testing.T) map[vital.Kind][]string {
	t.Helper()
	page, err := os.ReadFile("../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "## Kinds and their fields")
	table, _, _ = strings.Cut(table, "\nEvery event")
	kinds := map[vital.Kind][]string{}
	code := regexp.MustCompile("`([^`]+)`")
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "`") {
			continue
		}
		fields := []string{}
		for _, match := range code.FindAllStringSubmatch(cells[3], -1) {
			fields = append(fields, match[1])
		}
		kinds[vital.Kind(code.FindStringSubmatch(cells[1])[1])] = fields
	}
	return kinds
}

func TestEveryKindIsDocumented(t *testing.T) {
	kinds := documented(t)
	for _, k := range vital.Kinds() {
		if _, known := kinds[k]; !known {
			t.Errorf("docs/events.md does not tell of %s", k)
		}
		delete(kinds, k)
	}
	if len(kinds) > 0 {
		t.Errorf("docs/events.md tells of kinds that there are not: %v", kinds)
	}
}

// mustBeDocumented is called at the end of each test that runs sessions: no event has a field that nobody has been told of.
func mustBeDocumented(t *testing.T, events []vital.Event) {
	t.Helper()
	kinds := documented(t)
	for _, e := range events {
		for _, f := range e.Fields {
			if !slices.Contains(kinds[e.Kind], f.Key) {
				t.Errorf("docs/events.md does not tell of the field %s of %s: %+v", f.Key, e.Kind, e)
			}
		}
	}
}

func TestFramesGoOffByThemselves(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		told := func() (on bool) { r.conn().set(func(c *fakeConn) { on = c.frames }); return on }
		r.connected()
		if told() || !r.snap().FramesUntil.IsZero() {
			t.Fatal("frames are on from the beginning")
		}
		r.must(r.manager.SetFrames(t.Context(), one, true))
		if left := time.Until(r.snap().FramesUntil); !told() || left != FramesFor {
			t.Errorf("on: %v, for %v", told(), left)
		}
		sub := r.hub.Subscribe()
		defer sub.Close()
		stored := len(r.store.events)
		r.conn().sink(Noted{Kind: vital.KindFrame, Level: vital.LevelDebug, Text: "← <ib>", Fields: []vital.Field{{Key: "dir", Value: "in"}, {Key: "xml", Value: "<ib/>"}}})
		r.snap()
		if events := sub.Take().Events; len(events) != 1 || events[0].Kind != vital.KindFrame || len(r.store.events) != stored {
			t.Errorf("%+v live, %d stored", events, len(r.store.events)-stored)
		}
		// The next connection tells them, too.
		r.must(r.manager.Reconnect(t.Context(), one))
		pass(2 * time.Second)
		r.conn().up()
		if !told() {
			t.Error("a new connection does not tell frames")
		}
		pass(FramesFor)
		if told() || !r.snap().FramesUntil.IsZero() {
			t.Error("frames did not go off")
		}
		r.must(r.manager.SetFrames(t.Context(), one, true))
		r.must(r.manager.SetFrames(t.Context(), one, false))
		if told() || !r.snap().FramesUntil.IsZero() {
			t.Error("frames cannot be switched off")
		}
	})
}
