package ui

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

const (
	exportTime   = time.Minute
	exportAtOnce = 2000 // stored events read at a time
)

// exportEvents writes what the filter lets through, stored or only remembered, into a new file in the current folder, an object a line.
func exportEvents(m *Model, e *page.Events) tea.Cmd {
	_, filter := e.Filter()
	lines, journal := e.Lines(), m.opts.Journal
	name := "wapulse-events-" + m.clock().Local().Format("20060102-150405") + ".jsonl"
	return m.save("writing "+name+"…", exportTime, func(ctx context.Context) (string, error) {
		count := 0
		path, err := saveHere(func(w io.Writer) (_ string, err error) {
			count, err = writeEvents(ctx, journal, filter, lines, bufio.NewWriter(w))
			return name, err
		})
		if err != nil {
			return "", fmt.Errorf("export of the events: %w", err)
		}
		return widget.Count(uint64(count)) + " events are in " + path, nil
	})
}

// writeEvents writes the stored events and, each where its time says, those that are not among them.
func writeEvents(ctx context.Context, journal Journal, f vital.Filter, lines []vital.Event, out *bufio.Writer) (count int, err error) {
	rest := page.NewEventSet(lines)
	write := func(e *vital.Event) {
		count++
		_, _ = out.Write(e.JSON())
		_ = out.WriteByte('\n') // Flush tells an error of either
	}
	var place vital.EventPlace
	for more := journal != nil; more; {
		stored, err := journal.EventsAfter(ctx, f, place, exportAtOnce)
		if err != nil {
			return count, err
		}
		for i := range stored {
			place = stored[i].Place()
			if rest.Has(&stored[i].Event) {
				continue
			}
			for ; len(lines) > 0 && lines[0].Time.Before(stored[i].Time); lines = lines[1:] {
				write(&lines[0])
			}
			write(&stored[i].Event)
		}
		more = len(stored) == exportAtOnce
	}
	for i := range lines {
		write(&lines[i])
	}
	return count, out.Flush()
}
