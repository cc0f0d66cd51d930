package cli

import (
	"context"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// databaseKey is that of a path: digits in it are no phone number.
const databaseKey = "database"

func newRunCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Run the sessions without a screen, on a server",
		Long: `Run the sessions as the dashboard does, without its screen: those that are to be up come up and stay up, and commands
of this user (wapulse sessions, wapulse pair NAME) are answered by this process. What happens to the sessions, and
what a person should know, is written to stderr, a line each, with phone numbers shortened. SIGTERM and Ctrl-C end it
within three seconds; what is to be up comes back at the next start.`,
		Example: `  wapulse run
  wapulse run --db /var/lib/wapulse/wapulse.db`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return runWithoutScreen(cmd) },
	}
}

func runWithoutScreen(cmd *cobra.Command) error {
	conf, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	fileLog, closeLog, err := openLog(conf.LogFile)
	if err != nil {
		return err
	}
	defer closeLog()
	lines := newLineLog(cmd.ErrOrStderr())
	// The journal's and the adapter's own words come here too if they are warnings; what they tell of a session comes as its event.
	log := slog.New(slog.NewMultiHandler(fileLog.Handler(), warningsOnly{lines.Handler()}))
	h, err := openHouse(cmd.Context(), conf, log, func(notice string) { lines.Warn(oneLine(notice)) })
	if err != nil {
		return err
	}
	updates := h.manager.Hub().Subscribe()
	defer updates.Close()
	if err := h.serve(log); err != nil {
		lines.Warn("commands of other processes cannot reach this wapulse", "err", err)
	}
	lines.Info("wapulse runs", "version", version(), databaseKey, h.store.Path(), "sessions", len(h.manager.Snapshots()))
	h.manager.StartWanted()
	for running := true; running; {
		select {
		case <-updates.Wake():
			writeBatch(lines, updates.Take())
		case <-cmd.Context().Done():
			running = false
		}
	}
	lines.Info("wapulse ends")
	err = h.close()
	writeBatch(lines, updates.Take())
	if err == nil {
		lines.Info("wapulse has ended")
	}
	return err
}

func writeBatch(lines *slog.Logger, batch session.Batch) {
	if batch.Gap > 0 {
		lines.Warn("events came faster than they could be written", "lost", batch.Gap)
	}
	for _, e := range batch.Events {
		writeEvent(lines, e)
	}
}

// writeEvent writes an event that a person who reads a log wants to know: where a session stands, who it is, and whatever is a warning.
func writeEvent(lines *slog.Logger, e vital.Event) {
	told := e.Kind == vital.KindConnectionUpdate || e.Kind == vital.KindPair || e.Kind == vital.KindBreaker
	if e.Level < vital.LevelWarn && !told {
		return
	}
	level := slog.LevelInfo
	switch e.Level {
	case vital.LevelWarn:
		level = slog.LevelWarn
	case vital.LevelError:
		level = slog.LevelError
	}
	fields := []slog.Attr{slog.String("session", e.Name), slog.String("kind", string(e.Kind))}
	for _, key := range []string{"state", "reason", "code"} {
		if value := e.Field(key); value != "" {
			fields = append(fields, slog.String(key, value))
		}
	}
	lines.LogAttrs(context.Background(), level, e.Text, fields...)
}

// newLineLog writes lines for people. Phone numbers in them are shortened, wherever they come from.
func newLineLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == databaseKey {
				return a
			}
			switch a.Value.Kind() {
			case slog.KindString:
				a.Value = slog.StringValue(vital.ShortNumbers(a.Value.String()))
			case slog.KindAny:
				if err, ok := a.Value.Any().(error); ok {
					a.Value = slog.StringValue(vital.ShortNumbers(err.Error()))
				}
			}
			return a
		},
	}))
}

// warningsOnly passes warnings on, but for those of the client library: the sessions' events tell these.
type warningsOnly struct{ slog.Handler }

func (h warningsOnly) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

func (h warningsOnly) Handle(ctx context.Context, r slog.Record) error {
	isEvent := false
	r.Attrs(func(a slog.Attr) bool {
		isEvent = isEvent || a.Key == "phone"
		return !isEvent
	})
	if isEvent {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

func (h warningsOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warningsOnly{h.Handler.WithAttrs(attrs)}
}

func (h warningsOnly) WithGroup(name string) slog.Handler {
	return warningsOnly{h.Handler.WithGroup(name)}
}
