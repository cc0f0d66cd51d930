package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// rememberedPrefix keeps what the screen remembers apart from what the database knows of itself.
const rememberedPrefix = "remembered:"

// Remembered is the text that was remembered by that name; "" if none was.
func (s *Store) Remembered(ctx context.Context, name string) (string, error) {
	var text string
	err := s.read.QueryRowContext(ctx, "SELECT value FROM wapulse_meta WHERE key = ?", rememberedPrefix+name).Scan(&text)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read what was remembered of %s: %w", name, explain(err))
	}
	return text, nil
}

// Remember keeps a text by a name, in the place of the one before.
func (s *Store) Remember(ctx context.Context, name, text string) error {
	_, err := s.write.ExecContext(ctx, "INSERT INTO wapulse_meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		rememberedPrefix+name, text)
	if err != nil {
		return fmt.Errorf("remember %s: %w", name, explain(err))
	}
	return nil
}
