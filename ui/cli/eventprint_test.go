package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
)

func newTestPrinter(flags eventFlags, filter vital.Filter) (p *eventPrinter, out, errs *bytes.Buffer) {
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	cmd := &cobra.Command{}
	cmd.SetContext(context.Background())
	cmd.SetOut(out)
	cmd.SetErr(errs)
	return &eventPrinter{cmd: cmd, flags: flags, filter: filter}, out, errs
}

// What is stored and comes live, too, is printed once; what was lost is counted where it is missing; frames are printed to whom asked for them.
func TestLiveEvents(t *testing.T) {
	at := time.Date(2026, 8, 22, 14, 2, 11, 0, time.UTC)
	events := []vital.Event{
		{Seq: 4, Time: at, Session: 1, Name: "sales", Kind: vital.KindLog, Level: vital.LevelInfo, Text: "seen before"},
		{Seq: 5, Time: at, Session: 1, Name: "sales", Kind: vital.KindLog, Level: vital.LevelInfo, Text: "new\x1b[2J"},
		{Seq: 5, Time: at, Session: 2, Name: "support", Kind: vital.KindLog, Level: vital.LevelWarn, Text: "another's"},
		{Seq: 6, Time: at, Session: 1, Name: "sales", Kind: vital.KindProbe, Level: vital.LevelDebug, Text: "a detail"},
		{Seq: 7, Time: at, Session: 1, Name: "sales", Kind: vital.KindFrame, Level: vital.LevelDebug, Text: "← <ib>", Fields: []vital.Field{{Key: "dir", Value: "in"}, {Key: "xml", Value: "<ib/>"}}},
	}
	for _, frames := range []bool{false, true} {
		p, out, _ := newTestPrinter(eventFlags{frames: frames}, vital.Filter{Sessions: []string{"sales"}, Level: vital.LevelInfo})
		p.seen = page.NewEventSet(events[:1])
		p.addLive(session.Batch{Events: events, Gap: 3})
		if err := p.write(); err != nil {
			t.Fatal(err)
		}
		day := at.Local().Format("2006-01-02 15:04:05.000")
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		want := []string{"gap                3 events came faster than they could be printed", day + "         sales         log                new"}
		if frames {
			want = append(want, day+"  debug  sales         frame              ← <ib/>")
		}
		if len(lines) != len(want) {
			t.Fatalf("frames %v: %q", frames, lines)
		}
		for i, line := range lines {
			if !strings.HasSuffix(line, want[i]) {
				t.Errorf("frames %v: %q, want %q", frames, line, want[i])
			}
		}
		if p.seen.Has(&events[0]) {
			t.Error("what was seen is remembered for good")
		}
	}
}

func TestTheEndOfFramesIsTold(t *testing.T) {
	p, _, errs := newTestPrinter(eventFlags{}, vital.Filter{})
	switched := map[vital.SessionID]bool{1: false}
	off, on := []*vital.Snapshot{{ID: 1, Name: "sales"}, {ID: 2, Name: "other"}}, []*vital.Snapshot{{ID: 1, FramesUntil: time.Now().Add(time.Minute)}}
	p.noteFramesOff(off, switched) // from before they were on
	p.noteFramesOff(on, switched)
	if errs.Len() > 0 {
		t.Fatalf("told too early: %s", errs)
	}
	p.noteFramesOff(off, switched)
	p.noteFramesOff(off, switched)
	if got := errs.String(); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, `The frames of "sales" are off: they end after 10m0s.`) {
		t.Errorf("%q", got)
	}
}
