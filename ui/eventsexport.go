package ui

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/newfile"
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
	lines, journal, ctx, own := e.Lines(), m.opts.Journal, m.ctx, &m.owner
	name := "wapulse-events-" + m.clock().Local().Format("20060102-150405") + ".jsonl"
	m.say(m.opts.Theme.Muted, "writing "+name+"…", exportTime)
	return func() tea.Msg {
		var msg tea.Msg
		own.do(func() {
			ctx, cancel := context.WithTimeout(ctx, exportTime)
			defer cancel()
			path, count, err := saveEvents(ctx, journal, filter, lines, name)
			if err != nil {
				err = fmt.Errorf("export of the events: %w", err)
			}
			msg = actedMsg{widget.Count(uint64(count)) + " events are in " + path, err}
		})
		return msg
	}
}

// saveEvents writes into a new file in the current folder. One that is there already is left alone.
func saveEvents(ctx context.Context, journal Journal, f vital.Filter, lines []vital.Event, name string) (path string, count int, err error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", 0, fmt.Errorf("find the current folder: %w", err)
	}
	file, err := newfile.Create(folder)
	if err != nil {
		return "", 0, err
	}
	defer file.Discard()
	if count, err = writeEvents(ctx, journal, f, lines, bufio.NewWriter(file)); err != nil {
		return "", 0, err
	}
	path = filepath.Join(folder, name)
	return path, count, existing(file.Place(path, false), path)
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
