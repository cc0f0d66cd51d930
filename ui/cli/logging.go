package cli

import (
	"fmt"
	"log/slog"
	"os"
)

// openLog opens the log that the person asked for; without one, nothing is logged. The screen never shows it.
func openLog(path string) (log *slog.Logger, closeLog func(), err error) {
	if path == "" {
		return slog.New(slog.DiscardHandler), func() {}, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, advise(fmt.Errorf("open the log: %w", err), "name a file that can be written with --log-file")
	}
	handler := slog.NewTextHandler(file, &slog.HandlerOptions{Level: slog.LevelDebug})
	return slog.New(handler), func() { _ = file.Close() }, nil
}
