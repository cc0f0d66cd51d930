package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/control"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

const (
	eventsAPage = 1000            // that are read and printed together
	switchTime  = 2 * time.Second // for frames to be switched off
	bothWays    = time.Minute     // an event that is stored and told live at once is told live no later than this
)

// eventPrinter prints events: those stored, and what happens.
type eventPrinter struct {
	cmd    *cobra.Command
	house  *house
	flags  eventFlags
	filter vital.Filter
	lines  strings.Builder // not written yet

	seen page.EventSet // that were stored a short time ago, and may come live, too
}

// stored prints the stored events, the newest last. Those since a time are seen, the zero time for none.
func (p *eventPrinter) stored(since time.Time) error {
	var seen []vital.Event
	defer func() { p.seen = page.NewEventSet(seen) }()
	ctx := p.cmd.Context()
	tellUnstored(p.cmd, p.house.flush(ctx))
	place := vital.EventPlace{}
	for {
		var some []vital.StoredEvent
		var err error
		if p.flags.limit > 0 {
			some, err = p.house.store.EventsBefore(ctx, p.filter, place, p.flags.limit)
		} else {
			some, err = p.house.store.EventsAfter(ctx, p.filter, place, eventsAPage)
		}
		if err != nil {
			return p.failed(err)
		}
		for _, e := range some {
			p.add(e.Event)
			if !since.IsZero() && e.Time.After(since) {
				seen = append(seen, e.Event)
			}
		}
		if err := p.write(); err != nil {
			return err
		}
		if p.flags.limit > 0 || len(some) < eventsAPage {
			return nil
		}
		place = some[len(some)-1].Place()
	}
}

// follow prints the stored events and then what happens, until the command's context ends. It listens before it reads, so that nothing falls between.
func (p *eventPrinter) follow(meant []*vital.Snapshot) error {
	ctx := p.cmd.Context()
	live := p.house.manager.Hub().Subscribe()
	defer live.Close()
	if err := p.stored(time.Now().Add(-bothWays)); err != nil {
		return err
	}
	switched, err := p.switchFrames(ctx, meant)
	defer p.frameless(switched)
	if err != nil {
		return adviseOnOperation(ctx, err)
	}
	for {
		select {
		case <-live.Wake():
			batch := live.Take()
			p.addLive(batch)
			if err := p.write(); err != nil {
				return err
			}
			p.noteFramesOff(batch.Snapshots, switched)
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), control.ErrEnds) {
				return advise(errors.New("the wapulse that was followed ends"), "run this again when one is running")
			}
			return nil // Ctrl-C is how following ends
		}
	}
}

func (p *eventPrinter) addLive(batch session.Batch) {
	if batch.Gap > 0 {
		p.add(vital.NewGap(time.Now(), batch.Gap, "events came faster than they could be printed"))
	}
	for i := range batch.Events {
		if e := &batch.Events[i]; !p.seen.Take(e) && p.wants(*e) {
			p.add(*e)
		}
	}
}

// wants says whether a live event is to be printed. Frames are, at whatever level, when they were asked for, and not when somebody else has switched them on.
func (p *eventPrinter) wants(e vital.Event) bool {
	f := p.filter
	if e.Kind == vital.KindFrame {
		if !p.flags.frames {
			return false
		}
		f.Level = vital.LevelDebug
	}
	return f.Match(e)
}

// switchFrames switches frames on where they are to be printed, and returns for which sessions they were off before, each with
// whether they have been seen on.
func (p *eventPrinter) switchFrames(ctx context.Context, meant []*vital.Snapshot) (map[vital.SessionID]bool, error) {
	switched := map[vital.SessionID]bool{}
	if !p.flags.frames {
		return switched, nil
	}
	for _, snap := range meant {
		if now, known := p.house.manager.Snapshot(snap.ID); known && now.FramesUntil.IsZero() {
			switched[snap.ID] = false
		}
		if err := p.house.manager.SetFrames(ctx, snap.ID, true); err != nil {
			return switched, fmt.Errorf("switch the frames of session %q on: %w", snap.Name, err)
		}
	}
	return switched, nil
}

// frameless switches frames off where the command has switched them on.
func (p *eventPrinter) frameless(switched map[vital.SessionID]bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.cmd.Context()), switchTime)
	defer cancel()
	for id := range switched {
		if err := p.house.manager.SetFrames(ctx, id, false); err != nil { // they end by themselves, too
			p.house.log.Debug("frames could not be switched off", "err", err)
		}
	}
}

// noteFramesOff says of which sessions no more frames will come.
func (p *eventPrinter) noteFramesOff(snaps []*vital.Snapshot, switched map[vital.SessionID]bool) {
	for _, snap := range snaps {
		seenOn, ours := switched[snap.ID]
		if ours && !snap.FramesUntil.IsZero() {
			switched[snap.ID] = true
		}
		if seenOn && snap.FramesUntil.IsZero() {
			delete(switched, snap.ID)
			fmt.Fprintf(p.cmd.ErrOrStderr(), "The frames of %q are off: they end after %v. Other events go on; run this again for more frames.\n", oneLine(snap.Name), session.FramesFor)
		}
	}
}

func (p *eventPrinter) add(e vital.Event) {
	if p.flags.json {
		p.lines.Write(e.JSON())
		p.lines.WriteByte('\n')
		return
	}
	p.lines.WriteString(lineOfEvent(e))
}

// write writes what was added, in one piece.
func (p *eventPrinter) write() error {
	if p.lines.Len() == 0 {
		return nil
	}
	out := p.cmd.OutOrStdout()
	if !p.flags.json {
		out = consoleOf(p.cmd.Context()).words(out)
	}
	_, err := io.WriteString(out, p.lines.String())
	p.lines.Reset()
	if err != nil && p.cmd.Context().Err() == nil {
		return advise(fmt.Errorf("write the events: %w", err), "see that what they are written to takes them, and run it again")
	}
	return nil
}

func (p *eventPrinter) failed(err error) error {
	if p.cmd.Context().Err() != nil {
		return withCode(advise(errors.New("interrupted"), "run it again"), exitInterrupted)
	}
	return adviseOnStore(fmt.Errorf("read the events: %w", err))
}

const (
	eventNameWidth = 12
	eventKindWidth = 17
)

// lineOfEvent is an event for people: as on the screen, with the day, and the level in a word where the screen has a colour.
func lineOfEvent(e vital.Event) string {
	level, text := "", e.Text
	if e.Level != vital.LevelInfo {
		level = e.Level.String()
	}
	if xml := e.Field("xml"); e.Kind == vital.KindFrame && xml != "" {
		arrow, _, _ := strings.Cut(text, " ")
		text = arrow + " " + xml
	}
	return fmt.Sprintf("%s  %-5s  %s  %-*s  %s\n", e.Time.Local().Format("2006-01-02 15:04:05.000"), level,
		widget.Pad(widget.TruncateMiddle(widget.Clean(e.Name), eventNameWidth), eventNameWidth), eventKindWidth, e.Kind, strings.TrimSpace(widget.Clean(text)))
}
