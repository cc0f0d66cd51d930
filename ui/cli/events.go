package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/vital"
)

// defaultEvents is how many stored events are printed if nothing else is said.
const defaultEvents = 100

// eventFlags are what the command line says.
type eventFlags struct {
	sessions, kinds     []string
	level, since, until string
	limit               int
	follow, json        bool
	frames              bool
}

func newEventsCommand() *cobra.Command {
	var flags eventFlags
	cmd := inHolder(&cobra.Command{
		Use:   "events [FILTER...]",
		Short: "Print what happened, and with --follow what happens",
		Long: `Print the stored events of all sessions, the newest last, with the time, the level of warnings and errors, the session, the kind and what
happened. The last seven days are there, without details (level debug), which are never stored.

--follow goes on with what happens, in its order, until Ctrl-C; what came faster than it could be printed is told as a gap, with its count. It
needs a wapulse that is running. There --level debug shows details, too, and --frames the stanzas in and out, with keys, texts, names and numbers masked:
frames are switched on for ten minutes, for the sessions that are meant, and never stored.

FILTER is a line as on the events page: words that must be in an event, and session:NAME, kind:KIND, level:LEVEL, since:TIME, until:TIME. A flag says the same
as its word. TIME is an age (90s, 2h, 3d), a time of today (14:02) or a day with or without a time (2026-08-22T14:02).`,
		Example: `  wapulse events
  wapulse events --session sales --level warn --since 2h
  wapulse events 'kind:operation "timed out"' --json
  wapulse events --follow --session sales --frames`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			filter, err := flags.filter(cmd, args)
			if err != nil {
				return usage(err, cmd.CommandPath())
			}
			h, err := enterForEvents(cmd, flags.follow)
			if h == nil || err != nil {
				return err
			}
			defer h.closeAfter(&err)
			meant, err := meantSessions(h.manager.Snapshots(), &filter)
			if err != nil {
				return err
			}
			p := &eventPrinter{cmd: cmd, house: h, flags: flags, filter: filter}
			if flags.follow {
				return p.follow(meant)
			}
			return p.stored(time.Time{})
		},
	})
	f := cmd.Flags()
	f.StringArrayVar(&flags.sessions, "session", nil, "only those of this session, called by its `name`, JID or phone; may be said again for others")
	f.StringSliceVar(&flags.kinds, "kind", nil, "only those of this `kind`, such as connection.update or operation; may be said again for others")
	f.StringVar(&flags.level, "level", "info", "only this `level` and heavier ones: debug, info, warn, error")
	f.StringVar(&flags.since, "since", "", "only since this `time`, an age or a point in time; all of them unless --limit is given, too")
	f.StringVar(&flags.until, "until", "", "only before this `time`")
	f.IntVar(&flags.limit, "limit", defaultEvents, "so many stored ones, the newest; 0 for all")
	f.BoolVar(&flags.follow, "follow", false, "go on with what happens")
	f.BoolVar(&flags.frames, "frames", false, "with --follow: the stanzas in and out, too, masked")
	f.BoolVar(&flags.json, "json", false, "print a line of JSON for each event")
	return cmd
}

// filter is what the words and the flags want together.
func (flags *eventFlags) filter(cmd *cobra.Command, args []string) (vital.Filter, error) {
	now := time.Now()
	f, err := vital.ParseFilter(strings.Join(args, " "), now)
	if err != nil {
		return f, err
	}
	f.Sessions = append(f.Sessions, flags.sessions...)
	for _, kind := range flags.kinds {
		if !slices.Contains(vital.Kinds(), vital.Kind(kind)) {
			return f, fmt.Errorf("--kind %q: the kinds are %v", kind, vital.Kinds())
		}
		f.Kinds = append(f.Kinds, vital.Kind(kind))
	}
	least, err := vital.ParseLevel(flags.level)
	if err != nil {
		return f, fmt.Errorf("--level %q: the levels are %v", flags.level, vital.Levels())
	}
	f.Level = max(f.Level, least)
	for _, at := range []struct {
		flag, text string
		to         *time.Time
	}{{"since", flags.since, &f.Since}, {"until", flags.until, &f.Until}} {
		if at.text == "" {
			continue
		}
		if *at.to, err = vital.ParseWhen(at.text, now); err != nil {
			return f, fmt.Errorf("--%s %w", at.flag, err)
		}
	}
	switch {
	case flags.limit < 0:
		return f, fmt.Errorf("--limit is 0 or more, not %d", flags.limit)
	case flags.frames && !flags.follow:
		return f, errors.New("--frames needs --follow: frames are never stored")
	case flags.follow && !f.Until.IsZero():
		return f, errors.New("--follow goes on: it takes no end (until)")
	}
	if !f.Since.IsZero() && !cmd.Flags().Changed("limit") {
		flags.limit = 0
	}
	if flags.frames && len(f.Kinds) > 0 {
		f.Kinds = append(f.Kinds, vital.KindFrame)
	}
	return f, nil
}

// enterForEvents is enterIfThere, but that a nil house without an error says that there is nothing to print: a person has been told.
func enterForEvents(cmd *cobra.Command, follow bool) (*house, error) {
	h, err := enterIfThere(cmd)
	switch {
	case err != nil:
		return nil, err
	case follow && (h == nil || !h.isLent):
		err = advise(errors.New("there is nothing to follow: no wapulse is running with this database, so nothing happens in it"),
			"start one (wapulse, or wapulse run), then run this again; without --follow the stored events are printed")
		if h != nil {
			err = errors.Join(err, h.close())
		}
		return nil, err
	case h == nil:
		fmt.Fprintln(cmd.ErrOrStderr(), "There are no events yet: there is no database. Pair a phone: wapulse pair NAME")
	}
	return h, nil
}

// meantSessions are those that a filter names, or all; the filter gets the names that they have.
func meantSessions(all []*vital.Snapshot, f *vital.Filter) ([]*vital.Snapshot, error) {
	if len(f.Sessions) == 0 {
		return all, nil
	}
	var meant []*vital.Snapshot
	names := make([]string, 0, len(f.Sessions))
	for _, name := range f.Sessions {
		snap, err := findSession(all, name)
		if err != nil {
			return nil, err
		}
		meant, names = append(meant, snap), append(names, snap.Name)
	}
	f.Sessions = names
	return meant, nil
}
